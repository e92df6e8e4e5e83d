"""The windows of an image that a network can look at."""

import numpy as np
from astropy import units as u
from numpy.lib.stride_tricks import as_strided
from scipy.ndimage import maximum_filter, minimum_filter

__all__ = ["ImageWindows", "WindowPatch", "fill_masked"]

_BLOCK = 32  # pixels; masked ones take the median of the 3 x 3 blocks around theirs


class ImageWindows:
    """Every window of an image, ready for a network.

    The window of size n around pixel (y, x) is ``[y - n // 2 : y - n // 2 + n]``, the same in x.
    Masked pixels are replaced by the median of the good pixels of their band near by: those of
    the 3 x 3 blocks of 32 x 32 px around the block they are in. A window is left out if more than
    a fraction ``max_masked`` of its pixels is masked in any band, or if any band has no variation
    in it.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
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
    image
        The image in the bands of the network.
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
        self.image = image
        self.size = network.window
        self.max_masked = max_masked
        self.shape = ny, nx = image.shape[1:]
        first = self.size // 2
        self.y_range, self.x_range = (range(first, n - self.size + first + 1) for n in (ny, nx))

    def strip(self, start, stop):
        """The windows whose centres lie in some rows.

        Parameters
        ----------
        start, stop : int
            First row and the row after the last; those around which no window fits are left out.

        Returns
        -------
        `WindowPatch`
            All columns of these rows.
        """
        start = min(max(start, self.y_range.start), self.y_range.stop - 1)
        stop = max(min(stop, self.y_range.stop), start + 1)
        return self.patch(slice(start, stop), slice(0, self.shape[1]))

    def patch(self, rows, columns):
        """The windows whose centres lie in a rectangle.

        Parameters
        ----------
        rows, columns : slice
            Pixels of the image, around some of which a window may not fit.

        Returns
        -------
        `WindowPatch`
        """
        return WindowPatch(self, range(rows.start, rows.stop), range(columns.start, columns.stop))


class WindowPatch:
    """The windows whose centres lie in a rectangle of an image.

    Made by `ImageWindows`. What it says of a window does not depend on the rectangle.

    Attributes
    ----------
    rows, columns : range
        Pixels of the centres.
    usable : numpy.ndarray of bool
        Which windows can be evaluated; shape (rows, columns).
    masked : numpy.ndarray of bool
        Which of these hold masked pixels.
    """

    def __init__(self, windows, rows, columns):
        self.rows, self.columns = rows, columns
        self._size = size = windows.size
        self.usable = np.zeros((len(rows), len(columns)), dtype=bool)
        self.masked = np.zeros_like(self.usable)
        ranges = (rows, windows.y_range), (columns, windows.x_range)
        fit = [range(max(a.start, b.start), min(a.stop, b.stop)) for a, b in ranges]
        if not all(fit):
            return
        self._first = [centres.start - size // 2 for centres in fit]
        data, mask = _filled(windows.image, *(
            slice(first, first + len(centres) - 1 + size)
            for first, centres in zip(self._first, fit, strict=True)))
        counts = _window_sums(mask, size).max(axis=0)
        here = tuple(slice(size // 2, size // 2 + n) for n in counts.shape)
        blank = np.zeros(counts.shape, dtype=bool)
        for band in data:
            blank |= (maximum_filter(band, size) == minimum_filter(band, size))[here]
        usable = (counts <= windows.max_masked * size**2) & ~blank
        inside = tuple(slice(centres.start - all_.start, centres.stop - all_.start)
                       for centres, all_ in zip(fit, (rows, columns), strict=True))
        self.usable[inside] = usable
        self.masked[inside] = usable & (counts > 0)
        pixels = np.ascontiguousarray(np.moveaxis(data, 0, -1))
        row, column, value = pixels.strides
        self._bands = len(data)
        self._view = as_strided(pixels, (*counts.shape, size, size * self._bands),
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
            Of the same shape; False outside of the rectangle.
        """
        rows, columns = self.usable.shape
        row, column = y - self.rows.start, x - self.columns.start
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        return inside & self.usable[np.where(inside, row, 0), np.where(inside, column, 0)]

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
        half = self._size // 2
        pixels = self._view[y - half - self._first[0], x - half - self._first[1]]
        return pixels.reshape(len(pixels), self._size, self._size, self._bands)


def _filled(image, rows, columns):
    # Blocks are those of the whole image, so that the same pixel gets the same value everywhere.
    y, x = (slice(max(part.start // _BLOCK - 1, 0) * _BLOCK,
                  min((-(-part.stop // _BLOCK) + 1) * _BLOCK, n))
            for part, n in zip((rows, columns), image.shape[1:], strict=True))
    pixels, mask = image.section(y, x)
    pixels, mask = fill_masked(pixels, mask, rows.start - y.start, rows.stop - y.start)
    columns = slice(columns.start - x.start, columns.stop - x.start)
    return pixels[:, :, columns], mask[:, :, columns]


def fill_masked(data, mask, top, bottom):
    """Rows of an image with its masked pixels filled, and their mask.

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
    """
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
