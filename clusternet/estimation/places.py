"""Positions of candidates."""

import numpy as np
from astropy.table import Table

from clusternet.catalog import numbers

__all__ = ["centres_of", "pixels_of"]

_CENTROIDS = ("x_centroid", "y_centroid")
_PEAKS = ("x_peak", "y_peak")


def centres_of(candidates: Table) -> tuple[np.ndarray, np.ndarray]:
    """Return sub-pixel centres, for apertures: centroids, or peaks where there are none.

    Parameters
    ----------
    candidates : `~astropy.table.Table`
        With columns ``x_centroid`` and ``y_centroid``, or ``x_peak`` and ``y_peak``.

    Returns
    -------
    x, y : numpy.ndarray, shape (candidate,)
        Pixels.

    Raises
    ------
    ValueError
        If there are no such columns, or a position is not finite.
    """
    return _places(candidates, _CENTROIDS, _PEAKS)


def pixels_of(candidates: Table) -> tuple[np.ndarray, np.ndarray]:
    """Return whole pixels, for windows: peaks, or centroids, rounded, where there are none.

    Parameters
    ----------
    candidates : `~astropy.table.Table`
        With columns ``x_peak`` and ``y_peak``, or ``x_centroid`` and ``y_centroid``.

    Returns
    -------
    x, y : numpy.ndarray of int, shape (candidate,)
        Pixels.

    Raises
    ------
    ValueError
        If there are no such columns, or a position is not finite.
    """
    x, y = _places(candidates, _PEAKS, _CENTROIDS)
    return np.floor(x + 0.5).astype(int), np.floor(y + 0.5).astype(int)


def _places(candidates, first, second):
    names = first if set(first) <= set(candidates.colnames) else second
    if not set(names) <= set(candidates.colnames):
        raise ValueError(f"candidates have no {', '.join(_CENTROIDS)} (there are "
                         f"{', '.join(candidates.colnames)})")
    x, y = (numbers(candidates, name) for name in names)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("some candidates have positions that are not finite; leave them out")
    return x, y
