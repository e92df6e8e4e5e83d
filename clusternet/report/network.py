"""The report on a detector: an artificial cluster test, and all that follows from it."""
# Items of astropy tables, and meta, are unions in the stubs.
# pyright: reportAttributeAccessIssue=false, reportArgumentType=false, reportCallIssue=false
# pyright: reportReturnType=false, reportOptionalSubscript=false

from collections.abc import Mapping
from typing import Any

import numpy as np
from astropy.table import QTable
from matplotlib.figure import Figure

from clusternet.catalog import match
from clusternet.completeness import CompletenessFunction, recall, recall_curve
from clusternet.injection import ArtificialClusters, local_background
from clusternet.plotting import (
    plot_class_visibility,
    plot_coverage,
    plot_pit,
    plot_recall_maps,
    plot_reliability,
    plot_tarp,
)
from clusternet.posterior import Posterior
from clusternet.report.page import Page
from clusternet.report.settings import versions
from clusternet.validation import (
    centre_error,
    coverage,
    empty_field,
    parameter_errors,
    pit,
    reliability,
    selection_effect,
    shuffled_labels,
    tarp,
)

__all__ = ["network_page"]

_THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.99)
_FEWEST = 10  # clusters, for a trend


def network_page(trial: ArtificialClusters, *, title: str = "Artificial cluster test",
                 settings: Mapping[str, Any] | None = None, class_cb: float = 0.95,
                 baselines: Mapping[str, ArtificialClusters] | None = None) -> Page:
    """Describe how well clusters are found and measured.

    Parameters
    ----------
    trial : `~clusternet.injection.ArtificialClusters`
        From `~clusternet.injection.run_trial`, with candidates far below the threshold, 0.05 or so.
    title : str, optional
        Title of the page.
    settings : dict, optional
        Settings to list at the end of the page.
    class_cb : float, optional
        Threshold of class above which a candidate is called a cluster.
    baselines : dict of str to `~clusternet.injection.ArtificialClusters`, optional
        Other detectors on the same image, by name, to be compared with.

    Returns
    -------
    `Page`
    """
    page = Page(title)
    matched = match(trial.truth, _above(trial.found, class_cb), 3)[0]
    page.text(f"{len(trial.truth)} mock clusters on {trial.area:.3f}, away from the borders; "
              f"{len(trial.found)} candidates, {np.count_nonzero(matched['found'])} of the "
              f"clusters found within 3 px above a class of {class_cb:g}, with a median error of "
              f"the centre of {centre_error(matched):.2f} px.")
    _finding(page, trial, matched, baselines or {})
    _completeness(page, matched)
    page.section("Parameters")
    page.table(parameter_errors(matched), "Errors of the medians of the clusters found, in dex "
               "(a_v: mag); null: rms of always predicting the mean.")
    if trial.posterior is not None:
        _uncertainties(page, trial, trial.posterior)
    _controls(page, trial, matched)
    page.section("How it was made")
    page.table({**(settings or {}), **versions()})
    return page


def _above(found: QTable, class_cb: float) -> QTable:
    return found[np.asarray(found["class_cb"]) > class_cb]


def _finding(page: Page, trial: ArtificialClusters, matched: QTable,
             baselines: Mapping[str, ArtificialClusters]) -> None:
    page.section("Finding")
    tables = []
    for radius in (3, 6):
        curve = recall_curve(trial.truth, trial.found, trial.area, radius=radius,
                             thresholds=_THRESHOLDS)
        curve.add_column(np.full(len(curve), radius), 0, name="radius")
        tables.extend(curve["radius", "threshold", "n", "n_found", "recall", "recall_lo",
                            "recall_hi", "n_false", "false_density"])
    page.table(QTable(rows=tables, names=tables[0].colnames), "Recall and false candidates by "
               "matching radius in pixels and threshold of class, with binomial 68 % intervals. "
               "Paper III matched 0.885 and 0.946, at any class.")
    figure = Figure((7, 5), layout="constrained")
    ax = figure.add_subplot()
    for name, one in {"this": trial, **baselines}.items():
        curve = recall_curve(one.truth, one.found, one.area)
        ax.step(np.maximum(curve["false_density"].value, 0.1), curve["recall"], where="post",
                label=name)
    ax.set(xscale="log", xlabel="false candidates per square arcmin", ylabel="recall within 3 px",
           ylim=(0, 1))
    if baselines:
        ax.legend(loc="lower right")
    page.figure(figure, "Recall against false candidates as the threshold falls.")
    page.table(recall(matched, {"visibility": [0, 0.3, 1, 2, 2.5, 5, 10, 100, np.inf]}),
               "Recall by visibility.")
    figure = Figure((8, 6))
    ax = figure.add_axes((0.1, 0.1, 0.65, 0.65))
    plot_class_visibility(trial.matched, ax, candidates=trial.unmatched)
    page.figure(figure, "Class against visibility of clusters and of false candidates (Paper III, "
                "Fig. 2).")
    figure = Figure((11, 3.6), layout="constrained")
    axes = figure.subplots(1, 3)
    figure.colorbar(plot_recall_maps(matched, axes)[0], ax=axes, label="recall")
    page.figure(figure, "Recall over pairs of parameters; grey: no mocks there (Paper III, "
                "Fig. 3).")


