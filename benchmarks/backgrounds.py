"""Synthetic backgrounds beside real ones: four distributions, and pictures.

    python benchmarks/backgrounds.py REAL.fits[@PHASE,CLUSTERS] ... [--tuned] [--out FOLDER]

Every REAL.fits holds one extension a band (F336W, F438W, F814W), electron/s, with a WCS. For each
of them synthetic parts are made at the same radius of M83: with the default structure, with
``M83_STRUCTURE`` (``--tuned``), and with structures drawn as for training, whose range is the
shaded band of the pictures. PHASE is where the part lies between the arms: 0 on the spine of one,
180 in the middle between two. CLUSTERS is the number of clusters per 1000 x 1000 pixels, for a real
image has them; they are the training's mocks up to 10^4.5 solar masses, below which a mass function
that falls as the inverse square has nine tenths of those above 10^3.5.

The real images in reach are an 8-bit colour JPEG turned back into electron/s, in which a star is
wider and the faint sky is black. The synthetic ones go the same way (``published``): a Gaussian
blur, a black point, the same stretch, a JPEG. Blur and quality were set by the width of isolated
stars and by the steps at the borders of the JPEG's 8 x 8 blocks. ``--jpeg 0`` leaves all that out.
"""

import argparse
import io
from dataclasses import replace
from pathlib import Path

import astropy.units as u
import matplotlib
import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter, maximum_filter, zoom

from clusternet.galaxy import M83, M83_STRUCTURE, GalaxyStructure, SyntheticGalaxy
from clusternet.images import MultiBandImage
from clusternet.mocks import MockClusters, ParameterSpace
from clusternet.training import WIDE_STRUCTURES

matplotlib.use("Agg")
import matplotlib.pyplot as plt

BANDS = ("F438W", "F814W")
#: 8-bit level of a flux: ln(1 + flux / scale) / step, read off the values in the real images.
STRETCH = {"F814W": (0.029, 0.0277137), "F438W": (0.067, 0.0277333), "F336W": (1.05, 0.0198039)}
SHAPE = (20480, 20480)
BLOCK = 256  # synthetic galaxies are made in blocks of it
PIXELS = np.geomspace(0.02, 20, 31)
PEAKS = np.geomspace(0.03, 30, 25)
SHOWN = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
LAGS = (1, 2, 3, 4, 6, 8, 12)


