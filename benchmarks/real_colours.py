"""Colours of mock clusters beside those of real clusters of M83.

    python benchmarks/real_colours.py CLUSTERS.ecsv [--mocks N] [--picture PNG]

CLUSTERS.ecsv holds magnitudes (Vega, without the extinction of the Milky Way) and their errors,
published ages and masses: columns ``mag_f336w``, ``mag_f336w_err`` ..., ``log_age``, ``log_mass``,
``ebv``, ``aperture_correction_v``, ``flag``. The mocks are those of the training (Table 1 of
Paper III: log age 6.6 to 10.1, A_V 0 to 3, within the magnitude limits); only the light of their
stars is added up, no image is made.

**The region.** Every magnitude of a mock gets a Gaussian error as large as that of one of the ten
real clusters nearest to it in that band (total magnitudes, the aperture correction applied). The
density of the mocks over F336W - F438W and F438W - F814W is a histogram of 0.05 mag smoothed with
a Gaussian of 0.1 mag; the region is where it is above the value that 99 % of the mocks exceed. If
real clusters were drawn as the mocks are, 99 % of them would lie inside. The magnitudes of the
mocks are total, those of the real clusters in an aperture of 3 pixels with one correction for all
bands; how much that can change colours is printed, and what it does to the count.
"""

import argparse
from pathlib import Path

import astropy.units as u
import numpy as np
from astropy.table import Table
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from clusternet.mocks import MockClusters
from clusternet.psf import OpticalPSF, uvis_bands

BANDS = ("F336W", "F438W", "F814W")
RANGES = ((-2.5, 2.5), (-1.5, 4.5))
STEP, SMOOTHING, INSIDE = 0.05, 0.1, 0.99
APERTURE = 3 * 0.0396 * u.arcsec
AGES = ((0, 6.6), (6.6, 7.0), (7.0, 8.0), (8.0, 9.0), (9.0, 10.1), (10.1, 11))


def colours(magnitudes):
    """F336W - F438W and F438W - F814W."""
    return magnitudes[:, :-1] - magnitudes[:, 1:]


def draw_mocks(mocks, n, rng):
    """Parameters and integrated magnitudes of clusters within the limits."""
    limits = [mocks.parameters.magnitude_limits[b] for b in BANDS]
    table, magnitudes = [], []
    while len(table) < n:
        for row in mocks.parameters.draw(1000, rng).as_array():
            stars = mocks.population.draw(row["log_age"], 10 ** row["log_mass"], row["a_v"], rng,
                                          magnitude_limits=limits)
            if stars is not None:
                table.append(row)
                magnitudes.append(mocks.instrument.magnitudes(stars.flux.sum(0)))
    return np.array(table[:n]), np.array(magnitudes[:n])


def mean_magnitudes(mocks, log_age):
    """Magnitudes of a cluster of 1e4 solar masses with all stars in their mean numbers."""
    cells = mocks.population.cells(log_age)
    flux = 1e4 * cells.number @ (0.5 * (cells.flux_lower + cells.flux_upper)) / cells.mean_mass
    return mocks.instrument.magnitudes(flux)


def real_clusters(path):
    """Usable clusters, their magnitudes in the aperture, errors and total magnitudes."""
    table = Table.read(path)
    columns = [f"mag_{b.lower()}" for b in BANDS]
    magnitudes = np.array([table[c] for c in columns]).T
    errors = np.array([table[f"{c}_err"] for c in columns]).T
    good = (np.isfinite(magnitudes) & np.isfinite(errors)).all(1) & (table["flag"] == 0)
    table, magnitudes, errors = table[good], magnitudes[good], errors[good]
    return table, magnitudes, errors, magnitudes - np.array(table["aperture_correction_v"])[:, None]


def with_errors(magnitudes, real, errors, rng):
    """Magnitudes with errors like those of real clusters as bright."""
    noisy = magnitudes.copy()
    for j in range(len(BANDS)):
        near = cKDTree(real[:, j:j + 1]).query(magnitudes[:, j:j + 1], 10)[1]
        chosen = near[np.arange(len(near)), rng.integers(10, size=len(near))]
        noisy[:, j] += errors[chosen, j] * rng.standard_normal(len(noisy))
    return noisy


class Region:
    """Where the density of points is above what a part of them exceeds."""

    def __init__(self, points):
        self.edges = [np.arange(lo, hi + STEP / 2, STEP) for lo, hi in RANGES]
        counts = np.histogram2d(*points.T, bins=self.edges)[0]
        self.density = gaussian_filter(counts, SMOOTHING / STEP)
        self._of_points = self(points)

    def __call__(self, points):
        """Density at points, 0 beyond the ranges."""
        index = [np.searchsorted(e, p, side="right") - 1
                 for e, p in zip(self.edges, points.T, strict=True)]
        there = np.all([(i >= 0) & (i < len(e) - 1)
                        for i, e in zip(index, self.edges, strict=True)], axis=0)
        out = np.zeros(len(points))
        out[there] = self.density[index[0][there], index[1][there]]
        return out

    def level(self, part):
        """Density that a part of the points exceeds."""
        return np.quantile(self._of_points, 1 - part)


