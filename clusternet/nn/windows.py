"""The windows of an image that a network can look at."""

import numpy as np
from astropy import units as u
from numpy.lib.stride_tricks import as_strided
from scipy.ndimage import maximum_filter, minimum_filter

__all__ = ["ImageWindows", "WindowStrip"]

_BLOCK = 32  # pixels; masked ones take the median of the 3 x 3 blocks around theirs
_STRIP = 64  # rows of window centres held in memory at once


class ImageWindows:
    """Every window of an image, ready for a network.

    The window of size n around pixel (y, x) is ``[y - n // 2 : y - n // 2 + n]``, the same in x.
    Masked pixels are replaced by the median of the good pixels of their band near by: those of
    the 3 x 3 blocks of 32 x 32 px around the block they are in. A window is left out if more than
    a fraction ``max_masked`` of its pixels is masked in any band, or if any band has no variation
    in it.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage`
        The image; its bands may be more than the network's, in any order.
    network : `Network`
        Gives the bands, the pixel scale and the size of a window.
    max_masked : float, optional
        From 0 to 0.25.

    Raises
    ------
    ValueError
        If the image lacks a band, its pixel scale is off by more than 5 %, or it is smaller than
        a window.

    Attributes
    ----------
    shape : tuple of int
        Shape (y, x) of the image.
    y_range, x_range : range
        Rows and columns around which a window fits into the image.
    """

    def __init__(self, image, network, max_masked=0.1):
        # With more, a window could hold masked pixels that have no good one near by.
        if not 0 <= max_masked <= 0.25:
            raise ValueError(f"max_masked is {max_masked}; it must be from 0 to 0.25")
        try:
            image = image.select(network.bands)
        except ValueError as error:
            raise ValueError(
                f"the network is for {', '.join(network.bands)}: {error}, or load weights for "
                "its bands") from error
        image.check_pixel_scale(network.pixel_scale * u.arcsec)
        image.check_size(network.window)
        self._data, self._mask = image.data, image.mask
        self.size = network.window
        self.max_masked = max_masked
        self.shape = ny, nx = image.data.shape[1:]
        first = self.size // 2
        self.y_range, self.x_range = (range(first, n - self.size + first + 1) for n in (ny, nx))

    def strips(self):
        """The windows, in strips of rows.

        Yields
        ------
        `WindowStrip`
            From top to bottom, the rows of their centres adjoining.
        """
        y = self.y_range.start
        while y < self.y_range.stop:
            stop = (y // _STRIP + 1) * _STRIP
            yield self.strip(y, stop)
            y = stop

    def strip(self, start, stop):
        """The windows whose centres lie in some rows.

        Parameters
        ----------
        start, stop : int
            First row and the row after the last; those around which no window fits are left out.

        Returns
        -------
        `WindowStrip`
        """
        start = min(max(start, self.y_range.start), self.y_range.stop - 1)
        return WindowStrip(self, start, max(min(stop, self.y_range.stop), start + 1))


class WindowStrip:
    """The windows whose centres lie in some rows of an image.

    Made by `ImageWindows`.

    Attributes
    ----------
    rows : range
        Rows of the centres.
    usable : numpy.ndarray of bool
        Which windows can be evaluated; shape (rows, columns of the image).
    masked : numpy.ndarray of bool
        Which of these hold masked pixels.
    """

    def __init__(self, windows, start, stop):
        self.rows = range(start, stop)
        self._size = size = windows.size
        self._first = top = start - size // 2
        bottom = stop - 1 - size // 2 + size
        nx = windows.shape[1]
        data, mask = _filled(windows._data, windows._mask, top, bottom)
        counts = _window_sums(mask, size).max(axis=0)
        blank = np.zeros((stop - start, nx), dtype=bool)
        valid = slice(windows.x_range.start, windows.x_range.stop)
        here = slice(size // 2, size // 2 + stop - start)
        for band in data:
            blank |= (maximum_filter(band, size) == minimum_filter(band, size))[here]
        self.usable = np.zeros(blank.shape, dtype=bool)
        self.usable[:, valid] = (counts <= windows.max_masked * size**2) & ~blank[:, valid]
        self.masked = np.zeros(blank.shape, dtype=bool)
        self.masked[:, valid] = (counts > 0) & self.usable[:, valid]
        pixels = np.ascontiguousarray(np.moveaxis(data, 0, -1))
        row, column, value = pixels.strides
        self._bands = len(data)
        self._view = as_strided(
            pixels, (stop - start, nx - size + 1, size, size * self._bands),
            (row, column, row, value), writeable=False)

    def can_take(self, y, x):
        """Which windows can be evaluated, anywhere in the image or beyond it.

        Parameters
        ----------
        y, x : numpy.ndarray of int
            Their centres, in pixels of the image.

        Returns
        -------
        numpy.ndarray of bool
            Of the same shape; False outside of the strip.
        """
        rows, columns = self.usable.shape
        row = y - self.rows.start
        inside = (row >= 0) & (row < rows) & (x >= 0) & (x < columns)
        return inside & self.usable[np.where(inside, row, 0), np.where(inside, x, 0)]

    def __call__(self, y, x):
        """Take windows out.

        Parameters
        ----------
        y, x : numpy.ndarray of int, shape (n,)
            Their centres, in pixels of the image.

        Returns
        -------
        numpy.ndarray, shape (n, y, x, band)
            Float32, a copy.
        """
        pixels = self._view[y - self.rows.start, x - self._size // 2]
        return pixels.reshape(len(pixels), self._size, self._size, self._bands)


def _filled(data, mask, top, bottom):
    """Rows of an image with its masked pixels filled, and their mask."""
    # Blocks are those of the whole image, so that the same pixel gets the same value everywhere.
    first = max(top // _BLOCK - 1, 0) * _BLOCK
    last = (-(-bottom // _BLOCK) + 1) * _BLOCK
    part, bad = data[:, first:last], mask[:, first:last]
    rows = slice(top - first, bottom - first)
    result = np.array(part[:, rows], dtype=np.float32)
    for band, y, x in _blocks_with(bad):
        near = (band, *(slice(max(n - 1, 0) * _BLOCK, (n + 2) * _BLOCK) for n in (y, x)))
        good = part[near][~bad[near]]
        value = np.median(good) if good.size else 0
        y0 = y * _BLOCK - rows.start
        block = (band, slice(max(y0, 0), max(y0 + _BLOCK, 0)),
                 slice(x * _BLOCK, (x + 1) * _BLOCK))
        result[block][bad[:, rows][block]] = value
    return result, bad[:, rows]


def _blocks_with(mask):
    rows = np.arange(0, mask.shape[1], _BLOCK)
    columns = np.arange(0, mask.shape[2], _BLOCK)
    return np.argwhere(np.logical_or.reduceat(
        np.logical_or.reduceat(mask, rows, axis=1), columns, axis=2))


def _window_sums(mask, size):
    """Number of True pixels in every whole window, shape (band, rows, columns)."""
    total = np.zeros((len(mask), *(n + 1 for n in mask.shape[1:])), dtype=np.int32)
    total[:, 1:, 1:] = mask.cumsum(axis=1, dtype=np.int32).cumsum(axis=2, dtype=np.int32)
    return (total[:, size:, size:] - total[:, :-size, size:] - total[:, size:, :-size]
            + total[:, :-size, :-size])
