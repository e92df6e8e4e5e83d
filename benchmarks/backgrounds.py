"""Synthetic backgrounds beside real ones: four distributions, a picture each.

    python benchmarks/backgrounds.py REAL.fits [REAL.fits ...] [--out FOLDER] [--seeds N]

Every REAL.fits holds one extension a band, electron/s, with a WCS. For each of them synthetic
parts of the same size are made at the same place of M83, one with the default structure and a
number with structures drawn as for training; the shaded bands are the range of the latter. Above
``--cut`` (electron/s over the median) only, since the real images in reach have lost what is below.
"""

import argparse
from pathlib import Path

import matplotlib
import numpy as np
from astropy.stats import sigma_clipped_stats
from photutils.detection import find_peaks
from scipy.ndimage import gaussian_filter, median_filter

from clusternet.galaxy import M83, SyntheticGalaxy
from clusternet.images import MultiBandImage
from clusternet.mocks import MockClusters
from clusternet.nn.training_data import draw_structure

matplotlib.use("Agg")
import matplotlib.pyplot as plt

BANDS = ("F438W", "F814W")
PIXELS = np.geomspace(0.02, 20, 40)
PEAKS = np.geomspace(0.03, 30, 25)


def measure(image, cut):
    """The four distributions of one band of an image."""
    smooth = gaussian_filter(median_filter(image, 25, mode="nearest"), 8)
    residual = image - smooth
    level = image - np.median(image)
    pixels = np.histogram(level, PIXELS)[0] / image.size / np.diff(np.log10(PIXELS))
    table = find_peaks(residual, cut, box_size=5)
    heights = np.array([] if table is None else table["peak_value"])
    area = image.size * 0.0396**2
    peaks = np.histogram(heights, PEAKS)[0] / area / np.diff(np.log10(PEAKS))
    clipped = np.clip(residual, 0, sigma_clipped_stats(residual)[2] * 20)
    f = np.abs(np.fft.rfft2(clipped - clipped.mean())) ** 2
    correlation = np.fft.irfft2(f)[0, :16]
    cumulative = np.array([(heights > h).sum() for h in PEAKS]) / area
    return {"pixels": pixels, "peaks": peaks, "correlation": correlation / correlation[0],
            "density": cumulative}


AXES = {"pixels": (np.sqrt(PIXELS[1:] * PIXELS[:-1]), "pixel value over the median [e-/s]",
                   "part of the pixels per dex"),
        "peaks": (np.sqrt(PEAKS[1:] * PEAKS[:-1]), "height of a peak [e-/s]",
                  "peaks per square arcsec and dex"),
        "correlation": (np.arange(16), "lag [px]", "autocorrelation of the residual"),
        "density": (PEAKS, "height of a peak [e-/s]", "brighter peaks per square arcsec")}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("real", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, default=Path("backgrounds"))
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--cut", type=float, default=0.05)
    options = parser.parse_args()
    options.out.mkdir(exist_ok=True)
    mocks = MockClusters()
    found = {}
    for path in options.real:
        real = MultiBandImage.read(path)
        ny, nx = real.shape[1:]
        sky = real.wcs.pixel_to_world((nx - 1) / 2, (ny - 1) / 2)
        shape = (20000, 20000)
        x, y = M83.wcs(shape, mocks.instrument.pixel_scale).world_to_pixel(sky)
        x0, y0 = int(x) - nx // 2, int(y) - ny // 2
        for seed in range(-1, options.seeds):
            # Same radius; the azimuth is drawn, since the arms are not where M83's are.
            rng = np.random.default_rng([77, seed + 1])
            structure = None if seed < 0 else draw_structure(rng)
            angle = rng.uniform(0, 2 * np.pi)
            dx, dy = x0 - shape[1] / 2, y0 - shape[0] / 2
            px = int(shape[1] / 2 + dx * np.cos(angle) - dy * np.sin(angle))
            py = int(shape[0] / 2 + dx * np.sin(angle) + dy * np.cos(angle))
            made = SyntheticGalaxy(shape, mocks, structure=structure, seed=1000 + seed).pixels(
                px, py, nx, ny)
            for band in BANDS:
                image = made[mocks.instrument.band_names.index(band)]
                found.setdefault((path.stem, band), []).append(measure(image, options.cut))
        for band in BANDS:
            image = np.asarray(real.data[real.bands.index(band)])
            found[path.stem, band].append(measure(np.nan_to_num(image), options.cut))
    for kind, (x, xlabel, ylabel) in AXES.items():
        figure, axes = plt.subplots(len(options.real), 2, squeeze=False, layout="constrained",
                                    figsize=(10, 4 * len(options.real)))
        for axis, ((name, band), runs) in zip(axes.flat, sorted(found.items()), strict=True):
            default, *drawn, real = (r[kind] for r in runs)
            axis.fill_between(x, np.min(drawn, 0), np.max(drawn, 0), alpha=0.3, color="C0",
                              label="synthetic, as for training")
            axis.plot(x, default, "C0", label="synthetic, default")
            axis.plot(x, real, "k", label="real")
            if kind != "correlation":
                axis.set_xscale("log")
                axis.set_yscale("log")
            axis.set(title=f"{name} {band}", xlabel=xlabel, ylabel=ylabel)
            inside = (real >= np.min(drawn, 0)) & (real <= np.max(drawn, 0))
            use = (real > 0) & (x > options.cut if kind != "correlation" else x > 0)
            print(f"{kind:12s} {name:10s} {band}: real within the drawn range in "
                  f"{inside[use].sum()} of {use.sum()} bins")
        axes.flat[0].legend(fontsize=8)
        figure.savefig(options.out / f"{kind}.png", dpi=80)
        plt.close(figure)


if __name__ == "__main__":
    main()
