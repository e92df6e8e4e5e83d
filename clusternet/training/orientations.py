"""The eight orientations of a square image."""

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["turned", "turned_each", "turned_place"]


def turned(image: np.ndarray, which: int) -> np.ndarray:
    """Turn or mirror a square image about its middle.

    Parameters
    ----------
    image : numpy.ndarray, shape (band, size, size)
        Not changed.
    which : int
        0 to 7; the lowest two bits count quarter turns, the third mirrors first.

    Returns
    -------
    numpy.ndarray
        A view.

    Examples
    --------
    >>> import numpy as np
    >>> from clusternet.training.orientations import turned, turned_place
    >>> image = np.zeros((1, 5, 5))
    >>> image[0, 2 - 1, 2 + 2] = 1
    >>> x, y = turned_place(2, -1, 5)
    >>> x, y, turned(image, 5)[0, 2 + y, 2 + x]
    (-1, 2, np.float64(1.0))
    """
    return np.rot90(image[:, :, ::-1] if which & 4 else image, which & 3, (1, 2))


def turned_each(images: np.ndarray, which: ArrayLike, *, keep_centre: bool = False) -> np.ndarray:
    """Turn or mirror every window; see `turned`.

    Parameters
    ----------
    images : numpy.ndarray, shape (n, band, size, size)
        Changed in place and returned.
    which : array_like of int, shape (n,)
        0 to 7.
    keep_centre : bool, optional
        Turn about the pixel ``size // 2``, for stamps of even size with an object there; their
        first row and column do not change.

    Returns
    -------
    numpy.ndarray
    """
    first = 1 if keep_centre else 0
    for image, w in zip(images, np.asarray(which), strict=True):
        inner = image[:, first:, first:]
        inner[...] = turned(inner, w).copy()
    return images


def turned_place(x: float, y: float, which: int) -> tuple[float, float]:
    """Return where `turned` puts a place, both from the middle of the image in pixels.

    Parameters
    ----------
    x, y : float
        The place.
    which : int
        As for `turned`.

    Returns
    -------
    x, y : float
    """
    if which & 4:
        x = -x
    for _ in range(which & 3):
        x, y = y, -x
    return x, y
