"""The windows of an image: which are usable, and the pixels in them."""

import numpy as np
from numpy.lib.stride_tricks import as_strided
from scipy.ndimage import maximum_filter, minimum_filter

from clusternet.images.accuracy import FILL_BLOCK
from clusternet.images.fill import fill_masked
from clusternet.images.grid import PixelGrid

__all__ = ["ImageWindows", "WindowPatch"]


class ImageWindows:
    """Every window of an image.

    The window of size n around pixel (y, x) is ``[y - n // 2 : y - n // 2 + n]``, the same in x.
    Masked pixels are replaced by the median of the good pixels of their band near by: those of
    the 3 x 3 blocks of 32 x 32 px around the block they are in. A window is left out if more than
    a fraction ``max_masked`` of its pixels is masked in any band, or if any band has no variation
    in it.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
        The image.
    size : int
        Side of a window in pixels.
    max_masked : float, optional
        Largest fraction of masked pixels, from 0 to 0.25.

    Raises
    ------
    ValueError
        If the image is smaller than a window, or ``max_masked`` out of range.

    Attributes
    ----------
    image
        The image.
    shape : tuple of int
        Shape (y, x) of the image.
    y_range, x_range : range
        Rows and columns around which a window fits into the image.
    """

    def __init__(self, image: PixelGrid, size: int, *, max_masked: float = 0.1) -> None:
        # With more, a window could hold masked pixels that have no good one near by.
        if not 0 <= max_masked <= 0.25:
            raise ValueError(f"max_masked is {max_masked}; it must be from 0 to 0.25")
        image.check_size(size)
        self.image = image
        self.size = size
        self.max_masked = max_masked
        self.shape = ny, nx = image.shape[1:]
        first = self.size // 2
        self.y_range, self.x_range = (range(first, n - self.size + first + 1) for n in (ny, nx))

    def strip(self, start: int, stop: int) -> "WindowPatch":
        """Take the windows whose centres lie in some rows.

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

    def patch(self, rows: slice, columns: slice) -> "WindowPatch":
        """Take the windows whose centres lie in a rectangle.

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

    Made by `ImageWindows`. A window is the same whatever the rectangle.

    Attributes
    ----------
    rows, columns : range
        Pixels of the centres.
    usable : numpy.ndarray of bool
        Which windows can be evaluated; shape (rows, columns).
    masked : numpy.ndarray of bool
        Which of these hold masked pixels.
    """

    def __init__(self, windows: ImageWindows, rows: range, columns: range) -> None:
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

    def can_take(self, y: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Tell which windows can be evaluated, anywhere in the image or beyond it.

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

    def __call__(self, y: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Return the pixels of windows.

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
    # Whole blocks of the whole image: the same pixel gets the same value in every rectangle.
    y, x = (slice(max(part.start // FILL_BLOCK - 1, 0) * FILL_BLOCK,
                  min((-(-part.stop // FILL_BLOCK) + 1) * FILL_BLOCK, n))
            for part, n in zip((rows, columns), image.shape[1:], strict=True))
    pixels, mask = image.section(y, x)
    pixels, mask = fill_masked(pixels, mask, rows.start - y.start, rows.stop - y.start)
    columns = slice(columns.start - x.start, columns.stop - x.start)
    return pixels[:, :, columns], mask[:, :, columns]


def _window_sums(mask, size):
    """Number of True pixels in every whole window, shape (band, rows, columns)."""
    total = np.zeros((len(mask), *(n + 1 for n in mask.shape[1:])), dtype=np.int32)
    total[:, 1:, 1:] = mask.cumsum(axis=1, dtype=np.int32).cumsum(axis=2, dtype=np.int32)
    return (total[:, size:, size:] - total[:, :-size, size:] - total[:, size:, :-size]
            + total[:, :-size, :-size])
