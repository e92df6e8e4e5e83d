"""Training scenes: several mock clusters at random places, composed on the fly."""

from collections.abc import Sequence

import astropy.units as u
import numpy as np
import torch
from scipy.ndimage import affine_transform, gaussian_filter

from clusternet.catalog import INTRINSIC, PARAMETERS
from clusternet.images.tiling import placed
from clusternet.instruments import Instrument, noise_std
from clusternet.mocks import visibility
from clusternet.training.accuracy import BLUR_EXTENT, NOISE_EXTENT, SCENE_MARGIN
from clusternet.training.conditions import MODEL_CONDITIONS, ObservingConditions
from clusternet.training.data import TrainingData
from clusternet.training.kinds import ASSOCIATION, CLUSTER, STARS
from clusternet.training.orientations import turned, turned_place

__all__ = ["SceneComposer"]

#: Mean numbers of other objects in 128 x 128 px.
_OTHERS = {STARS: 1.0, ASSOCIATION: 0.35}
_WINDOW = 64  # side in pixels of the window in which the visibility of a cluster is measured


class SceneComposer:
    """Random clusters, stars and associations on random backgrounds, with noise.

    Parameters
    ----------
    data : sequence of `~clusternet.training.data.TrainingData`
        One for each PSF; each scene takes one of them. Their stamps are those of clusters, with
        the centres ``x`` and ``y`` in the table, of stars and of associations; their backgrounds
        are expected images.
    size : int, optional
        Side of a scene in pixels.
    density : tuple of float, optional
        Mean number of clusters in 128 x 128 px, drawn log uniformly for each scene.
    crowding : float, optional
        Fraction of the clusters, past the first of a scene, that stand 3 to 24 px from another.
    conditions : `~clusternet.training.conditions.ObservingConditions`, optional
        How the scenes are observed.

    Raises
    ------
    ValueError
        If stamps are missing, or backgrounds have masks, which scenes cannot respect.
    """

    def __init__(self, data: Sequence[TrainingData], *, size: int = 128,
                 density: tuple[float, float] = (1.0, 20.0), crowding: float = 0.3,
                 conditions: ObservingConditions = MODEL_CONDITIONS) -> None:
        for part in data:
            part.require([CLUSTER, *_OTHERS])
            if part.masks is not None:
                raise ValueError("backgrounds of scenes cannot have masks; give parts without bad "
                                 "pixels")
        self.data, self.size = tuple(data), size
        self.density, self.crowding, self.conditions = density, crowding, conditions

    def draw(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Compose scenes.

        Parameters
        ----------
        n : int
            Number of scenes.
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
        rng = np.random.default_rng(rng)
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
        data = self.data[rng.integers(len(self.data))]
        s, zoom = self.size, 1.0
        conditions = self.conditions
        rescaled = conditions.pixel_scale_probability
        if rescaled and rng.random() < rescaled:
            zoom = 1 + conditions.pixel_scale * rng.uniform(-1, 1)
            s += 2 * int(np.ceil(self.size * conditions.pixel_scale / 2))
        whole = data.backgrounds[rng.integers(len(data.backgrounds))]
        if min(whole.shape[1:]) < s:
            raise ValueError(f"a background of {whole.shape[2]} x {whole.shape[1]} px is smaller "
                             f"than a scene of {s} px; give larger ones")
        y0, x0 = (rng.integers(n - s + 1) for n in whole.shape[1:])
        background = turned(whole[:, y0:y0 + s, x0:x0 + s], int(rng.integers(8)))
        scene = background.astype(np.float32)
        density = np.exp(rng.uniform(*np.log(self.density)))
        margin = SCENE_MARGIN
        n = rng.poisson(density * ((s + 2 * margin) / 128) ** 2)
        rows, stamps = [], []
        for k in range(n):
            if k and rng.random() < self.crowding:
                other, radius, angle = rows[rng.integers(k)], rng.uniform(3, 24), rng.uniform(0, 7)
                place = other["x"] + radius * np.cos(angle), other["y"] + radius * np.sin(angle)
            else:
                place = rng.uniform(-margin, s + margin, 2)
            row, stamp, corner = self._put(scene, data.foregrounds[CLUSTER], place, rng)
            rows.append(row)
            stamps.append((stamp, corner))
        for kind, mean in _OTHERS.items():
            for _ in range(rng.poisson(mean * (s / 128) ** 2)):
                self._put(scene, data.foregrounds[kind], rng.uniform(0, s, 2), rng)
        first = 0.0  # where on the composed scene the observed one begins
        if s > self.size:
            first = (s - 1) / 2 - (self.size - 1) / 2 / zoom
            s = self.size
            scene = _magnified(scene, zoom, (first, first), s)
            for row in rows:
                for name in ("x", "y"):
                    row[name] = (row[name] - first) * zoom
        inside = [i for i, row in enumerate(rows)
                  if -0.5 <= row["x"] < s - 0.5 and -0.5 <= row["y"] < s - 0.5]
        observed, blur = self._observed(scene, data.instrument, rng)
        for i in inside:
            pixels, origin = stamps[i]
            corner = np.array([int(np.rint(rows[i][name])) - _WINDOW // 2 for name in ("y", "x")])
            light = _window(pixels, origin, corner, zoom, first, blur)
            rows[i]["log_visibility"] = _log_visibility(light, corner, observed)
        return self._recorded(observed, rng), [rows[i] for i in inside]

    def _put(self, scene, stamps, place, rng):
        """Add a stamp: its row, its pixels, and the pixel of the scene where they begin."""
        table, images = stamps
        which = rng.integers(len(images))
        half = images.shape[-1] // 2
        row, dx, dy = {}, 0.0, 0.0
        if table is not None and table.dtype.names:
            row = {name: table[name][which] for name in INTRINSIC}
            dx, dy = table["x"][which] - half, table["y"][which] - half
        # Without its first row and column, the middle of the stamp is the middle of a pixel.
        stamp = torch.from_numpy(images[which]).float().numpy()  # numpy takes ten times as long
        turn = int(rng.integers(8))
        stamp, (dx, dy) = turned(stamp[:, 1:, 1:], turn), turned_place(dx, dy, turn)
        x, y = (int(np.floor(c + 0.5)) for c in place)
        row["x"], row["y"] = x + dx, y + dy
        half = stamp.shape[-1] // 2
        corner = y - half, x - half
        on_scene, on_stamp = placed(corner, stamp.shape[1:], scene.shape[1:])
        scene[:, *on_scene] += stamp[:, *on_stamp]
        return row, stamp, corner

    def _observed(self, scene, instrument: Instrument, rng):
        """The scene through a wider PSF, with noise; and by how much it is wider."""
        conditions, blur = self.conditions, 0.0
        if rng.random() < conditions.blur_probability:
            blur = conditions.blur * rng.random()
            scene = _blurred(scene, blur)
        time, read = (np.asarray(v, dtype=np.float32)[:, None, None] for v in (
            instrument.exposure_times.to_value(u.s), instrument.read_noises))
        noise = rng.standard_normal(scene.shape, dtype=np.float32)
        if rng.random() < conditions.correlation_probability:
            width = 0.25 + (conditions.correlation - 0.25) * rng.random()
            noise = gaussian_filter(noise, (0, width, width), truncate=NOISE_EXTENT, mode="wrap")
            # Smoothing removes noise, and how much of it the maker of a mosaic restores varies.
            noise *= noise.std() ** (-rng.random())
        noise *= noise_std(scene, time, read)
        noise *= np.exp(rng.uniform(*np.log(conditions.noise)))
        return scene + noise, blur

    def _recorded(self, image, rng):
        """Zero points, sky and cuts."""
        conditions = self.conditions
        if rng.random() < conditions.subtracted:
            image = image - np.median(image, axis=(1, 2), keepdims=True)
        n = (len(image), 1, 1)
        sky = rng.uniform(*conditions.sky, n)
        image = image + sky * (rng.random() < conditions.sky_probability)
        image = image * 10 ** (-0.4 * conditions.zero_point * rng.standard_normal(n))
        if rng.random() < conditions.clip_probability:
            image = np.maximum(image, 0)
        if conditions.published and rng.random() < conditions.published:
            image = _as_published(image, rng)
        return image.astype(np.float32)


def _blurred(image, width):
    return gaussian_filter(image, (0, width, width), truncate=BLUR_EXTENT, mode="nearest")


def _magnified(image, zoom, first, size):
    """A part of an image on pixels that are smaller by a factor; its first pixel is ``first``."""
    return np.stack([
        affine_transform(band, [1 / zoom, 1 / zoom], first, (size, size), order=3, mode="nearest")
        for band in image]) / np.float32(zoom**2)


def _as_published(image, rng):
    """An image recovered from a published picture."""
    width = rng.uniform(0.3, 1.1)
    image = gaussian_filter(image, (0, width, width), truncate=NOISE_EXTENT, mode="nearest")
    # The whole sky of some bands is black, and nothing in others.
    black = [np.quantile(band, rng.uniform(0, 0.8)) if rng.random() < 0.7 else band.min()
             for band in image]
    image = np.maximum(image - np.reshape(black, (-1, 1, 1)), 0)
    image = image * 10 ** (0.3 * 0.4 * rng.standard_normal((len(image), 1, 1)))
    scale = np.exp(rng.uniform(*np.log((0.01, 1.5)), (len(image), 1, 1)))
    step = rng.uniform(0.018, 0.03)
    return scale * np.expm1(step * np.rint(np.log1p(image / scale) / step))


def _window(stamp, place, corner, zoom, first, blur):
    """Light of a cluster in a window of the observed scene, without noise."""
    if zoom == 1 and first == 0:
        light = np.zeros((len(stamp), _WINDOW, _WINDOW), np.float32)
        on_window, on_stamp = placed(np.subtract(place, corner), stamp.shape[1:],
                                      (_WINDOW, _WINDOW))
        light[:, *on_window] = stamp[:, *on_stamp]
    else:
        light = _magnified(stamp, zoom, first + corner / zoom - place, _WINDOW)
    return _blurred(light, blur) if blur else light


def _log_visibility(light, corner, observed):
    """Visibility in the window, as far as it lies on the scene: the window network's label."""
    on_scene, on_window = placed(corner, light.shape[1:], observed.shape[1:])
    light = light[:, *on_window]
    return np.log10(visibility(light, observed[:, *on_scene] - light))
