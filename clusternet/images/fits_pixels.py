"""Pixel values of a FITS image, read a rectangle at a time."""

import os
from typing import Any

import numpy as np
from astropy.io import fits

__all__ = ["ImagePixels"]

_STORED = {8: "u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}  # by BITPIX


class ImagePixels:
    """The values of an image HDU: index it with slices of rows and columns.

    The image of a plain file is memory-mapped: only the pixels indexed are read from the disk, by
    any number of threads, and also when the file has been closed.

    Parameters
    ----------
    hdu : astropy.io.fits image HDU
        The image, of shape (y, x) or with leading axes of length one.
    path : str or os.PathLike, optional
        The file that ``hdu`` was opened from, which must not be compressed as a whole. Without
        it, the HDU's own data are taken.

    Attributes
    ----------
    mapped : bool
        Whether the image is memory-mapped: it is not compressed in tiles.

    Examples
    --------
    >>> import numpy as np
    >>> from astropy.io import fits
    >>> from clusternet.images.fits_pixels import ImagePixels
    >>> pixels = ImagePixels(fits.ImageHDU(np.arange(12.0).reshape(3, 4)))
    >>> pixels[1:, :2]
    array([[4., 5.],
           [8., 9.]])
    """

    def __init__(self, hdu: Any, path: str | os.PathLike[str] | None = None) -> None:
        self._first = (0,) * (len(hdu.shape) - 2)
        self._scale, self._zero, self._blank = 1, 0, None
        self.mapped = not isinstance(hdu, fits.CompImageHDU)
        if path is None:
            self._stored = hdu.data
        elif not self.mapped:
            self._stored = hdu.section
        else:
            self._map(hdu, path)

    def _map(self, hdu, path):
        header = hdu.header
        bits = header["BITPIX"]
        self._stored = np.memmap(
            path, _STORED[bits], mode="r", offset=hdu.fileinfo()["datLoc"], shape=hdu.shape
        )
        self._scale, self._zero = header.get("BSCALE", 1), header.get("BZERO", 0)
        self._blank = header.get("BLANK") if bits > 0 else None
        self._kind = np.float64 if abs(bits) > 32 or bits == 32 else np.float32

    def __getitem__(self, where):
        stored = np.asarray(self._stored[(*self._first, *where)])
        if (self._scale, self._zero, self._blank) == (1, 0, None):
            return stored
        values = stored.astype(self._kind)
        values *= self._scale
        values += self._zero
        if self._blank is not None:
            values[stored == self._blank] = np.nan
        return values
