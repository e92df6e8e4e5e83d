"""The report on a catalogue."""

import numpy as np
from astropy.table import QTable
from matplotlib.figure import Figure

from clusternet.catalog import COLUMNS, PARAMETERS, ClusterFlag, check_catalogue, numbers, select
from clusternet.plotting import plot_class_visibility, plot_parameters
from clusternet.report.page import Page
from clusternet.report.settings import versions

__all__ = ["catalogue_page"]

_SCHEMA = tuple(column.name for column in COLUMNS)
_VISIBILITY = (2.0, 2.5, 3.0)


def catalogue_page(catalogue, title="Catalogue of star clusters", class_cb=0.95, visibility=2.5,
                   test=None):
    """Describe a catalogue: how many, how sure, what they are, what warns.

    Parameters
    ----------
    catalogue : `~astropy.table.QTable`
        Of a search (`clusternet.catalog.COLUMNS`).
    title : str, optional
        Of the page.
    class_cb, visibility : float, optional
        Thresholds of what counts as a cluster.
    test : `~clusternet.injection.Trial`, optional
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
        figure = Figure((11, 6.5), layout="constrained")
        drawn = plot_parameters(chosen, figure.subplots(2, 3))
        figure.colorbar(drawn, ax=figure.axes, label="log10 of the age in yr", shrink=0.6)
        page.figure(figure, "Parameters of the clusters against each other.")
    if "out_of_domain" in catalogue.colnames:
        _domain(page, catalogue, chosen)
    further = [name for name in catalogue.colnames if name not in _SCHEMA]
    if further:
        page.section("Further columns")
        page.table(_further(catalogue, further), "What the detector measured besides, over all "
                   "candidates.")
    page.section("How it was made")
    page.table({**_flat(catalogue.meta), **versions()})
    return page


def _numbers(catalogue):
    rows = []
    for threshold in (0.5, 0.8, 0.9, 0.95, 0.99):
        above = [len(select(catalogue, threshold, least)) for least in (None, *_VISIBILITY)]
        rows.append((f"class > {threshold:g}", *above))
    return QTable(rows=rows, names=("", "any", *(f"> {v:g}" for v in _VISIBILITY)))


def _flags(catalogue, chosen):
    rows = [(flag.name.lower().replace("_", " "), *(
        int(np.count_nonzero(np.asarray(table["flags"]) & flag.value))
        for table in (catalogue, chosen))) for flag in ClusterFlag]
    return QTable(rows=rows, names=("flag", "candidates", "clusters"))


def _parameters(chosen):
    rows = []
    for name, parameter in PARAMETERS.items():
        value, low, high = (numbers(chosen, column) for column in parameter.columns)
        lower, middle, upper = np.nanpercentile(value, [16, 50, 84])
        rows.append((name, middle, lower, upper, np.nanmedian(high - low) / 2))
    return QTable(rows=rows, names=("parameter", "median", "16 %", "84 %", "error"))


def _further(catalogue, names):
    rows = []
    for name in names:
        column = catalogue[name]
        ranges = [""] * 3
        if len(column) and np.asarray(column).dtype.kind in "iuf":
            values = numbers(catalogue, name)
            if np.isfinite(values).any():
                ranges = [f"{value:.4g}" for value in np.nanpercentile(values, [50, 16, 84])]
        rows.append((name, str(getattr(column, "unit", None) or ""), *ranges,
                     column.info.description or ""))
    return QTable(rows=rows, names=("column", "unit", "median", "16 %", "84 %", "description"))


def _domain(page, catalogue, chosen):
    page.section("Unlike the training")
    rows = []
    for name, table in (("candidates", catalogue), ("clusters", chosen)):
        flagged = np.asarray(table["flags"]) & ClusterFlag.OUT_OF_DOMAIN.value
        rows.append((name, len(table), np.count_nonzero(flagged) / max(len(table), 1)))
    page.table(QTable(rows=rows, names=("of", "n", "flagged")), "Fraction flagged as unlike the "
               "mock clusters of the training; among such mocks it is one in a hundred.")


def _flat(meta, prefix=""):
    """Settings as one level of names and values."""
    flat = {}
    for name, value in meta.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}: ")
        else:
            flat[prefix + name] = value
    return flat
