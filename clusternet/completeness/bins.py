"""Rows of a table put into bins of its columns, and the fraction found in each."""

from collections.abc import Mapping

import astropy.units as u
import numpy as np
from astropy.table import QTable
from numpy.typing import ArrayLike

from clusternet.catalog import numbers
from clusternet.completeness.fractions import Interval, fractions

__all__ = ["add_fractions", "binned"]


def binned(table: QTable, by: Mapping[str, ArrayLike] | None = None,
           ) -> tuple[QTable, np.ndarray]:
    """Bin of every row.

    Parameters
    ----------
    table : `~astropy.table.QTable`
        The rows.
    by : dict of str to array_like, optional
        Edges of bins of each column, in its unit unless they have their own. Bins hold their
        lower edge, and the last one its upper edge too. One bin holds all rows without it.

    Returns
    -------
    bins : `~astropy.table.QTable`
        A row per bin, with its edges ``NAME_lo`` and ``NAME_hi``; the last column changes
        fastest. Without ``by``, it has no column yet, and stands for one row.
    number : numpy.ndarray of int, shape (row,)
        Bin of each row of the table, -1 outside of all and for NaN.

    Raises
    ------
    ValueError
        If a column is missing, or edges are not two or more ascending numbers.

    Examples
    --------
    >>> from astropy.table import QTable
    >>> from clusternet.completeness.bins import binned
    >>> bins, number = binned(QTable({"log_age": [6.7, 9.9, 8.0]}), {"log_age": [6, 8, 9]})
    >>> number.tolist()
    [0, -1, 1]
    """
    by = by or {}
    edges = {name: _edges(name, table, by[name]) for name in by}
    shape = tuple(len(limits) - 1 for limits in edges.values())
    number = np.zeros(len(table), dtype=int)
    inside = np.ones(len(table), dtype=bool)
    bins = QTable()
    corners = np.unravel_index(np.arange(np.prod(shape)), shape) if shape else ()
    for (name, limits), corner in zip(edges.items(), corners, strict=True):
        index = _index(numbers(table, name), limits)
        inside &= index >= 0
        number = number * (len(limits) - 1) + index
        unit = getattr(table[name], "unit", None) or 1
        bins[f"{name}_lo"], bins[f"{name}_hi"] = (limits[corner + i] * unit for i in (0, 1))
    return bins, np.where(inside, number, -1)


def add_fractions(table: QTable, level: float = 0.6827, interval: Interval = "wilson") -> None:
    """Add ``recall`` with its binomial interval to counts.

    Parameters
    ----------
    table : `~astropy.table.QTable`
        With ``n`` and ``n_found``; gets ``recall``, ``recall_lo`` and ``recall_hi``: NaN, 0 and 1
        where there is no cluster.
    level, interval
        As for `recall`.
    """
    table["recall"], table["recall_lo"], table["recall_hi"] = fractions(
        np.asarray(table["n_found"]), np.asarray(table["n"]), level, interval)


def _edges(name: str, table: QTable, edges: ArrayLike) -> np.ndarray:
    unit = getattr(table[name], "unit", None) if name in table.colnames else None
    if isinstance(edges, u.Quantity):
        if not edges.unit.is_equivalent(unit or u.one):  # pyright: ignore[reportOptionalMemberAccess]
            raise ValueError(f"edges for {name} are in {edges.unit}; give them in {unit or u.one}")
        edges = edges.to_value(unit or u.one)
    values = np.asarray(edges, dtype=float)
    if values.ndim != 1 or len(values) < 2 or not (np.diff(values) > 0).all():
        raise ValueError(f"edges for {name} are {edges}; give two or more ascending numbers")
    return values


def _index(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Index of the bin of each value, -1 outside."""
    index = np.searchsorted(edges, values, side="right") - 1
    index[values == edges[-1]] = len(edges) - 2
    index[~((values >= edges[0]) & (values <= edges[-1]))] = -1
    return index
