"""Spatial profiles and families of them: what all have in common."""

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["ProfileFamily", "SpatialProfile"]


class SpatialProfile(ABC):
    """A distribution of stars on the sky, centred on the origin.

    Lengths are plain floats in whatever unit the profile was built with (arcsec throughout
    the mock clusters); densities are per that unit squared. A subclass for a circular profile
    defines the three laws `_surface_density`, `_number_fraction` and `_radius_of_fraction`, which
    get float arrays that have been checked; all else follows from them. `EllipticalProfile`
    flattens any of them.
    """

    @abstractmethod
    def _surface_density(self, radius: np.ndarray) -> np.ndarray:
        """Law of `surface_density`."""

    @abstractmethod
    def _number_fraction(self, radius: np.ndarray) -> np.ndarray:
        """Law of `number_fraction`."""

    @abstractmethod
    def _radius_of_fraction(self, fraction: np.ndarray) -> np.ndarray:
        """Law of `radius_of_fraction`."""

    def surface_density(self, radius: ArrayLike) -> np.ndarray:
        """Number density of stars on the sky, with an integral of 1 over the plane.

        Parameters
        ----------
        radius : array_like
            Projected distance from the centre, not negative.

        Returns
        -------
        numpy.ndarray
            Fraction of the stars per unit area, of the shape of ``radius``; the mean over the
            circle where the profile is not circular, and 0 beyond its edge if it has one.

        Raises
        ------
        ValueError
            If a radius is negative or NaN.
        """
        return self._surface_density(_checked_radii(radius))

    def density(self, dx: ArrayLike, dy: ArrayLike) -> np.ndarray:
        """Number density of stars at a position, with an integral of 1 over the plane.

        Parameters
        ----------
        dx, dy : array_like
            Offsets from the centre.

        Returns
        -------
        numpy.ndarray
            Fraction of the stars per unit area, of the broadcast shape of the offsets.
        """
        return self._density(np.asarray(dx, dtype=float), np.asarray(dy, dtype=float))

    def _density(self, dx: np.ndarray, dy: np.ndarray) -> np.ndarray:
        return self.surface_density(np.hypot(dx, dy))

    def number_fraction(self, radius: ArrayLike) -> np.ndarray:
        """Fraction of the stars inside a circle on the sky.

        Parameters
        ----------
        radius : array_like
            Radius of the circle, not negative.

        Returns
        -------
        numpy.ndarray
            Fraction in 0..1, of the shape of ``radius``.

        Raises
        ------
        ValueError
            If a radius is negative or NaN.

        Examples
        --------
        >>> from clusternet.profiles import EFFProfile, KingProfile
        >>> EFFProfile(1.0, gamma=4.0).number_fraction([0.0, 1.0, 3.0]).round(3).tolist()
        [0.0, 0.5, 0.9]
        >>> KingProfile(1.0, 10.0).number_fraction([0.0, 1.0, 3.0, 10.0]).round(3).tolist()
        [0.0, 0.269, 0.764, 1.0]
        """
        return self._number_fraction(_checked_radii(radius))

    def radius_of_fraction(self, fraction: ArrayLike) -> np.ndarray:
        """Radius of the circle on the sky that holds a fraction of the stars.

        Parameters
        ----------
        fraction : array_like
            Fraction in 0..1; 1 gives the outer edge, infinite if there is none.

        Returns
        -------
        numpy.ndarray
            Radius, of the shape of ``fraction``: the inverse of `number_fraction`.

        Raises
        ------
        ValueError
            If a fraction lies outside 0..1.
        """
        fraction = np.asarray(fraction, dtype=float)
        if not np.all((fraction >= 0) & (fraction <= 1)):
            raise ValueError(f"fraction holds values outside 0..1 ({fraction})")
        return self._radius_of_fraction(fraction)

    @property
    def half_number_radius(self) -> float:
        """Radius of the circle on the sky that holds half of the stars."""
        return float(self.radius_of_fraction(0.5))

    def sample(self, n: int, rng: int | np.random.Generator | None = None) -> np.ndarray:
        """Draw the positions of stars.

        Parameters
        ----------
        n : int
            Number of stars.
        rng : numpy.random.Generator or int, optional
            Source of randomness, or a seed for one.

        Returns
        -------
        numpy.ndarray
            Offsets (dx, dy) from the centre, of shape (n, 2).

        Raises
        ------
        ValueError
            If ``n`` is negative.
        """
        if n < 0:
            raise ValueError(f"cannot sample n = {n} stars: n must be 0 or more")
        return self._sample(n, np.random.default_rng(rng))

    def _sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        radius = self.radius_of_fraction(rng.random(n))
        angle = 2 * np.pi * rng.random(n)
        return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)


class ProfileFamily(ABC):
    """A recipe that gives each mock cluster of a given size a profile of its own.

    A subclass defines `_draw`.
    """

    def draw(
        self, half_number_radius: float, rng: int | np.random.Generator | None = None
    ) -> SpatialProfile:
        """Draw one profile.

        Parameters
        ----------
        half_number_radius : float
            Radius of the circle on the sky that shall hold half of the stars.
        rng : numpy.random.Generator or int, optional
            Source of randomness, or a seed for one.

        Returns
        -------
        SpatialProfile
            A profile with that half-number radius.

        Raises
        ------
        ValueError
            If ``half_number_radius`` is not positive and finite.
        """
        radius = checked_positive("half_number_radius", half_number_radius)
        return self._draw(radius, np.random.default_rng(rng))

    @abstractmethod
    def _draw(self, half_number_radius: float, rng: np.random.Generator) -> SpatialProfile:
        """Draw one profile; the radius has been checked."""


def checked_positive(name: str, value: float) -> float:
    """Return ``value`` as a float, or raise ValueError unless it is positive and finite."""
    value = float(value)
    if not (np.isfinite(value) and value > 0):
        raise ValueError(f"{name} = {value} is not a length: pass a positive, finite number")
    return value


def checked_range(
    name: str,
    values: float | tuple[float, float],
    checked: Callable[[float], float],
) -> tuple[float, float]:
    """Return (lowest, highest) of a range or of one value, or raise ValueError if reversed."""
    low, high = (checked(value) for value in np.broadcast_to(values, 2))
    if low > high:
        raise ValueError(f"{name} = {values} is reversed: pass (lowest, highest)")
    return low, high


def _checked_radii(radius: ArrayLike) -> np.ndarray:
    radius = np.asarray(radius, dtype=float)
    if not np.all(radius >= 0):
        raise ValueError(f"radius holds negative or NaN values ({radius}): pass radii of 0 or more")
    return radius
