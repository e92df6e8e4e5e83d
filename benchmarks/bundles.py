"""Whether it matters that the faint stars of mock clusters are drawn in bundles.

    OMP_NUM_THREADS=1 python benchmarks/bundles.py [--folder FOLDER] [--weights FILE]

Stars too faint to be seen one by one share a mass and a place
(`clusternet.stars.StellarPopulation`). Here their bundles are set beside ones ``--finer`` times
finer, in two ways.

1. Many clusters of the same parameters, seen without noise at the middle of the window: mean,
   scatter and skewness of the light in the window, and scatter and skewness of the light in cells
   of 2 x 2 pixels, averaged over rings about the centre.
2. The shipped window network on the same windows with either kind of bundles: the same parameters
   (those of the training), backgrounds and noise, and as far as the bundles let them the same
   stars, since the same seed gives the same numbers of stars of each mass.

Backgrounds are those of ``held_out.py``, kept in FOLDER.
"""

import argparse
from pathlib import Path

import astropy.units as u
import numpy as np
import torch
from astropy.table import Table
from scipy.stats import skew

from clusternet.catalog import INTRINSIC
from clusternet.instruments import noise_std
from clusternet.mocks import BackgroundSampler, MockClusters, visibility
from clusternet.nn import WindowNetwork, load_network
from clusternet.posterior import quantile
from clusternet.training.backgrounds import make_backgrounds
from clusternet.training.kinds import CLUSTER
from clusternet.training.scores import predict, score

SIZE = 64
FLUX, FRACTION = 0.01, 3e-5  # the defaults of StellarPopulation
#: Parameters of the clusters of the first part.
CASES = {"young, light": {"log_age": 6.9, "log_mass": 3.7, "a_v": 0.5, "log_r_h": -0.7},
         "middle": {"log_age": 8.0, "log_mass": 4.3, "a_v": 0.5, "log_r_h": -0.7},
         "old, heavy": {"log_age": 9.6, "log_mass": 5.2, "a_v": 0.5, "log_r_h": -0.7}}
#: Rings about the centre, pixels.
RINGS = ((0, 4), (4, 8), (8, 16))


