"""The empirical profile of King (1962), with a core and an edge."""

from __future__ import annotations

from functools import lru_cache
from typing import Self

import numpy as np

from clusternet.profiles.accuracy import KING_NEWTON_STEPS, KING_NODES
from clusternet.profiles.core import (
    ProfileFamily,
    SpatialProfile,
    checked_positive,
    checked_range,
)

__all__ = ["KingFamily", "KingProfile"]

_CONCENTRATIONS = (-1.0, 5.0)


class KingProfile(SpatialProfile):
    r"""Core and tidal edge, with the surface density of King (1962, AJ 67, 471, equation 14).

    .. math::

        \Sigma(r) \propto \left[ \left(1 + r^2/r_c^2\right)^{-1/2}
            - \left(1 + r_t^2/r_c^2\right)^{-1/2} \right]^2, \qquad r \le r_t

    The fraction of stars inside a circle has a closed form (equation 18 there). Its inverse,
    from which stars are drawn, is looked up in a table and polished by Newton's method: its
    error is below 1e-10 in the fraction of stars.

    Parameters
    ----------
    core_radius : float
        The radius r_c, in the unit of all lengths of this profile.
    tidal_radius : float
        The radius r_t beyond which there is no star.

    Raises
    ------
    ValueError
        If a length is not positive, or the concentration log10(r_t / r_c) is outside -1..5.

    Examples
    --------
    >>> from clusternet.profiles import KingProfile
    >>> profile = KingProfile(0.1, 3.0)
    >>> round(profile.concentration, 3), round(profile.half_number_radius, 4)
    (1.477, 0.2884)
    >>> profile.sample(3, rng=1).shape
    (3, 2)
    """

    def __init__(self, core_radius: float, tidal_radius: float) -> None:
        self.core_radius = checked_positive("core_radius", core_radius)
        self.tidal_radius = checked_positive("tidal_radius", tidal_radius)
        _checked_concentration(self.concentration)
        self._law = _king_law(self.tidal_radius / self.core_radius)

    @property
    def concentration(self) -> float:
        """The concentration c = log10(r_t / r_c)."""
        return float(np.log10(self.tidal_radius / self.core_radius))

    @classmethod
    def from_half_number_radius(cls, half_number_radius: float, concentration: float) -> Self:
        """Build the profile whose circle of this radius holds half of the stars.

        Parameters
        ----------
        half_number_radius : float
            Radius r_h of that circle on the sky.
        concentration : float
            log10 of the tidal radius over the core radius, in -1..5.

        Returns
        -------
        KingProfile
            Profile with that ``half_number_radius``.

        Raises
        ------
        ValueError
            As for the class.

        Examples
        --------
        >>> from clusternet.profiles import KingProfile
        >>> profile = KingProfile.from_half_number_radius(0.2, concentration=1.0)
        >>> profile
        KingProfile(core_radius=0.117453, tidal_radius=1.17453)
        >>> round(profile.half_number_radius, 9)
        0.2
        """
        r_h = checked_positive("half_number_radius", half_number_radius)
        ratio = 10 ** _checked_concentration(concentration)
        core = r_h / float(_king_law(ratio).radius(np.float64(0.5)))
        return cls(core, ratio * core)

    def _surface_density(self, radius: np.ndarray) -> np.ndarray:
        return self._law.density(radius / self.core_radius) / self.core_radius**2

    def _number_fraction(self, radius: np.ndarray) -> np.ndarray:
        return self._law.fraction(radius / self.core_radius)

    def _radius_of_fraction(self, fraction: np.ndarray) -> np.ndarray:
        return self.core_radius * self._law.radius(fraction)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(core_radius={self.core_radius:.6g}, "
            f"tidal_radius={self.tidal_radius:.6g})"
        )


class KingFamily(ProfileFamily):
    """King profiles whose concentration is drawn uniformly from a range.

    The default range is that of the globular clusters of the Milky Way (Harris 1996, AJ 112,
    1487), which reach from about 0.5 to the 2.5 of collapsed cores.

    Parameters
    ----------
    concentration : tuple of float or float
        Range (lowest, highest) of log10 of the tidal radius over the core radius, or one value
        for all.

    Raises
    ------
    ValueError
        If the range is reversed, or reaches outside -1..5.

    Examples
    --------
    >>> from clusternet.profiles import KingFamily
    >>> profile = KingFamily(concentration=(0.5, 2.5)).draw(0.1, rng=3)
    >>> round(profile.half_number_radius, 6), 0.5 <= profile.concentration <= 2.5
    (0.1, True)
    """

    def __init__(self, concentration: float | tuple[float, float] = (0.5, 2.5)) -> None:
        self.concentration = checked_range("concentration", concentration, _checked_concentration)

    def _draw(self, half_number_radius: float, rng: np.random.Generator) -> KingProfile:
        return KingProfile.from_half_number_radius(
            half_number_radius, rng.uniform(*self.concentration)
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(concentration={self.concentration})"


class _KingLaw:
    """A King profile of core radius 1."""

    def __init__(self, edge: float) -> None:
        self.edge = edge
        self.root = np.hypot(1.0, edge)
        self.total = self._enclosed(edge)
        # Even in the logarithm outside the core, in the radius inside of it.
        self.radii = np.sinh(np.linspace(0.0, np.arcsinh(edge), KING_NODES))
        self.radii[-1] = edge
        self.fractions = self._enclosed(self.radii) / self.total

    def _enclosed(self, r):
        # Integral of 2 r Sigma, written in sqrt(1 + r^2) - 1 so that small radii keep all digits.
        w = r * r / (1 + np.hypot(1.0, r))
        return 2 * np.log1p(w) - 4 * w / self.root + w * (w + 2) / self.root**2

    def density(self, r):
        step = 1 / np.hypot(1.0, r) - 1 / self.root
        return np.where(r <= self.edge, step**2, 0.0) / (np.pi * self.total)

    def fraction(self, r):
        return self._enclosed(np.minimum(r, self.edge)) / self.total

    def radius(self, fraction):
        upper = np.clip(np.searchsorted(self.fractions, fraction), 1, KING_NODES - 1)
        low, high = self.radii[upper - 1], self.radii[upper]
        f_low, f_high = self.fractions[upper - 1], self.fractions[upper]
        # The stars inside grow as the area does, more nearly than as the radius.
        part = (fraction - f_low) / (f_high - f_low)
        r = np.sqrt(low**2 + part * (high**2 - low**2))
        for _ in range(KING_NEWTON_STEPS):
            slope = 2 * np.pi * r * self.density(r)
            step = (self.fraction(r) - fraction) / np.where(slope > 0, slope, np.inf)
            r = np.clip(r - step, low, high)
        return np.where(fraction == 1, self.edge, r)


@lru_cache(maxsize=64)
def _king_law(edge: float) -> _KingLaw:
    return _KingLaw(edge)


def _checked_concentration(concentration: float) -> float:
    concentration = float(concentration)
    low, high = _CONCENTRATIONS
    # The range is widened by a rounding error, as tidal radii are computed from its ends.
    if not low - 1e-9 <= concentration <= high + 1e-9:
        raise ValueError(
            f"concentration = {concentration:.6g} is log10 of the tidal radius over the core "
            f"radius: pass {low:g} to {high:g}"
        )
    return concentration
