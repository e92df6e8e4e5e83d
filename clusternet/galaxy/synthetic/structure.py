"""Smooth structure of a spiral galaxy: densities of stars, young stars and dust."""

from collections.abc import Sequence
from dataclasses import dataclass

import astropy.units as u
import numpy as np
from numpy.typing import ArrayLike

from clusternet.galaxy.arms.spirals import LogarithmicSpiral, spiral_turn

__all__ = ["M83_STRUCTURE", "GalaxyStructure", "RandomField"]


@dataclass(frozen=True)
class GalaxyStructure:
    """Settings of the shape of a `SyntheticGalaxy`; the defaults look like M83.

    They were chosen for this library; none is taken from a paper on mock
    backgrounds. Densities are initial stellar masses within the plane of the
    disc.

    Parameters
    ----------
    disc_density : float
        Central surface density of the old disc, Msun / pc^2.
    disc_scale : float
        Scale length of the disc (old stars, young stars and dust), kpc.
    bulge_density, bulge_scale : float
        Central surface density and scale length of the bulge.
    young_density : float
        Surface density of stars younger than 200 Myr at one scale length,
        Msun / pc^2: 0.4 of it between the arms, 0.4 ``arm_contrast`` of it on
        their spines.
    association_fraction : float
        Fraction of the young stars that are in associations.
    association_mass : tuple
        Limits of the masses of associations (number per mass falling as the
        inverse square), Msun.
    association_size : tuple
        Limits of the radii of associations (standard deviation in each direction), pc.
    association_log_age : tuple
        Limits of the ages of associations, log10 of years; the rate of formation is constant
        between them.
    n_arms : int
        Number of spiral arms.
    pitch_angle : float
        Pitch angle of the arms, degrees.
    arm_phase : float
        Angle of an arm at one scale length, degrees.
    arm_width : float
        Standard deviation across an arm, kpc.
    arm_contrast : float
        Density of young stars on an arm over that between the arms.
    dust : float
        A_V through the disc at one scale length, magnitudes: 0.4 of it between
        the lanes, 3.4 of it in their middle; never more than 6 magnitudes.
    dust_offset : float
        Distance of the dust lanes inside the arms along the radius, kpc.
    clumping : float
        Standard deviation of the logarithm of young stars and dust.
    sky : float
        Factor on the sky of each band.
    """

    disc_density: float = 550.0
    disc_scale: float = 2.4
    bulge_density: float = 6000.0
    bulge_scale: float = 0.15
    young_density: float = 1.2
    association_fraction: float = 0.6
    association_mass: tuple[float, float] = (300.0, 30000.0)
    association_size: tuple[float, float] = (8.0, 60.0)
    association_log_age: tuple[float, float] = (6.6, 8.3)
    n_arms: int = 2
    pitch_angle: float = 15.0
    arm_phase: float = 0.0
    arm_width: float = 0.35
    arm_contrast: float = 8.0
    dust: float = 0.5
    dust_offset: float = 0.25
    clumping: float = 0.8
    sky: float = 1.0

    def spine(self, radii: tuple[u.Quantity, u.Quantity]) -> LogarithmicSpiral:
        """Return the spine of the first arm; the others are turned by equal angles.

        Parameters
        ----------
        radii : tuple of `~astropy.units.Quantity`
            Innermost and outermost radius.

        Returns
        -------
        `~clusternet.galaxy.LogarithmicSpiral`
        """
        return LogarithmicSpiral(self.disc_scale * u.kpc, self.arm_phase * u.deg,
                                 self.pitch_angle * u.deg, radii)

    def spine_azimuth(self, radius: ArrayLike) -> np.ndarray:
        """Return the azimuth of the first arm's spine, in radians, at a radius in kpc."""
        turn = spiral_turn(np.asarray(radius) / self.disc_scale, np.radians(self.pitch_angle))
        return np.radians(self.arm_phase) + turn

    def _arm(self, radius, azimuth, offset=0.0):
        """Gaussian ridge across the nearest arm, 1 on its spine."""
        phase = azimuth - self.spine_azimuth(np.maximum(radius + offset, 1e-3))
        across = (phase * self.n_arms + np.pi) % (2 * np.pi) - np.pi
        distance = across / self.n_arms * radius * np.sin(np.radians(self.pitch_angle))
        return np.exp(-0.5 * (distance / self.arm_width) ** 2)

    def old(self, radius: ArrayLike) -> np.ndarray:
        """Return the surface density of old stars at a radius in kpc, Msun / pc^2."""
        radius = np.asarray(radius)
        return (self.disc_density * np.exp(-radius / self.disc_scale)
                + self.bulge_density * np.exp(-radius / self.bulge_scale))

    def young(self, radius: ArrayLike, azimuth: ArrayLike, field: ArrayLike) -> np.ndarray:
        """Return the surface density of young stars, Msun / pc^2.

        Parameters
        ----------
        radius, azimuth : array_like
            Place in the disc, kpc and radians.
        field : array_like
            Value of a Gaussian field of unit variance there, which makes the clumps.

        Returns
        -------
        numpy.ndarray
        """
        ridge = 1 + (self.arm_contrast - 1) * self._arm(radius, azimuth)
        return self.young_density * self._disc(radius) * ridge * self._clumps(field) / 2.5

    def a_v(self, radius: ArrayLike, azimuth: ArrayLike, field: ArrayLike) -> np.ndarray:
        """Return the extinction through the disc, magnitudes; arguments as those of `young`."""
        lane = 0.4 + 3.0 * self._arm(radius, azimuth, self.dust_offset)
        return np.minimum(self.dust * self._disc(radius) * lane * self._clumps(field), 6.0)

    def _disc(self, radius):
        """Exponential disc, 1 at one scale length."""
        return np.exp(1 - np.asarray(radius) / self.disc_scale)

    def _clumps(self, field):
        """Log-normal factor of mean 1."""
        return np.exp(self.clumping * np.asarray(field) - 0.5 * self.clumping**2)


#: Tuned on an arm of M83 and the space between its arms (``benchmarks/backgrounds.py``).
M83_STRUCTURE = GalaxyStructure(
    disc_density=1000.0, young_density=0.22, association_fraction=0.7, arm_width=0.2,
    arm_contrast=250.0, dust=0.3, dust_offset=0.35, clumping=1.0)


class RandomField:
    """A smooth Gaussian field of unit variance, the same wherever it is evaluated.

    A sum of plane waves of seeded directions and phases, with wavelengths
    spread logarithmically.

    Parameters
    ----------
    rng : int, sequence of int or `numpy.random.Generator`
        Source of randomness.
    wavelengths : tuple
        Shortest and longest, in the unit of the positions.
    n_waves : int
        Number of waves.
    """

    def __init__(self, rng: int | Sequence[int] | np.random.Generator | None,
                 wavelengths: tuple[float, float], *, n_waves: int = 96) -> None:
        rng = np.random.default_rng(rng)
        k = 2 * np.pi / np.geomspace(*wavelengths, n_waves)
        angle = rng.uniform(0, 2 * np.pi, n_waves)
        self._kx, self._ky = k * np.cos(angle), k * np.sin(angle)
        self._phase = rng.uniform(0, 2 * np.pi, n_waves)

    def __call__(self, x: ArrayLike, y: ArrayLike) -> np.ndarray:
        """Return the field at positions of any one shape."""
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        value = np.zeros(np.broadcast(x, y).shape)
        for kx, ky, phase in zip(self._kx, self._ky, self._phase, strict=True):
            value += np.cos(kx * x + ky * y + phase)
        return value * np.sqrt(2 / len(self._kx))
