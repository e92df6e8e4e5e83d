"""Initial mass functions of power laws: Salpeter, Kroupa, and any that join."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from clusternet.stars.imf.core import InitialMassFunction, checked_mass_range

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

    def __init__(self, masses: Sequence[float], exponents: Sequence[float]) -> None:
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

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(masses={self.masses.tolist()}, "
            f"exponents={self.exponents.tolist()})"
        )

    def _moment(self, order: int) -> np.ndarray:
        """Integral of m^(order - alpha) over each interval."""
        return _power_integral(self.masses[:-1], self.masses[1:], order - self.exponents)

    @property
    def mass_range(self) -> tuple[float, float]:
        """Lowest and highest initial mass, in solar masses."""
        return float(self.masses[0]), float(self.masses[-1])

    def _integral(self, mass: np.ndarray, order: int) -> np.ndarray:
        part = np.searchsorted(self.masses, mass, side="right") - 1
        part = np.clip(part, 0, self._height.size - 1)
        below = np.concatenate([[0.0], np.cumsum(self._height * self._moment(order))])
        inside = _power_integral(self.masses[part], mass, order - self.exponents[part])
        return below[part] + self._height[part] * inside

    def _ppf(self, fraction: np.ndarray) -> np.ndarray:
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

    def __init__(self, mass_range: tuple[float, float] = (0.1, 120.0)) -> None:
        low, high = checked_mass_range(mass_range)
        breaks = [mass for mass in (0.08, 0.5) if low < mass < high]
        first = np.searchsorted((0.08, 0.5), low, side="right")
        exponents = (0.3, 1.3, 2.3)[first : first + len(breaks) + 1]
        super().__init__((low, *breaks, high), exponents)

    def __repr__(self) -> str:
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

    def __init__(self, mass_range: tuple[float, float] = (0.1, 120.0)) -> None:
        super().__init__(checked_mass_range(mass_range), (2.35,))

    def __repr__(self) -> str:
        return f"SalpeterIMF(mass_range={self.mass_range})"


def _power_integral(low: np.ndarray, high: np.ndarray, power: np.ndarray) -> np.ndarray:
    """Integral of m^power from `low` to `high`."""
    flat = power == -1
    order = np.where(flat, 1.0, power + 1)
    return np.where(flat, np.log(high / low), (high**order - low**order) / order)
