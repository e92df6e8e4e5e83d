"""Initial mass functions of power laws: Salpeter, Kroupa, and any that join."""

from __future__ import annotations

import numpy as np

from clusternet.stars.imf.core import InitialMassFunction

__all__ = ["BrokenPowerLawIMF", "KroupaIMF", "SalpeterIMF"]


class BrokenPowerLawIMF(InitialMassFunction):
    r"""Initial mass function of power laws that join: dN/dm ~ m^-alpha in each interval.

    Parameters
    ----------
    masses : sequence of float
        Ends of the intervals in solar masses, ascending: one more than there are exponents.
    exponents : sequence of float
        :math:`\alpha` of each interval (Salpeter 2.35).

    Examples
    --------
    >>> salpeter = BrokenPowerLawIMF((0.1, 100.0), (2.35,))
    >>> round(salpeter.mean_mass, 3)
    0.351
    >>> float(salpeter.cdf(100.0))
    1.0
    """

    def __init__(self, masses, exponents):
        self.masses = np.array(masses, dtype=float)
        self.exponents = np.array(exponents, dtype=float)
        if self.masses.ndim != 1 or self.masses.size < 2 or self.masses[0] <= 0:
            raise ValueError(f"masses are {masses}; give at least two positive ones")
        if not (np.isfinite(self.masses).all() and (np.diff(self.masses) > 0).all()):
            raise ValueError(f"masses are {masses}; give them finite and ascending")
        if self.exponents.shape != (self.masses.size - 1,) or not np.isfinite(self.exponents).all():
            raise ValueError(
                f"exponents are {exponents} for {self.masses.size - 1} intervals of mass; give "
                "one finite number per interval"
            )
        # height of each power law, so that neighbours join
        steps = self.masses[1:-1] ** np.diff(self.exponents)
        height = np.concatenate([[1.0], np.cumprod(steps)])
        number = height * self._moment(0)
        self._height = height / number.sum()
        self._cumulative = np.concatenate([[0.0], np.cumsum(number / number.sum())])
        self._cumulative[-1] = 1.0

    def __repr__(self):
        return (
            f"{type(self).__name__}(masses={self.masses.tolist()}, "
            f"exponents={self.exponents.tolist()})"
        )

    def _moment(self, order):
        """Integral of m^(order - alpha) over each interval."""
        return _power_integral(self.masses[:-1], self.masses[1:], order - self.exponents)

    @property
    def mass_range(self) -> tuple[float, float]:
        """Lowest and highest initial mass, in solar masses."""
        return float(self.masses[0]), float(self.masses[-1])

    @property
    def mean_mass(self) -> float:
        """Mean initial mass, in solar masses."""
        return float((self._height * self._moment(1)).sum())

    def mass_fraction(self, mass):
        """Part of the mass of all stars that is in stars below a mass.

        Parameters
        ----------
        mass : array_like
            Initial mass in solar masses.

        Returns
        -------
        fraction : `~numpy.ndarray` or float
            0 below `mass_range` and 1 above it.
        """
        mass, part = self._located(mass)
        moments = self._height * self._moment(1)
        below = np.concatenate([[0.0], np.cumsum(moments)[:-1]])
        inside = _power_integral(self.masses[part], mass, 1 - self.exponents[part])
        return np.minimum((below[part] + self._height[part] * inside) / moments.sum(), 1.0)

    def _located(self, mass):
        """Masses within the range, and the interval of each."""
        mass = np.clip(np.asarray(mass, dtype=float), *self.mass_range)
        part = np.searchsorted(self.masses, mass, side="right") - 1
        return mass, np.clip(part, 0, self._height.size - 1)

    def cdf(self, mass):
        """Fraction of the stars, by number, below a mass.

        Parameters
        ----------
        mass : array_like
            Initial mass in solar masses.

        Returns
        -------
        fraction : `~numpy.ndarray` or float
            0 below `mass_range` and 1 above it.
        """
        mass, part = self._located(mass)
        inside = _power_integral(self.masses[part], mass, -self.exponents[part])
        return np.minimum(self._cumulative[part] + self._height[part] * inside, 1.0)

    def ppf(self, fraction):
        """Mass below which a fraction of the stars lies: the inverse of `cdf`.

        Parameters
        ----------
        fraction : array_like
            Between 0 and 1.

        Returns
        -------
        mass : `~numpy.ndarray` or float
            Solar masses.

        Raises
        ------
        ValueError
            If a fraction is not between 0 and 1.
        """
        fraction = np.asarray(fraction, dtype=float)
        if not ((fraction >= 0) & (fraction <= 1)).all():
            raise ValueError("fractions of stars must lie between 0 and 1")
        part = np.clip(
            np.searchsorted(self._cumulative, fraction, side="right") - 1, 0, self._height.size - 1
        )
        number = (fraction - self._cumulative[part]) / self._height[part]
        low, power = self.masses[part], 1.0 - self.exponents[part]
        flat = power == 0
        safe = np.where(flat, 1.0, power)
        mass = np.where(
            flat,
            low * np.exp(number),
            np.maximum(low**safe + safe * number, 0.0) ** (1.0 / safe),
        )
        return np.clip(mass, low, self.masses[part + 1])


class KroupaIMF(BrokenPowerLawIMF):
    """Initial mass function of Kroupa (2001, MNRAS 322, 231, eq. 2).

    Exponents 0.3 below 0.08 solar masses, 1.3 up to 0.5 and 2.3 above.

    Parameters
    ----------
    mass_range : (float, float)
        Lowest and highest initial mass, in solar masses.

    Examples
    --------
    >>> imf = KroupaIMF()
    >>> round(imf.mean_mass, 3)
    0.644
    >>> imf.sample(3, rng=1).round(3)
    array([0.284, 1.842, 0.13 ])
    """

    def __init__(self, mass_range: tuple[float, float] = (0.1, 120.0)):
        _check_range(mass_range)
        low, high = mass_range
        breaks = [mass for mass in (0.08, 0.5) if low < mass < high]
        first = np.searchsorted((0.08, 0.5), low, side="right")
        exponents = (0.3, 1.3, 2.3)[first : first + len(breaks) + 1]
        super().__init__((low, *breaks, high), exponents)

    def __repr__(self):
        return f"KroupaIMF(mass_range={self.mass_range})"


class SalpeterIMF(BrokenPowerLawIMF):
    """Initial mass function of Salpeter (1955, ApJ 121, 161): one exponent, 2.35.

    Parameters
    ----------
    mass_range : (float, float)
        Lowest and highest initial mass, in solar masses.

    Examples
    --------
    >>> round(SalpeterIMF().mean_mass, 3)
    0.353
    """

    def __init__(self, mass_range: tuple[float, float] = (0.1, 120.0)):
        _check_range(mass_range)
        super().__init__(mass_range, (2.35,))

    def __repr__(self):
        return f"SalpeterIMF(mass_range={self.mass_range})"


def _check_range(mass_range):
    low, high = mass_range
    if not 0 < low < high:
        raise ValueError(f"mass range is {mass_range}; give 0 < lowest < highest mass")


def _power_integral(low, high, power):
    """Integral of m^power from `low` to `high`."""
    flat = power == -1
    order = np.where(flat, 1.0, power + 1)
    return np.where(flat, np.log(high / low), (high**order - low**order) / order)
