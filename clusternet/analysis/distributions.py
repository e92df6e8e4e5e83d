"""Histograms of cluster parameters."""

from collections.abc import Mapping

import numpy as np
from astropy.table import QTable, vstack
from numpy.typing import ArrayLike

from clusternet.analysis.counts import poisson_band
from clusternet.analysis.groups import as_groups, as_values, as_weights

__all__ = ["distribution"]


def distribution(values: ArrayLike, edges: ArrayLike,
                 groups: Mapping[str, ArrayLike] | None = None, *,
                 weights: ArrayLike | None = None, level: float = 0.6827) -> QTable:
    """Histogram of a parameter, by groups, with Poisson intervals.

    As Paper III, Fig. 6: sizes and densities of young and old clusters.

    Parameters
    ----------
    values : array_like, shape (n,)
        The parameter; NaN and values outside the edges do not count.
    edges : array_like
        Edges of the bins, ascending. Bins hold their lower edge, the last one both.
    groups, weights, level
        As for `arm_profile`.

    Returns
    -------
    `~astropy.table.QTable`
        A row for each ``group`` and bin: its ends ``value_lo`` and ``value_hi``, ``n`` (clusters),
        ``count`` (sum of their weights) and its interval, ``count_lo`` and ``count_hi``.

    Raises
    ------
    ValueError
        Lengths differ or edges do not ascend.

    Examples
    --------
    >>> from clusternet.analysis import distribution
    >>> print(distribution([1.2, 1.4, 2.5], [1, 2, 3])["value_lo", "value_hi", "n"])
    value_lo value_hi  n
    -------- -------- ---
         1.0      2.0   2
         2.0      3.0   1
    """
    values, edges = as_values(values), as_values(edges, name="edges")
    if len(edges) < 2 or not (np.diff(edges) > 0).all():
        raise ValueError(f"edges are {edges}; give two or more ascending numbers")
    weights = as_weights(weights, len(values))
    tables = []
    for name, chosen in as_groups(groups, len(values)).items():
        use = chosen & np.isfinite(values)
        n, count, squares = (np.histogram(values[use], edges, weights=weights[use] ** power)[0]
                             for power in (0, 1, 2))
        lo, hi = poisson_band(count, squares, level)
        tables.append(QTable({"group": np.full(len(n), name), "value_lo": edges[:-1],
                              "value_hi": edges[1:], "n": np.rint(n).astype(int), "count": count,
                              "count_lo": lo, "count_hi": hi}))
    return vstack(tables)
