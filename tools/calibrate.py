"""Fit class and uncertainties of a dense network to fields all of whose clusters are known.

    python tools/calibrate.py NETWORK --fields FOLDER [FOLDER ...] [--out FILE] [--figure FILE]

NETWORK is a file of weights, or `-` for those of the library. The folders are as
``benchmarks/detectors.py`` makes them (``fields/NNN.fits``, ``fields/NNN.ecsv``). Every other field
is fitted to; what is printed is measured on those between, or on other folders (``--test``).
``--out`` writes the network with what
was fitted in its metadata: ``class_weights``, of class map and peak head in the class, and
``calibration``, the correction of posteriors. What the network has of these counts as "before"
for the class; posteriors are compared with uncorrected ones.

Candidates within half a window of the border do not count. The correction is fitted to, and
measured on, clusters whose candidate has a class above ``--least-class``.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from astropy.table import QTable, vstack
from scipy.special import expit, logit
from tqdm import tqdm

from clusternet.catalog import GROUPS, ClusterFlag, cross_match
from clusternet.detection import DenseDetector
from clusternet.estimation import DenseEstimator
from clusternet.images import MultiBandImage
from clusternet.nn import DenseNetwork, load_network, write_network
from clusternet.plotting import plot_coverage, plot_pit, plot_reliability, plot_tarp
from clusternet.posterior import Calibration, ClassWeights
from clusternet.validation import (
    coverage,
    log_score,
    pit,
    reliability,
    sbc_ranks,
    tarp,
    true_values,
    uniformity,
)

LIMIT = 1e-6  # as in ClassWeights
#: What is aimed at: overall and in parts, in per cent, and the error of the class.
AIMS = {"all": 2.0, "part": 5.0, "class": 0.02}
THIRDS = ("told visibility", "told age", "true visibility", "true age")


def searched(folders, tests, network, radius):
    """Candidates of every field, true parameters of those that are clusters, and posteriors."""
    paths = [(folder not in tests and (bool(tests) or i % 2 == 0), path)
             for folder in (*folders, *tests)
             for i, path in enumerate(sorted((folder / "fields").glob("*.fits")))]
    if len(paths) < 2:
        raise SystemExit(f"{len(paths)} fields in {', '.join(map(str, folders))}; two or more are "
                         "needed (benchmarks/detectors.py makes them)")
    detector, estimator = DenseDetector(network, threshold=0), DenseEstimator(network)
    candidates, truths, groups = [], [], []
    for fit, path in tqdm(paths, desc="search", unit=" fields"):
        image, truth = MultiBandImage.read(path), QTable.read(path.with_suffix(".ecsv"))
        found = detector(image, progress=False, workers=1)
        found = found[found["flags"] & ClusterFlag.EDGE == 0]
        pairs = cross_match(truth, found, radius)
        class_map = np.clip(np.asarray(found["class_map"], dtype=float), LIMIT, 1 - LIMIT)
        # The class is the mean in log odds, as long as nothing is fitted to the network.
        head = expit(2 * logit(found["class_cb"]) - logit(class_map))
        table = QTable({"class_map": class_map, "class_head": head,
                        "cluster": np.isin(np.arange(len(found)), pairs["index_b"]),
                        "fit": np.full(len(found), fit)})
        candidates.append(table)
        matched = QTable(true_values(truth[pairs["index_a"]]))
        matched["visibility"] = 10 ** matched["log_visibility"]
        matched["index_b"] = pairs["index_b"] + sum(map(len, candidates[:-1]))
        truths.append(matched)
        told = estimator(image, found[pairs["index_b"]], progress=False)
        groups.append({name: told.joint.reshape(len(told), -1) if name == "joint" else
                       told.marginal(name) for name in GROUPS})
    groups = {name: np.concatenate([part[name] for part in groups]) for name in groups[0]}
    return vstack(candidates), vstack(truths), groups


def described(folders):
    """What the fields are."""
    told = []
    for folder in folders:
        made = json.loads((folder / "settings.json").read_text())
        told.append(f"{made['fields']} of seed {made['seed']}, PSF {made['psf']}, structures "
                    f"{made['structure']}")
    return f"fields of synthetic galaxies ({'; '.join(told)})"


def show_class(candidates, before, after):
    """Reliability of the class; returns the table after."""
    sign = np.where(candidates["cluster"], 1, -1)
    tables = []
    print(f"\nclass of {len(candidates)} candidates, {np.sum(sign > 0)} of them clusters")
    print(f"{'':12s}{'ECE':>10s}{'log score':>12s}")
    for label, class_cb in (("before", before), ("after", after)):
        tables.append(reliability(class_cb, candidates["cluster"]))
        score = np.logaddexp(0, -sign * logit(np.clip(class_cb, LIMIT, 1 - LIMIT))).mean()
        print(f"{label:12s}{tables[-1].meta['ece']:10.4f}{score:12.4f}")
    print(f"{'after, class':>14s}{'n':>8s}{'mean':>8s}{'clusters':>20s}")
    for row in tables[-1][tables[-1]["n"] > 0]:
        print(f"{row['low']:8.1f} to {row['high']:.1f}{row['n']:8d}{row['class_cb']:8.3f}"
              f"{row['fraction']:8.3f} ({row['fraction_lo']:.3f}-{row['fraction_hi']:.3f})")
    return tables[-1]


def off(table, parameter, by, i=None):
    """Coverage less probability, in per cent, at every level; of the i-th part."""
    rows = table[(table["parameter"] == parameter) & (table["by"] == by)]
    levels = len(np.unique(table["level"]))
    rows = rows if i is None else rows[i * levels:(i + 1) * levels]
    return 100 * np.asarray(rows["coverage"] - rows["level"])


def show_coverage(before, after):
    """Coverage of central intervals; returns the worst overall and in thirds."""
    levels = np.unique(after["level"])
    print("\ncoverage less probability of central intervals, per cent: before -> after")
    print(f"{'':16s}{'n':>7s}" + "".join(f"{f'{100 * level:g} %':>18s}" for level in levels))
    names = list(dict.fromkeys(after["parameter"]))
    for name in names:
        n = after["n"][after["parameter"] == name][0]
        print(f"{name:16s}{n:7d}" + "".join(f"{f'{a:+.1f} -> {b:+.1f}':>18s}" for a, b in zip(
            off(before, name, "all"), off(after, name, "all"), strict=True)))
    print("\nthe largest of these in thirds, low, middle and high: before>after")
    print(f"{'':16s}" + "".join(f"{by:>36s}" for by in THIRDS))
    for name in names:
        cells = [" ".join(f"{_largest(off(before, name, by, i)):+.1f}>"
                          f"{_largest(off(after, name, by, i)):+.1f}" for i in range(3))
                 for by in THIRDS]
        print(f"{name:16s}" + "".join(f"{cell:>36s}" for cell in cells))
    return (max(np.abs(off(after, name, "all")).max() for name in names),
            *(max(np.abs(off(after, name, by)).max() for name in names for by in pair)
              for pair in (THIRDS[:2], THIRDS[2:])))


def _largest(values):
    return values[np.argmax(np.abs(values))]


def show_scores(before, after, draws, truth):
    """Logarithmic scores, and tests of even distribution."""
    print("\n                log score (less is better)      p of even PIT (Kolmogorov-Smirnov)"
          "     p of ranks (chi squared)")
    scores = [log_score(posterior, truth) for posterior in (before, after)]
    pits = [uniformity(pit(posterior, truth)) for posterior in (before, after)]
    ranks = [uniformity(sbc_ranks(drawn, truth)) for drawn in draws]
    for row, (old, new) in enumerate(zip(*scores, strict=True)):
        line = f"{old['parameter']:16s}{old['log_score']:8.4f} -> {new['log_score']:7.4f}"
        if row < len(pits[0]):
            line += "".join(f"{a:18.2g} -> {b:7.2g}" for a, b in (
                [table["p_ks"][row] for table in pits],
                [table["p_chi2"][row] for table in ranks]))
        print(line)


def draw(path, pits, coverages, curves, classes):
    """Figure of all that was measured, before (dashed) and after."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(15, 9), layout="constrained")
    axes = figure.subplots(2, 3).ravel()
    for axis, values, title in zip(axes, pits, ("before", "after"), strict=False):
        plot_pit(values, axis).set_title(title)
    axes[0].legend(fontsize=8)
    plot_reliability(classes, axes[2]).legend()
    for axis, table, title in zip(axes[3:], coverages, ("before", "after"), strict=False):
        plot_coverage(table, axis).set_title(title)
    for curve, label in zip(curves, ("before", "after"), strict=True):
        plot_tarp(curve, axes[5], label=label)
    axes[5].set_title("joint of age, extinction, mass and size (TARP)")
    axes[5].legend()
    figure.savefig(path, dpi=100)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("network", help="file of weights, or - for those of the library")
    parser.add_argument("--fields", type=Path, nargs="+", required=True)
    parser.add_argument("--test", type=Path, nargs="+", default=[],
                        help="folders to measure on; then all of --fields is fitted to")
    parser.add_argument("--out", type=Path, help="where to write the network")
    parser.add_argument("--figure", type=Path, help="where to draw what was measured")
    parser.add_argument("--radius", type=float, default=3.0, help="of matching, in pixels")
    parser.add_argument("--least-class", type=float, default=0.5)
    parser.add_argument("--nodes", type=int, default=5, help="of the correction, along each axis")
    options = parser.parse_args()

    network = DenseNetwork.shipped() if options.network == "-" else load_network(options.network)
    old = network.metadata.class_weights
    network.metadata = replace(network.metadata, class_weights=ClassWeights(), calibration=None)
    candidates, truth, groups = searched(options.fields, options.test, network,
                                         options.radius)
    fit = np.asarray(candidates["fit"])
    new = ClassWeights.fit(
        *(candidates[name][fit] for name in ("class_map", "class_head", "cluster")),
        fitted_to=f"{np.sum(fit)} candidates in {described(options.fields)}")
    before, class_cb = (weights(candidates["class_map"], candidates["class_head"])
                        for weights in (old, new))
    print(f"class: {new.constant:.3f} + {new.map:.3f} map + {new.head:.3f} head")
    classes = show_class(candidates[~fit], before[~fit], class_cb[~fit])

    there = class_cb[truth["index_b"]] >= options.least_class
    fitted = there & fit[truth["index_b"]]
    tested = there & ~fit[truth["index_b"]]
    told = network.posterior(groups)
    calibration = Calibration.fit(
        told[fitted], true_values(truth[fitted]), nodes=options.nodes,
        fitted_to=f"{np.sum(fitted)} clusters in {described(options.fields)}")
    network.metadata = replace(network.metadata, class_weights=new, calibration=calibration)

    told, truth = told[tested], truth[tested]
    right = network.posterior({name: v[tested] for name, v in groups.items()})
    by = dict(zip(THIRDS, (right.median("log_visibility"), right.median("log_age"),
                           truth["log_visibility"], truth["log_age"]), strict=True))
    print(f"\nposteriors: fitted to {np.sum(fitted)} clusters, measured on {np.sum(tested)} others")
    pits = [pit(posterior, truth) for posterior in (told, right)]
    coverages = [coverage(values, by=by) for values in pits]
    worst = show_coverage(*coverages)
    truth["visibility"][np.isnan(pits[0]["log_visibility"])] = np.nan  # as the others do
    draws = [posterior.sample(99, rng=1) for posterior in (told, right)]
    show_scores(told, right, draws, truth)
    curves = [tarp(drawn, truth, rng=2) for drawn in draws]
    print("\nlargest difference of joint coverage and level (TARP): " + " -> ".join(
        f"{100 * np.abs(curve['coverage'] - curve['level']).max():.1f}" for curve in curves)
        + " per cent")
    print(f"\nafter: class error {classes.meta['ece']:.4f} (aim {AIMS['class']}), intervals off by "
          f"at most {worst[0]:.1f} per cent overall (aim {AIMS['all']:g}), {worst[1]:.1f} in "
          f"thirds of what is told (aim {AIMS['part']:g}), {worst[2]:.1f} of what is true")
    if options.figure:
        draw(options.figure, pits, coverages, curves, classes)
    if options.out:
        write_network(network, options.out)
        print(f"written: {options.out}")


if __name__ == "__main__":
    main()
