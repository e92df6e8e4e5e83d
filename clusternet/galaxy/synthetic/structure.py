"""Smooth structure of a spiral galaxy: where its stars, its young stars and its dust lie."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

__all__ = ["M83_STRUCTURE", "GalaxyStructure", "RandomField"]


@dataclass(frozen=True)
class GalaxyStructure:
    """Numbers that shape a `SyntheticGalaxy`; the defaults look like M83.

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
        The same for the bulge.
    young_density : float
        Surface density of stars younger than 200 Myr at one scale length,
        Msun / pc^2: 0.4 of it between the arms, 0.4 ``arm_contrast`` of it on
        their spines.
    association_fraction : float
        Part of the young stars that are in associations.
    association_mass : tuple
        Limits of the masses of associations (number per mass falling as the
        inverse square), Msun.
    association_size : tuple
        Limits of their radii (standard deviation in each direction), pc.
    association_log_age : tuple
        Limits of their ages, log10 of years; between them all ages are alike.
    n_arms : int
        Spiral arms.
    pitch_angle : float
        Degrees.
    arm_phase : float
        Angle of an arm at one scale length, degrees.
    arm_width : float
        Standard deviation across an arm, kpc.
    arm_contrast : float
        Young stars on an arm for one between the arms.
    dust : float
        A_V through the disc at one scale length, magnitudes: 0.4 of it between
        the lanes, 3.4 of it in their middle; never more than 6 magnitudes.
    dust_offset : float
        How far the dust lanes lie inside the arms, kpc.
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
    association_mass: tuple = (300.0, 30000.0)
    association_size: tuple = (8.0, 60.0)
    association_log_age: tuple = (6.6, 8.3)
    n_arms: int = 2
    pitch_angle: float = 15.0
    arm_phase: float = 0.0
    arm_width: float = 0.35
    arm_contrast: float = 8.0
    dust: float = 0.5
    dust_offset: float = 0.25
    clumping: float = 0.8
    sky: float = 1.0

    def to_dict(self):
        """All settings, plain values."""
        return asdict(self)

    def _arm(self, radius, azimuth, offset=0.0):
        """Gaussian ridge across the nearest arm, 1 on its spine."""
        tan = np.tan(np.radians(self.pitch_angle))
        shifted = np.maximum(radius + offset, 1e-3)
        phase = azimuth - np.radians(self.arm_phase) - np.log(shifted / self.disc_scale) / tan
        across = (phase * self.n_arms + np.pi) % (2 * np.pi) - np.pi
        distance = across / self.n_arms * radius * np.sin(np.radians(self.pitch_angle))
        return np.exp(-0.5 * (distance / self.arm_width) ** 2)

    def old(self, radius):
        """Surface density of old stars at a radius in kpc, Msun / pc^2."""
        return (self.disc_density * np.exp(-radius / self.disc_scale)
                + self.bulge_density * np.exp(-radius / self.bulge_scale))

    def young(self, radius, azimuth, field):
        """Surface density of young stars; ``field`` is a unit Gaussian field."""
        ridge = 1 + (self.arm_contrast - 1) * self._arm(radius, azimuth)
        clumps = np.exp(self.clumping * field - 0.5 * self.clumping**2)
        return self.young_density * np.exp(1 - radius / self.disc_scale) * ridge * clumps / 2.5

    def a_v(self, radius, azimuth, field):
        """Extinction through the disc, magnitudes."""
        lane = 0.4 + 3.0 * self._arm(radius, azimuth, self.dust_offset)
        clumps = np.exp(self.clumping * field - 0.5 * self.clumping**2)
        return np.minimum(self.dust * np.exp(1 - radius / self.disc_scale) * lane * clumps, 6.0)


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
                 wavelengths: tuple[float, float], *, n_waves: int = 96):
        rng = np.random.default_rng(rng)
        k = 2 * np.pi / np.geomspace(*wavelengths, n_waves)
        angle = rng.uniform(0, 2 * np.pi, n_waves)
        self._kx, self._ky = k * np.cos(angle), k * np.sin(angle)
        self._phase = rng.uniform(0, 2 * np.pi, n_waves)

    def __call__(self, x, y):
        """The field at positions of any one shape."""
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        value = np.zeros(np.broadcast(x, y).shape)
        for kx, ky, phase in zip(self._kx, self._ky, self._phase, strict=True):
            value += np.cos(kx * x + ky * y + phase)
        return value * np.sqrt(2 / len(self._kx))
