"""Clusters that are known: their table, and the candidates that were found for them."""

import astropy.units as u
import numpy as np
from astropy.table import QTable

from clusternet.catalog.columns import numbers
from clusternet.catalog.matching import cross_match
from clusternet.catalog.parameters import INTRINSIC, PARAMETERS
from clusternet.catalog.schema import column
from clusternet.catalog.selection import select

__all__ = ["match", "select_found", "truth_table"]


def truth_table(rows, bands, wcs, corner=(0, 0), further=()):
    """Clusters as a table with the columns of a catalogue, as far as they are truths.

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
        Name, unit and meaning of more columns; nan for rows that have none.

    Returns
    -------
    `~astropy.table.QTable`
    """
    def values(name):
        return np.array([row[name] for row in rows], dtype=float)

    table = QTable()
    table["x_centroid"], table["y_centroid"] = values("x") - corner[0], values("y") - corner[1]
    table["sky_centroid"] = wcs.pixel_to_world(values("x"), values("y"))
    for name in INTRINSIC:
        unit = column(name).unit
        table[name] = values(name) if unit is None else values(name) * unit
    for name in table.colnames:
        table[name].info.description = column(name).description
    for band in bands:
        table[f"mag_{band}"] = values(f"mag_{band}") * u.mag
        table[f"mag_{band}"].info.description = f"Apparent Vega magnitude in {band}, without noise"
    for name, unit, meaning in further:
        table[name] = np.array([row.get(name, np.nan) for row in rows], dtype=float) * unit
        table[name].info.description = meaning
    return table


def match(truth, found, radius=3):
    """Pair artificial clusters with candidates, one to one, the nearest first.

    Parameters
    ----------
    truth : `~astropy.table.QTable`
        The clusters, from `~clusternet.injection.inject` or
        `clusternet.galaxy.SyntheticGalaxy.truth`.
    found : `~astropy.table.QTable`
        Candidates of a detector on that image; select those that count first
        (`clusternet.catalog.select`).
    radius : float or `~astropy.units.Quantity`, optional
        Largest distance, in pixels or as an angle. Paper III: 3 and 6 pixels.

    Returns
    -------
    matched : `~astropy.table.QTable`
        A copy of ``truth`` with ``found`` (whether it was), ``separation`` (pixels, or arcsec for
        an angle), ``class_cb``, and of each parameter that the candidates have
        ``NAME_found``, ``NAME_found_lo`` and ``NAME_found_hi``; NaN where there is no candidate.
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
    matched = truth.copy()
    there = np.zeros(len(truth), dtype=bool)
    there[pairs["index_a"]] = True
    matched["found"] = there
    matched["found"].info.description = "Whether there is a candidate within the radius"
    matched["separation"] = _spread(pairs["separation"], pairs, len(truth))
    matched["separation"].info.description = "Distance of the candidate"
    for name, source in _names(found):
        matched[name] = _spread(found[source][pairs["index_b"]], pairs, len(truth))
        matched[name].info.description = f"{source} of the candidate"
    false = np.ones(len(found), dtype=bool)
    false[pairs["index_b"]] = False
    return matched, found[false]


def select_found(matched, class_cb=0.95, visibility=2.5, **ranges):
    """Count as found only clusters whose candidates pass a selection, as that of the data.

    Parameters
    ----------
    matched : `~astropy.table.QTable`
        From `match`.
    class_cb, visibility, **ranges
        As for `clusternet.catalog.select`: what the candidate must exceed, and ranges of its
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
    told = QTable({name.removesuffix("_found"): matched[name][there] for name in matched.colnames
                   if name == "class_cb" or name.endswith("_found")})
    told["row"] = there
    chosen = matched.copy()
    chosen["found"] = np.isin(np.arange(len(matched)),
                              select(told, class_cb, visibility, **ranges)["row"])
    chosen["found"].info.description = "Whether there is such a candidate within the radius"
    return chosen


def _names(found):
    """New names and names of the columns to take over from candidates."""
    if "class_cb" in found.colnames:
        yield "class_cb", "class_cb"
    for parameter in PARAMETERS:
        for end in ("", "_lo", "_hi"):
            if parameter + end in found.colnames:
                yield f"{parameter}_found{end}", parameter + end


def _spread(values, pairs, n):
    """Values of the pairs as a column over all clusters, NaN for the others."""
    column = np.full(n, np.nan)
    column[pairs["index_a"]] = getattr(values, "value", values)
    unit = getattr(values, "unit", None)
    return column if unit is None else column * unit