def smooth_model(image, box=16):
    """Medians of boxes, smoothed by a box and interpolated."""
    ny, nx = (n // box for n in image.shape)
    boxes = image[:ny * box, :nx * box].reshape(ny, box, nx, box).swapaxes(1, 2)
    medians = gaussian_filter(np.median(boxes.reshape(ny, nx, -1), axis=2), 1, mode="nearest")
    return zoom(medians, box, order=1, mode="nearest", grid_mode=True)


def measure(image):
    """The four distributions of one band; the sides are multiples of 16 pixels."""
    residual = image - smooth_model(image)
    level = image - np.median(image)
    heights = residual[(maximum_filter(residual, 5) == residual) & (residual > PEAKS[0])]
    area = image.size * 0.0396**2
    clipped = np.clip(residual, 0, 1)
    correlation = np.fft.irfft2(np.abs(np.fft.rfft2(clipped - clipped.mean())) ** 2)
    correlation = 0.5 * (correlation[0, :17] + correlation[:17, 0])
    return {"pixels": np.histogram(level, PIXELS)[0] / image.size / np.diff(np.log10(PIXELS)),
            "peaks": np.histogram(heights, PEAKS)[0] / area / np.diff(np.log10(PEAKS)),
            "correlation": correlation / correlation[0],
            "density": np.array([(heights > h).sum() for h in PEAKS]) / area,
            "table": ([100 * (level > v).mean() for v in SHOWN],
                      [(heights > v).sum() / area for v in SHOWN],
                      [correlation[i] / correlation[0] for i in LAGS])}


def published(images, real, blur, quality):
    """Images as the real ones were published, and the picture itself.

    The black point of a band leaves the part of the pixels at zero that the real image has there,
    or, where it has next to none, brings the medians together.
    """
    levels = []
    for band, (scale, step) in STRETCH.items():
        image = gaussian_filter(images[band], blur)
        dark = (real[band] == 0).mean()
        black = (np.quantile(image, dark) if dark > 0.05
                 else np.median(image) - np.median(real[band]))
        levels.append(np.round(np.log1p(np.maximum(image - black, 0) / scale) / step))
    picture = np.clip(np.stack(levels, -1), 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality, subsampling="4:2:0")
    picture = np.asarray(Image.open(file))
    return {band: scale * np.expm1(step * picture[..., i].astype(float))
            for i, (band, (scale, step)) in enumerate(STRETCH.items())}, picture


def picture_of(images):
    """The picture that the real images come from."""
    levels = [np.log1p(images[band] / scale) / step for band, (scale, step) in STRETCH.items()]
    return np.clip(np.round(np.stack(levels, -1)), 0, 255).astype(np.uint8)


class Place:
    """Where a real image lies, and synthetic parts like it."""

    def __init__(self, text, mocks, size):
        path, _, place = text.partition("@")
        self.phase, self.clusters = (float(v) for v in (place or "0,0").split(","))
        self.name = Path(path).name.partition(".")[0]
        image = MultiBandImage.read(path)
        sides = [n // 16 * 16 for n in image.shape[1:]]
        self.real = {b: np.nan_to_num(np.asarray(d))[:sides[0], :sides[1]]
                     for b, d in zip(image.bands, image.data, strict=True)}
        self.mocks, self.size = mocks, size
        scale = mocks.pixel_scale.to_value(u.arcsec)
        middle = image.wcs.pixel_to_world((image.shape[2] - 1) / 2, (image.shape[1] - 1) / 2)
        x, y = M83.wcs(SHAPE, mocks.instrument.pixel_scale).world_to_pixel(middle)
        self.x0, self.y0 = (round(float(v - size / 2) / BLOCK) * BLOCK for v in (x, y))
        east = (SHAPE[1] / 2 - self.x0 - size / 2) * scale
        north = (self.y0 + size / 2 - SHAPE[0] / 2) * scale
        radius, self.azimuth = M83.deproject(east, north)
        self.radius = radius * M83.parsecs_per_arcsec / 1000

    def synthetic(self, structure, seed, blur, quality):
        """A part of a galaxy, the arms turned so that it lies where it should."""
        winding = replace(structure, arm_phase=0.0).spine_azimuth(self.radius)
        turned = replace(structure, arm_phase=float(
            np.degrees(self.azimuth - winding) - self.phase / structure.n_arms))
        galaxy = SyntheticGalaxy(SHAPE, self.mocks, structure=turned, rng=seed,
                                 cluster_density=self.clusters)
        pixels = galaxy.pixels(self.x0, self.y0, self.size, self.size)
        images = dict(zip(galaxy.bands, pixels, strict=True))
        if not quality:
            return images, picture_of(images)
        return published(images, self.real, blur, quality)


AXES = {"pixels": (np.sqrt(PIXELS[1:] * PIXELS[:-1]), "pixel value over the median [e-/s]",
                   "part of the pixels per dex"),
        "peaks": (np.sqrt(PEAKS[1:] * PEAKS[:-1]), "height of a peak [e-/s]",
                  "peaks per square arcsec and dex"),
        "correlation": (np.arange(17), "lag [px]", "autocorrelation of the residual"),
        "density": (PEAKS, "height of a peak [e-/s]", "brighter peaks per square arcsec")}


def show_distribution(path, kind, found, cut):
    """A picture of one distribution, and how much of the real one is in the drawn range."""
    x, xlabel, ylabel = AXES[kind]
    figure, axes = plt.subplots(len(found) // 2, 2, squeeze=False, layout="constrained",
                                figsize=(10, 2 * len(found)))
    for axis, ((name, band), runs) in zip(axes.flat, found.items(), strict=True):
        for label, colour in (("real", "k"), ("default", "C0"), ("tuned", "C3")):
            for i, run in enumerate(runs[label]):
                axis.plot(x, run[kind], colour, label=label if i == 0 else None)
        if runs["drawn"]:
            drawn = [run[kind] for run in runs["drawn"]]
            low, high, real = np.min(drawn, 0), np.max(drawn, 0), runs["real"][0][kind]
            axis.fill_between(x, low, high, alpha=0.25, color="C0", label="drawn as for training")
            use = (real > 0) & (x > (0 if kind == "correlation" else cut))
            inside = (real >= low) & (real <= high) & use
            print(f"{kind:12s}{name} {band}: real within the drawn range in {inside.sum()} of "
                  f"{use.sum()} bins")
        if kind != "correlation":
            axis.set_xscale("log")
            axis.set_yscale("log")
        axis.set(title=f"{name} {band}", xlabel=xlabel, ylabel=ylabel)
    axes.flat[0].legend(fontsize=8)
    figure.savefig(path, dpi=80)
    plt.close(figure)


def show_pictures(path, pictures):
    figure, axes = plt.subplots(len(pictures), max(len(row) for row in pictures.values()),
                                squeeze=False, layout="constrained", figsize=(15, 10))
    for row, (name, found) in zip(axes, pictures.items(), strict=True):
        for axis, (label, picture) in zip(row, found.items(), strict=True):
            axis.imshow(picture, origin="lower")
            axis.set_title(f"{name}, {label}")
            axis.axis("off")
    figure.savefig(path, dpi=60)
    plt.close(figure)


def show_table(found):
    print(f"{'':28s}per cent of pixels over the median by".ljust(66)
          + "peaks per square arcsec above".ljust(46) + "autocorrelation at lag")
    print(" " * 28 + "".join(f"{v:6g}" for v in SHOWN) + "  "
          + "".join(f"{v:7g}" for v in SHOWN) + "  " + "".join(f"{v:6d}" for v in LAGS))
    for (name, band), runs in found.items():
        for label in ("real", "default", "tuned"):
            tables = [run["table"] for run in runs[label]]
            if not tables:
                continue
            pixels, peaks, correlation = (np.mean(part, 0) for part in zip(*tables, strict=True))
            print(f"{name} {band} {label}".ljust(28) + "".join(f"{v:6.2f}" for v in pixels) + "  "
                  + "".join(f"{v:7.3f}" for v in peaks) + "  "
                  + "".join(f"{v:6.2f}" for v in correlation), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("real", nargs="+")
    parser.add_argument("--out", type=Path, default=Path("backgrounds"))
    parser.add_argument("--tuned", action="store_true")
    parser.add_argument("--size", type=int, default=512, help="side of a synthetic part, pixels")
    parser.add_argument("--parts", type=int, default=2, help="parts of each structure")
    parser.add_argument("--drawn", type=int, default=6, help="structures drawn as for training")
    parser.add_argument("--blur", type=float, default=0.8, help="standard deviation, pixels")
    parser.add_argument("--jpeg", type=int, default=85, help="quality; 0 for none")
    parser.add_argument("--cut", type=float, default=0.05, help="electron/s")
    options = parser.parse_args()
    if options.size % BLOCK:
        parser.error(f"--size is {options.size}; give a multiple of {BLOCK}")
    options.out.mkdir(exist_ok=True, parents=True)
    mocks = MockClusters(parameters=ParameterSpace(log_mass=(3.5, 4.5)))
    structures = {"default": [GalaxyStructure()] * options.parts, "tuned": [], "drawn": [
        WIDE_STRUCTURES(np.random.default_rng([77, i])) for i in range(options.drawn)]}
    if options.tuned:
        structures["tuned"] = [M83_STRUCTURE] * options.parts
    found, pictures = {}, {}
    for text in options.real:
        place = Place(text, mocks, options.size)
        print(f"{place.name}: {place.radius:.2f} kpc from the centre")
        middle = [slice((n - options.size) // 2, (n + options.size) // 2)
                  for n in place.real[BANDS[0]].shape]
        pictures[place.name] = {"real": picture_of(place.real)[tuple(middle)]}
        for band in BANDS:
            found[place.name, band] = {"real": [measure(place.real[band])]}
        for label, list_of in structures.items():
            for band in BANDS:
                found[place.name, band][label] = []
            for i, structure in enumerate(list_of):
                images, picture = place.synthetic(structure, 1000 + i, options.blur, options.jpeg)
                if label != "drawn":
                    pictures[place.name][label] = picture
                for band in BANDS:
                    found[place.name, band][label].append(measure(images[band]))
    show_table(found)
    for kind in AXES:
        show_distribution(options.out / f"{kind}.png", kind, found, options.cut)
    show_pictures(options.out / "pictures.png", pictures)


if __name__ == "__main__":
    main()