def _completeness(page: Page, matched: QTable) -> None:
    page.section("Completeness function")
    half = np.arange(len(matched)) % 2 == 0
    found = np.asarray(matched["found"])
    if any(len(set(part)) < 2 or len(part) < 50 for part in (found[half], found[~half])):
        page.text("Too few clusters, or all or none found: not fitted.")
        return
    function = CompletenessFunction.fit(matched[half])
    table = function.score(matched[~half], bins=5)
    page.table(table, f"Fitted to every second cluster, compared with the others: Brier score "
               f"{table.meta['brier']:.4f}, of always predicting the fraction found "
               f"{table.meta['brier_constant']:.4f}.")


def _uncertainties(page: Page, trial: ArtificialClusters, posterior: Posterior) -> None:
    page.section("Uncertainties")
    truth = trial.matched[np.asarray(trial.matched["found"])]
    pits = pit(posterior, truth)
    table = coverage(pits)
    by_level = QTable({"parameter": pits.colnames})
    for level in np.unique(table["level"]):
        by_level[f"{100 * level:g} %"] = table["coverage"][table["level"] == level]
    page.table(by_level, f"Fraction of central intervals that hold the true value, for "
               f"{len(truth)} clusters.")
    figure = Figure((11, 3.2), layout="constrained")
    for name, ax in zip(pits.colnames, figure.subplots(1, len(pits.colnames)), strict=True):
        plot_pit(pits[[name]], ax)
        ax.set(title=name, xlabel="", ylabel="")
    figure.supxlabel("probability below the true value")
    figure.supylabel("over those expected")
    page.figure(figure, "Posterior probability below the true values: flat if the posteriors are "
                "right.")
    figure = Figure((11, 3.8), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    plot_coverage(table, left)
    left.legend(fontsize="small")
    draws = posterior.sample(200, rng=0)
    plot_tarp(tarp(draws, truth, rng=0), middle)
    is_cluster = np.concatenate([np.ones(len(truth), bool), np.zeros(len(trial.unmatched), bool)])
    class_cb = np.concatenate([truth["class_cb"], trial.unmatched["class_cb"]])
    table = reliability(class_cb, is_cluster)
    plot_reliability(table, right)
    page.figure(figure, "Coverage of the intervals; of regions of all parameters together (TARP); "
                f"and reliability of the class (expected calibration error "
                f"{table.meta['ece']:.3f}).")


def _controls(page: Page, trial: ArtificialClusters, matched: QTable) -> None:
    page.section("Controls")
    page.table(shuffled_labels(matched), "Errors with the true values assigned to other "
               "clusters at random: what no information gives.")
    page.table(empty_field(trial.before, trial.image, thresholds=_THRESHOLDS), "Candidates "
               "on the image before clusters were put in, per square arcmin: all false, if it is "
               "a synthetic one.")
    found = matched[np.asarray(matched["found"])]
    if len(found) >= _FEWEST:
        found["log_background"] = local_background(trial.image, found["x_centroid"],
                                                   found["y_centroid"])
        found = found[np.isfinite(found["log_background"])]
        page.table(selection_effect(found, "log_background"), "Trends along the fluctuations of "
                   "the image around a cluster (log10 of electron/s): the mocks put in have none. "
                   "Trends of the true values of those found come from the selection.")
