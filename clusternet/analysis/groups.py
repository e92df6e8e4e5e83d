"""Clusters in groups: young and old, dense and loose."""

from collections.abc import Mapping
from itertools import pairwise

import astropy.units as u
import numpy as np
from astropy.table import Table
from numpy.typing import ArrayLike

from clusternet.catalog import numbers, plain

__all__ = ["as_groups", "as_values", "as_weights", "split_by"]


def split_by(table: Table, name: str, edges: ArrayLike) -> dict[str, np.ndarray]:
    """Split clusters at some values of a column.

    Parameters
    ----------
    table : `~astropy.table.Table`
        The clusters.
    name : str
        Name of the column.
    edges : sequence of float
        One or more ascending values, in the unit of the column. A cluster at an edge belongs to
        the group above it; those with NaN, or masked, belong to none.

    Returns
    -------
    dict of str to numpy.ndarray of bool
        One group more than edges, from low to high, by names such as ``7 <= log_age < 7.7``.

    Raises
    ------
    ValueError
        There is no such column, or edges do not ascend.

    Examples
    --------
    >>> from astropy.table import QTable
    >>> from clusternet.analysis import split_by
    >>> clusters = QTable({"log_age": [6.7, 7.0, 8.2]})
    >>> {name: group.tolist() for name, group in split_by(clusters, "log_age", [7, 7.7]).items()}
    {'log_age < 7': [True, False, False], '7 <= log_age < 7.7': [False, True, False], 'log_age >= 7.7': [False, False, True]}
    """  # noqa: E501
    edges = np.asarray(edges, dtype=float)
    if edges.ndim != 1 or not len(edges) or not (np.diff(edges) > 0).all():
        raise ValueError(f"edges for {name} are {edges}; give one or more ascending numbers")
    values = numbers(table, name)
    labels = [f"{name} < {edges[0]:g}",
              *(f"{lo:g} <= {name} < {hi:g}"
                for lo, hi in pairwise(edges)),
              f"{name} >= {edges[-1]:g}"]
    index = np.where(np.isnan(values), -1, np.searchsorted(edges, values, side="right"))
    return {label: index == i for i, label in enumerate(labels)}


def as_values(values: ArrayLike, unit: u.UnitBase | None = None, *, name: str = "values"
              ) -> np.ndarray:
    """Return plain floats, one per cluster, as from `~clusternet.catalog.plain`."""
    values = plain(values, unit, name=name)
    if values.ndim != 1:
        raise ValueError(f"{name} has the shape {values.shape}; give one value per cluster")
    return values


def as_groups(groups: Mapping[str, ArrayLike] | None, n: int) -> dict[str, np.ndarray]:
    """Check groups of ``n`` clusters; one of all when there are none."""
    if groups is None:
        return {"all": np.ones(n, dtype=bool)}
    arrays = {name: np.asarray(chosen) for name, chosen in groups.items()}
    for name, chosen in arrays.items():
        if chosen.shape != (n,) or chosen.dtype != bool:
            raise ValueError(f"group {name!r} has the shape {chosen.shape} and type "
                             f"{chosen.dtype}; give a boolean for each of the {n} clusters")
    return arrays


def as_weights(weights: ArrayLike | None, n: int) -> np.ndarray:
    """Check the weights of ``n`` clusters; ones when there are none."""
    if weights is None:
        return np.ones(n)
    weights = as_values(weights, name="weights")
    if weights.shape != (n,) or not (np.isfinite(weights) & (weights >= 0)).all():
        raise ValueError(f"weights must be {n} finite numbers, zero or more; one over the "
                         "probability of being found, for instance")
    return weights
