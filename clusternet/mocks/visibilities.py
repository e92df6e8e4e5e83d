"""Visibility, the paper's proxy for signal-to-noise."""

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["APERTURE_RADIUS", "visibility"]

#: Radius in pixels of the circle over which a cluster's flux is averaged.
APERTURE_RADIUS = 10


def visibility(cluster: ArrayLike, background: ArrayLike) -> np.ndarray:
    """Return the flux of a cluster over the standard deviation of its background.

    Paper III gives the ratio, but neither the combination of the bands nor the area over which the
    flux counts. Here the cluster's flux in its window is spread over the area of a circle of 10
    pixels, which makes the range the paper's ~0.1 to ~1000, and the ratios of the bands are
    averaged.

    Parameters
    ----------
    cluster : array_like, shape (..., band, y, x)
        Noise-free cluster alone.
    background : array_like, shape (..., band, y, x)
        Window without the cluster, with its noise.

    Returns
    -------
    numpy.ndarray, shape (...)

    Examples
    --------
    >>> import numpy as np
    >>> from clusternet.mocks import visibility
    >>> cluster = np.zeros((1, 64, 64))
    >>> cluster[0, 32, 32] = np.pi * 100
    >>> background = np.tile([-1.0, 1.0], (1, 64, 32))
    >>> print(visibility(cluster, background))
    1.0
    """
    flux = np.asarray(cluster, dtype=float).sum((-2, -1)) / (np.pi * APERTURE_RADIUS**2)
    return (flux / np.asarray(background, dtype=float).std((-2, -1))).mean(-1)
