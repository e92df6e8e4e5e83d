"""Stars of the disc and the bulge of a synthetic galaxy, by blocks."""
# pyright: reportOperatorIssue=false
# The stubs of astropy know neither units nor what coordinates hold.

import astropy.units as u
import numpy as np
from numpy.typing import ArrayLike

from clusternet.galaxy.accuracy import BLOCK, CELL
from clusternet.galaxy.core import Galaxy
from clusternet.galaxy.synthetic.fieldstars import FieldPopulation
from clusternet.galaxy.synthetic.structure import GalaxyStructure, RandomField
from clusternet.stars import StellarPopulation

__all__ = ["DiscStars", "Points"]

#: Ages of the old stars, log10 of years; their mass grows as the square root of the age.
_OLD = np.arange(8.4, 10.11, 0.1)
#: Ages of the young stars, formed at a constant rate.
_YOUNG = np.arange(6.6, 8.31, 0.1)

#: Places x and y in pixels, shape (star,), and fluxes, shape (star, band), in electron/s.
Points = tuple[np.ndarray, np.ndarray, np.ndarray]


class DiscStars:
    """Old and young stars, associations and dust: all of a galaxy but its clusters.

    Parameters
    ----------
    shape : tuple of int
        (ny, nx) of the whole image.
    galaxy : `Galaxy`
        Geometry and distance.
    structure : `GalaxyStructure`
        Densities, arms, dust.
    population : `~clusternet.stars.StellarPopulation`
        Light of the stars.
    pixel_scale : `~astropy.units.Quantity`
        Angle from one pixel to the next.
    flux_limit : float
        Faintest star drawn by itself, electron/s in its brightest band.
    seed : int
        Seed of the clumps.

    Raises
    ------
    ValueError
        If there is no age between those of the associations.
    """

    def __init__(self, shape: tuple[int, int], galaxy: Galaxy, structure: GalaxyStructure,
                 population: StellarPopulation, pixel_scale: u.Quantity, flux_limit: float,
                 seed: int) -> None:
        self._shape, self._galaxy, self._structure = shape, galaxy, structure
        self._population = population
        self._scale = pixel_scale.to_value(u.arcsec)
        self._old = FieldPopulation(population, _OLD, 10 ** (0.5 * _OLD), flux_limit)
        weights = 10**_YOUNG / np.sum(10**_YOUNG)
        lowest, highest = structure.association_log_age
        chosen = (lowest - 0.01 < _YOUNG) & (highest + 0.01 > _YOUNG)
        if not chosen.any():
            raise ValueError(f"association_log_age is {structure.association_log_age}; give "
                             f"two ages between {_YOUNG[0]:.1f} and {_YOUNG[-1]:.1f}, 0.1 or more "
                             "apart")
        self._association_weights = weights * chosen / weights[chosen].sum()
        self._young = FieldPopulation(population, _YOUNG, weights, flux_limit)
        self._clumps = RandomField([seed, 1], (1.0, 40.0))
        self._dust = RandomField([seed, 2], (0.6, 30.0))

    def surface(self, x: ArrayLike, y: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return old and young stellar mass per pixel (Msun) and A_V at places in pixels."""
        east = -(np.asarray(x) - (self._shape[1] - 1) / 2) * self._scale
        north = (np.asarray(y) - (self._shape[0] - 1) / 2) * self._scale
        radius, azimuth = self._galaxy.deproject(east, north)
        radius = radius * self._galaxy.parsecs_per_arcsec / 1000
        pixel_area = (self._scale * self._galaxy.parsecs_per_arcsec) ** 2
        pixel_area /= np.cos(self._galaxy.inclination.to_value(u.rad))
        old = self._structure.old(radius) * pixel_area
        young = self._structure.young(radius, azimuth, self._clumps(east, north)) * pixel_area
        return old, young, self._structure.a_v(radius, azimuth, self._dust(east, north))

    def draw(self, by: int, bx: int, rng: np.random.Generator) -> list[Points]:
        """Draw the stars of a block that are bright enough to be drawn by themselves."""
        x, y = self._grid(by, bx)
        old, young, a_v = self.surface(x, y)
        loose = 1 - self._structure.association_fraction
        drawn = []
        for surface, field in ((old, self._old), (young * loose, self._young)):
            n = rng.poisson(surface * CELL**2 * field.star_rate).ravel()
            cell = np.repeat(np.arange(n.size), n)
            sx = x.ravel()[cell] + CELL * (rng.random(len(cell)) - 0.5)
            sy = y.ravel()[cell] + CELL * (rng.random(len(cell)) - 0.5)
            depth = rng.random(len(cell)) * a_v.ravel()[cell]
            dimming = 10 ** (-0.4 * depth[:, None] * self._population.band_extinction)
            drawn.append((sx, sy, field.draw(len(cell), rng) * dimming))
        return drawn + self._associations(x, y, young, a_v, rng)

    def smooth(self, by: int, bx: int) -> np.ndarray:
        """Return the light of all other stars of a block, shape (band, block, block).

        In electron/s per pixel, with the stars mixed evenly with the dust.
        """
        x, y = self._grid(by, bx, halo=1)
        old, young, a_v = self.surface(x, y)
        extinction = np.maximum(a_v, 1e-6)[..., None] * self._population.band_extinction
        tau = 0.4 * np.log(10) * extinction
        slab = -np.expm1(-tau) / tau
        loose = 1 - self._structure.association_fraction
        light = (old[..., None] * self._old.smooth_flux
                 + loose * young[..., None] * self._young.smooth_flux) * slab
        # Bilinear between the centres of the cells.
        place = (np.arange(BLOCK) + 0.5) / CELL + 0.5
        low = np.floor(place).astype(int)
        t = place - low
        rows = light[low] * (1 - t)[:, None, None] + light[low + 1] * t[:, None, None]
        both = rows[:, low] * (1 - t)[:, None] + rows[:, low + 1] * t[:, None]
        return both.transpose(2, 0, 1)

    def _grid(self, by, bx, halo=0):
        """Centres of the cells of a block, and of ``halo`` cells around it."""
        centre = (np.arange(-halo, BLOCK // CELL + halo) + 0.5) * CELL - 0.5
        return np.meshgrid(bx * BLOCK + centre, by * BLOCK + centre)

    def _associations(self, x, y, young, a_v, rng):
        """Groups of young stars, number per mass falling as the inverse square."""
        s = self._structure
        lo, hi = s.association_mass
        mean_mass = np.log(hi / lo) / (1 / lo - 1 / hi)
        n = rng.poisson(s.association_fraction * young * CELL**2 / mean_mass).ravel()
        scale = self._scale * self._galaxy.parsecs_per_arcsec
        drawn = []
        for cell in np.repeat(np.arange(n.size), n):
            mass = 1 / rng.uniform(1 / hi, 1 / lo)
            age = rng.choice(_YOUNG, p=self._association_weights)
            size = np.exp(rng.uniform(*np.log(s.association_size))) / scale
            extinction = rng.random() * a_v.ravel()[cell]
            stars = self._population.draw(age, mass, extinction, rng)
            axes = size * np.exp(rng.normal(0, 0.3, 2))
            angle = rng.uniform(0, np.pi)
            p, q = rng.normal(size=(2, len(stars.mass))) * axes[:, None]
            drawn.append((x.ravel()[cell] + p * np.cos(angle) - q * np.sin(angle),
                          y.ravel()[cell] + p * np.sin(angle) + q * np.cos(angle), stars.flux))
        return drawn
