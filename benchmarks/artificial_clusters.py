"""The artificial cluster test of Paper III on a whole synthetic galaxy that is left on disk.

    python benchmarks/artificial_clusters.py GALAXY [--spacing 128] [--out FOLDER] [--weights FILE]

GALAXY is a folder with F336W.fits, F438W.fits, F814W.fits of a galaxy of default structure, such as
``dense_search.py`` makes (``DIR/whole``). Mock clusters are put on a grid, the image is searched
before and after, and matched within 3 and 6 px. Prints matched fractions, the completeness function
against a second run, and the controls; draws Figs. 2 and 3 of the paper. A run that was stopped
resumes in FOLDER.
"""

import argparse
from pathlib import Path

import astropy.units as u
import matplotlib
import numpy as np

from clusternet.catalog import select_found
from clusternet.completeness import CompletenessFunction, recall
from clusternet.detection import DenseDetector
from clusternet.galaxy import M83, GalaxyStructure, SpiralArms
from clusternet.images import Mosaic
from clusternet.injection import artificial_cluster_test
from clusternet.mocks import MockClusters
from clusternet.nn import load_network
from clusternet.plotting import plot_class_visibility, plot_recall_map, plot_recall_maps
from clusternet.validation import prior_null, selection_effect, shuffled_labels

matplotlib.use("Agg")
import matplotlib.pyplot as plt

BANDS = ("F336W", "F438W", "F814W")
ARM = 0.5 * u.kpc  # half width of what is called an arm


def run(mosaic, mocks, detector, options, seed, radius=3):
    """Test, and its clusters that are not on a candidate that was there; kept tile by tile."""
    test = artificial_cluster_test(
        mosaic, mocks, detector, spacing=options.spacing, jitter=options.spacing / 2,
        radius=radius, search_before=True, rng=seed, folder=options.out / f"tiles-{seed}")
    new = ~np.asarray(test.matched["before"])
    print(f"seed {seed}: {len(test.matched)} put in, {np.count_nonzero(~new)} of them within "
          f"{radius} px of one of {len(test.before)} candidates that were there and not counted; "
          + ", ".join(f"{np.mean(test.matched['class_cb'][new] > least):.4f} found at class > "
                      f"{least:g}" for least in (0.05, 0.5, 0.95)))
    return test, test.matched[new]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("galaxy", type=Path)
    parser.add_argument("--spacing", type=float, default=128)
    parser.add_argument("--out", type=Path, default=Path("artificial-clusters"))
    parser.add_argument("--weights", type=load_network, help="in place of those shipped")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    mocks = MockClusters()
    detector = DenseDetector(options.weights, threshold=0.05)
    print("matched fractions; Paper III: 0.885 within 3 px, 0.946 within 6 px")
    with Mosaic.open({band: options.galaxy / f"{band}.fits" for band in BANDS}) as mosaic:
        test, first = run(mosaic, mocks, detector, options, 1)
        run(mosaic, mocks, detector, options, 1, radius=6)
        _, second = run(mosaic, mocks, detector, options, 2)
        wcs = mosaic.wcs
    bins = recall(select_found(first, 0.95, None),
                  {"visibility": [0, 0.3, 1, 2, 2.5, 5, 10, 100, np.inf]})
    print("\nrecall at class > 0.95 by true visibility")
    bins["visibility_lo", "visibility_hi", "n", "recall", "recall_lo", "recall_hi"].pprint()

    structure = GalaxyStructure()
    arms = SpiralArms.from_structure(structure, M83, (0.5, 9) * u.kpc)
    for table in (first, second):
        table["arm_distance"] = arms.distance(table["sky_centroid"])
        table["radius"] = M83.polar(table["sky_centroid"])[0]
    selected = select_found(first, 0.95, 2.5)
    print("\ncontrols: mocks selected like the paper's clusters (class > 0.95, visibility > 2.5)")
    prior_null(selected).pprint()
    shuffled_labels(selected).pprint()
    for column in ("arm_distance", "radius"):
        print(f"trends along {column} that the selection makes (kpc)")
        selection_effect(selected[np.asarray(selected["found"])], column).pprint(max_width=-1)
    for label, cuts in (("class > 0.5", (0.5, None)), ("class > 0.95, visibility > 2.5",
                                                       (0.95, 2.5))):
        function = CompletenessFunction.fit(select_found(first, *cuts))
        table = function.score(select_found(second, *cuts))
        print(f"\ncompleteness function, {label}: fitted to seed 1, compared with seed 2: Brier "
              f"score {table.meta['brier']:.4f} (constant {table.meta['brier_constant']:.4f}), "
              f"calibration error {table.meta['calibration_error']:.4f}")
        table.pprint(max_width=-1)
    draw(test, first, arms, wcs, options.out)


def draw(test, first, arms, wcs, folder):
    figure = plt.figure(figsize=(8, 6))
    plot_class_visibility(first, figure.add_axes((0.1, 0.1, 0.65, 0.65)), candidates=test.before)
    figure.savefig(folder / "class-visibility.png", dpi=120)
    matched = select_found(first, 0.95, None)
    inside = np.abs(first["arm_distance"]) < ARM
    figure, axes = plt.subplots(2, 3, figsize=(13, 7.5), layout="constrained")
    meshes = plot_recall_maps(matched, axes, inside=inside)
    figure.colorbar(meshes[0, 0], ax=axes, label="recall")
    figure.savefig(folder / "recall-parameters.png", dpi=120)
    figure, ax = plt.subplots(figsize=(8, 7), layout="constrained")
    side = np.linspace(0, max(first["x_centroid"].max(), first["y_centroid"].max()), 33)
    mesh = plot_recall_map(matched, {"x_centroid": side, "y_centroid": side}, ax)
    for curve in arms.curves:
        x, y = wcs.world_to_pixel(curve)
        ax.plot(x, y, color="white", lw=1)
    figure.colorbar(mesh, label="recall")
    figure.savefig(folder / "recall-space.png", dpi=120)
    plt.close("all")


if __name__ == "__main__":
    main()
