"""Mass functions of clusters: power law and Schechter function."""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import ArrayLike
from scipy.integrate import cumulative_simpson

__all__ = ["ClusterMassFunction", "PowerLawMass", "SchechterMass", "power_law_quantile"]


class ClusterMassFunction(ABC):
    """A distribution of masses between two limits, in solar masses.

    Parameters
    ----------
    minimum, maximum : float
        Limits; the maximum may be infinite.

    Raises
    ------
    ValueError
        The limits are not positive or do not ascend.
    """

    def __init__(self, minimum: float, maximum: float = np.inf) -> None:
        self.minimum, self.maximum = float(minimum), float(maximum)
        if not 0 < self.minimum < self.maximum or np.isinf(self.minimum):
            raise ValueError(f"masses from {minimum} to {maximum}; give two ascending numbers of "
                             "solar masses, the lower one positive")

    @abstractmethod
    def log_shape(self, mass: ArrayLike) -> np.ndarray:
        """Natural logarithm of dN/dM, 0 at the minimum."""

    @property
    @abstractmethod
    def log_norm(self) -> float:
        """Natural logarithm of the integral of exp(`log_shape`) between the limits."""

    @abstractmethod
    def cdf(self, mass: ArrayLike) -> np.ndarray:
        """Fraction of the masses that are below ``mass``."""

    @abstractmethod
    def ppf(self, fraction: ArrayLike) -> np.ndarray:
        """Mass below which a fraction of the masses lies: the inverse of `cdf`."""

    def log_pdf(self, mass: ArrayLike) -> np.ndarray:
        """Natural logarithm of `pdf`; minus infinity outside the limits."""
        mass = np.asarray(mass, dtype=float)
        inside = (mass >= self.minimum) & (mass <= self.maximum)
        shape = self.log_shape(np.where(inside, mass, self.minimum))
        return np.where(inside, shape - self.log_norm, -np.inf)

    def pdf(self, mass: ArrayLike) -> np.ndarray:
        """Probability density per solar mass; 0 outside the limits."""
        return np.exp(self.log_pdf(mass))

    def sample(self, n: int, *, rng: int | np.random.Generator | None = None) -> np.ndarray:
        """Draw masses.

        Parameters
        ----------
        n : int
            How many.
        rng : int or `numpy.random.Generator`, optional
            Source of randomness.

        Returns
        -------
        numpy.ndarray, shape (n,)
            Solar masses.
        """
        return self.ppf(np.random.default_rng(rng).random(n))


class PowerLawMass(ClusterMassFunction):
    r"""A power law, :math:`dN/dM \propto M^{slope}`: truncated with a maximum, pure without.

    Parameters
    ----------
    slope : float
        Less than -1 if there is no maximum.
    minimum, maximum : float
        Limits in solar masses.

    Examples
    --------
    >>> from clusternet.galaxy import PowerLawMass
    >>> print(PowerLawMass(-2, 1e3).cdf(2e3))
    0.5
    """

    def __init__(self, slope: float = -2.0, minimum: float = 1e3, maximum: float = np.inf
                 ) -> None:
        super().__init__(minimum, maximum)
        self.slope = float(slope)
        if not np.isfinite(self.slope) or (self.slope >= -1 and np.isinf(self.maximum)):
            raise ValueError(f"slope is {slope} without a maximum: the number of clusters is "
                             "infinite; give a slope below -1 or a maximum")

    def __repr__(self) -> str:
        return f"PowerLawMass({self.slope:.3g}, {self.minimum:.3g}, {self.maximum:.3g})"

    def log_shape(self, mass: ArrayLike) -> np.ndarray:
        """Natural logarithm of dN/dM, 0 at the minimum."""
        return self.slope * np.log(np.asarray(mass) / self.minimum)

    @property
    def log_norm(self) -> float:
        """Natural logarithm of the integral of exp(`log_shape`) between the limits."""
        return float(np.log(self.minimum)
                     + np.log(_power_integral(self.maximum / self.minimum, self.slope)))

    def cdf(self, mass: ArrayLike) -> np.ndarray:
        """Fraction of the masses that are below ``mass``."""
        highest = self.maximum / self.minimum
        x = np.clip(np.asarray(mass) / self.minimum, 1, highest)
        return _power_integral(x, self.slope) / _power_integral(highest, self.slope)

    def ppf(self, fraction: ArrayLike) -> np.ndarray:
        """Mass below which a fraction of the masses lies: the inverse of `cdf`."""
        return power_law_quantile(fraction, self.slope, self.minimum, self.maximum)


