"""Training scenes: several mock clusters at random places, composed on the fly."""

from dataclasses import dataclass, field

import numpy as np
import torch
from scipy.ndimage import affine_transform, gaussian_filter

from clusternet.catalog import INTRINSIC, PARAMETERS
from clusternet.images.tiling import placed
from clusternet.instruments import noise_std
from clusternet.mocks import visibility

__all__ = ["SIGHTS", "SceneComposer", "Sight", "turned"]


def turned(image, x, y, which):
    """A square image turned or mirrored about its middle, and a place on it.

    Parameters
    ----------
    image : numpy.ndarray, shape (band, size, size)
        Not changed.
    x, y : float
        From the middle of the image, in pixels.
    which : int
        0 to 7; the lowest two bits count quarter turns, the third mirrors.

    Returns
    -------
    image, x, y
        A view, and where the place is now.

    Examples
    --------
    >>> import numpy as np
    >>> from clusternet.training.scenes import turned
    >>> image = np.zeros((1, 5, 5))
    >>> image[0, 1, 4] = 1
    >>> image, x, y = turned(image, 2, -1, 5)
    >>> x, y, image[0, 2 + y, 2 + x]
    (-1, 2, np.float64(1.0))
    """
    if which & 4:
        image, x = image[:, :, ::-1], -x
    for _ in range(which & 3):
        image, x, y = np.rot90(image, 1, (1, 2)), y, -x
    return image, x, y


@dataclass(frozen=True)
class Sight:
    """How differently from the model scenes are seen.

    Each range is what a scene is drawn from. A probability of 0 switches a thing off, and so does
    a range without width: (1, 1) for the noise.

    Parameters
    ----------
    zero_point : float
        Standard deviation of the error of each band's zero point, magnitudes.
    blur, blur_probability : float
        Largest standard deviation of a Gaussian on top of the PSF, in pixels, and how often.
    noise : tuple
        Factor on the standard deviation of the noise, log uniform.
    correlation, correlation_probability : float
        Largest standard deviation in pixels of the Gaussian that correlates the noise of
        neighbouring pixels, as drizzling does, and how often.
    subtracted : float
        How often the median of each band is taken off.
    sky, sky_probability : tuple, float
        What is then added to each band, uniform, electron/s per pixel, and how often.
    clip_probability : float
        How often everything below zero is cut to zero.
    pixel_scale, pixel_scale_probability : float
        Largest factor, less 1, by which pixels are larger or smaller than they are said to be,
        and how often.
    published : float
        How often the image comes from a picture: smoothed after the noise, black below a level
        of its own in each band, in steps of the logarithm.
    """

    zero_point: float = 0.05
    blur: float = 0.8
    blur_probability: float = 0.6
    noise: tuple = (0.7, 1.6)
    correlation: float = 0.7
    correlation_probability: float = 0.4
    subtracted: float = 1 / 3
    sky: tuple = (-0.01, 0.04)
    sky_probability: float = 0.7
    clip_probability: float = 0.06
    pixel_scale: float = 0.05
    pixel_scale_probability: float = 0.0
    published: float = 0.0


#: What recipes call them: that of the first trainings, and one that takes in more of what real
#: images are.
SIGHTS = {"model": Sight(),
          "wide": Sight(pixel_scale_probability=0.3, published=0.12, clip_probability=0.1)}


