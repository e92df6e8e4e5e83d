"""Mass functions of clusters."""

from abc import ABC, abstractmethod

import numpy as np
from scipy.integrate import cumulative_simpson

__all__ = ["ClusterMassFunction", "PowerLawMass", "SchechterMass"]


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

    def __init__(self, minimum, maximum=np.inf):
        self.minimum, self.maximum = float(minimum), float(maximum)
        if not 0 < self.minimum < self.maximum or np.isinf(self.minimum):
            raise ValueError(f"masses from {minimum} to {maximum}; give two ascending numbers of "
                             "solar masses, the lower one positive")

    @abstractmethod
    def log_shape(self, mass):
        """Natural logarithm of dN/dM, 0 at the minimum."""

    @property
    @abstractmethod
    def log_norm(self):
        """Natural logarithm of the integral of exp(`log_shape`) between the limits."""

    @abstractmethod
    def cdf(self, mass):
        """Part of the masses that are below ``mass``."""

    @abstractmethod
    def ppf(self, part):
        """Mass below which there is this part: the inverse of `cdf`."""

    def log_pdf(self, mass):
        """Natural logarithm of `pdf`; minus infinity outside the limits."""
        mass = np.asarray(mass, dtype=float)
        inside = (mass >= self.minimum) & (mass <= self.maximum)
        shape = self.log_shape(np.where(inside, mass, self.minimum))
        return np.where(inside, shape - self.log_norm, -np.inf)

    def pdf(self, mass):
        """Probability density per solar mass; 0 outside the limits."""
        return np.exp(self.log_pdf(mass))

    def sample(self, n, rng=None):
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
    >>> from clusternet.analysis import PowerLawMass
    >>> print(PowerLawMass(-2, 1e3).cdf(2e3))
    0.5
    """

    def __init__(self, slope=-2.0, minimum=1e3, maximum=np.inf):
        super().__init__(minimum, maximum)
        self.slope = float(slope)
        if not np.isfinite(self.slope) or (self.slope >= -1 and np.isinf(self.maximum)):
            raise ValueError(f"slope is {slope} without a maximum: the number of clusters has no "
                             "end; give a slope below -1 or a maximum")

    def __repr__(self):
        return f"PowerLawMass({self.slope:.3g}, {self.minimum:.3g}, {self.maximum:.3g})"

    def log_shape(self, mass):
        """Natural logarithm of dN/dM, 0 at the minimum."""
        return self.slope * np.log(np.asarray(mass) / self.minimum)

    @property
    def log_norm(self):
        """Natural logarithm of the integral of exp(`log_shape`) between the limits."""
        return np.log(self.minimum) + np.log(self._integral(self.maximum / self.minimum))

    def cdf(self, mass):
        """Part of the masses that are below ``mass``."""
        x = np.clip(np.asarray(mass) / self.minimum, 1, self.maximum / self.minimum)
        return self._integral(x) / self._integral(self.maximum / self.minimum)

    def ppf(self, part):
        """Mass below which there is this part: the inverse of `cdf`."""
        value = np.asarray(part) * self._integral(self.maximum / self.minimum)
        s = self.slope + 1
        return self.minimum * (np.exp(value) if s == 0 else np.exp(np.log1p(s * value) / s))

    def _integral(self, x):
        """Integral of t**slope from 1 to x."""
        s = self.slope + 1
        with np.errstate(over="ignore"):
            return np.log(x) if s == 0 else np.expm1(s * np.log(x)) / s


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
    >>> from clusternet.analysis import SchechterMass
    >>> masses = SchechterMass(1.6e5, minimum=5e3).sample(1000, rng=1)
    >>> bool(masses.min() > 5e3)
    True
    """

    def __init__(self, m_star, slope=-2.0, minimum=1e3, maximum=np.inf):
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

    def __repr__(self):
        return (f"SchechterMass({self.m_star:.3g}, {self.slope:.3g}, {self.minimum:.3g}, "
                f"{self.maximum:.3g})")

    def log_shape(self, mass):
        """Natural logarithm of dN/dM, 0 at the minimum."""
        mass = np.asarray(mass)
        return (self.slope * np.log(mass / self.minimum)
                - (mass - self.minimum) / self.m_star)

    @property
    def log_norm(self):
        """Natural logarithm of the integral of exp(`log_shape`) between the limits."""
        return np.log(self.minimum) + np.log(self._norm)

    def cdf(self, mass):
        """Part of the masses that are below ``mass``."""
        mass = np.clip(np.asarray(mass, dtype=float), self.minimum, None)
        return np.interp(np.log(mass), self._log_mass, self._cdf)

    def ppf(self, part):
        """Mass below which there is this part: the inverse of `cdf`."""
        return np.exp(np.interp(part, self._cdf, self._log_mass))
