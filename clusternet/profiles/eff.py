"""The Elson, Fall & Freeman (1987) profile of young clusters."""

from __future__ import annotations

from typing import Self

import numpy as np
from scipy.optimize import root_scalar

from clusternet.profiles.core import (
    ProfileFamily,
    SpatialProfile,
    checked_positive,
    checked_range,
)

__all__ = ["EFFFamily", "EFFProfile"]


class EFFProfile(SpatialProfile):
    r"""Power law with a core: surface density :math:`\propto (1 + r^2/a^2)^{-\gamma/2}`.

    Elson, Fall & Freeman (1987, ApJ 323, 54). Untruncated,
    :math:`r_h = a \sqrt{2^{2/(\gamma-2)} - 1}`, which diverges at :math:`\gamma = 2`: at or below
    that the profile must be truncated. A slope of 4 is the Plummer profile.

    Parameters
    ----------
    scale_radius : float
        The radius a, in the unit of all lengths of this profile.
    gamma : float
        Slope of the outer power law of the surface density.
    truncation_radius : float, optional
        No star lies beyond this radius. Infinite by default.

    Raises
    ------
    ValueError
        If a length is not positive, or ``gamma`` is 2 or less without a truncation.

    Examples
    --------
    >>> from clusternet.profiles import EFFProfile
    >>> profile = EFFProfile(0.1, gamma=3.0)
    >>> round(profile.half_number_radius, 4)
    0.1732
    >>> profile.sample(3, rng=1).shape
    (3, 2)
    >>> EFFProfile.from_half_number_radius(0.2, gamma=4.0)
    EFFProfile(scale_radius=0.2, gamma=4.0, truncation_radius=None)
    """

    def __init__(
        self, scale_radius: float, gamma: float, *, truncation_radius: float | None = None
    ) -> None:
        self.scale_radius = checked_positive("scale_radius", scale_radius)
        self.gamma = _checked_gamma(gamma, truncation_radius is not None)
        self.truncation_radius = (
            None
            if truncation_radius is None
            else checked_positive("truncation_radius", truncation_radius)
        )
        self._total = float(_enclosed((self._edge / self.scale_radius) ** 2, self.gamma))

    @classmethod
    def from_half_number_radius(
        cls, half_number_radius: float, gamma: float, *, truncation_radius: float | None = None
    ) -> Self:
        """Build the profile whose circle of this radius holds half of the stars.

        Parameters
        ----------
        half_number_radius : float
            Radius r_h of that circle on the sky.
        gamma : float
            Slope of the outer power law of the surface density.
        truncation_radius : float, optional
            No star lies beyond this radius, and r_h counts only the stars inside it.

        Returns
        -------
        EFFProfile
            Profile with that ``half_number_radius``.

        Raises
        ------
        ValueError
            As for the class, or if no scale radius gives this r_h inside the truncation: a
            uniform disc has r_h = 0.707 of its edge, the most there can be, and slopes below 2
            have a least r_h as well.

        Examples
        --------
        >>> from clusternet.profiles import EFFProfile
        >>> profile = EFFProfile.from_half_number_radius(0.1, gamma=2.0, truncation_radius=1.0)
        >>> round(profile.half_number_radius, 6)
        0.1
        """
        r_h = checked_positive("half_number_radius", half_number_radius)
        gamma = _checked_gamma(gamma, truncation_radius is not None)
        if truncation_radius is None:
            scale = r_h / np.sqrt(_argument(0.5 * _enclosed(np.inf, gamma), gamma))
            return cls(float(scale), gamma)
        edge = checked_positive("truncation_radius", truncation_radius)

        def excess(log_scale: float) -> float:
            u = np.exp(-2 * log_scale)
            return _enclosed(r_h**2 * u, gamma) / _enclosed(edge**2 * u, gamma) - 0.5

        # From a point core, in effect, to a uniform disc.
        low, high = np.log(r_h) - 150, np.log(edge) + 10
        if excess(low) <= 0 or excess(high) >= 0:
            raise ValueError(
                f"no EFF profile with gamma = {gamma} truncated at {edge} has half_number_radius "
                f"= {r_h}: keep it below 0.707 of the truncation radius, and raise gamma if it is "
                f"small against it"
            )
        log_scale = root_scalar(excess, bracket=(low, high), method="brentq", xtol=1e-13).root
        return cls(float(np.exp(log_scale)), gamma, truncation_radius=edge)

    @property
    def _edge(self) -> float:
        return np.inf if self.truncation_radius is None else self.truncation_radius

    def _surface_density(self, radius: np.ndarray) -> np.ndarray:
        u = (radius / self.scale_radius) ** 2
        density = (1 + u) ** (-self.gamma / 2) / (np.pi * self.scale_radius**2 * self._total)
        return np.where(radius <= self._edge, density, 0.0)

    def _number_fraction(self, radius: np.ndarray) -> np.ndarray:
        u = (radius / self.scale_radius) ** 2
        return np.minimum(_enclosed(u, self.gamma) / self._total, 1.0)

    def _radius_of_fraction(self, fraction: np.ndarray) -> np.ndarray:
        radius = self.scale_radius * np.sqrt(_argument(fraction * self._total, self.gamma))
        return np.minimum(radius, self._edge)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(scale_radius={self.scale_radius:.6g}, gamma={self.gamma}, "
            f"truncation_radius={self.truncation_radius})"
        )


