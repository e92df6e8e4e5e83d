"""Rotation curves of discs."""

import astropy.units as u
import numpy as np

__all__ = ["RotationCurve"]


class RotationCurve:
    """A tabulated rotation curve: linear between the radii given, constant outside.

    Parameters
    ----------
    radius : `~astropy.units.Quantity`, shape (n,)
        Ascending lengths.
    speed : `~astropy.units.Quantity`, shape (n,)
        Speed of the disc there.

    Raises
    ------
    ValueError
        The lengths differ, are fewer than two, are not finite, or radii do not ascend from zero
        or more.

    Examples
    --------
    >>> import astropy.units as u
    >>> from clusternet.galaxy import RotationCurve
    >>> curve = RotationCurve([0, 2] * u.kpc, [0, 160] * u.km / u.s)
    >>> curve([500, 5000] * u.pc)
    <Quantity [ 40., 160.] km / s>
    """

    def __init__(self, radius: u.Quantity, speed: u.Quantity) -> None:
        self.radius = u.Quantity(radius, u.kpc).value
        self.speed = u.Quantity(speed, u.km / u.s).value
        if self.radius.ndim != 1 or self.radius.shape != self.speed.shape or len(self.radius) < 2:
            raise ValueError(f"{self.radius.shape} radii and {self.speed.shape} speeds; give two "
                             "or more of each")
        if not (np.isfinite([self.radius, self.speed]).all() and self.radius[0] >= 0
                and (np.diff(self.radius) > 0).all()):
            raise ValueError("radii and speeds must be finite, and radii ascend from zero or more")

    def __repr__(self) -> str:
        return (f"RotationCurve({len(self.radius)} radii, {self.radius[0]:g} to "
                f"{self.radius[-1]:g} kpc)")

    def __call__(self, radius: u.Quantity) -> u.Quantity:
        """Return the speed at a radius.

        Parameters
        ----------
        radius : `~astropy.units.Quantity`
            A length.

        Returns
        -------
        `~astropy.units.Quantity`
            km/s.
        """
        at = u.Quantity(radius, u.kpc).value
        return np.interp(at, self.radius, self.speed) * u.km / u.s
