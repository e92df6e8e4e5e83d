"""The Moffat point-spread function of telescopes under an atmosphere."""

from collections.abc import Mapping, Sequence

import numpy as np
from astropy import units as u

from clusternet.psf.accuracy import MOFFAT_CELLS, MOFFAT_NODES
from clusternet.psf.core import PSFProvider, bands_of, checked_angle, per_band

__all__ = ["MoffatPSF"]


class MoffatPSF(PSFProvider):
    r"""Circular Moffat (1969, A&A 3, 455), integrated over square pixels by quadrature.

    Surface brightness :math:`\propto (1 + r^2/\alpha^2)^{-\beta}` with
    :math:`\alpha = \mathrm{FWHM} / (2 \sqrt{2^{1/\beta} - 1})`. The wings are part of the star:
    the light of the wings outside an array is missing from its sum.

    Parameters
    ----------
    fwhm : astropy.units.Quantity or dict of str to astropy.units.Quantity
        Full width at half maximum before pixel integration: one for all bands, or one each.
    beta : float or dict of str to float, optional
        Slope of the wings, above 1. Seeing has 2.5 to 5; a Gaussian is the limit of large values.
    bands : sequence of str, optional
        Names of the bands; with a dict of widths, its keys by default.
    pixel_scale : astropy.units.Quantity, optional
        Angle per pixel of the images to render.

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
        fwhm: u.Quantity | Mapping[str, u.Quantity],
        beta: float | Mapping[str, float] = 3.5,
        bands: Sequence[str] | None = None,
        *,
        pixel_scale: u.Quantity = 0.0396 * u.arcsec,
    ) -> None:
        super().__init__(bands_of(fwhm, bands), pixel_scale)
        self.fwhm = per_band("fwhm", fwhm, self.bands, checked_angle)
        self.beta = per_band("beta", beta, self.bands, _checked_slope)

    def _effective_psf(
        self, band: str, oversampling: int, size: int, position: tuple[float, float] | None
    ) -> np.ndarray:
        beta = self.beta[band]
        width = self.fwhm[band].value / self.pixel_scale.value
        alpha = width / (2 * np.sqrt(2 ** (1 / beta) - 1))
        # Cells that are small against the core; a whole number of them fills a pixel.
        split = max(1, int(np.ceil(MOFFAT_CELLS / (width * oversampling))))
        per_pixel = split * oversampling
        n = size * oversampling | 1
        n_cells = (n - 1) * split + per_pixel
        edges = (np.arange(n_cells + 1) - n_cells / 2) / per_pixel
        nodes, weights = np.polynomial.legendre.leggauss(MOFFAT_NODES)
        points = (edges[:-1, None] + (nodes + 1) / 2 / per_pixel).ravel()
        weights = np.tile(weights / 2 / per_pixel, n_cells)
        squared = (points / alpha) ** 2
        light = (1 + squared[:, None] + squared) ** -beta * weights[:, None] * weights
        light *= (beta - 1) / (np.pi * alpha**2)
        light = light.reshape(n_cells, MOFFAT_NODES, n_cells, MOFFAT_NODES).sum(axis=(1, 3))
        return _running_sum(_running_sum(light, per_pixel).T, per_pixel).T[::split, ::split]

    def __repr__(self) -> str:
        widths = ", ".join(f"{band}: {width}" for band, width in self.fwhm.items())
        name, scale = type(self).__name__, self.pixel_scale
        return f"{name}({{{widths}}}, beta={self.beta}, pixel_scale={scale})"


def _checked_slope(name: str, slope: float) -> float:
    slope = float(slope)
    if not (np.isfinite(slope) and slope > 1):
        raise ValueError(f"{name} = {slope}: pass a number above 1, or the wings never end")
    return slope


def _running_sum(array: np.ndarray, length: int) -> np.ndarray:
    total = np.cumsum(np.concatenate([np.zeros_like(array[:1]), array]), axis=0)
    return total[length:] - total[:-length]
