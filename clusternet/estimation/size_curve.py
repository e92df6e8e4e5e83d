"""Size and lost light of clusters, from their concentration."""

from dataclasses import dataclass

import numpy as np

__all__ = ["SizeCurve"]


@dataclass(frozen=True)
class SizeCurve:
    """Concentration and aperture correction of mock clusters against their size.

    Attributes
    ----------
    bands : tuple of str
        Names of the bands.
    log_r_h : numpy.ndarray, shape (size,)
        log10 of the radius in arcsec that holds half of the stars.
    concentration, concentration_spread : numpy.ndarray, shape (size,)
        Mean and standard deviation of the magnitude in the small aperture of the concentration
        minus that in the large one.
    correction : numpy.ndarray, shape (size, band)
        Mean of the magnitude of all the light minus that in the aperture: negative.
    correction_spread : numpy.ndarray, shape (size,)
        Its standard deviation, over clusters and averaged over bands.
    """

    bands: tuple[str, ...]
    log_r_h: np.ndarray
    concentration: np.ndarray
    concentration_spread: np.ndarray
    correction: np.ndarray
    correction_spread: np.ndarray

    def sizes(self, concentration: np.ndarray, error: np.ndarray,
              centres: np.ndarray) -> np.ndarray:
        """Posterior of the size of objects, whose prior is flat.

        Parameters
        ----------
        concentration, error : numpy.ndarray, shape (object,)
            Concentrations and their errors; NaN where not known, which leaves the prior.
        centres : numpy.ndarray, shape (bin,)
            Centres of bins of log_r_h.

        Returns
        -------
        numpy.ndarray, shape (object, bin)
            Probabilities.
        """
        mean, spread = (np.interp(centres, self.log_r_h, values)
                        for values in (self.concentration, self.concentration_spread))
        known = np.isfinite(concentration) & np.isfinite(error)
        value, error = (np.where(known, values, 0.0)[:, None] for values in (concentration, error))
        width = np.hypot(spread, error)
        log_p = -0.5 * ((value - mean) / width) ** 2 - np.log(width)
        log_p[~known] = 0
        p = np.exp(log_p - log_p.max(axis=1, keepdims=True))
        return p / p.sum(axis=1, keepdims=True)

    def corrections(self, sizes: np.ndarray,
                    centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Aperture corrections of objects.

        Parameters
        ----------
        sizes : numpy.ndarray, shape (object, bin)
            Posterior of their sizes.
        centres : numpy.ndarray, shape (bin,)
            Centres of its bins.

        Returns
        -------
        correction : numpy.ndarray, shape (object, band)
            To add to the magnitude in the aperture.
        error : numpy.ndarray, shape (object,)
            Its standard deviation, the same for all bands: that of the correction at a size and
            that of the size.
        """
        at = np.stack([np.interp(centres, self.log_r_h, c) for c in self.correction.T], axis=-1)
        spread = np.interp(centres, self.log_r_h, self.correction_spread)
        mean = sizes @ at
        grey = at.mean(axis=1)
        variance = sizes @ (grey**2 + spread**2) - (sizes @ grey) ** 2
        return mean, np.sqrt(np.maximum(variance, 0))
