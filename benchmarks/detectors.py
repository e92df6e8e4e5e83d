"""Detectors side by side on synthetic galaxies all of whose clusters are known.

    python benchmarks/detectors.py [--clusters N] [--detectors dense sliding] [--folder FOLDER]

Every detector searches every field of `fields.py`, and its candidates are matched with the truth.
All is kept in FOLDER, and a run that was stopped resumes there: `fields`, `catalogues` (one folder
per detector and its weights), curves, errors and pictures. ``--altered`` makes a world other than
that of the training. False detections are candidates without a cluster within the matching radius.
"""

import argparse
import time
from pathlib import Path

import astropy.units as u
import numpy as np
from astropy.table import QTable
from comparison import (
    RADII,
    at_density,
    draw_curves,
    draw_residuals,
    keep,
    show_bins,
    show_curves,
    show_errors,
    with_found,
)
from fields import (
    ALTERED,
    FIRST_SEED,
    PSFS,
    STRUCTURES,
    ZERO_POINT_ERRORS,
    counted_area,
    make_fields,
    read_field,
    read_truths,
    stacked,
    without_border,
)
from scipy.spatial import cKDTree

from clusternet._files import atomic_write
from clusternet.catalog import match, numbers, read_catalogue, write_catalogue
from clusternet.completeness import recall_curve
from clusternet.mocks import MockClusters
from clusternet.nn import load_network
from clusternet.psf import GaussianPSF
from clusternet.validation import centre_error

DETECTORS = ("dense", "sliding", "starfinder")


def make_detector(name, options):
    """A detector, what to call it, and the least class of its candidates."""
    from clusternet import detection

    if name == "dense":
        detector = detection.DenseDetector(options.dense_weights, threshold=options.least_class)
        return detector, "dense", options.least_class
    if name == "starfinder":
        return detection.StarFinderDetector(), "star finder", 0.0
    settings, label = {"step": options.sliding_step}, f"sliding, step {options.sliding_step}"
    if options.sliding_refine is not None:
        settings["refine"] = options.sliding_refine
        label += f", refine {options.sliding_refine:g}"
    # Only refined maxima are candidates.
    least = max(options.least_class, options.sliding_refine or 0)
    peaks = detection.PeakFinder(threshold=least)
    detector = detection.SlidingWindowDetector(options.sliding_weights, peaks=peaks, **settings)
    return detector, label, least


def search(detector, label, folder, settings, least_class):
    """Catalogue of every field; those in the folder are read."""
    name = f"{label}, class {least_class:g}".replace(", ", "-").replace(" ", "")
    engine = getattr(detector, "engine", None)
    kept = folder / "catalogues" / (f"{name}-{engine.fingerprint}" if engine else name)
    kept.mkdir(parents=True, exist_ok=True)
    catalogues = []
    for i in range(settings["fields"]):
        path = kept / f"{i:03d}.ecsv"
        if not path.is_file():
            image = read_field(folder, i)
            start = time.perf_counter()
            found = detector(image, progress=False)
            found.meta["seconds"] = time.perf_counter() - start
            write_catalogue(found, path)
            print(f"{label}: field {i + 1}, {len(found)} candidates, "
                  f"{found.meta['seconds']:.0f} s", flush=True)
        catalogues.append(read_catalogue(path))
    seconds = sum(c.meta["seconds"] for c in catalogues)
    area = settings["fields"] * settings["size"] ** 2 / 1e6
    print(f"{label}: {seconds:.0f} s for {area:.2f} Mpx, {area / seconds:.4f} Mpx/s")
    return catalogues


def photometry(truth, folder, n, altered):
    """Estimates of 25 nearest neighbours in magnitude and colours, as a matched table."""
    path = folder / f"library-{n}.ecsv"
    if not path.is_file():
        mocks = MockClusters(psf=GaussianPSF(0.08 * u.arcsec))
        rng = np.random.default_rng(FIRST_SEED)
        rows = []
        for _ in range(n):
            cluster = mocks.draw_one(rng)
            rows.append({**cluster.parameters, **cluster.magnitudes(mocks.instrument)})
        with atomic_write(path) as temporary:
            QTable(rows=rows).write(temporary, format="ascii.ecsv", overwrite=True)
    library = QTable.read(path)
    error = ZERO_POINT_ERRORS if altered == "zeropoint" else np.zeros(3)
    _, nearest = cKDTree(_features(library)).query(_features(truth, error), k=min(25, n))
    estimates = truth.copy()
    for name in ("log_age", "log_mass", "a_v"):
        value = np.asarray(library[name])[nearest].mean(axis=1)
        estimates[f"{name}_found"] = value * u.mag if name == "a_v" else value
    return estimates