@dataclass
class SceneComposer:
    """Random clusters, stars and associations on random backgrounds, with noise.

    Parameters
    ----------
    worlds : list of (foregrounds, backgrounds)
        One for each PSF. ``foregrounds``: noise-free stamps by kind (``cluster``, ``stars``,
        ``association``), each (table, images), tables with the centres ``x``, ``y`` and the
        parameters, images of shape (n, band, size, size), size even, in electron/s;
        ``backgrounds``: expected images of shape (band, y, x).
    exposure_time, read_noise : array_like, shape (band,)
        Seconds; electrons of all exposures together.
    size : int
        Side of a scene in pixels.
    density : tuple
        Mean number of clusters in 128 x 128 px, drawn log uniformly for each scene.
    crowding : float
        Part of the clusters, past the first of a scene, that stand 3 to 24 px from another.
    sight : `Sight`
        How differently from the model they are seen.
    """

    worlds: list
    exposure_time: np.ndarray
    read_noise: np.ndarray
    size: int = 128
    density: tuple = (1.0, 20.0)
    crowding: float = 0.3
    sight: Sight = field(default_factory=Sight)

    def draw(self, n, rng):
        """Compose scenes.

        Parameters
        ----------
        n : int
            How many.
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        images : numpy.ndarray, shape (n, band, size, size)
            float32, electron/s.
        truth : dict of str to numpy.ndarray, shape (cluster,)
            ``scene``, centre ``x`` and ``y`` in pixels, the parameters and ``log_visibility`` of
            every cluster centred on a scene.
        """
        images, rows = [], []
        for scene in range(n):
            image, truth = self._scene(rng)
            images.append(image)
            rows += [{"scene": scene, **row} for row in truth]
        names = ("scene", "x", "y", *INTRINSIC, PARAMETERS["visibility"].binned)
        return np.stack(images), {
            name: np.array([row[name] for row in rows], dtype=int if name == "scene" else float)
            for name in names}

    def _scene(self, rng):
        foregrounds, backgrounds = self.worlds[rng.integers(len(self.worlds))]
        s, zoom = self.size, 1.0
        sight = self.sight
        if sight.pixel_scale_probability and rng.random() < sight.pixel_scale_probability:
            zoom = 1 + sight.pixel_scale * rng.uniform(-1, 1)
            s += 2 * int(np.ceil(self.size * sight.pixel_scale / 2))
        whole = backgrounds[rng.integers(len(backgrounds))]
        y0, x0 = (rng.integers(n - s + 1) for n in whole.shape[1:])
        background, _, _ = turned(whole[:, y0:y0 + s, x0:x0 + s], 0, 0, int(rng.integers(8)))
        scene = background.astype(np.float32)
        density = np.exp(rng.uniform(*np.log(self.density)))
        margin = 12  # light of clusters that are centred beyond the border
        n = rng.poisson(density * ((s + 2 * margin) / 128) ** 2)
        rows, stamps = [], []
        for k in range(n):
            if k and rng.random() < self.crowding:
                other, radius, angle = rows[rng.integers(k)], rng.uniform(3, 24), rng.uniform(0, 7)
                place = other["x"] + radius * np.cos(angle), other["y"] + radius * np.sin(angle)
            else:
                place = rng.uniform(-margin, s + margin, 2)
            row, *stamp = self._put(scene, foregrounds["cluster"], place, rng)
            rows.append(row)
            stamps.append(stamp)
        for kind, mean in (("stars", 1.0), ("association", 0.35)):
            for _ in range(rng.poisson(mean * (s / 128) ** 2)):
                self._put(scene, foregrounds[kind], rng.uniform(0, s, 2), rng)
        first = 0.0  # where on the composed scene the seen one begins
        if s > self.size:
            first = (s - 1) / 2 - (self.size - 1) / 2 / zoom
            s = self.size
            scene = _magnified(scene, zoom, (first, first), s)
            for row in rows:
                for name in ("x", "y"):
                    row[name] = (row[name] - first) * zoom
        inside = [i for i, row in enumerate(rows)
                  if -0.5 <= row["x"] < s - 0.5 and -0.5 <= row["y"] < s - 0.5]
        seen, blur = self._seen(scene, rng)
        for i in inside:
            corner = np.array([int(np.rint(rows[i][name])) - 32 for name in ("y", "x")])
            light = _window(*stamps[i], corner, zoom, first, blur)
            rows[i]["log_visibility"] = _log_visibility(light, corner, seen)
        return self._recorded(seen, rng), [rows[i] for i in inside]

    def _put(self, scene, stamps, place, rng):
        """Add a stamp: its row, its pixels, and the pixel of the scene where they begin."""
        table, images = stamps
        which = rng.integers(len(images))
        half = images.shape[-1] // 2
        row, dx, dy = {}, 0.0, 0.0
        if table.dtype.names:
            row = {name: table[name][which] for name in INTRINSIC}
            dx, dy = table["x"][which] - half, table["y"][which] - half
        # Without its first row and column, the middle of the stamp is the middle of a pixel.
        stamp = torch.from_numpy(images[which]).float().numpy()  # numpy takes ten times as long
        stamp, dx, dy = turned(stamp[:, 1:, 1:], dx, dy, int(rng.integers(8)))
        x, y = (int(np.floor(c + 0.5)) for c in place)
        row["x"], row["y"] = x + dx, y + dy
        half = stamp.shape[-1] // 2
        corner = y - half, x - half
        on_scene, on_stamp = placed(corner, stamp.shape[1:], scene.shape[1:])
        scene[:, *on_scene] += stamp[:, *on_stamp]
        return row, stamp, corner

    def _seen(self, scene, rng):
        """The scene through a wider PSF, with noise; and by how much it is wider."""
        sight, blur = self.sight, 0.0
        if rng.random() < sight.blur_probability:
            blur = sight.blur * rng.random()
            scene = _blurred(scene, blur)
        time, read = (np.asarray(v, dtype=np.float32)[:, None, None]
                      for v in (self.exposure_time, self.read_noise))
        noise = rng.standard_normal(scene.shape, dtype=np.float32)
        if rng.random() < sight.correlation_probability:
            width = 0.25 + (sight.correlation - 0.25) * rng.random()
            noise = gaussian_filter(noise, (0, width, width), truncate=3, mode="wrap")
            # Smoothing takes noise away, and how much of it a mosaic's maker has put back varies.
            noise *= noise.std() ** (-rng.random())
        noise *= noise_std(scene, time, read)
        noise *= np.exp(rng.uniform(*np.log(sight.noise)))
        return scene + noise, blur

    def _recorded(self, image, rng):
        """Zero points, sky and cuts."""
        sight = self.sight
        if rng.random() < sight.subtracted:
            image = image - np.median(image, axis=(1, 2), keepdims=True)
        n = (len(image), 1, 1)
        image = image + rng.uniform(*sight.sky, n) * (rng.random() < sight.sky_probability)
        image = image * 10 ** (-0.4 * sight.zero_point * rng.standard_normal(n))
        if rng.random() < sight.clip_probability:
            image = np.maximum(image, 0)
        if sight.published and rng.random() < sight.published:
            image = _as_published(image, rng)
        return image.astype(np.float32)


