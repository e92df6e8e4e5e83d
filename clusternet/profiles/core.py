"""What every spatial profile, and every family of profiles, can do."""

from abc import ABC, abstractmethod

import numpy as np

__all__ = ["ProfileFamily", "SpatialProfile"]


class SpatialProfile(ABC):
    """A distribution of stars on the sky, centred on the origin.

    Lengths are plain floats in whatever unit the profile was built with (arcsec throughout
    the mock clusters); densities are per that unit squared. A circular profile gives the three
    laws `surface_density`, `number_fraction` and `radius_of_fraction`; all else follows from
    them. `EllipticalProfile` flattens any of them.
    """

    @abstractmethod
    def surface_density(self, radius):
        """Number density of stars on the sky, with an integral of 1 over the plane.

        Parameters
        ----------
        radius : array_like
            Projected distance from the centre, not negative.

        Returns
        -------
        numpy.ndarray
            Fraction of the stars per unit area, of the shape of ``radius``; the mean over the
            circle where the profile is not circular.
        """

    def density(self, dx, dy):
        """Number density of stars at a place, with an integral of 1 over the plane.

        Parameters
        ----------
        dx, dy : array_like
            Offsets from the centre.

        Returns
        -------
        numpy.ndarray
            Fraction of the stars per unit area, of the shape of the offsets together.
        """
        return self.surface_density(np.hypot(dx, dy))

    @abstractmethod
    def number_fraction(self, radius):
        """Fraction of the stars inside a circle on the sky.

        Parameters
        ----------
        radius : array_like
            Radius of the circle, not negative.

        Returns
        -------
        numpy.ndarray
            Fraction in 0..1, of the shape of ``radius``.
        """

    @abstractmethod
    def radius_of_fraction(self, fraction):
        """Radius of the circle on the sky that holds a fraction of the stars.

        Parameters
        ----------
        fraction : array_like
            Fraction in 0..1; 1 gives the outer edge, infinite if there is none.

        Returns
        -------
        numpy.ndarray
            Radius, of the shape of ``fraction``: the inverse of `number_fraction`.
        """

    @property
    def half_number_radius(self):
        """Radius of the circle on the sky that holds half of the stars (float)."""
        return float(self.radius_of_fraction(0.5))

    def sample(self, n, rng=None):
        """Draw the positions of stars.

        Parameters
        ----------
        n : int
            How many stars.
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
        rng = np.random.default_rng(rng)
        radius = self.radius_of_fraction(rng.random(n))
        angle = 2 * np.pi * rng.random(n)
        return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)


class ProfileFamily(ABC):
    """A recipe that gives each mock cluster of a given size a profile of its own."""

    @abstractmethod
    def draw(self, half_number_radius, rng=None):
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
        """


def checked_positive(name, value):
    """Return ``value`` as a float, or raise ValueError unless it is positive and finite."""
    value = float(value)
    if not (np.isfinite(value) and value > 0):
        raise ValueError(f"{name} = {value} is not a length: pass a positive, finite number")
    return value


def checked_radii(radius):
    """Return ``radius`` as a float array, or raise ValueError if any is negative or NaN."""
    radius = np.asarray(radius, dtype=float)
    if not np.all(radius >= 0):
        raise ValueError(f"radius holds negative or NaN values ({radius}): pass radii of 0 or more")
    return radius


def checked_fractions(fraction):
    """Return ``fraction`` as a float array, or raise ValueError if any lies outside 0..1."""
    fraction = np.asarray(fraction, dtype=float)
    if not np.all((fraction >= 0) & (fraction <= 1)):
        raise ValueError(f"fraction holds values outside 0..1 ({fraction})")
    return fraction