class SchechterMass(ClusterMassFunction):
    r"""A Schechter function, :math:`dN/dM \propto M^{slope} \exp(-M/M_*)`.

    Parameters
    ----------
    m_star : float
        Truncation mass :math:`M_*` in solar masses; Paper III draws 1e5, 1.6e5 and 2.5e5.
    slope : float
        Any finite number.
    minimum, maximum : float
        Limits in solar masses.

    Raises
    ------
    ValueError
        The truncation mass or a limit is not positive.

    Examples
    --------
    >>> from clusternet.galaxy import SchechterMass
    >>> masses = SchechterMass(1.6e5, minimum=5e3).sample(1000, rng=1)
    >>> bool(masses.min() > 5e3)
    True
    """

    def __init__(self, m_star: float, slope: float = -2.0, minimum: float = 1e3,
                 maximum: float = np.inf) -> None:
        super().__init__(minimum, maximum)
        self.m_star, self.slope = float(m_star), float(slope)
        if not (0 < self.m_star < np.inf and np.isfinite(self.slope)):
            raise ValueError(f"m_star is {m_star} and the slope {slope}; give a positive number "
                             "of solar masses and a finite slope")
        # Beyond 50 M* nothing is left (exp(-50)).
        top = min(self.maximum, self.minimum + 50 * self.m_star)
        self._log_mass = np.linspace(np.log(self.minimum), np.log(top), 2049)
        mass = np.exp(self._log_mass)
        # In units of the minimum, so that the numbers stay small.
        cumulative = cumulative_simpson(np.exp(self.log_shape(mass)) * mass / self.minimum,
                                        x=self._log_mass, initial=0)
        self._norm = cumulative[-1]
        self._cdf = np.maximum.accumulate(cumulative / self._norm)

    def __repr__(self) -> str:
        return (f"SchechterMass({self.m_star:.3g}, {self.slope:.3g}, {self.minimum:.3g}, "
                f"{self.maximum:.3g})")

    def log_shape(self, mass: ArrayLike) -> np.ndarray:
        """Natural logarithm of dN/dM, 0 at the minimum."""
        mass = np.asarray(mass)
        return (self.slope * np.log(mass / self.minimum)
                - (mass - self.minimum) / self.m_star)

    @property
    def log_norm(self) -> float:
        """Natural logarithm of the integral of exp(`log_shape`) between the limits."""
        return float(np.log(self.minimum) + np.log(self._norm))

    def cdf(self, mass: ArrayLike) -> np.ndarray:
        """Fraction of the masses that are below ``mass``."""
        mass = np.clip(np.asarray(mass, dtype=float), self.minimum, None)
        return np.interp(np.log(mass), self._log_mass, self._cdf)

    def ppf(self, fraction: ArrayLike) -> np.ndarray:
        """Mass below which a fraction of the masses lies: the inverse of `cdf`."""
        return np.exp(np.interp(np.asarray(fraction), self._cdf, self._log_mass))


def power_law_quantile(fraction: ArrayLike, slope: float, minimum: float, maximum: float
                       ) -> np.ndarray:
    r"""Value below which a fraction of a power law, :math:`dN/dx \propto x^{slope}`, lies.

    Parameters
    ----------
    fraction : array_like
        From 0 to 1.
    slope : float
        The exponent.
    minimum, maximum : float
        Limits of the law; the maximum may be infinite for slopes below -1.

    Returns
    -------
    numpy.ndarray
        In the unit of the limits.
    """
    value = np.asarray(fraction) * _power_integral(maximum / minimum, slope)
    s = slope + 1
    return minimum * (np.exp(value) if s == 0 else np.exp(np.log1p(s * value) / s))


def _power_integral(x: ArrayLike, slope: float) -> np.ndarray:
    """Integral of t**slope from 1 to x."""
    s = slope + 1
    with np.errstate(over="ignore"):
        return np.log(x) if s == 0 else np.expm1(s * np.log(x)) / s
