"""Tables of true clusters, and the candidates found for them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import astropy.units as u
import numpy as np
from astropy.table import QTable, Table
from astropy.wcs import WCS

from clusternet.catalog.columns import describe, numbers, plain
from clusternet.catalog.matching import cross_match
from clusternet.catalog.parameters import INTRINSIC, PARAMETERS
from clusternet.catalog.schema import COLUMNS, column
from clusternet.catalog.selection import select

__all__ = ["match", "select_found", "truth_table"]


def truth_table(rows: Sequence[Mapping[str, Any]], bands: Sequence[str], wcs: WCS, *,
                corner: tuple[int, int] = (0, 0),
                further: Sequence[tuple[str, u.UnitBase, str]] = ()) -> QTable:
    """Make a table of true clusters, with the columns of a catalogue that have true values.

    Parameters
    ----------
    rows : list of dict
        Parameters, magnitudes, and places ``x``, ``y`` on the whole image.
    bands : sequence of str
        Names of the bands of the magnitudes.
    wcs : `~astropy.wcs.WCS`
        World coordinates of the whole image.
    corner : tuple of int, optional
        Column and row of the whole image that are (0, 0) in the table.
    further : sequence of tuple, optional
        Name, unit and description of more columns; NaN for rows that have none.

    Returns
    -------
    `~astropy.table.QTable`
        Positions, parameters, and magnitudes ``mag_BAND``.
    """
    def values(name: str) -> np.ndarray:
        return np.array([row[name] for row in rows], dtype=float)

    table = QTable()
    table["x_centroid"], table["y_centroid"] = values("x") - corner[0], values("y") - corner[1]
    table["sky_centroid"] = wcs.pixel_to_world(values("x"), values("y"))
    for name in INTRINSIC:
        unit = column(name).unit
        table[name] = values(name) if unit is None else values(name) * unit
    for name in table.colnames:
        describe(table, name, column(name).description)
    for band in bands:
        table[f"mag_{band}"] = values(f"mag_{band}") * u.mag
        describe(table, f"mag_{band}", f"Apparent Vega magnitude in {band}, without noise")
    for name, unit, description in further:
        table[name] = np.array([row.get(name, np.nan) for row in rows], dtype=float) * unit
        describe(table, name, description)
    return table


def match(truth: Table, found: Table, radius: float | u.Quantity = 3) -> tuple[QTable, QTable]:
    """Pair true clusters with candidates, one to one, the nearest first.

    Parameters
    ----------
    truth : `~astropy.table.QTable`
        The clusters, from `~clusternet.injection.inject` or
        `clusternet.galaxy.SyntheticGalaxy.truth`.
    found : `~astropy.table.QTable`
        Candidates of a detector on that image, selected as those of the data
        (`clusternet.catalog.select`).
    radius : float or `~astropy.units.Quantity`, optional
        Largest distance, in pixels or as an angle. Paper III: 3 and 6 pixels.

    Returns
    -------
    matched : `~astropy.table.QTable`
        A copy of ``truth`` with ``found`` (whether there is a candidate), ``separation`` (pixels,
        or arcsec for an angle), ``class_cb``, and of each parameter that the candidates have
        ``NAME_found``, ``NAME_found_lo`` and ``NAME_found_hi``. Columns of the candidates beyond
        those of a catalogue are ``NAME_found`` too. NaN, or masked, where there is no candidate.
    unmatched : `~astropy.table.QTable`
        Candidates without a cluster: false ones, and those of clusters that were there before.

    Raises
    ------
    ValueError
        As for `clusternet.catalog.cross_match`.

    Examples
    --------
    >>> from astropy.table import QTable
    >>> from clusternet.catalog import match
    >>> truth = QTable({"x_centroid": [10.0, 50.0], "y_centroid": [10.0, 50.0],
    ...                 "log_age": [7.0, 8.0]})
    >>> found = QTable({"x_centroid": [10.5, 90.0], "y_centroid": [10.0, 50.0],
    ...                 "class_cb": [0.99, 0.7], "log_age": [7.2, 9.0]})
    >>> matched, unmatched = match(truth, found)
    >>> print(matched["found", "separation", "log_age", "log_age_found"])
    found separation log_age log_age_found
    ----- ---------- ------- -------------
     True        0.5     7.0           7.2
    False        nan     8.0           nan
    >>> unmatched["class_cb"].tolist()
    [0.7]
    """
    pairs = cross_match(truth, found, radius)
    own, candidate = (np.asarray(pairs[name], dtype=int) for name in ("index_a", "index_b"))
    matched: Any = truth.copy()
    matched["found"] = np.isin(np.arange(len(truth)), own)
    describe(matched, "found", "Whether there is a candidate within the radius")
    matched["separation"] = _spread(pairs["separation"], own, len(truth))
    describe(matched, "separation", "Distance of the candidate")
    for name, source in _names(found):
        values: Any = found[source]
        matched[name] = _spread(values[candidate], own, len(truth))
        describe(matched, name, f"Of the candidate: {values.info.description or source}")
    unmatched: Any = found[~np.isin(np.arange(len(found)), candidate)]
    return matched, unmatched


def select_found(matched: QTable, class_cb: float | None = 0.95, visibility: float | None = 2.5,
                 **ranges: Any) -> QTable:
    """Count as found only clusters whose candidates pass a selection, such as that of the data.

    Parameters
    ----------
    matched : `~astropy.table.QTable`
        From `match`.
    class_cb, visibility, **ranges
        As for `clusternet.catalog.select`: thresholds of the candidate, and ranges of its
        estimated parameters.

    Returns
    -------
    `~astropy.table.QTable`
        A copy with all rows, and ``found`` True only where the candidate passes.

    Raises
    ------
    ValueError
        If candidates have no such column.

    Examples
    --------
    >>> from astropy.table import QTable
    >>> from clusternet.catalog import select_found
    >>> matched = QTable({"found": [True, True, False], "class_cb": [0.99, 0.7, float("nan")],
    ...                   "log_age": [7.0, 8.0, 9.0], "log_age_found": [7.1, 8.1, float("nan")]})
    >>> select_found(matched, visibility=None)["found"].tolist()
    [True, False, False]
    """
    there = np.flatnonzero(numbers(matched, "found") == 1)
    columns: dict[str, Any] = {
        name.removesuffix("_found"): matched[name] for name in matched.colnames
        if name == "class_cb" or name.endswith("_found")}
    candidates = QTable({name: values[there] for name, values in columns.items()})
    candidates["row"] = there
    passing = numbers(select(candidates, class_cb, visibility, **ranges), "row")
    chosen: Any = matched.copy()
    chosen["found"] = np.isin(np.arange(len(matched)), passing)
    describe(chosen, "found", "Whether there is such a candidate within the radius")
    return chosen


def _names(found: Table) -> Iterator[tuple[str, str]]:
    """Names in the matched table, and names of the columns taken over from the candidates."""
    schema = {spec.name for spec in COLUMNS}
    renamed = {"class_cb": "class_cb"}
    for parameter in PARAMETERS.values():
        for name, end in zip(parameter.columns, ("", "_lo", "_hi"), strict=True):
            renamed[name] = f"{parameter.name}_found{end}"
    yield from ((new, name) for name, new in renamed.items() if name in found.colnames)
    for name in found.colnames:
        if name not in schema and not name.endswith("_found") and hasattr(found[name], "dtype"):
            yield f"{name}_found", name


def _spread(values: Any, rows: np.ndarray, n: int) -> Any:
    """Values of some rows as a column of all, NaN or masked elsewhere."""
    content = getattr(values, "value", values)
    if content.dtype.kind not in "iufb":
        column = np.ma.masked_all((n, *content.shape[1:]), content.dtype)
        column[rows] = content
        return column
    numeric = np.full((n, *content.shape[1:]), np.nan)
    numeric[rows] = plain(content)
    unit = getattr(values, "unit", None)
    return numeric if unit is None else numeric * unit