class EFFFamily(ProfileFamily):
    """EFF profiles whose slope is drawn uniformly from a range.

    The range is this library's own choice, as the papers whose mocks it follows do not publish
    one: young clusters in the LMC have slopes of 2.2 to 3.2 (Elson et al. 1987), and 4 is the
    Plummer profile of relaxed ones. The lower end of 2.5 bounds the haloes: at 2.5 a tenth of
    the stars lie beyond 26 half-number radii, at 2.2 they would lie beyond 3,000.

    Parameters
    ----------
    gamma : tuple of float or float
        Range (lowest, highest) of the slope, or one slope for all.
    truncation : float, optional
        Truncation radius of each cluster in units of its half-number radius, above 1.4143.
        No truncation by default.

    Raises
    ------
    ValueError
        If the range is reversed, not finite, or reaches down to 2 without a truncation, or if
        the truncation would leave no room for the half-number radius.

    Examples
    --------
    >>> from clusternet.profiles import EFFFamily
    >>> profile = EFFFamily(gamma=(2.5, 4.0)).draw(0.1, rng=3)
    >>> round(profile.half_number_radius, 6), 2.5 <= profile.gamma <= 4.0
    (0.1, True)
    """

    def __init__(
        self, gamma: float | tuple[float, float] = (2.5, 4.0), *, truncation: float | None = None
    ) -> None:
        self.gamma = checked_range(
            "gamma", gamma, lambda slope: _checked_gamma(slope, truncation is not None)
        )
        self.truncation = None if truncation is None else float(truncation)
        if truncation is not None:
            for slope in self.gamma:
                EFFProfile.from_half_number_radius(1.0, slope, truncation_radius=self.truncation)

    def _draw(self, half_number_radius: float, rng: np.random.Generator) -> EFFProfile:
        edge = None if self.truncation is None else self.truncation * half_number_radius
        return EFFProfile.from_half_number_radius(
            half_number_radius, rng.uniform(*self.gamma), truncation_radius=edge
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(gamma={self.gamma}, truncation={self.truncation})"


def _checked_gamma(gamma: float, truncated: bool) -> float:
    gamma = float(gamma)
    if not np.isfinite(gamma) or gamma <= 0 or (gamma <= 2 and not truncated):
        raise ValueError(
            f"gamma = {gamma}: an EFF profile needs gamma > 2, or a truncation radius and "
            f"gamma > 0, to hold a finite number of stars"
        )
    return gamma


def _enclosed(u, gamma: float):
    # Integral of (1 + u)^(-gamma/2) from 0; expm1 keeps it exact for small u and near gamma = 2.
    power = 1 - gamma / 2
    if power == 0:
        return np.log1p(u)
    return np.expm1(power * np.log1p(u)) / power


def _argument(enclosed, gamma: float):
    # Inverse of _enclosed; past the total it has no value, so rounding is clipped to infinity.
    power = 1 - gamma / 2
    if power == 0:
        return np.expm1(enclosed)
    with np.errstate(divide="ignore"):
        return np.expm1(np.log1p(np.maximum(power * enclosed, -1.0)) / power)
