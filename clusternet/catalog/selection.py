"""Selection of clusters."""

from typing import Any

import numpy as np
from astropy import units as u
from astropy.table import QTable

from clusternet.catalog.columns import numbers
from clusternet.catalog.flags import decode_flags

__all__ = ["select"]


def select(catalogue: QTable, class_cb: float | None = 0.95, visibility: float | None = 2.5, *,
           without: int = 0, **ranges: Any) -> QTable:
    """Choose clusters by class, visibility, flags and parameters.

    The defaults are the thresholds of Bialopetravičius & Narbutis, section 4.1. NaN never
    pass.

    Parameters
    ----------
    catalogue : astropy.table.QTable
        The catalogue.
    class_cb, visibility : float or None
        Each must be greater than this; None lets all pass.
    without : ClusterFlag or int
        Flags that must not be set.
    **ranges : tuple
        For a column of numbers, (lo, hi) with lo <= value < hi, where None leaves an end open;
        plain numbers are in the unit of the column.

    Returns
    -------
    astropy.table.QTable
        A copy of the rows chosen, in order, with their ids and all their columns. The selection is
        added to ``meta["selections"]``.

    Raises
    ------
    ValueError
        If there is no such column, or a range is no pair.

    Examples
    --------
    Young clusters away from the border:

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
            keep &= numbers(catalogue, name) > threshold
    if without:
        keep &= (np.asarray(catalogue["flags"], dtype=np.int64) & int(without)) == 0
    for name, limits in ranges.items():
        lo, hi = _pair(name, limits)
        values = numbers(catalogue, name)
        keep &= ~np.isnan(values)
        if lo is not None:
            keep &= values >= _number(lo, catalogue[name])
        if hi is not None:
            keep &= values < _number(hi, catalogue[name])
    chosen: Any = catalogue[keep]
    selection = {
        "class_cb": class_cb,
        "visibility": visibility,
        "without": decode_flags(int(without)),
        **{name: list(_pair(name, limits)) for name, limits in ranges.items()},
    }
    chosen.meta["selections"] = [*chosen.meta.get("selections", []), selection]
    return chosen


def _pair(name: str, limits: Any) -> tuple[Any, Any]:
    try:
        lo, hi = limits
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} = {limits} is no range: pass (lo, hi), None for an open end"
        ) from error
    return lo, hi


def _number(limit: Any, column: Any) -> Any:
    return limit.to_value(column.unit) if isinstance(limit, u.Quantity) else limit
