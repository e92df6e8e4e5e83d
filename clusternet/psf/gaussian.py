"""A Gaussian point-spread function, for tests and quick looks."""

from collections.abc import Mapping, Sequence

import numpy as np
from astropy import units as u
from scipy.special import ndtr

from clusternet.psf.core import PSFProvider, bands_of, checked_angle, offsets, per_band

__all__ = ["GaussianPSF"]

_SIGMA_PER_FWHM = 1 / np.sqrt(8 * np.log(2))


class GaussianPSF(PSFProvider):
    """Circular Gaussian, integrated over square pixels in closed form.

    Parameters
    ----------
    fwhm : astropy.units.Quantity or dict of str to astropy.units.Quantity
        Full width at half maximum before pixel integration: one for all bands, or one each.
    bands : sequence of str, optional
        Names of the bands; with a dict, its keys by default.
    pixel_scale : astropy.units.Quantity, optional
        Angle per pixel of the images to render.

    Raises
    ------
    ValueError
        If a width or the pixel scale is not a positive angle, or a band has no width.

    Examples
    --------
    >>> from astropy import units as u
    >>> from clusternet.psf import GaussianPSF
    >>> psf = GaussianPSF(0.08 * u.arcsec)
    >>> star = psf.effective_psf("F438W", oversampling=4, size=33)
    >>> star.shape, round(float(star[::4, ::4].sum()), 6)
    ((133, 133), 1.0)
    """

    def __init__(
        self,
        fwhm: u.Quantity | Mapping[str, u.Quantity],
        bands: Sequence[str] | None = None,
        *,
        pixel_scale: u.Quantity = 0.0396 * u.arcsec,
    ) -> None:
        super().__init__(bands_of(fwhm, bands), pixel_scale)
        self.fwhm = per_band("fwhm", fwhm, self.bands, checked_angle)

    def _effective_psf(
        self, band: str, oversampling: int, size: int, position: tuple[float, float] | None
    ) -> np.ndarray:
        offset = offsets(size, oversampling)
        sigma = self.fwhm[band].value / self.pixel_scale.value * _SIGMA_PER_FWHM
        profile = ndtr((offset + 0.5) / sigma) - ndtr((offset - 0.5) / sigma)
        return np.outer(profile, profile)

    def __repr__(self) -> str:
        widths = ", ".join(f"{band}: {width}" for band, width in self.fwhm.items())
        return f"{type(self).__name__}({{{widths}}}, pixel_scale={self.pixel_scale})"