def _blurred(image, width):
    return gaussian_filter(image, (0, width, width), truncate=3.5, mode="nearest")


def _magnified(image, zoom, first, size):
    """A part of an image on pixels that are smaller by a factor; its first pixel is ``first``."""
    return np.stack([
        affine_transform(band, [1 / zoom, 1 / zoom], first, (size, size), order=3, mode="nearest")
        for band in image]) / np.float32(zoom**2)


def _as_published(image, rng):
    """An image as turned back from a picture: the real cutouts of M83 in reach are such."""
    image = gaussian_filter(image, (0, *[rng.uniform(0.3, 1.1)] * 2), truncate=3, mode="nearest")
    # Black: the sky of some bands wholly, of others not at all.
    black = [np.quantile(band, rng.uniform(0, 0.8)) if rng.random() < 0.7 else band.min()
             for band in image]
    image = np.maximum(image - np.reshape(black, (-1, 1, 1)), 0)
    image = image * 10 ** (0.3 * 0.4 * rng.standard_normal((len(image), 1, 1)))
    scale = np.exp(rng.uniform(*np.log((0.01, 1.5)), (len(image), 1, 1)))
    step = rng.uniform(0.018, 0.03)
    return scale * np.expm1(step * np.rint(np.log1p(image / scale) / step))


def _window(stamp, place, corner, zoom, first, blur):
    """Light of a cluster in 64 x 64 px of the scene as it is seen, without noise."""
    if zoom == 1 and first == 0:
        light = np.zeros((len(stamp), 64, 64), np.float32)
        on_window, on_stamp = placed(np.subtract(place, corner), stamp.shape[1:], (64, 64))
        light[:, *on_window] = stamp[:, *on_stamp]
    else:
        light = _magnified(stamp, zoom, first + corner / zoom - place, 64)
    return _blurred(light, blur) if blur else light


def _log_visibility(light, corner, seen):
    """As the label of the window network: 64 px around the centre, as far as on the scene."""
    on_scene, on_window = placed(corner, light.shape[1:], seen.shape[1:])
    light = light[:, *on_window]
    return np.log10(visibility(light, seen[:, *on_scene] - light))
