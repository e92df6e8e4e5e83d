"""Areas of an image where nothing was recorded."""

import numpy as np
from scipy.ndimage import maximum_filter

__all__ = ["blank_areas"]


def blank_areas(pixels: np.ndarray, least: int = 9) -> np.ndarray:
    """Areas where all bands are exactly zero, as beyond the borders of a drizzled mosaic.

    Parameters
    ----------
    pixels : numpy.ndarray, shape (band, y, x)
        The image.
    least : int, optional
        Least side, in pixels, of a square that an area must hold to count: sky that was cut at
        zero has many smaller areas.

    Returns
    -------
    numpy.ndarray of bool, shape (y, x)

    Examples
    --------
    >>> import numpy as np
    >>> from clusternet.images.blank import blank_areas
    >>> pixels = np.ones((2, 30, 30))
    >>> pixels[:, :10, :12] = 0
    >>> pixels[:, 20, 20] = 0
    >>> int(blank_areas(pixels).sum())
    120
    """
    zero = np.asarray(~pixels.any(axis=0))
    if not zero.any():
        return zero
    # An opening; beyond the border of the image counts as zero.
    inner = np.logical_not(maximum_filter(~zero, least, mode="constant", cval=False))
    return np.logical_and(maximum_filter(inner, least, mode="constant", cval=False), zero)
