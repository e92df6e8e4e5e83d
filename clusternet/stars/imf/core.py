"""Initial mass functions: what all have in common, and how stars are drawn from them."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["InitialMassFunction"]


class InitialMassFunction(ABC):
    """Distribution of the initial masses of stars, by number.

    A subclass defines `mass_range`, `_integral` and `_ppf`, whose arguments are arrays that have
    been checked.
    """

    @property
    @abstractmethod
    def mass_range(self) -> tuple[float, float]:
        """Lowest and highest initial mass, in solar masses."""

    @abstractmethod
    def _integral(self, mass: np.ndarray, order: int) -> np.ndarray:
        """Integral of m^order dN/dm from the lowest mass to `mass`, in any normalisation."""

    @abstractmethod
    def _ppf(self, fraction: np.ndarray) -> np.ndarray:
        """Inverse of `cdf`."""

    @property
    def mean_mass(self) -> float:
        """Mean initial mass, in solar masses."""
        highest = np.array(self.mass_range[1])
        return float(self._integral(highest, 1) / self._integral(highest, 0))

    def _fraction_below(self, mass: ArrayLike, order: int) -> np.ndarray:
        mass = np.clip(np.asarray(mass, dtype=float), *self.mass_range)
        whole = self._integral(np.array(self.mass_range[1]), order)
        return np.clip(self._integral(mass, order) / whole, 0.0, 1.0)

    def cdf(self, mass: ArrayLike) -> np.ndarray:
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
        return self._fraction_below(mass, 0)

    def mass_fraction(self, mass: ArrayLike) -> np.ndarray:
        """Fraction of the total mass that is in stars below a mass: as `cdf`, but by mass."""
        return self._fraction_below(mass, 1)

    def ppf(self, fraction: ArrayLike) -> np.ndarray:
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
        return self._ppf(fraction)

    def sample(self, n: int, rng: int | np.random.Generator | None = None) -> np.ndarray:
        """Draw initial masses.

        Parameters
        ----------
        n : int
            Number of stars.
        rng : `~numpy.random.Generator` or int, optional
            Generator or seed.

        Returns
        -------
        mass : (n,) array
            Initial masses in solar masses.
        """
        return self.ppf(np.random.default_rng(rng).random(n))

    def sample_mass(
        self, total_mass: float, rng: int | np.random.Generator | None = None
    ) -> np.ndarray:
        """Draw stars until their masses add up to a total.

        Stars are drawn one after the other until their sum passes the total; the last one is kept
        if the sum is nearer to the total with it than without. Of the rules in use this is the one
        that neither prefers nor avoids massive stars at the end ("stop nearest").

        Parameters
        ----------
        total_mass : float
            Solar masses.
        rng : `~numpy.random.Generator` or int, optional
            Generator or seed.

        Returns
        -------
        mass : (n,) array
            Initial masses in solar masses, in the order drawn; at least one.

        Raises
        ------
        ValueError
            If the total is not positive.

        Examples
        --------
        >>> from clusternet.stars import KroupaIMF
        >>> stars = KroupaIMF().sample_mass(1000.0, rng=1)
        >>> print(f"{stars.size} stars, {stars.sum():.1f} solar masses")
        1424 stars, 999.9 solar masses
        """
        _check_total(total_mass)
        rng = np.random.default_rng(rng)
        drawn, total = [], 0.0
        while total < total_mass:
            # a little more than is lacking, so that two rounds are the rule
            lacking = int(1.05 * (total_mass - total) / self.mean_mass) + 10
            drawn.append(self.sample(lacking, rng))
            total += drawn[-1].sum()
        mass = np.concatenate(drawn)
        cumulative = np.cumsum(mass)
        last = int(np.searchsorted(cumulative, total_mass))
        before = cumulative[last - 1] if last else 0.0
        with_last = cumulative[last] - total_mass < total_mass - before
        return mass[: last + 1 if with_last or not last else last]

    def optimal_sample(self, total_mass: float) -> np.ndarray:
        """Return the stars of a cluster by optimal sampling, without chance.

        The most massive star is the one above which, up to the upper limit of the function, one
        more star would be expected. Below it, the function is cut into intervals that each hold one
        star, and each star has the mass in its interval. The remainder at the lower end, less than
        one star, is left out if it is lighter than the lower limit, and is a star if not. The idea
        is that of Kroupa et al. (2013, Planets, Stars and Stellar Systems 5, 115); that stars have
        the mass of their intervals, so that the total comes out, is from Schulz, Pflamm-Altenburg &
        Kroupa (2015, A&A 582, A93).

        Parameters
        ----------
        total_mass : float
            Solar masses.

        Returns
        -------
        mass : (n,) array
            Initial masses in solar masses, descending. Their sum is the total to within the lower
            limit of the function.

        Raises
        ------
        ValueError
            If the total is less than two mean masses: there is nothing to cut.

        Examples
        --------
        >>> from clusternet.stars import KroupaIMF
        >>> stars = KroupaIMF().optimal_sample(1000.0)
        >>> print(f"{stars.size} stars, {stars.sum():.1f} solar masses, first {stars[0]:.1f}")
        1656 stars, 1000.0 solar masses, first 34.6
        """
        from scipy.optimize import root_scalar

        _check_total(total_mass)
        if total_mass < 2 * self.mean_mass:
            raise ValueError(
                f"total mass is {total_mass}; optimal sampling needs more than two stars of the "
                f"mean mass {self.mean_mass:.3g}: use sample_mass"
            )

        # n stars in all, of which one lies above the most massive of the cluster
        def excess(log_n: float) -> float:
            n = np.exp(log_n)
            return float(n * self.mean_mass * self.mass_fraction(self.ppf(1 - 1 / n)) - total_mass)

        fewest = np.log(total_mass / self.mean_mass)
        bracket = (fewest, fewest + np.log(10))
        found = root_scalar(excess, bracket=bracket, method="brentq", xtol=1e-14, rtol=1e-14)
        n = np.exp(found.root)
        edges = self.ppf(np.clip((n - 1 - np.arange(int(n))) / n, 0, 1))
        edges = np.append(edges, self.mass_range[0])
        mass = -np.diff(n * self.mean_mass * self.mass_fraction(edges))
        return mass if mass[-1] >= self.mass_range[0] else mass[:-1]


def checked_mass_range(mass_range: tuple[float, float]) -> tuple[float, float]:
    """Return (lowest, highest) as floats, or raise ValueError unless 0 < lowest < highest."""
    low, high = (float(mass) for mass in mass_range)
    if not 0 < low < high:
        raise ValueError(f"mass range is {mass_range}; give 0 < lowest < highest mass")
    return low, high


def _check_total(total_mass: float) -> None:
    if not (np.isfinite(total_mass) and total_mass > 0):
        raise ValueError(f"total mass is {total_mass}; give a positive one in solar masses")
