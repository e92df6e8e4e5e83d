"""The mean of point-spread functions, as mosaics of several chips or exposures have it."""

import numpy as np

from clusternet.psf.core import PSFProvider

__all__ = ["MeanPSF"]


class MeanPSF(PSFProvider):
    """Weighted mean of several point-spread functions.

    A mosaic adds exposures whose stars fell on other places, on the other chip, or at another
    focus. Its mean point-spread function is the mean of theirs.

    Parameters
    ----------
    psfs : sequence of PSFProvider
        What to average. All have the same pixel scale.
    weights : sequence of float, optional
        Their weights, such as exposure times. Equal by default.

    Raises
    ------
    ValueError
        If there are none, they have no band in common or differ in pixel scale, or a weight is
        negative or missing.

    Examples
    --------
    >>> from astropy import units as u
    >>> from clusternet.psf import GaussianPSF, MeanPSF
    >>> focused, blurred = GaussianPSF(0.08 * u.arcsec), GaussianPSF(0.12 * u.arcsec)
    >>> psf = MeanPSF([focused, blurred], weights=[2.0, 1.0])
    >>> round(float(psf.effective_psf("F438W", 1, 9).max()), 3)
    0.16
    """

    def __init__(self, psfs, weights=None):
        self.psfs = tuple(psfs)
        if not self.psfs:
            raise ValueError("MeanPSF has nothing to average: pass at least one PSF")
        first = self.psfs[0]
        super().__init__(
            [band for band in first.bands if all(band in psf.bands for psf in self.psfs)],
            first.pixel_scale,
        )
        scales = [psf.pixel_scale.value for psf in self.psfs]
        if not np.allclose(scales, scales[0], rtol=1e-6):
            raise ValueError(f"the PSFs differ in pixel_scale ({scales} arcsec): build them alike")
        weights = np.ones(len(self.psfs)) if weights is None else np.asarray(weights, dtype=float)
        if weights.shape != (len(self.psfs),) or not np.all(weights >= 0) or weights.sum() <= 0:
            raise ValueError(
                f"weights = {weights.tolist()} for {len(self.psfs)} PSFs: pass one each, not "
                f"negative and not all 0"
            )
        self.weights = weights / weights.sum()

    def _effective_psf(self, band, oversampling, size, position):
        return sum(
            weight * psf.effective_psf(band, oversampling, size, position)
            for weight, psf in zip(self.weights, self.psfs, strict=True)
        )

    def _encircled_energy(self, band, radius, position=None):
        radius = radius * self.pixel_scale
        return sum(
            weight * psf.encircled_energy(band, radius, position)
            for weight, psf in zip(self.weights, self.psfs, strict=True)
        )

    def __repr__(self):
        return f"{type(self).__name__}({list(self.psfs)}, weights={self.weights.tolist()})"
