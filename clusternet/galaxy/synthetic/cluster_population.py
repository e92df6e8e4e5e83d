"""Formation, drift and dissolution of the clusters of a galaxy."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields

import astropy.units as u
import numpy as np
from numpy.typing import ArrayLike

from clusternet.galaxy.accuracy import RADII
from clusternet.galaxy.core import Galaxy
from clusternet.galaxy.mass_functions import power_law_quantile
from clusternet.galaxy.synthetic.structure import GalaxyStructure

__all__ = ["ClusterPopulation"]

@dataclass(frozen=True)
class ClusterPopulation:
    r"""Clusters born in the arms of a `SyntheticGalaxy`, which drift off and dissolve.

    ``number`` clusters are drawn over the whole disc; those that have dissolved, and those off
    the image, are left out. Each is born on a ridge along an arm, or anywhere, in numbers that
    fall off with radius as the disc does, and has since gone along the azimuth, in the sense in
    which the galaxy turns, by its age times its drift speed.

    Across an arm of pitch angle :math:`p` a drift along the azimuth counts :math:`\sin p` of its
    length: 50 pc/Myr move clusters 13 pc/Myr away from an arm of 15 degrees.

    Parameters
    ----------
    number : int
        Clusters born, over the whole range of ages, masses and radii.
    radius : tuple
        Least and largest distance from the centre within the disc, kpc.
    log_age : tuple
        (youngest, oldest, step): log10 of years. Ages are snapped to the step.
    age_slope : float
        :math:`dN/dt \propto t^{-a}`: 0 for a constant rate of formation; 1 for equal numbers in
        every dex, as they are left where 90 % are lost in each.
    log_mass : tuple
        Least and largest initial mass, log10 of solar masses.
    mass_slope, mass_cut : float
        Schechter function of initial masses, :math:`dN/dM \propto M^{slope} \exp(-M / M_*)`,
        with :math:`M_*` in solar masses; infinity for a pure power law.
    arm_fraction : float
        Fraction of the clusters that are born on the ridges of the arms.
    birth_offset, birth_width : float
        Distance of the ridge from the spine of the arm, positive on the leading side, and
        standard deviation across it, kpc.
    drift : float, callable or None
        Speed relative to the arms along the azimuth, pc/Myr, positive in the sense in which the
        galaxy turns: a number, a function of the radius in kpc, or None for that of the galaxy's
        rotation curve and pattern speed (`Galaxy.drift`).
    drift_spread : float
        Standard deviation of that speed from cluster to cluster, pc/Myr.
    survival_per_dex : float
        Fraction of the clusters of any mass that survive each tenfold of age, counted from the
        youngest; 0.1 loses 90 % a dex. 1 switches it off.
    lifetime : float or None
        Of a cluster of 10,000 solar masses, Myr; :math:`t_4 (M / 10^4 M_\odot)^\gamma` for others
        (Boutloukos & Lamers 2003). Older ones are gone. None switches it off.
    lifetime_slope : float
        The exponent :math:`\gamma`.
    size : float
        Median half-number radius of clusters of 10,000 solar masses and 100 Myr at one scale
        length of the disc, pc.
    size_spread : float
        Standard deviation of its log10, dex.
    size_mass, size_age : float
        Slopes of log10 of the radius with those of mass and age.
    size_gradient : tuple
        Growth of log10 of the radius outwards, dex per kpc, of clusters up to 10 Myr and from
        1 Gyr; in between it goes linearly with log10 of the age. ``(0, 0.1)`` makes old clusters
        compact towards the centre.
    natal_a_v, natal_time : float
        Mean extinction by the dust in which a cluster is born, magnitudes, at age zero, and the
        time in Myr within which it falls by a factor e. It adds to the dust of the disc, in which
        clusters lie at random depths.
    magnitude_limits : dict
        Faintest apparent Vega magnitude in some bands. Empty by default: nature knows no limit,
        and faint clusters are simply not seen.

    Examples
    --------
    >>> from clusternet.galaxy import M83, ClusterPopulation, GalaxyStructure
    >>> formed = ClusterPopulation(number=1000, lifetime=100.0)
    >>> clusters = formed.draw(GalaxyStructure(), M83, rng=1)
    >>> len(clusters["log_age"])
    352
    """

    number: int = 10_000
    radius: tuple[float, float] = (0.3, 7.0)
    log_age: tuple[float, float, float] = (6.6, 10.1, 0.05)
    age_slope: float = 1.0
    log_mass: tuple[float, float] = (3.5, 6.0)
    mass_slope: float = -2.0
    mass_cut: float = 1.6e5
    arm_fraction: float = 0.8
    birth_offset: float = 0.0
    birth_width: float = 0.15
    drift: float | Callable[[np.ndarray], np.ndarray] | None = 50.0
    drift_spread: float = 10.0
    survival_per_dex: float = 1.0
    lifetime: float | None = None
    lifetime_slope: float = 0.62
    size: float = 2.5
    size_spread: float = 0.2
    size_mass: float = 0.1
    size_age: float = 0.0
    size_gradient: tuple[float, float] = (0.0, 0.1)
    natal_a_v: float = 0.5
    natal_time: float = 5.0
    magnitude_limits: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("radius", "log_age", "log_mass"):
            lo, hi = getattr(self, name)[:2]
            if not lo < hi:
                raise ValueError(f"{name} runs from {lo} to {hi}; the lower limit comes first")
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, int | float) and item.name not in _SIGNED and not value >= 0:
                raise ValueError(f"{item.name} is {value}; it cannot be negative")
        for name in ("arm_fraction", "survival_per_dex"):
            if getattr(self, name) > 1:
                raise ValueError(f"{name} is {getattr(self, name)}; give a fraction")
        for name in ("mass_cut", "natal_time", "size"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} is {getattr(self, name)}; give a positive number")

    def draw(self, structure: GalaxyStructure, galaxy: Galaxy,
             rng: int | np.random.Generator | None = None) -> dict[str, np.ndarray]:
        """Draw the clusters that are still there.

        Parameters
        ----------
        structure : `GalaxyStructure`
            Arms and scale length.
        galaxy : `Galaxy`
            Sense of rotation and, where ``drift`` is None, its speed.
        rng : int or `numpy.random.Generator`, optional
            Source of randomness.

        Returns
        -------
        dict of str to numpy.ndarray, shape (cluster,)
            ``radius`` (kpc), ``azimuth`` and ``birth_azimuth`` (radians within the disc, as those
            of `Galaxy.deproject`), ``drift`` (pc/Myr), ``log_age``, ``log_mass`` and ``log_r_h``
            (log10 of pc).

        Raises
        ------
        ValueError
            The sense of rotation is not known, or a speed is needed and not known.
        """
        if galaxy.rotation is None:
            raise ValueError(f"the sense of rotation of {galaxy.name} is not known, on which the "
                             "drift of its clusters depends; give it with "
                             "dataclasses.replace(galaxy, rotation=-1)")
        rng = np.random.default_rng(rng)
        n = int(self.number)
        radius = self._radii(structure.disc_scale, rng.random(n))
        log_age = self._log_ages(rng.random(n))
        log_mass = self._log_masses(n, rng)
        turn = galaxy.rotation
        born = self._birth_azimuths(structure, turn, radius, rng)
        speed = self._speeds(galaxy, radius) + self.drift_spread * rng.standard_normal(n)
        azimuth = born + turn * speed * 10 ** (log_age - 6) / (1000 * radius)
        log_r_h = (np.log10(self.size) + self.size_spread * rng.standard_normal(n)
                   + self.size_mass * (log_mass - 4) + self.size_age * (log_age - 8)
                   + np.interp(log_age, (7, 9), self.size_gradient)
                   * (radius - structure.disc_scale))
        alive = rng.random(n) < self.survival_per_dex ** (log_age - self.log_age[0])
        if self.lifetime is not None:
            alive &= 10 ** (log_age - 6) < self.lifetime * 10 ** (
                self.lifetime_slope * (log_mass - 4))
        values = {"radius": radius, "azimuth": azimuth, "birth_azimuth": born, "drift": speed,
                  "log_age": log_age, "log_mass": log_mass, "log_r_h": log_r_h}
        return {name: value[alive] for name, value in values.items()}

    def natal_extinction(self, log_age: ArrayLike, rng: np.random.Generator) -> np.ndarray:
        """Draw extinctions by the dust of birth, in magnitudes, exponentially distributed."""
        mean = self.natal_a_v * np.exp(-(10 ** (np.asarray(log_age) - 6)) / self.natal_time)
        return mean * rng.standard_exponential(np.shape(log_age))

    def _radii(self, scale, part):
        """Radii of an exponential disc."""
        radii = self.radius[0] + (self.radius[1] - self.radius[0]) * np.linspace(0, 1, RADII)
        density = radii * np.exp(-radii / scale)
        cumulative = np.concatenate([[0], np.cumsum(density[1:] + density[:-1])])
        return np.interp(part * cumulative[-1], cumulative, radii)

    def _log_ages(self, part):
        lo, hi, step = self.log_age
        age = power_law_quantile(part, -self.age_slope, 10.0**lo, 10.0**hi)
        return np.clip(np.round(lo + step * np.round((np.log10(age) - lo) / step), 6), lo, hi)

    def _log_masses(self, n, rng):
        lo, hi = (10.0**edge for edge in self.log_mass)
        masses = np.empty(0)
        while len(masses) < n:
            trial = power_law_quantile(rng.random(2 * n), self.mass_slope, lo, hi)
            kept = rng.random(len(trial)) < np.exp((lo - trial) / self.mass_cut)
            masses = np.concatenate([masses, trial[kept]])
        return np.log10(masses[:n])

    def _birth_azimuths(self, structure, turn, radius, rng):
        pitch = np.radians(structure.pitch_angle)
        arm = rng.integers(structure.n_arms, size=len(radius))
        across = self.birth_offset + self.birth_width * rng.standard_normal(len(radius))
        on_arm = (structure.spine_azimuth(radius) + 2 * np.pi * arm / structure.n_arms
                  + turn * across / (radius * abs(np.sin(pitch))))
        anywhere = 2 * np.pi * rng.random(len(radius))
        return np.where(rng.random(len(radius)) < self.arm_fraction, on_arm, anywhere)

    def _speeds(self, galaxy, radius):
        if self.drift is None:
            return galaxy.drift(radius * u.kpc).value
        return self.drift(radius) if callable(self.drift) else np.full(len(radius), self.drift)


#: Numbers that may be negative.
_SIGNED = {"mass_slope", "age_slope", "birth_offset", "drift", "lifetime_slope", "size_mass",
           "size_age"}