def show(path, mocks, region, table, noisy, real, found):
    """Mocks and real clusters in the colour-colour plane."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    ages = mocks.parameters.grid("log_age")
    track = colours(np.array([mean_magnitudes(mocks, age) for age in ages]))
    figure, axes = plt.subplots(1, 2, figsize=(13, 6), sharex=True, sharey=True,
                                layout="constrained")
    options = {"cmap": "turbo", "vmin": ages[0], "vmax": ages[-1]}
    first = np.arange(min(len(noisy), 6000))
    axes[0].scatter(*noisy[first].T[::-1], c=table["log_age"][first], s=2, **options)
    shown = axes[1].scatter(*real.T[::-1], c=np.array(found["log_age"], dtype=float), s=14,
                            edgecolor="k", linewidth=0.3, **options)
    middle = [0.5 * (e[1:] + e[:-1]) for e in region.edges]
    a_v = colours(mocks.population.band_extinction[None])[0]
    for axis, title in zip(axes, ("mock clusters, A$_V$ 0 to 3, errors as the real ones have",
                                  f"{len(real)} real clusters"), strict=True):
        axis.contour(middle[1], middle[0], region.density, colors="k", linewidths=(1.5, 1, 0.7),
                     levels=[region.level(part) for part in (INSIDE, 0.95, 0.68)])
        axis.plot(*track.T[::-1], "0.3", lw=1)
        for age in (6.6, 7, 8, 9, 10):
            place = track[np.argmin(abs(ages - age))]
            axis.annotate(f"{age:g}", place[::-1], fontsize=9)
        axis.annotate("", (2.6 + a_v[1], -1.8 + a_v[0]), (2.6, -1.8),
                      arrowprops={"arrowstyle": "->"})
        axis.annotate("A$_V$ = 1", (2.6, -1.9), fontsize=9)
        axis.set(title=title, xlabel="F438W - F814W [mag]", ylabel="F336W - F438W [mag]",
                 xlim=(-1, 4), ylim=(2.3, -2.4))
    figure.colorbar(shown, ax=axes, label="log age (published, of the real ones)")
    figure.savefig(path, dpi=90)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clusters", type=Path)
    parser.add_argument("--mocks", type=int, default=20000)
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--seed", type=int, default=3)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    mocks = MockClusters()
    found, magnitudes, errors, total = real_clusters(options.clusters)
    table, exact = draw_mocks(mocks, options.mocks, rng)
    noisy = colours(with_errors(exact, total, errors, rng))
    region = Region(noisy)
    level = region.level(INSIDE)
    real = colours(magnitudes)
    psf = OpticalPSF(uvis_bands(averaged=True))
    kept = np.array([[float(psf.encircled_energy(b, APERTURE)) for b in BANDS]])
    shift = colours(-2.5 * np.log10(kept))
    inside = region(real) >= level
    inside_shifted = region(real - shift) >= level
    limits = np.array([mocks.parameters.magnitude_limits[b] for b in BANDS])
    within = (total < limits).all(1)
    light, mass = np.array(found["log_age"], dtype=float), np.array(found["log_mass"], dtype=float)

    print(f"real clusters in the {INSIDE:.0%} region of {len(table)} mocks; the last column is for "
          f"colours that are\n{-shift[0, 0]:+.3f} and {-shift[0, 1]:+.3f} mag redder, which is "
          f"what an aperture of {APERTURE:.3f} takes from point sources")
    rows = {"all": np.ones(len(real), bool), "within the magnitude limits of the mocks": within,
            "and log mass 3.5 to 5.5, log age 6.6 to 10.1":
                within & (mass >= 3.5) & (mass <= 5.5) & (light >= 6.6) & (light <= 10.1)}
    rows |= {f"published log age {lo} to {hi}": (light >= lo) & (light < hi) for lo, hi in AGES}
    for label, use in rows.items():
        if use.any():
            print(f"  {label:48s}{inside[use].sum():4d} of {use.sum():4d} "
                  f"({inside[use].mean():.1%}){inside_shifted[use].sum():8d}")

    error = np.hypot(errors[:, :-1], errors[:, 1:])
    print("\noutside the region; 'away' is the distance from the nearest of the mocks without "
          "errors,\nin F336W - F438W and F438W - F814W, and in standard deviations of the "
          "cluster's own errors")
    print("    id  F438W  336-438 (+-)  438-814 (+-)  away          sigma  log age  log M  "
          "E(B-V)  conc.  limits")
    for i in np.flatnonzero(~inside):
        sigma, nearest = cKDTree(colours(exact) / error[i]).query(real[i] / error[i])
        away = real[i] - colours(exact[nearest:nearest + 1])[0]
        row = found[i]
        print(f"{row['id']:6d}  {magnitudes[i, 1]:5.2f}  "
              + "".join(f"{c:5.2f} ({e:4.2f})  " for c, e in zip(real[i], error[i], strict=True))
              + f"{away[0]:+5.2f} {away[1]:+5.2f}  {sigma:6.1f}  {row['log_age']:7.2f}  "
              f"{row['log_mass']:5.2f}  {row['ebv']:6.2f}  {row['concentration_v']:5.2f}  "
              f"{'inside' if within[i] else 'beyond'}")

    if options.picture:
        show(options.picture, mocks, region, table, noisy, real, found)


if __name__ == "__main__":
    main()
