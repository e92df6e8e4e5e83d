"""The paper's network at the place of every cluster, beside the dense search that has to find them.

    python benchmarks/known_places.py FOLDER --searched FOLDER2

A sliding search of ten thousand clusters takes hours. The window network is cheap where it is asked
at the true centres only. Its class there, the largest of 5 x 5 windows, is as good as a search
could do at any threshold (but for peaks just 3 px off), and its parameters are those at the true
place. How many false detections it makes at these thresholds is counted in the fields of FOLDER2,
which `detectors.py` searched whole with it. FOLDER is a folder of `detectors.py` too, with a dense
search of all its fields. Results are kept there, and a run that was stopped resumes.
"""

import argparse
import json
import time
from pathlib import Path

import astropy.units as u
import numpy as np
from astropy.table import QTable
from comparison import DENSITIES, at_density, show_bins, show_errors, with_found
from fields import FIRST_SEED, counted_area, read_field, read_truths, stacked, without_border

from clusternet._files import atomic_write
from clusternet.catalog import INTRINSIC, match, numbers, read_catalogue
from clusternet.completeness import recall_curve
from clusternet.estimation import NetworkEstimator
from clusternet.nn import load_network
from clusternet.validation import centre_error

PIXEL_SCALE = 0.0396 * u.arcsec


def ask(estimator, folder, n):
    """Class and parameters at the true centres of every field, kept in the folder."""
    kept = folder / "known-places" / estimator.engine.fingerprint
    kept.mkdir(parents=True, exist_ok=True)
    tables = []
    for i in range(n):
        path = kept / f"{i:03d}.ecsv"
        if not path.is_file():
            start = time.perf_counter()
            truth = QTable.read(folder / "fields" / f"{i:03d}.ecsv")
            class_cb, posterior = estimator.verify(read_field(folder, i), truth, progress=False)
            known = truth["x_centroid", "y_centroid", "sky_centroid"]
            known["class_cb"] = class_cb
            for name, values in posterior.columns().items():
                known[name] = values * u.mag if name.startswith("a_v") else values
            with atomic_write(path) as temporary:
                known.write(temporary, format="ascii.ecsv", overwrite=True)
            print(f"field {i + 1} of {n}: {len(known)} clusters, "
                  f"{time.perf_counter() - start:.0f} s", flush=True)
        table = QTable.read(path)
        tables.append(table[np.isfinite(table["class_cb"])])
    return tables


def read(folder, name, n=None):
    """Truths, catalogues of a detector (those of the last search), settings."""
    settings = json.loads((folder / "settings.json").read_text())
    kept = max((folder / "catalogues").glob(f"{name}*"), key=lambda p: p.stat().st_mtime)
    n = len(list(kept.glob("*.ecsv"))) if n is None else n
    catalogues = [read_catalogue(kept / f"{i:03d}.ecsv") for i in range(n)]
    return read_truths(folder, n), catalogues, settings


def holds(table, name):
    """Fraction of the intervals that hold the true value."""
    truth, low, high = (numbers(table, c) for c in (name, f"{name}_found_lo", f"{name}_found_hi"))
    return np.mean((truth >= low) & (truth <= high))


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--searched", type=Path, required=True)
    parser.add_argument("--weights", type=load_network,
                        help="of the window network, in place of those shipped")
    options = parser.parse_args()
    truths, dense, settings = read(options.folder, "dense")
    size = settings["size"]
    known = ask(NetworkEstimator(options.weights), options.folder, len(truths))

    few, sliding, few_settings = read(options.searched, "sliding")
    searched = counted_area(len(few), few_settings["size"], PIXEL_SCALE)
    few = stacked(few, few_settings["size"])
    sliding = without_border(few, stacked(sliding, few_settings["size"]))
    whole = recall_curve(few[few["inside"]], sliding, searched)

    truth = stacked(truths, size)
    dense, known = (without_border(truth, stacked(t, size)) for t in (dense, known))
    truth = truth[truth["inside"]]
    curve = recall_curve(truth, dense, counted_area(settings["fields"], size, PIXEL_SCALE))
    print(f"\n{len(truth)} clusters (seeds from {FIRST_SEED}), recall within 3 px; the window "
          f"network's false detections counted on {searched:.2f}")
    print(f"{'false/arcmin2':>14s}{'dense':>9s}{'paper, known':>13s}{'its class >':>13s}"
          f"{'paper, searched':>17s}")
    own = recall_curve(few[few["inside"]], sliding, searched, thresholds=[0.95])[0]
    for density in (*DENSITIES, own["false_density"].value):
        row = own if density == own["false_density"].value else at_density(whole, density)
        upper = np.count_nonzero(known["class_cb"] > row["threshold"]) / len(truth)
        print(f"{density:14.2f}{at_density(curve, density)['recall']:9.4f}{upper:13.4f}"
              f"{row['threshold']:13.6f}{row['recall']:17.4f}")

    found = at_density(curve, own["false_density"].value)["threshold"]
    matched = {"dense": match(truth, dense[np.asarray(dense["class_cb"]) > found], 3)[0],
               "paper, known": match(truth, known[np.asarray(known["class_cb"]) > 0.95], 3)[0]}
    show_bins(matched)
    both = np.all([table["found"] for table in matched.values()], axis=0)
    show_errors({name: with_found(table, both) for name, table in matched.items()},
                "clusters that both have")
    for name, table in matched.items():
        print(f"{name}: 16-84 % intervals that hold the truth, of these: " + ", ".join(
            f"{parameter} {holds(table[both], parameter):.3f}" for parameter in INTRINSIC))
    print(f"dense: median centre error {centre_error(matched['dense']):.2f} px")


if __name__ == "__main__":
    main()
