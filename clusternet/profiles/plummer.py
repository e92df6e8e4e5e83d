"""The Plummer (1911) profile of relaxed clusters."""

from typing import Self

import numpy as np

from clusternet.profiles.core import ProfileFamily
from clusternet.profiles.eff import EFFProfile

__all__ = ["PlummerFamily", "PlummerProfile"]


class PlummerProfile(EFFProfile):
    r"""The projected Plummer sphere: surface density :math:`\propto (1 + r^2/a^2)^{-2}`.

    Plummer (1911, MNRAS 71, 460); the EFF profile of slope 4. Untruncated, half of the stars lie
    inside the scale radius on the sky: :math:`r_h = a`. The radius of the sphere in space that
    holds half of them is 1.305 a.

    Parameters
    ----------
    scale_radius : float
        The radius a, in the unit of all lengths of this profile.
    truncation_radius : float, optional
        No star lies beyond this radius. Infinite by default.

    Raises
    ------
    ValueError
        If a length is not positive.

    Examples
    --------
    >>> from clusternet.profiles import PlummerProfile
    >>> profile = PlummerProfile(0.1)
    >>> round(profile.half_number_radius, 6), profile.number_fraction([0.1, 0.3]).round(3).tolist()
    (0.1, [0.5, 0.9])
    """

    def __init__(self, scale_radius: float, *, truncation_radius: float | None = None) -> None:
        super().__init__(scale_radius, 4.0, truncation_radius=truncation_radius)

    @classmethod
    def from_half_number_radius(
        cls, half_number_radius: float, *, truncation_radius: float | None = None
    ) -> Self:
        """Build the profile whose circle of this radius holds half of the stars.

        Parameters
        ----------
        half_number_radius : float
            Radius r_h of that circle on the sky.
        truncation_radius : float, optional
            No star lies beyond this radius, and r_h counts only the stars inside it.

        Returns
        -------
        PlummerProfile
            Profile with that ``half_number_radius``.

        Raises
        ------
        ValueError
            If a length is not positive, or r_h is 0.707 of the truncation radius or more.

        Examples
        --------
        >>> from clusternet.profiles import PlummerProfile
        >>> PlummerProfile.from_half_number_radius(0.2)
        PlummerProfile(scale_radius=0.2, truncation_radius=None)
        """
        eff = EFFProfile.from_half_number_radius(
            half_number_radius, 4.0, truncation_radius=truncation_radius
        )
        return cls(eff.scale_radius, truncation_radius=eff.truncation_radius)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(scale_radius={self.scale_radius:.6g}, "
            f"truncation_radius={self.truncation_radius})"
        )


class PlummerFamily(ProfileFamily):
    """Plummer profiles, all of one shape.

    Parameters
    ----------
    truncation : float, optional
        Truncation radius of each cluster in units of its half-number radius, above 1.4143.
        No truncation by default.

    Raises
    ------
    ValueError
        If the truncation would leave no room for the half-number radius.

    Examples
    --------
    >>> from clusternet.profiles import PlummerFamily
    >>> PlummerFamily().draw(0.1)
    PlummerProfile(scale_radius=0.1, truncation_radius=None)
    """

    def __init__(self, *, truncation: float | None = None) -> None:
        self.truncation = None if truncation is None else float(truncation)
        PlummerProfile.from_half_number_radius(1.0, truncation_radius=self.truncation)

    def _draw(self, half_number_radius: float, rng: np.random.Generator) -> PlummerProfile:
        edge = None if self.truncation is None else self.truncation * half_number_radius
        return PlummerProfile.from_half_number_radius(half_number_radius, truncation_radius=edge)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(truncation={self.truncation})"
