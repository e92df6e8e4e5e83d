"""Field stars: bright ones one by one, faint ones as smooth light."""

import numpy as np
from numpy.typing import ArrayLike

from clusternet.stars import StellarPopulation

__all__ = ["FieldPopulation"]


class FieldPopulation:
    """Stars of many ages, split at a flux limit.

    Parameters
    ----------
    population : `~clusternet.stars.StellarPopulation`
        Cells of initial mass and their light.
    log_ages : array_like
        Ages that make up the population.
    weights : array_like
        Fraction of the initial mass at each age.
    flux_limit : float
        Stars brighter than this in any band, in electron/s before extinction,
        are drawn one by one.

    Attributes
    ----------
    star_rate : float
        Bright stars per solar mass.
    smooth_flux : numpy.ndarray, shape (band,)
        Light of the faint stars in electron/s per solar mass.
    """

    def __init__(self, population: StellarPopulation, log_ages: ArrayLike, weights: ArrayLike,
                 flux_limit: float) -> None:
        shares = np.asarray(weights, dtype=float) / np.sum(weights)
        rates, lower, upper = [], [], []
        smooth = 0.0
        for log_age, weight in zip(np.asarray(log_ages).tolist(), shares, strict=True):
            cells = population.cells(log_age)
            rate = weight * cells.number / cells.mean_mass
            flux = 0.5 * (cells.flux_lower + cells.flux_upper)
            bright = flux.max(1) > flux_limit
            smooth = smooth + rate[~bright] @ flux[~bright]
            rates.append(rate[bright])
            lower.append(cells.flux_lower[bright])
            upper.append(cells.flux_upper[bright])
        self.smooth_flux = smooth
        rate = np.concatenate(rates)
        self.star_rate = float(rate.sum())
        self._p = np.cumsum(rate) / rate.sum()
        self._lower, self._upper = np.concatenate(lower), np.concatenate(upper)

    def draw(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw the fluxes of ``n`` bright stars, shape (n, band), electron/s."""
        cell = np.searchsorted(self._p, rng.random(n), side="right")
        cell = np.minimum(cell, len(self._p) - 1)
        t = rng.random(n)[:, None]
        return self._lower[cell] * (self._upper[cell] / self._lower[cell]) ** t
