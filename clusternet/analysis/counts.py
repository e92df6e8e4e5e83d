"""Counts of clusters in windows and bins, with Poisson intervals."""

import numpy as np
from astropy.stats import poisson_conf_interval
from scipy.stats import norm

__all__ = ["poisson_band", "window_sums"]


def poisson_band(count: np.ndarray, squares: np.ndarray, level: float
                 ) -> tuple[np.ndarray, np.ndarray]:
    """Interval of counts, weighted or not.

    Weighted counts are taken as a scaled Poisson variable with the same mean and variance.

    Parameters
    ----------
    count, squares : numpy.ndarray
        Sums of the weights and of their squares.
    level : float
        Probability of the interval.

    Returns
    -------
    lo, hi : numpy.ndarray
        Ends of the interval of Gehrels (1986).
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; give a probability between 0 and 1")
    scale = np.divide(squares, count, out=np.ones_like(count), where=count > 0)
    lo, hi = poisson_conf_interval(count / scale, "frequentist-confidence",
                                   sigma=float(norm.ppf((1 + level) / 2)))
    return lo * scale, hi * scale


def window_sums(position: np.ndarray, at: np.ndarray, window: float, *terms: np.ndarray
                ) -> list[np.ndarray]:
    """Sums over the points in windows [at - window / 2, at + window / 2).

    Parameters
    ----------
    position : numpy.ndarray, shape (n,)
        Positions of the points; finite.
    at : numpy.ndarray, shape (m,)
        Centres of the windows.
    window : float
        Width.
    *terms : numpy.ndarray, shape (n,)
        Terms of the sums.

    Returns
    -------
    list of numpy.ndarray, shape (m,)
        The sums of each term.
    """
    order = np.argsort(position, kind="stable")
    ends = np.searchsorted(position[order], [at - window / 2, at + window / 2])
    sums = []
    for term in terms:
        cumulative = np.concatenate([[0.0], np.cumsum(term[order])])
        # Rounding leaves traces of the terms before an empty window.
        sums.append(np.where(ends[1] > ends[0], cumulative[ends[1]] - cumulative[ends[0]], 0.0))
    return sums
