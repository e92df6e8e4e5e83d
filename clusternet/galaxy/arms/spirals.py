"""Logarithmic spirals in the plane of a disc."""
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportOperatorIssue=false
# The stubs of astropy and regions know neither units nor what coordinates hold.

from dataclasses import dataclass

import astropy.units as u
import numpy as np
from astropy.coordinates import SkyCoord
from numpy.typing import ArrayLike

from clusternet.galaxy.accuracy import SPIRAL_STEP
from clusternet.galaxy.core import Galaxy

__all__ = ["LogarithmicSpiral", "fit_logarithmic", "spiral_turn"]


def spiral_turn(ratio: ArrayLike, pitch: float) -> np.ndarray:
    r"""Return the angle by which a logarithmic spiral turns while its radius grows by a factor.

    Parameters
    ----------
    ratio : array_like
        The factor, :math:`R / R_0`.
    pitch : float
        Pitch angle in radians.

    Returns
    -------
    numpy.ndarray
        :math:`\ln(R / R_0) / \tan p`, in radians.
    """
    return np.log(ratio) / np.tan(pitch)


@dataclass(frozen=True)
class LogarithmicSpiral:
    r"""A logarithmic spiral: :math:`R = R_0 \exp((\phi - \phi_0) \tan p)`.

    Parameters
    ----------
    r0 : `~astropy.units.Quantity`
        Radius within the disc at azimuth ``phi0``.
    phi0 : `~astropy.units.Quantity`
        An azimuth within the disc, as those of `Galaxy.polar`.
    pitch : `~astropy.units.Quantity`
        Pitch angle, between -90 and 90 deg. Positive where the azimuth grows outwards: such arms
        trail in galaxies that turn clockwise.
    radii : tuple of `~astropy.units.Quantity`
        Innermost and outermost radius of the arm.

    Raises
    ------
    ValueError
        The pitch is 0 or not within 90 deg, or the radii do not ascend from more than zero.

    Examples
    --------
    >>> import astropy.units as u
    >>> from clusternet.galaxy import LogarithmicSpiral
    >>> arm = LogarithmicSpiral(2 * u.kpc, 0 * u.deg, 15 * u.deg, (1 * u.kpc, 6 * u.kpc))
    >>> print(arm.azimuth(3 * u.kpc).to(u.deg).round(2))
    86.7 deg
    """

    r0: u.Quantity
    phi0: u.Quantity
    pitch: u.Quantity
    radii: tuple[u.Quantity, u.Quantity]

    def __post_init__(self) -> None:
        if not 0 < abs(self.pitch.to_value(u.deg)) < 90:
            raise ValueError(f"pitch is {self.pitch}; give an angle within 90 deg, not 0")
        if not self.r0.to_value(u.kpc) > 0:
            raise ValueError(f"r0 is {self.r0}; give a positive length")
        if len(self.radii) != 2 or not 0 * u.kpc < self.radii[0] < self.radii[1]:
            raise ValueError(f"radii are {self.radii}; give the inner and the outer one")

    def azimuth(self, radius: u.Quantity) -> u.Quantity:
        """Azimuth at a radius, in radians; not wrapped."""
        ratio = (u.Quantity(radius) / self.r0).to_value("")
        return self.phi0.to(u.rad) + spiral_turn(ratio, self.pitch.to_value(u.rad)) * u.rad

    def radius(self, azimuth: u.Quantity) -> u.Quantity:
        """Radius at an azimuth; that of another turn of the spiral for an azimuth 2 pi away."""
        turn = (u.Quantity(azimuth) - self.phi0).to_value(u.rad)
        return self.r0 * np.exp(turn * np.tan(self.pitch).value)

    def curve(self, galaxy: Galaxy) -> SkyCoord:
        """Return closely spaced points on the sky, from the inner radius outwards.

        Parameters
        ----------
        galaxy : `Galaxy`
            The galaxy in whose disc the spiral lies.

        Returns
        -------
        `~astropy.coordinates.SkyCoord`
        """
        inner, outer = self.azimuth(u.Quantity(self.radii)).value
        n_points = int(np.ceil(abs(outer - inner) / SPIRAL_STEP)) + 2
        azimuth = np.linspace(inner, outer, n_points) * u.rad
        return galaxy.sky(self.radius(azimuth), azimuth)


def fit_logarithmic(curve: SkyCoord, galaxy: Galaxy) -> LogarithmicSpiral:
    """Fit a logarithmic spiral to a curve, by least squares in log R against azimuth.

    Parameters
    ----------
    curve : `~astropy.coordinates.SkyCoord`, shape (n,)
        Points along an arm, in order, no two neighbours half a turn or more apart.
    galaxy : `Galaxy`
        Centre and orientation.

    Returns
    -------
    `LogarithmicSpiral`
        It ends at the radii of the innermost and outermost points.

    Raises
    ------
    ValueError
        There are fewer than two points, or radii or azimuths are all the same.

    Examples
    --------
    >>> import astropy.units as u
    >>> from clusternet.galaxy import M83, LogarithmicSpiral, fit_logarithmic
    >>> arm = LogarithmicSpiral(2 * u.kpc, 0 * u.deg, 15 * u.deg, (1 * u.kpc, 6 * u.kpc))
    >>> print(fit_logarithmic(arm.curve(M83), M83).pitch.round(6))
    15.0 deg
    """
    radius, azimuth = (values.value for values in galaxy.polar(curve))
    if radius.size < 2 or np.ptp(radius) == 0 or np.ptp(azimuth) == 0:
        raise ValueError(f"no spiral runs through {radius.size} points with the radii and azimuths "
                         "given; give two or more points along an arm")
    azimuth, log_radius = np.unwrap(azimuth), np.log(radius)
    middle = azimuth.mean()
    slope = np.sum((azimuth - middle) * log_radius) / np.sum((azimuth - middle) ** 2)
    return LogarithmicSpiral(np.exp(log_radius.mean()) * u.kpc, np.degrees(middle) * u.deg,
                             np.degrees(np.arctan(slope)) * u.deg,
                             (radius.min() * u.kpc, radius.max() * u.kpc))
