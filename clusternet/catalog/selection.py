"""Choosing the clusters to believe in."""

import numpy as np
from astropy import units as u

from clusternet.catalog.flags import decode_flags

__all__ = ["select"]


def select(catalogue, class_cb=0.95, visibility=2.5, without=0, **ranges):
    """Choose clusters by certainty, visibility, flags and parameters.

    The defaults are the thresholds of Bialopetravičius & Narbutis, section 4.1. Values that are
    nan never pass.

    Parameters
    ----------
    catalogue : astropy.table.QTable
        The catalogue.
    class_cb, visibility : float or None
        Each must be greater than this; None lets all pass.
    without : ClusterFlag or int
        Flags that must not be set.
    **ranges : tuple
        For a column of numbers, (low, high) with low <= value < high, where None leaves an end
        open; with a unit, plain numbers are in that of the column.

    Returns
    -------
    astropy.table.QTable
        A copy of the rows chosen, in order, with their ids. What was asked for is added to
        ``meta["selections"]``.

    Raises
    ------
    ValueError
        If there is no such column, or a range is no pair.

    Examples
    --------
    Young clusters away from the border, from a table of made-up ones:

    >>> from astropy.table import QTable
    >>> from clusternet.catalog import ClusterFlag, select
    >>> table = QTable({"id": [1, 2, 3], "class_cb": [0.99, 0.96, 0.99],
    ...                 "visibility": [9.0, 4.0, 3.0], "log_age": [6.9, 8.2, 7.0],
    ...                 "flags": [0, 0, 1]})
    >>> select(table, without=ClusterFlag.EDGE, log_age=(None, 8))["id"].tolist()
    [1]
    """
    keep = np.ones(len(catalogue), dtype=bool)
    for name, threshold in (("class_cb", class_cb), ("visibility", visibility)):
        if threshold is not None:
            keep &= np.asarray(_values(catalogue, name) > threshold)
    if without:
        keep &= (np.asarray(catalogue["flags"]) & int(without)) == 0
    for name, limits in ranges.items():
        low, high = _pair(name, limits)
        values = _values(catalogue, name)
        keep &= ~np.isnan(values)
        if low is not None:
            keep &= values >= _number(low, catalogue[name])
        if high is not None:
            keep &= values < _number(high, catalogue[name])
    chosen = catalogue[keep]
    asked = {
        "class_cb": class_cb,
        "visibility": visibility,
        "without": decode_flags(int(without)),
        **{name: list(_pair(name, limits)) for name, limits in ranges.items()},
    }
    chosen.meta["selections"] = [*catalogue.meta.get("selections", []), asked]
    return chosen


def _values(catalogue, name):
    if name not in catalogue.colnames:
        raise ValueError(f"no column {name} to select by (has {', '.join(catalogue.colnames)})")
    values = catalogue[name]
    return np.asarray(values.value if isinstance(values, u.Quantity) else values)


def _pair(name, limits):
    try:
        low, high = limits
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} = {limits} is no range: pass (low, high), None for an open end"
        ) from error
    return low, high


def _number(limit, column):
    return limit.to_value(column.unit) if isinstance(limit, u.Quantity) else limit
