"""The Moffat point-spread function of telescopes under an atmosphere."""

from collections.abc import Mapping

import numpy as np
from astropy import units as u

from clusternet.psf.core import PSFProvider, checked_angle, per_band

__all__ = ["MoffatPSF"]

_NODES = 6


class MoffatPSF(PSFProvider):
    r"""Circular Moffat (1969, A&A 3, 455), integrated over square pixels by quadrature.

    Surface brightness :math:`\propto (1 + r^2/\alpha^2)^{-\beta}` with
    :math:`\alpha = \mathrm{FWHM} / (2 \sqrt{2^{1/\beta} - 1})`. The wings are part of the star:
    what of them falls outside of an array is missing from its sum.

    Parameters
    ----------
    fwhm : astropy.units.Quantity or dict of str to astropy.units.Quantity
        Full width at half maximum before pixel integration: one for all bands, or one each.
    beta : float or dict of str to float, optional
        Slope of the wings, above 1. Seeing has 2.5 to 5; a Gaussian is the limit of large values.
    bands : sequence of str, optional
        Names of the bands; with a dict of widths, its keys by default.
    pixel_scale : astropy.units.Quantity, optional
        Angle per pixel of the images it renders to.

    Raises
    ------
    ValueError
        If a width or the pixel scale is not a positive angle, a slope is not above 1, or a band
        has no width or slope.

    Examples
    --------
    >>> from astropy import units as u
    >>> from clusternet.psf import MoffatPSF
    >>> psf = MoffatPSF(0.7 * u.arcsec, beta=3.0, bands=["g", "r"], pixel_scale=0.2 * u.arcsec)
    >>> star = psf.effective_psf("r", oversampling=2, size=41)
    >>> star.shape, round(float(star[::2, ::2].sum()), 3)
    ((83, 83), 1.0)
    """

    def __init__(
        self,
        fwhm,
        beta=3.5,
        bands=None,
        pixel_scale=0.0396 * u.arcsec,
    ):
        if bands is None:
            bands = tuple(fwhm) if isinstance(fwhm, Mapping) else ("F336W", "F438W", "F814W")
        super().__init__(bands, pixel_scale)
        widths, slopes = per_band("fwhm", fwhm, self.bands), per_band("beta", beta, self.bands)
        self.fwhm = {band: checked_angle(f"fwhm of {band}", widths[band]) for band in self.bands}
        self.beta = {band: float(slopes[band]) for band in self.bands}
        for band, slope in self.beta.items():
            if not (np.isfinite(slope) and slope > 1):
                raise ValueError(
                    f"beta of {band} = {slope}: pass a number above 1, or the wings never end"
                )

    def _effective_psf(self, band, oversampling, size, position):
        beta = self.beta[band]
        width = (self.fwhm[band] / self.pixel_scale).to_value(u.one)
        alpha = width / (2 * np.sqrt(2 ** (1 / beta) - 1))
        # Cells that are small against the core; a whole number of them fills a pixel.
        split = max(1, int(np.ceil(2 / (width * oversampling))))
        per_pixel = split * oversampling
        n = size * oversampling | 1
        n_cells = (n - 1) * split + per_pixel
        edges = (np.arange(n_cells + 1) - n_cells / 2) / per_pixel
        nodes, weights = np.polynomial.legendre.leggauss(_NODES)
        points = (edges[:-1, None] + (nodes + 1) / 2 / per_pixel).ravel()
        weights = np.tile(weights / 2 / per_pixel, n_cells)
        squared = (points / alpha) ** 2
        light = (1 + squared[:, None] + squared) ** -beta * weights[:, None] * weights
        light *= (beta - 1) / (np.pi * alpha**2)
        light = light.reshape(n_cells, _NODES, n_cells, _NODES).sum(axis=(1, 3))
        return _running_sum(_running_sum(light, per_pixel).T, per_pixel).T[::split, ::split]

    def __repr__(self):
        widths = ", ".join(f"{band}: {width}" for band, width in self.fwhm.items())
        name, scale = type(self).__name__, self.pixel_scale
        return f"{name}({{{widths}}}, beta={self.beta}, pixel_scale={scale})"


def _running_sum(array, length):
    total = np.cumsum(np.concatenate([np.zeros_like(array[:1]), array]), axis=0)
    return total[length:] - total[:-length]
