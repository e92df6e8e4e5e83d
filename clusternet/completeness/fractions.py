"""Fractions of counts, with binomial intervals."""

from typing import Literal

import numpy as np
from astropy.stats import binom_conf_interval
from numpy.typing import ArrayLike

__all__ = ["Interval", "fractions"]

Interval = Literal["wilson", "jeffreys", "flat", "wald"]
"""Kinds of binomial intervals, as in `astropy.stats.binom_conf_interval`."""


def fractions(k: ArrayLike, n: ArrayLike, level: float = 0.6827, interval: Interval = "wilson",
              ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fractions k / n with binomial intervals.

    Parameters
    ----------
    k, n : array_like of int
        Counts.
    level : float, optional
        Confidence of the interval.
    interval : str, optional
        Kind of interval, as for `astropy.stats.binom_conf_interval`.

    Returns
    -------
    fraction, low, high : numpy.ndarray
        NaN, 0 and 1 where ``n`` is 0.

    Examples
    --------
    >>> from clusternet.completeness.fractions import fractions
    >>> fraction, low, high = fractions([1, 0], [2, 0])
    >>> fraction.tolist(), low.round(2).tolist(), high.round(2).tolist()
    ([0.5, nan], [0.21, 0.0], [0.79, 1.0])
    """
    k, n = np.asarray(k), np.asarray(n)
    some = n > 0
    low, high = np.zeros(n.shape), np.ones(n.shape)
    if some.any():
        low[some], high[some] = binom_conf_interval(k[some], n[some], level, interval)
    return np.divide(k, n, out=np.full(n.shape, np.nan), where=some), low, high
