"""Any circular profile, flattened."""

import numpy as np
from scipy.optimize import brentq
from scipy.optimize.elementwise import find_root

from clusternet.profiles.core import (
    ProfileFamily,
    SpatialProfile,
    checked_fractions,
    checked_positive,
    checked_radii,
)

__all__ = ["EllipticalFamily", "EllipticalProfile"]

_FLATTEST = 0.95
_NODES = 512
_BLOCK = 2048


class EllipticalProfile(SpatialProfile):
    """A circular profile squeezed along one axis: its contours become similar ellipses.

    The law of the circular profile holds along the major axis, times ``scale``. Half-number
    radius and `number_fraction` still refer to *circles* on the sky, so they depend on the
    ellipticity and are integrated numerically, to 1e-9 of the stars (4e-6 if the profile is cut
    off); `from_half_number_radius` finds the scale for a given half-number radius.

    Parameters
    ----------
    profile : SpatialProfile
        Circular profile.
    ellipticity : float
        1 - b/a, with a and b the major and minor semi-axis of any contour: 0 to 0.95.
    position_angle : float
        Angle of the major axis in degrees, counterclockwise from the y axis: from north through
        east, where north is up and east is left.
    scale : float
        Factor on all lengths of ``profile``.

    Raises
    ------
    ValueError
        If the profile is elliptical already, the ellipticity is outside 0..0.95, the angle is
        not finite, or the scale is not positive.

    Examples
    --------
    >>> from clusternet.profiles import EllipticalProfile, PlummerProfile
    >>> profile = EllipticalProfile(PlummerProfile(0.1), ellipticity=0.5, position_angle=30.0)
    >>> round(profile.half_number_radius, 4)
    0.0751
    >>> bool(profile.density(0.0, 0.05) > profile.density(0.05, 0.0))
    True
    """

    def __init__(self, profile, ellipticity, position_angle=0.0, scale=1.0):
        if isinstance(profile, EllipticalProfile):
            raise ValueError(
                f"{profile} is elliptical already: pass the circular {profile.profile}"
            )
        self.profile = profile
        self.ellipticity = _checked_ellipticity(ellipticity)
        self.position_angle = float(position_angle)
        if not np.isfinite(self.position_angle):
            raise ValueError(f"position_angle = {position_angle}: pass finite degrees")
        self.scale = checked_positive("scale", scale)

    @classmethod
    def from_half_number_radius(cls, half_number_radius, profile, ellipticity, position_angle=0.0):
        """Scale the profile until the circle of this radius holds half of the stars.

        Parameters
        ----------
        half_number_radius : float
            Radius r_h of that circle on the sky.
        profile : SpatialProfile
            Circular profile; its size does not matter.
        ellipticity, position_angle : float
            As for the class.

        Returns
        -------
        EllipticalProfile
            Profile with that ``half_number_radius``.

        Raises
        ------
        ValueError
            As for the class, or if ``half_number_radius`` is not positive.

        Examples
        --------
        >>> from clusternet.profiles import EllipticalProfile, KingProfile
        >>> king = KingProfile(1.0, 10.0)
        >>> profile = EllipticalProfile.from_half_number_radius(0.2, king, ellipticity=0.3)
        >>> round(profile.half_number_radius, 9)
        0.2
        """
        r_h = checked_positive("half_number_radius", half_number_radius)
        unscaled = cls(profile, ellipticity, position_angle).half_number_radius
        return cls(profile, ellipticity, position_angle, r_h / unscaled)

    @property
    def half_number_radius(self):
        """Radius of the circle on the sky that holds half of the stars (float)."""
        major = self.scale * self.profile.half_number_radius
        if self.ellipticity == 0:
            return float(major)
        # The circle holds more than an ellipse inside of it, and less than one around it.
        return float(
            brentq(
                lambda r: self.number_fraction(r) - 0.5,
                major * (1 - self.ellipticity) * (1 - 1e-9),
                major * (1 + 1e-9),
                xtol=1e-12 * major,
                rtol=1e-12,
            )
        )

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
        dx, dy = np.asarray(dx, dtype=float), np.asarray(dy, dtype=float)
        sine, cosine = self._direction()
        major, minor = cosine * dy - sine * dx, cosine * dx + sine * dy
        return self._density(np.hypot(major, minor / (1 - self.ellipticity)))

    def surface_density(self, radius):
        """Mean number density of stars on a circle on the sky.

        Exact to 1e-5 where the profile is smooth. Where the circle crosses the edge of a profile
        that is cut off, the mean over 2048 directions is good to some per cent.

        Parameters
        ----------
        radius : array_like
            Projected distance from the centre, not negative.

        Returns
        -------
        numpy.ndarray
            Fraction of the stars per unit area, of the shape of ``radius``.

        Raises
        ------
        ValueError
            If a radius is negative or NaN.
        """
        stretch = np.hypot(np.cos(_angles()), np.sin(_angles()) / (1 - self.ellipticity))
        return _mean(lambda r: self._density(r * stretch), checked_radii(radius))

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

        Raises
        ------
        ValueError
            If a radius is negative or NaN.

        Examples
        --------
        >>> from clusternet.profiles import EFFProfile, EllipticalProfile
        >>> profile = EllipticalProfile(EFFProfile(1.0, gamma=4.0), ellipticity=0.2)
        >>> profile.number_fraction([0.0, 1.0, 3.0]).round(3).tolist()
        [0.0, 0.552, 0.917]
        """
        # Squeezing takes a star to this share of its circular distance.
        squeeze = np.hypot(np.cos(_angles()), (1 - self.ellipticity) * np.sin(_angles()))
        return _mean(
            lambda r: self.profile.number_fraction(r / (self.scale * squeeze)),
            checked_radii(radius),
        )

    def radius_of_fraction(self, fraction):
        """Radius of the circle on the sky that holds a fraction of the stars.

        Parameters
        ----------
        fraction : array_like
            Fraction in 0..1; 1 gives the outer edge along the major axis.

        Returns
        -------
        numpy.ndarray
            Radius, of the shape of ``fraction``.

        Raises
        ------
        ValueError
            If a fraction lies outside 0..1.
        """
        fraction = checked_fractions(fraction)
        major = self.scale * self.profile.radius_of_fraction(fraction)
        sought = (major > 0) & np.isfinite(major) & (fraction < 1) & (self.ellipticity > 0)
        radius = np.array(major, dtype=float)
        if np.any(sought):
            outer, aim = radius[sought], fraction[sought]
            found = find_root(
                lambda r, f: self.number_fraction(r) - f,
                (outer * (1 - self.ellipticity) * (1 - 1e-9), outer * (1 + 1e-9)),
                args=(aim,),
            )
            radius[sought] = found.x
        return radius

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
        major, minor = self.scale * self.profile.sample(n, rng).T
        minor = minor * (1 - self.ellipticity)
        sine, cosine = self._direction()
        return np.stack([cosine * minor - sine * major, sine * minor + cosine * major], axis=-1)

    def _direction(self):
        angle = np.deg2rad(self.position_angle)
        return np.sin(angle), np.cos(angle)

    def _density(self, major):
        area = self.scale**2 * (1 - self.ellipticity)
        return self.profile.surface_density(major / self.scale) / area

    def __repr__(self):
        return (
            f"{type(self).__name__}({self.profile}, ellipticity={self.ellipticity:.6g}, "
            f"position_angle={self.position_angle:.6g}, scale={self.scale:.6g})"
        )


class EllipticalFamily(ProfileFamily):
    """Profiles of another family, flattened and turned at random.

    Parameters
    ----------
    family : ProfileFamily
        Family of circular profiles.
    ellipticity : tuple of float or float
        Range (lowest, highest) from which ellipticities are drawn uniformly, or one for all.
    position_angle : tuple of float or float
        Range of the angle of the major axis in degrees, or one for all. All angles by default.

    Raises
    ------
    ValueError
        If a range is reversed, or reaches outside of what `EllipticalProfile` takes.

    Examples
    --------
    >>> from clusternet.profiles import EFFFamily, EllipticalFamily
    >>> family = EllipticalFamily(EFFFamily(gamma=(2.5, 4.0)), ellipticity=(0.0, 0.3))
    >>> profile = family.draw(0.1, rng=3)
    >>> round(profile.half_number_radius, 6), profile.ellipticity <= 0.3
    (0.1, True)
    """

    def __init__(self, family, ellipticity=(0.0, 0.4), position_angle=(0.0, 180.0)):
        self.family = family
        self.ellipticity = tuple(map(_checked_ellipticity, _range("ellipticity", ellipticity)))
        self.position_angle = _range("position_angle", position_angle)

    def draw(self, half_number_radius, rng=None):
        """Draw a profile, flatten and turn it, and scale it to this size.

        Parameters
        ----------
        half_number_radius : float
            Radius of the circle on the sky that holds half of the stars.
        rng : numpy.random.Generator or int, optional
            Source of randomness, or a seed for one.

        Returns
        -------
        EllipticalProfile
            Profile with that half-number radius.

        Raises
        ------
        ValueError
            If ``half_number_radius`` is not positive and finite.
        """
        rng = np.random.default_rng(rng)
        profile = self.family.draw(half_number_radius, rng)
        ellipticity, angle = rng.uniform(*self.ellipticity), rng.uniform(*self.position_angle)
        return EllipticalProfile.from_half_number_radius(
            half_number_radius, profile, ellipticity, angle
        )

    def __repr__(self):
        return (
            f"{type(self).__name__}({self.family}, ellipticity={self.ellipticity}, "
            f"position_angle={self.position_angle})"
        )


def _angles():
    # A quarter of a turn stands for all, by symmetry.
    return (np.arange(_NODES) + 0.5) * (np.pi / 2 / _NODES)


def _mean(law, radius):
    flat = radius.reshape(-1, 1)
    means = [law(flat[i : i + _BLOCK]).mean(axis=1) for i in range(0, len(flat), _BLOCK)]
    return np.concatenate([np.empty(0), *means]).reshape(radius.shape)


def _range(name, values):
    low, high = map(float, (values, values) if np.isscalar(values) else values)
    if not (np.isfinite(low) and np.isfinite(high) and low <= high):
        raise ValueError(f"{name} = {values} is no range: pass (lowest, highest)")
    return low, high


def _checked_ellipticity(ellipticity):
    ellipticity = float(ellipticity)
    if not 0 <= ellipticity <= _FLATTEST:
        raise ValueError(
            f"ellipticity = {ellipticity} is 1 - b/a of the contours: pass 0 to {_FLATTEST}"
        )
    return ellipticity
