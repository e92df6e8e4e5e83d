"""Masked pixels, filled from the good ones near by."""

import numpy as np

from clusternet.images.accuracy import FILL_BLOCK

__all__ = ["fill_masked"]


def fill_masked(data: np.ndarray, mask: np.ndarray, top: int,
                bottom: int) -> tuple[np.ndarray, np.ndarray]:
    """Take rows of an image, with the masked pixels filled, and their mask.

    Parameters
    ----------
    data, mask : numpy.ndarray, shape (band, y, x)
        The image, and True where its pixels are bad.
    top, bottom : int
        First row wanted, and the row after the last; there may be fewer rows below it.

    Returns
    -------
    pixels, mask : numpy.ndarray, shape (band, bottom - top, x)
        Float32, and which pixels were filled: with the median of the good pixels of the 3 x 3
        blocks of 32 x 32 px around theirs, or 0 where there is none.

    Examples
    --------
    >>> import numpy as np
    >>> from clusternet.images.fill import fill_masked
    >>> data = np.ones((1, 64, 64))
    >>> data[0, 5, 7] = np.nan
    >>> pixels, mask = fill_masked(data, np.isnan(data), 0, 64)
    >>> print(pixels[0, 5, 7], mask.sum())
    1.0 1
    """
    # Blocks are those of the whole image, so that the same pixel gets the same value everywhere.
    first = max(top // FILL_BLOCK - 1, 0) * FILL_BLOCK
    last = (-(-bottom // FILL_BLOCK) + 1) * FILL_BLOCK
    part, bad = data[:, first:last], mask[:, first:last]
    rows = slice(top - first, bottom - first)
    result = np.array(part[:, rows], dtype=np.float32)
    for band, y, x in _blocks_with(bad):
        near = (band, *(slice(max(n - 1, 0) * FILL_BLOCK, (n + 2) * FILL_BLOCK) for n in (y, x)))
        good = part[near][~bad[near]]
        value = np.median(good) if good.size else 0
        y0 = y * FILL_BLOCK - rows.start
        block = (band, slice(max(y0, 0), max(y0 + FILL_BLOCK, 0)),
                 slice(x * FILL_BLOCK, (x + 1) * FILL_BLOCK))
        result[block][bad[:, rows][block]] = value
    return result, bad[:, rows]


def _blocks_with(mask):
    rows = np.arange(0, mask.shape[1], FILL_BLOCK)
    columns = np.arange(0, mask.shape[2], FILL_BLOCK)
    return np.argwhere(np.logical_or.reduceat(
        np.logical_or.reduceat(mask, rows, axis=1), columns, axis=2))
