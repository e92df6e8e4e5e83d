"""Closed loop: a known drift, mass function and size gradient, from images back to the numbers.

Synthetic galaxies like M83, whose clusters formed in the arms and drifted off at a known speed, are
drawn over half a ring (which meets every distance from the arms alike, as there are two arms) and a
wedge from the centre outwards, searched with the dense network, and analysed as in sections 4.2 to
4.4 of Paper III. The same analysis of the true clusters there says what the method itself can do.

    OMP_NUM_THREADS=1 python benchmarks/closed_loop.py --folder DIR --workers 2

A run takes 10 megapixels and 2 GB; finished ones are kept in the folder. ``--size 0.2`` takes a
fifth of the ring and the wedge, for a trial.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from multiprocessing import get_context
from pathlib import Path

import astropy.units as u
import numpy as np
from astropy.table import QTable, vstack

from clusternet._files import atomic_write, prepare_folder
from clusternet.analysis import drift_rate, fit_schechter, peak_position
from clusternet.catalog import match, select
from clusternet.detection import DenseDetector
from clusternet.galaxy import M83, ClusterPopulation, GalaxyStructure, SpiralArms, SyntheticGalaxy
from clusternet.images import MultiBandImage
from clusternet.mocks import MockClusters

SIDE, BLOCK = 10_000, 256
RING, WEDGE = (2.6, 3.2), (0.5, 4.0)  # kpc
GROUPS = {"young": (6.6, 7.0), "middle": (7.0, 7.7), "old": (7.7, 10.1)}
#: Solar masses between which the mass function is fitted. The network knows those from 10^3.5 to
#: 10^5.5 and pulls what is near the ends inwards: at 10^3.9 by 0.06 dex, at 10^4.4 by 0.01.
MASSES = 2e4, 10**5.3
LIMITS = [-1.0, 1.2] * u.kpc  # half of the way from arm to arm


def in_region(radius, azimuth, size):
    """Whether places (kpc, radians) are on the ring or the wedge."""
    turn = np.mod(azimuth, 2 * np.pi)
    ring = (radius > RING[0]) & (radius < RING[1]) & (turn < size * np.pi)
    wedge = (radius > WEDGE[0]) & (radius < WEDGE[1]) & (turn < size * np.radians(20))
    return ring | wedge


def draw(galaxy, size):
    """The image of the blocks that the region touches, and the true clusters in it."""
    steps = np.arange(0, BLOCK + 1, 32) - 0.5
    blocks = []
    for by, bx in product(range(SIDE // BLOCK), repeat=2):
        x, y = np.meshgrid(bx * BLOCK + steps, by * BLOCK + steps)
        radius, azimuth = M83.polar(galaxy.wcs.pixel_to_world(x, y))
        if in_region(radius.value, azimuth.value, size).any():
            blocks.append((by, bx))
    (y0, x0), (y1, x1) = (np.array(blocks).min(0) * BLOCK, (np.array(blocks).max(0) + 1) * BLOCK)
    data = np.full((3, y1 - y0, x1 - x0), np.nan, np.float32)
    truth = []
    for by, bx in blocks:
        part = bx * BLOCK, by * BLOCK, BLOCK, BLOCK
        rows = slice(by * BLOCK - y0, (by + 1) * BLOCK - y0)
        data[:, rows, bx * BLOCK - x0:(bx + 1) * BLOCK - x0] = galaxy.pixels(*part)
        table = galaxy.truth(*part)
        table["x_centroid"] += bx * BLOCK - x0
        table["y_centroid"] += by * BLOCK - y0
        if len(table):
            truth.append(table)
    return MultiBandImage(data, galaxy.bands, galaxy.wcs[y0:y1, x0:x1]), vstack(truth)


def analyse(table, arms, size, prefix):
    """Results of a catalogue: drift, peaks of three groups of ages, M*, gradients of size."""
    radius, azimuth = (values.value for values in M83.polar(table["sky_centroid"]))
    table = table[in_region(radius, azimuth, size)]
    radius = M83.polar(table["sky_centroid"])[0].value
    on_ring = (radius > RING[0]) & (radius < RING[1])
    ring = table[on_ring]
    drift = drift_rate(arms.azimuthal_distance(ring["sky_centroid"]), ring["log_age"], rng=1,
                       edges=(6.6, 6.9, 7.2, 7.5, 7.7), limits=LIMITS / np.sin(np.radians(15)),
                       smoothing=0.4 * u.kpc)
    row = {"n": len(table), "rate": drift.rate.value, "rate_err": drift.rate_err.value}
    distance = arms.distance(ring["sky_centroid"], deprojected=True)
    for name, (low, high) in GROUPS.items():
        use = (ring["log_age"] >= low) & (ring["log_age"] < high)
        peak, error = peak_position(distance[use], limits=LIMITS, rng=1)
        row |= {f"peak_{name}": peak.value, f"peak_{name}_err": error.value}
    masses = 10 ** np.asarray(table["log_mass"][table["log_age"] < 8.5])
    fit = fit_schechter(masses, *MASSES)
    low, high = fit.intervals["m_star"]
    row |= {"m_star": fit.parameters["m_star"], "m_star_lo": low, "m_star_hi": high}
    for name, use in (("young", table["log_age"] < 7.5), ("old", table["log_age"] >= 8.5)):
        (slope, _), covariance = np.polyfit(radius[use], table["log_r_h"][use], 1, cov=True)
        row |= {f"gradient_{name}": slope, f"gradient_{name}_err": np.sqrt(covariance[0, 0])}
    return {f"{prefix}_{key}": value for key, value in row.items()}


def run(case, folder, size, number):
    """One galaxy; a row of the table."""
    drift, seed = case
    kept = Path(folder) / f"drift{drift:g}-seed{seed}-size{size:g}-number{number}"
    paths = {name: kept.with_name(f"{kept.name}-{name}.ecsv") for name in ("truth", "found")}
    structure = GalaxyStructure()
    arms = SpiralArms.from_structure(structure, M83, (0.3 * u.kpc, 4.6 * u.kpc))
    if not paths["found"].exists():
        make(case, number, size, structure, paths)
    truth, found = (QTable.read(path) for path in paths.values())
    matched, false = match(truth, found, radius=3)
    return QTable(rows=[{
        "drift": float(drift), "seed": seed, "recall": np.mean(matched["found"]),
        "false": len(false), **analyse(truth, arms, size, "true"),
        **analyse(found, arms, size, "found")}])


def make(case, number, size, structure, paths):
    """Make a galaxy and search it; its clusters and the candidates, as files."""
    drift, seed = case
    clusters = ClusterPopulation(number=number, radius=(0.4, 4.2), log_age=(6.6, 9.5, 0.05),
                                 log_mass=(3.6, 6.0), drift=float(drift))
    galaxy = SyntheticGalaxy((SIDE, SIDE), MockClusters(), structure=structure, rng=seed,
                             clusters=clusters)
    image, truth = draw(galaxy, size)
    found = select(DenseDetector()(image, progress=False), 0.8, None)
    for name, table in (("truth", truth), ("found", found)):  # the last says that all is there
        with atomic_write(paths[name]) as temporary:
            table.write(temporary, format="ascii.ecsv", overwrite=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", default="closed-loop")
    parser.add_argument("--drifts", type=float, nargs="+", default=[0, 25, 50, 75], help="pc/Myr")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--size", type=float, default=1.0, help="part of the ring and wedge")
    parser.add_argument("--number", type=int, default=12_000, help="clusters born in the galaxy")
    parser.add_argument("--workers", type=int, default=1, help="galaxies at a time")
    options = parser.parse_args()
    one = partial(run, folder=prepare_folder(options.folder), size=options.size,
                  number=options.number)
    cases = list(product(options.drifts, options.seeds))
    if options.workers == 1:
        tables = list(map(one, cases))
    else:
        with ProcessPoolExecutor(options.workers, get_context("spawn")) as pool:
            tables = list(pool.map(one, cases))
    report(vstack(tables))


def report(table):
    print(f"recall {np.mean(table['recall']):.2f} at {np.mean(table['false']):.0f} candidates "
          f"that are none; {np.mean(table['true_n']):.0f} clusters, "
          f"{np.mean(table['found_n']):.0f} found")
    print("\ndrift put in; true places and ages; found [pc/Myr]")
    for row in table:
        off = (row["found_rate"] - row["drift"]) / row["found_rate_err"]
        print(f"{row['drift']:5.0f}  seed {row['seed']}  "
              f"{row['true_rate']:6.1f} +- {row['true_rate_err']:4.1f}  "
              f"{row['found_rate']:6.1f} +- {row['found_rate_err']:4.1f}  ({off:+.1f} sigma)")
    print("\npeaks from the dust lanes [kpc], true / found (mean of the seeds)")
    for drift in np.unique(table["drift"]):
        rows = table[table["drift"] == drift]
        line = "  ".join(f"{group} {np.mean(rows[f'true_peak_{group}']):5.2f} / "
                         f"{np.mean(rows[f'found_peak_{group}']):5.2f} +- "
                         f"{np.mean(rows[f'found_peak_{group}_err']):.2f}" for group in GROUPS)
        print(f"{drift:5.0f}  {line}")
    print("\nM* (1.6e5 put in) and gradients of log r_h (young 0, old 0.1 dex/kpc put in; those of "
          "ages between lie between), median (16 to 84 % of the runs)")
    for name in ("m_star", "gradient_young", "gradient_old"):
        line = []
        for kind in ("true", "found"):
            low, middle, high = np.percentile(table[f"{kind}_{name}"], (16, 50, 84))
            line.append(f"{kind} {middle:.3g} ({low:.3g} to {high:.3g})")
        print(f"{name:15s} {'; '.join(line)}")


if __name__ == "__main__":
    main()
