"""Small images of a made-up field."""

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS

from clusternet.images import MultiBandImage


@pytest.fixture
def make_wcs():
    """Return a function that makes a tangential WCS like that of an M83 mosaic."""

    def make(scale=1.1e-5, angle=0.0, centre=(204.25, -29.87), crpix=(50.5, 40.5)):
        wcs = WCS(naxis=2)
        wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
        wcs.wcs.crval = centre
        wcs.wcs.crpix = crpix
        cosine, sine = np.cos(angle), np.sin(angle)
        wcs.wcs.cd = scale * np.array([[-cosine, sine], [sine, cosine]])
        return wcs

    return make


@pytest.fixture
def pixels():
    """Three bands of 80 x 100 px of noise."""
    return np.random.default_rng(1).normal(1, 0.2, (3, 80, 100)).astype(np.float32)


@pytest.fixture
def image(pixels, make_wcs):
    """An image of three bands with a NaN, an infinity and a masked pixel."""
    pixels = pixels.copy()
    pixels[0, 3, 4] = np.nan
    pixels[1, 5, 6] = -np.inf
    mask = np.zeros(pixels.shape, dtype=bool)
    mask[2, 7, 8] = True
    return MultiBandImage(pixels, ("F336W", "F438W", "F814W"), make_wcs(), mask=mask)


@pytest.fixture
def write_band(tmp_path, make_wcs):
    """Return a function that writes one band to a file and returns its path."""

    def write(name, data, wcs=None, kind=fits.PrimaryHDU, **cards):
        hdu = kind(data, header=(wcs or make_wcs()).to_header())
        hdu.header.update({"BUNIT": "ELECTRONS/S", **cards})
        hdus = [hdu] if kind is fits.PrimaryHDU else [fits.PrimaryHDU(), hdu]
        fits.HDUList(hdus).writeto(tmp_path / name)
        return tmp_path / name

    return write
