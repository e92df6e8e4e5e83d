"""Writing the bands of an image to a FITS file."""

import os
from collections.abc import Sequence

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

from clusternet._files import atomic_write
from clusternet.images.fits_source import MASK_SUFFIX
from clusternet.images.wcs_header import wcs_header

__all__ = ["write_bands"]


def write_bands(path: str | os.PathLike[str], bands: Sequence[str], data: np.ndarray,
                mask: np.ndarray, wcs: WCS) -> None:
    """Write a multi-extension FITS file: an image per band, and its mask where it has one.

    Parameters
    ----------
    path : str or os.PathLike
        The file, made by `clusternet._files.atomic_write`.
    bands : sequence of str
        Names of the bands, which become those of the extensions.
    data : numpy.ndarray
        Electrons per second, shape (band, y, x).
    mask : numpy.ndarray
        True where a pixel is bad, of the same shape.
    wcs : astropy.wcs.WCS
        Celestial world coordinates.

    Raises
    ------
    OSError
        If the file cannot be written.
    ValueError
        If the WCS has distortion tables.
    """
    header = wcs_header(wcs)
    hdus: list = [fits.PrimaryHDU()]
    for band, pixels, bad in zip(bands, data, mask, strict=True):
        hdu = fits.ImageHDU(pixels, header=header, name=band)
        hdu.header["FILTER"] = band
        hdu.header["BUNIT"] = "electron/s"
        hdus.append(hdu)
        if bad.any():
            hdus.append(fits.ImageHDU(bad.astype(np.uint8), name=band + MASK_SUFFIX))
    with atomic_write(path) as temporary:
        fits.HDUList(hdus).writeto(temporary, overwrite=True)