def clusters(mocks, rows, seed, batch=32):
    """Images without noise, centred on pixel 32, and the mean number of entries drawn."""
    images, entries = [], 0
    for start in range(0, len(rows), batch):
        part = [mocks.build({name: row[name] for name in INTRINSIC},
                            np.random.default_rng([seed, start + i]))
                for i, row in enumerate(rows[start:start + batch])]
        entries += sum(len(cluster.offsets) for cluster in part)
        middle = np.full(len(part), SIZE // 2)
        images.append(mocks.render(part, middle, middle, (SIZE, SIZE)))
    return np.concatenate(images), entries / len(rows)


def parts(images):
    """Light in the window, and in the cells of each ring; shapes (n, band, 1 or cell)."""
    n, band = images.shape[:2]
    cells = images.reshape(n, band, SIZE // 2, 2, SIZE // 2, 2).sum((3, 5), dtype=float)
    # Pixel 32 is the centre of the clusters.
    offset = 2 * np.arange(SIZE // 2) + 0.5 - SIZE // 2
    radius = np.hypot(*np.meshgrid(offset, offset))
    return {"light": cells.sum((2, 3))[..., None]} | {
        f"cells at {low}-{high} px": cells[..., (radius >= low) & (radius < high)]
        for low, high in RINGS}


def moments(found, pick, sky):
    """How clusters scatter, by part: a dict of arrays of shape (band,)."""
    out = {}
    for label, values in found.items():
        values = values[pick]
        scatter, mean = values.std(0, ddof=1), values.mean(0)
        if label == "light":
            out[f"{label}: mean [e-/s]"] = mean.mean(-1)
        else:
            out[f"{label}: scatter / noise of the sky"] = scatter.mean(-1) / sky
        out[f"{label}: scatter / mean"] = (scatter / mean).mean(-1)
        out[f"{label}: skewness"] = skew(values).mean(-1)
    return out


def noise_of_sky(instrument):
    """Standard deviation of a cell of four pixels of empty sky, electron/s."""
    sky = np.array([b.sky for b in instrument])
    return 2 * noise_std(sky, instrument.exposure_times.to_value(u.s), instrument.read_noises)


def show_distributions(normal, fine, n, finer, rng, repeats=100):
    """Moments with either kind of bundles, and their difference in standard deviations."""
    sky, largest = noise_of_sky(normal.instrument), []
    print("normal and finer bundles (difference in standard deviations), "
          + ", ".join(normal.instrument.bands))
    for name, row in CASES.items():
        (one, entries), (two, more) = (clusters(m, [row] * n, seed) for m, seed in
                                       ((normal, 1), (fine, 2)))
        print(f"\n{name}: {n} clusters, {entries:.0f} entries a cluster; with bundles {finer:g} "
              f"times finer {more:.0f}")
        both = parts(one), parts(two)
        values = [moments(found, slice(None), sky) for found in both]
        drawn = [[moments(found, rng.integers(n, size=n), sky) for _ in range(repeats)]
                 for found in both]
        for label in values[0]:
            a, b = (part[label] for part in values)
            error = np.sqrt(sum(np.var([d[label] for d in part], axis=0) for part in drawn))
            sigma = (a - b) / error
            largest.extend(abs(sigma))
            print(f"  {label:46s}" + "   ".join(
                f"{x:8.4f} {y:8.4f} ({s:+4.1f})" for x, y, s in zip(a, b, sigma, strict=True)))
    print(f"\nof {len(largest)} differences {np.mean(np.array(largest) > 2):.1%} are larger than 2 "
          f"standard deviations, the largest is {max(largest):.1f}")


def windows_with(mocks, rows, backgrounds, noise, exposure, bins):
    """Windows with clusters, and their truth as `score` takes it."""
    images, entries = clusters(mocks, rows, 7)
    light = noise_std(images, exposure[:, None, None]) * noise
    truth = {name: rows[name] for name in ("log_age", "a_v", "log_mass", "log_r_h")}
    truth["log_visibility"] = np.log10(visibility(images, backgrounds + light))
    truth["kind"] = np.full(len(rows), CLUSTER.name)
    truth["cluster"] = np.full(len(rows), CLUSTER.label)
    return backgrounds + images + light, truth, entries


def show_network(normal, fine, network, folder, n, rng, repeats=500):
    """Errors of the network on windows with either kind of bundles."""
    rows = Table([dict(normal.draw_one(rng).parameters) for _ in range(n)]).as_array()
    made = make_backgrounds(folder / "backgrounds-911", normal, galaxies=4, patches=10, size=512,
                            rng=911)
    backgrounds = BackgroundSampler(made, size=SIZE).draw(n, rng)
    noise = rng.standard_normal(backgrounds.shape, dtype=np.float32)
    exposure = normal.instrument.exposure_times.to_value(u.s)
    results, errors, classes, entries_of = [], [], [], []
    for mocks in (normal, fine):
        windows, truth, entries = windows_with(mocks, rows, backgrounds, noise, exposure,
                                               network.bins)
        predicted = predict(network, windows.astype(np.float32))
        results.append(score(predicted, truth, network.bins)["parameters"]["all"])
        errors.append({name: estimates(predicted, network.bins, name) - truth[name]
                       for name in network.bins.names})
        classes.append(predicted["cluster"])
        entries_of.append(entries)
    print(f"\n{entries_of[0]:.0f} entries a cluster, with finer bundles {entries_of[1]:.0f}")
    print(f"{n} windows each; class above 0.95 in "
          + " and ".join(f"{np.mean(c > 0.95):.3f}" for c in classes)
          + f", their difference has an rms of {np.std(classes[0] - classes[1]):.4f}")
    print(f"{'':16s}{'rms':>10s}{'finer':>10s}{'difference (+-)':>20s}{'bias':>10s}{'finer':>10s}"
          f"{'rms between':>14s}")
    for name in network.bins.names:
        a, b = (part[name] for part in errors)
        pick = rng.integers(n, size=(repeats, n))
        change = np.sqrt((a[pick] ** 2).mean(1)) - np.sqrt((b[pick] ** 2).mean(1))
        one, two = (part[name] for part in results)
        print(f"{name:16s}{one['rms']:10.4f}{two['rms']:10.4f}"
              f"{one['rms'] - two['rms']:+12.4f} ({change.std():.4f}){one['bias']:+10.4f}"
              f"{two['bias']:+10.4f}{np.sqrt(np.mean((a - b) ** 2)):14.4f}")


def estimates(predicted, bins, name):
    """Posterior medians."""
    return quantile(predicted[name], bins.edges(name), 0.5)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=Path("held-out"))
    parser.add_argument("--weights", type=load_network)
    parser.add_argument("--clusters", type=int, default=300, help="of each case")
    parser.add_argument("--windows", type=int, default=600)
    parser.add_argument("--finer", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=17)
    options = parser.parse_args()
    torch.set_num_threads(1)
    rng = np.random.default_rng(options.seed)
    normal = MockClusters()
    fine = MockClusters(population={"bundle_flux": FLUX / options.finer,
                                    "bundle_fraction": FRACTION / options.finer})
    show_distributions(normal, fine, options.clusters, options.finer, rng)
    network = options.weights or WindowNetwork.shipped()
    show_network(normal, fine, network, options.folder, options.windows,
                 rng)


if __name__ == "__main__":
    main()
