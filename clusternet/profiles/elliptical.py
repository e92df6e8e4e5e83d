"""Any circular profile, flattened."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

import numpy as np
from scipy.optimize.elementwise import find_root

from clusternet.profiles.accuracy import ELLIPSE_BLOCK, ELLIPSE_NODES
from clusternet.profiles.core import (
    ProfileFamily,
    SpatialProfile,
    checked_positive,
    checked_range,
)

__all__ = ["EllipticalFamily", "EllipticalProfile"]

_FLATTEST = 0.95


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

    Notes
    -----
    Circles on the sky are averaged over 2048 directions: `surface_density` is right to 1e-5 where
    the profile is smooth, and to a few per cent where the circle crosses the edge of a profile
    that is cut off.

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

    def __init__(
        self,
        profile: SpatialProfile,
        ellipticity: float,
        position_angle: float = 0.0,
        *,
        scale: float = 1.0,
    ) -> None:
        if isinstance(profile, EllipticalProfile):
            raise ValueError(
                f"{profile} is elliptical already: pass the circular {profile.profile}"
            )
        self.profile = profile
        self.ellipticity = _checked_ellipticity(ellipticity)
        self.position_angle = _checked_angle(position_angle)
        self.scale = checked_positive("scale", scale)

    @classmethod
    def from_half_number_radius(
        cls,
        half_number_radius: float,
        profile: SpatialProfile,
        ellipticity: float,
        position_angle: float = 0.0,
    ) -> Self:
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
        return cls(profile, ellipticity, position_angle, scale=r_h / unscaled)

    def _density(self, dx: np.ndarray, dy: np.ndarray) -> np.ndarray:
        sine, cosine = self._direction()
        major, minor = cosine * dy - sine * dx, cosine * dx + sine * dy
        return self._density_along_major_axis(np.hypot(major, minor / (1 - self.ellipticity)))

    def _surface_density(self, radius: np.ndarray) -> np.ndarray:
        stretch = np.hypot(np.cos(_angles()), np.sin(_angles()) / (1 - self.ellipticity))
        return _mean(lambda r: self._density_along_major_axis(r * stretch), radius)

    def _number_fraction(self, radius: np.ndarray) -> np.ndarray:
        # Flattening takes a star to this fraction of its circular distance.
        squeeze = np.hypot(np.cos(_angles()), (1 - self.ellipticity) * np.sin(_angles()))
        return _mean(lambda r: self.profile.number_fraction(r / (self.scale * squeeze)), radius)

    def _radius_of_fraction(self, fraction: np.ndarray) -> np.ndarray:
        major = self.scale * self.profile.radius_of_fraction(fraction)
        sought = (major > 0) & np.isfinite(major) & (fraction < 1) & (self.ellipticity > 0)
        radius = np.array(major, dtype=float)
        if np.any(sought):
            outer = radius[sought]
            # The circle holds more than an ellipse inside of it, and less than one around it.
            radius[sought] = find_root(
                lambda r, f: self.number_fraction(r) - f,
                (outer * (1 - self.ellipticity) * (1 - 1e-9), outer * (1 + 1e-9)),
                args=(fraction[sought],),
            ).x
        return radius

    def _sample(self, n: int, rng: np.random.Generator) -> np.ndarray:
        major, minor = self.scale * self.profile.sample(n, rng).T
        minor = minor * (1 - self.ellipticity)
        sine, cosine = self._direction()
        return np.stack([cosine * minor - sine * major, sine * minor + cosine * major], axis=-1)

    def _direction(self) -> tuple[float, float]:
        angle = np.deg2rad(self.position_angle)
        return np.sin(angle), np.cos(angle)

    def _density_along_major_axis(self, major: np.ndarray) -> np.ndarray:
        area = self.scale**2 * (1 - self.ellipticity)
        return self.profile.surface_density(major / self.scale) / area

    def __repr__(self) -> str:
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

    def __init__(
        self,
        family: ProfileFamily,
        ellipticity: float | tuple[float, float] = (0.0, 0.4),
        position_angle: float | tuple[float, float] = (0.0, 180.0),
    ) -> None:
        self.family = family
        self.ellipticity = checked_range("ellipticity", ellipticity, _checked_ellipticity)
        self.position_angle = checked_range("position_angle", position_angle, _checked_angle)

    def _draw(self, half_number_radius: float, rng: np.random.Generator) -> EllipticalProfile:
        profile = self.family.draw(half_number_radius, rng)
        ellipticity, angle = rng.uniform(*self.ellipticity), rng.uniform(*self.position_angle)
        return EllipticalProfile.from_half_number_radius(
            half_number_radius, profile, ellipticity, angle
        )

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.family}, ellipticity={self.ellipticity}, "
            f"position_angle={self.position_angle})"
        )


def _angles() -> np.ndarray:
    # A quarter of a turn stands for all, by symmetry.
    return (np.arange(ELLIPSE_NODES) + 0.5) * (np.pi / 2 / ELLIPSE_NODES)


def _mean(law: Callable[[np.ndarray], np.ndarray], radius: np.ndarray) -> np.ndarray:
    flat = radius.reshape(-1, 1)
    blocks = (flat[i : i + ELLIPSE_BLOCK] for i in range(0, len(flat), ELLIPSE_BLOCK))
    means = [law(block).mean(axis=1) for block in blocks]
    return np.concatenate([np.empty(0), *means]).reshape(radius.shape)


def _checked_angle(angle: float) -> float:
    angle = float(angle)
    if not np.isfinite(angle):
        raise ValueError(f"position_angle = {angle}: pass finite degrees")
    return angle


def _checked_ellipticity(ellipticity: float) -> float:
    ellipticity = float(ellipticity)
    if not 0 <= ellipticity <= _FLATTEST:
        raise ValueError(
            f"ellipticity = {ellipticity} is 1 - b/a of the contours: pass 0 to {_FLATTEST}"
        )
    return ellipticity
