"""Reliability of the class as a probability."""

import numpy as np
from astropy.table import QTable
from numpy.typing import ArrayLike

from clusternet.completeness.fractions import fractions

__all__ = ["reliability"]


def reliability(class_cb: ArrayLike, is_cluster: ArrayLike, *, bins: int = 10) -> QTable:
    """Fraction of clusters among the candidates of each class.

    Parameters
    ----------
    class_cb : array_like
        Classes of candidates, from 0 to 1; those that are not finite do not count.
    is_cluster : array_like of bool
        Whether each is a cluster.
    bins : int, optional
        Bins of equal width from 0 to 1.

    Returns
    -------
    `~astropy.table.QTable`
        For each bin its limits ``class_cb_lo`` and ``class_cb_hi``, ``n``, ``class_cb`` (mean
        class), ``fraction`` (of clusters) and its binomial 1 sigma interval, ``fraction_lo`` to
        ``fraction_hi``; NaN where there is no candidate. ``meta["ece"]`` is the expected
        calibration error: the mean of the absolute difference of ``class_cb`` and ``fraction``,
        weighted by ``n`` (Naeini et al. 2015, AAAI 29, 2901).

    Raises
    ------
    ValueError
        If the numbers differ, or a class is not from 0 to 1.

    Examples
    --------
    >>> from clusternet.validation import reliability
    >>> table = reliability([0.2, 0.2, 0.9, 0.9], [False, False, True, True], bins=2)
    >>> print(table["n", "class_cb", "fraction"])
     n  class_cb fraction
    --- -------- --------
      2      0.2      0.0
      2      0.9      1.0
    >>> print(round(table.meta["ece"], 3))
    0.15
    """
    class_cb, is_cluster = np.asarray(class_cb, dtype=float), np.asarray(is_cluster, dtype=bool)
    if class_cb.ndim != 1 or class_cb.shape != is_cluster.shape:
        raise ValueError(f"classes have shape {class_cb.shape}, is_cluster {is_cluster.shape}; "
                         "give one of each per candidate")
    known = np.isfinite(class_cb)
    class_cb, is_cluster = class_cb[known], is_cluster[known]
    if np.any((class_cb < 0) | (class_cb > 1)):
        raise ValueError(f"classes go from {class_cb.min()} to {class_cb.max()}; they must be "
                         "from 0 to 1")
    edges = np.linspace(0, 1, bins + 1)
    index = np.clip(np.searchsorted(edges, class_cb, side="right") - 1, 0, bins - 1)
    n = np.bincount(index, minlength=bins)
    table = QTable({"class_cb_lo": edges[:-1], "class_cb_hi": edges[1:], "n": n})
    mean = np.divide(np.bincount(index, class_cb, bins), n, out=np.full(bins, np.nan), where=n > 0)
    fraction, low, high = fractions(np.bincount(index, is_cluster, bins).astype(int), n)
    table["class_cb"], table["fraction"] = mean, fraction
    table["fraction_lo"], table["fraction_hi"] = low, high
    off = np.abs(mean - fraction)
    table.meta = {"ece": float(np.nansum(off * n) / n.sum()) if n.any() else np.nan}
    return table