def _features(table, error=(0.0, 0.0, 0.0)):
    u_, b, i = (numbers(table, f"mag_{band}") + e
                for band, e in zip(("F336W", "F438W", "F814W"), error, strict=True))
    return np.stack([b, 2 * (u_ - b), 2 * (b - i)], axis=-1)


def compare(truths, catalogues, settings, options):
    """Match, count, compare, print and draw."""
    size = settings["size"]
    truth = stacked(truths, size)
    found = {name: without_border(truth, stacked(tables, size))
             for name, tables in catalogues.items()}
    truth = truth[truth["inside"]]
    area = counted_area(settings["fields"], size, read_field(options.folder, 0).pixel_scale)
    print(f"\n{len(truth)} clusters away from the borders, {area:.2f}; world: "
          f"{settings['altered']}, PSF: {settings['psf']}")
    curves = {r: {name: recall_curve(truth, table, area, radius=r) for name, table in found.items()}
              for r in RADII}
    # The window network's own threshold sets the false detections that all are allowed.
    first = next((name for name in found if name.startswith("sliding")), next(iter(found)))
    reference = {r: recall_curve(truth, found[first], area, radius=r, thresholds=[0.95])
                 for r in RADII}
    show_curves(curves, reference, first)
    allowed = reference[3]["false_density"][0].value
    matched = {}
    for name, table in found.items():
        threshold = at_density(curves[3][name], allowed)["threshold"]
        matched[name] = match(truth, table[np.asarray(table["class_cb"]) > threshold], 3)[0]
    print(f"\nfrom here on: within 3 px, each at the threshold with {allowed:.2f} false "
          "detections per square arcmin")
    show_bins(matched)
    for name, table in matched.items():
        print(f"\n{name}: median centre error {centre_error(table):.2f} px")
    colours = photometry(truth, options.folder, options.library, settings["altered"])
    own = {}
    for name, table in matched.items():
        own |= {name: table, f"photometry, found by {name}": with_found(colours, table["found"])}
    all_errors = {"own": show_errors(own, "clusters that each finds (photometry: nearest "
                                          "neighbours, without noise)")}
    if len(matched) > 1:
        both = np.all([table["found"] for table in matched.values()], axis=0)
        common = {name: with_found(table, both) for name, table in matched.items()}
        all_errors["common"] = show_errors({**common, "photometry": with_found(colours, both)},
                                           "clusters that all find")
        for name, table in common.items():
            print(f"{name}: median centre error {centre_error(table):.2f} px")
    keep(curves, all_errors, options.folder)
    draw_curves(curves, options.folder / "curves.png")
    draw_residuals(matched, options.folder / "residuals.png")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clusters", type=int, default=10000)
    parser.add_argument("--density", type=float, default=400, help="clusters per 1000 x 1000 px")
    parser.add_argument("--size", type=int, default=1024, help="side of a field in pixels")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--psf", choices=PSFS, default="sharp")
    parser.add_argument("--structure", choices=STRUCTURES, default="model",
                        help="how widely galaxies are drawn")
    parser.add_argument("--altered", choices=ALTERED, default="none")
    parser.add_argument("--mist", help="file of MIST isochrones (.iso.cmd, HST_WFC3, Vega)")
    parser.add_argument("--detectors", nargs="+", choices=DETECTORS,
                        default=["dense", "sliding"])
    parser.add_argument("--sliding-step", type=int, default=4)
    parser.add_argument("--sliding-refine", type=float)
    parser.add_argument("--sliding-weights", type=load_network, help="in place of those shipped")
    parser.add_argument("--dense-weights", type=load_network, help="in place of those shipped")
    parser.add_argument("--least-class", type=float, default=0.1, help="of any candidate")
    parser.add_argument("--library", type=int, default=16000, help="mocks for photometry")
    parser.add_argument("--workers", type=int, default=1, help="processes that make fields")
    parser.add_argument("--folder", type=Path, default=Path("detectors"))
    options = parser.parse_args()
    if (options.altered == "mist") != (options.mist is not None):
        parser.error("--altered mist and --mist FILE go together: no MIST grid comes with the "
                     "library (waps.cfa.harvard.edu/MIST has them)")
    a_field = options.density * (options.size / 1000) ** 2
    settings = {"clusters": options.clusters, "seed": options.seed, "psf": options.psf,
                "structure": options.structure, "altered": options.altered,
                "mist": options.mist, "size": options.size,
                "fields": int(np.ceil(options.clusters / a_field - 1e-9))}
    make_fields(options.folder, settings, options.workers)
    truths = read_truths(options.folder, settings["fields"])
    catalogues = {}
    for name in options.detectors:
        detector, label, least = make_detector(name, options)
        catalogues[label] = search(detector, label, options.folder, settings, least)
    compare(truths, catalogues, settings, options)


if __name__ == "__main__":
    main()
