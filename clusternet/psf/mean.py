"""The mean of point-spread functions, as in mosaics of several chips or exposures."""

from collections.abc import Iterable, Sequence

import numpy as np
from astropy import units as u

from clusternet.psf.core import PSFProvider

__all__ = ["MeanPSF"]


class MeanPSF(PSFProvider):
    """Weighted mean of several point-spread functions.

    A mosaic adds exposures whose stars fell on other places, on the other chip, or at another
    focus. Its mean point-spread function is the mean of theirs.

    Parameters
    ----------
    psfs : sequence of PSFProvider
        Point-spread functions to average, all of the same pixel scale.
    weights : sequence of float, optional
        Weights of the PSFs, such as exposure times. Equal by default.

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

    def __init__(self, psfs: Sequence[PSFProvider], weights: Sequence[float] | None = None) -> None:
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
        given = np.ones(len(self.psfs)) if weights is None else np.asarray(weights, dtype=float)
        if given.shape != (len(self.psfs),) or not np.all(given >= 0) or given.sum() <= 0:
            raise ValueError(
                f"weights = {given.tolist()} for {len(self.psfs)} PSFs: pass one each, not "
                f"negative and not all 0"
            )
        self.weights = given / given.sum()

    def _effective_psf(
        self, band: str, oversampling: int, size: int, position: tuple[float, float] | None
    ) -> np.ndarray:
        return self._mean(
            psf.effective_psf(band, oversampling, size, position=position) for psf in self.psfs
        )

    def _encircled_energy(
        self, band: str, radius: np.ndarray, position: tuple[float, float] | None = None
    ) -> np.ndarray:
        angle = u.Quantity(radius * self.pixel_scale)
        return self._mean(
            psf.encircled_energy(band, angle, position=position) for psf in self.psfs
        )

    def _mean(self, arrays: Iterable[np.ndarray]) -> np.ndarray:
        pairs = zip(self.weights, arrays, strict=True)
        return np.asarray(sum(weight * array for weight, array in pairs))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self.psfs)}, weights={self.weights.tolist()})"
