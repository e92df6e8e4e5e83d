"""The initial mass function of Chabrier."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from clusternet.stars.imf.core import InitialMassFunction, checked_mass_range

__all__ = ["ChabrierIMF"]

_JOIN = 1.0  # Msun: log-normal below, power law above
_EXPONENT = 2.3  # dN/dm above, x = 1.3 per log mass
# (characteristic mass, width in log10 mass)
_SINGLE = 0.079, 0.69  # eq. 17: stars one by one
_SYSTEM = 0.22, 0.57  # eq. 18: unresolved systems
_LN10 = np.log(10.0)


class ChabrierIMF(InitialMassFunction):
    r"""Initial mass function of Chabrier (2003, PASP 115, 763).

    Log-normal below one solar mass, :math:`dN/d\log m \propto \exp(-(\log m - \log m_c)^2 /
    2\sigma^2)`, and :math:`dN/d\log m \propto m^{-1.3}` above; the two join there. For single
    stars (the paper's eq. 17) m_c = 0.079 and sigma = 0.69, for unresolved systems (eq. 18) 0.22
    and 0.57.

    Parameters
    ----------
    mass_range : (float, float)
        Lowest and highest initial mass, in solar masses.
    systems : bool
        Use the function of unresolved systems in place of that of single stars.

    Raises
    ------
    ValueError
        If the mass range is not 0 < lowest < highest.

    Examples
    --------
    >>> imf = ChabrierIMF()
    >>> round(imf.mean_mass, 3)
    0.677
    >>> round(float(imf.cdf(1.0)), 3)
    0.878
    """

    def __init__(self, mass_range: tuple[float, float] = (0.1, 120.0), *,
                 systems: bool = False) -> None:
        self._mass_range = low, high = checked_mass_range(mass_range)
        self.systems = bool(systems)
        centre, self._sigma = _SYSTEM if systems else _SINGLE
        self._log_centre = np.log10(centre)
        # height of the power law where the log-normal has 1 / (sigma sqrt(2 pi)) at its centre
        join = (np.log10(_JOIN) - self._log_centre) / self._sigma
        density = np.exp(-0.5 * join**2) / (np.sqrt(2 * np.pi) * self._sigma)
        self._height = density / _LN10 * _JOIN ** (_EXPONENT - 1)
        self._break = float(np.clip(_JOIN, low, high))
        self._below = float(self._integral(np.array(self._break), 0))
        self._number = float(self._integral(np.array(high), 0))

    def __repr__(self) -> str:
        return f"ChabrierIMF(mass_range={self.mass_range}, systems={self.systems})"

    def _log_normal(self, mass: ArrayLike, order: int) -> np.ndarray:
        """Integral of m^order over the log-normal, from 0 to `mass`."""
        from scipy.special import ndtr

        width = self._sigma * _LN10
        scale = np.exp(order * self._log_centre * _LN10 + 0.5 * (order * width) ** 2)
        return scale * ndtr((np.log10(mass) - self._log_centre) / self._sigma - order * width)

    def _power_law(self, mass: np.ndarray, order: int) -> np.ndarray:
        """Integral of m^order over the power law, from the break to `mass`."""
        power = 1 + order - _EXPONENT
        return self._height * (mass**power - self._break**power) / power

    @property
    def mass_range(self) -> tuple[float, float]:
        """Lowest and highest initial mass, in solar masses."""
        return self._mass_range

    def _integral(self, mass: np.ndarray, order: int) -> np.ndarray:
        below, above = np.minimum(mass, self._break), np.maximum(mass, self._break)
        start = self._log_normal(self._mass_range[0], order)
        return self._log_normal(below, order) - start + self._power_law(above, order)

    def _ppf(self, fraction: np.ndarray) -> np.ndarray:
        from scipy.special import ndtri

        number = fraction * self._number
        quantile = np.clip(number + self._log_normal(self._mass_range[0], 0), 0.0, 1.0)
        low = 10 ** (self._log_centre + self._sigma * ndtri(quantile))
        power = 1 - _EXPONENT
        above = np.maximum(number - self._below, 0.0)
        high = np.maximum(self._break**power + power * above / self._height, 1e-300) ** (1 / power)
        return np.clip(np.where(number < self._below, low, high), *self._mass_range)
