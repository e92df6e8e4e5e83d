"""The report on a catalogue."""
# Items of astropy tables, and meta, are unions in the stubs.
# pyright: reportAttributeAccessIssue=false, reportArgumentType=false
# pyright: reportOptionalMemberAccess=false

from collections.abc import Mapping
from itertools import pairwise
from math import comb
from typing import Any

import numpy as np
from astropy.table import QTable
from matplotlib.figure import Figure

from clusternet.catalog import (
    COLUMNS,
    INTRINSIC,
    PARAMETERS,
    ClusterFlag,
    check_catalogue,
    numbers,
    select,
)
from clusternet.injection import ArtificialClusters
from clusternet.plotting import plot_class_visibility, plot_parameters
from clusternet.report.page import Page
from clusternet.report.settings import versions

__all__ = ["catalogue_page"]

_SCHEMA = tuple(column.name for column in COLUMNS)
_CLASSES = (0.5, 0.8, 0.9, 0.95, 0.99)
_VISIBILITY = (2.0, 2.5, 3.0)
_SCORES = (0.9, 0.99)  # of the domain


def catalogue_page(catalogue: QTable, *, title: str = "Catalogue of star clusters",
                   class_cb: float = 0.95, visibility: float = 2.5,
                   test: ArtificialClusters | None = None) -> Page:
    """Describe a catalogue: numbers, warnings, parameters and settings.

    Parameters
    ----------
    catalogue : `~astropy.table.QTable`
        Catalogue of a search (`clusternet.catalog.COLUMNS`).
    title : str, optional
        Title of the page.
    class_cb, visibility : float, optional
        Candidates above both are called clusters.
    test : `~clusternet.injection.ArtificialClusters`, optional
        Artificial clusters put into the image that was searched; shown beside the candidates.

    Returns
    -------
    `Page`

    Raises
    ------
    ValueError
        If the table is no catalogue.

    Examples
    --------
    >>> from clusternet.catalog import read_catalogue
    >>> from clusternet.report import catalogue_page
    >>> page = catalogue_page(read_catalogue("catalogue.ecsv"))          # doctest: +SKIP
    >>> page.write("report.html")                                        # doctest: +SKIP
    """
    check_catalogue(catalogue)
    page = Page(title)
    chosen = select(catalogue, class_cb, visibility)
    page.text(f"{len(catalogue)} candidates, {len(chosen)} of them with class > {class_cb:g} and "
              f"visibility > {visibility:g}: these are called clusters below.")
    page.section("Numbers")
    page.table(_numbers(catalogue), "Candidates above thresholds of class (rows) and visibility "
               "(columns).")
    page.table(_flags(catalogue, chosen), "Warnings: how many carry each flag.")
    if len(catalogue):
        figure = Figure((8, 6))
        plot_class_visibility(None if test is None else test.matched,
                              figure.add_axes((0.1, 0.1, 0.65, 0.65)), candidates=catalogue)
        page.figure(figure, "Class against visibility of all candidates"
                    + ("." if test is None else ", and of artificial clusters."))
    if len(chosen):
        page.section("Parameters")
        page.table(_parameters(chosen), "Medians and 16-84 % ranges over the clusters, and the "
                   "median half width of their own 16-84 % intervals.")
        n_pairs = comb(len(INTRINSIC), 2)
        n_rows = -(-n_pairs // 3)
        figure = Figure((11, 3.25 * n_rows), layout="constrained")
        axes = figure.subplots(n_rows, 3).ravel()
        for ax in axes[n_pairs:]:
            ax.remove()
        drawn = plot_parameters(chosen, axes[:n_pairs])
        figure.colorbar(drawn, ax=figure.axes, label="log10 of the age in yr", shrink=0.6)
        page.figure(figure, "Parameters of the clusters against each other.")
    if "out_of_domain" in catalogue.colnames:
        _domain(page, catalogue, chosen)
    further = [name for name in catalogue.colnames if name not in (*_SCHEMA, "out_of_domain")]
    if further:
        page.section("Further columns")
        page.table(_further(catalogue, further), "Other columns of the detector, over all "
                   "candidates.")
    page.section("How it was made")
    page.table({**_flat(catalogue.meta), **versions()})
    return page


def _numbers(catalogue: QTable) -> QTable:
    rows = []
    for threshold in _CLASSES:
        above = [len(select(catalogue, threshold, least)) for least in (None, *_VISIBILITY)]
        rows.append((f"class > {threshold:g}", *above))
    return QTable(rows=rows, names=("threshold", "any", *(f"> {v:g}" for v in _VISIBILITY)))


def _flags(catalogue: QTable, chosen: QTable) -> QTable:
    rows = [(flag.name.lower().replace("_", " "), *(
        int(np.count_nonzero(np.asarray(table["flags"]) & flag.value))
        for table in (catalogue, chosen))) for flag in ClusterFlag]
    return QTable(rows=rows, names=("flag", "candidates", "clusters"))


def _parameters(chosen: QTable) -> QTable:
    rows = []
    for name, parameter in PARAMETERS.items():
        value, low, high = (numbers(chosen, column) for column in parameter.columns)
        middle, lower, upper = _middle_range(value)
        rows.append((name, middle, lower, upper, _middle_range(high - low)[0] / 2))
    return QTable(rows=rows, names=("parameter", "median", "16 %", "84 %", "error"))


def _middle_range(values: np.ndarray) -> np.ndarray:
    """Median, 16th and 84th percentile; NaN where nothing is known."""
    known = values[np.isfinite(values)]
    return np.percentile(known, [50, 16, 84]) if len(known) else np.full(3, np.nan)


def _further(catalogue: QTable, names: list[str]) -> QTable:
    rows = []
    for name in names:
        column = catalogue[name]
        ranges = [""] * 3
        if np.asarray(column).dtype.kind in "iuf":
            ranges = [f"{value:.4g}" if np.isfinite(value) else ""
                      for value in _middle_range(numbers(catalogue, name))]
        rows.append((name, str(getattr(column, "unit", None) or ""), *ranges,
                     column.info.description or ""))
    return QTable(rows=rows, names=("column", "unit", "median", "16 %", "84 %", "description"))


def _domain(page: Page, catalogue: QTable, chosen: QTable) -> None:
    page.section("Unlike the training")
    rows = []
    class_cb = numbers(catalogue, "class_cb")
    groups = [(f"candidates, class {low:g} to {high:g}",
               catalogue[(class_cb > low) & (class_cb <= high)])
              for low, high in pairwise((0, *_CLASSES, 1))]
    for name, table in (*groups, ("candidates", catalogue), ("clusters", chosen)):
        score, flags = numbers(table, "out_of_domain"), np.asarray(table["flags"])
        known = np.count_nonzero(np.isfinite(score))
        rows.append((name, len(table), np.nanmedian(score) if known else np.nan,
                     *((np.count_nonzero(score >= least) / known if known else np.nan)
                       for least in _SCORES),
                     np.mean((flags & ClusterFlag.OUT_OF_DOMAIN.value) != 0)
                     if len(table) else np.nan))
    page.table(QTable(rows=rows, names=("of", "n", "median score",
                                        *(f"score >= {least:g}" for least in _SCORES), "flagged")),
               "Score of how unlike the mock clusters of the training a candidate looks, and "
               "fractions above some values and with the flag. Mock clusters have scores spread "
               "evenly from 0 to 1: a median of 0.5, one in ten above 0.9, one in a hundred "
               "above 0.99.")
    scores = {name: values[np.isfinite(values)] for name, values in (
        ("candidates", numbers(catalogue, "out_of_domain")),
        ("clusters", numbers(chosen, "out_of_domain")))}
    if not len(scores["candidates"]):
        page.text("No candidate has a score: these weights have no statistics of their training.")
        return
    figure = Figure((7, 4), layout="constrained")
    ax = figure.add_subplot()
    for name, values in scores.items():
        if len(values):
            ax.hist(values, np.linspace(0, 1, 21), density=True, histtype="step", label=name)
    ax.axhline(1, color="0.6", label="mock clusters")
    ax.set(xlabel="out_of_domain", ylabel="density", xlim=(0, 1))
    ax.legend()
    page.figure(figure, "Distribution of the score; flat for mock clusters like those of the "
                "training.")


def _flat(meta: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Settings as one level of names and values."""
    flat = {}
    for name, value in meta.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}: ")
        else:
            flat[prefix + name] = value
    return flat
