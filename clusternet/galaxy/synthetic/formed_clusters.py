"""The clusters of a `ClusterPopulation` as they lie on the image of a synthetic galaxy."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import astropy.units as u
import numpy as np

from clusternet.galaxy.accuracy import BLOCK
from clusternet.galaxy.synthetic.cluster_population import ClusterPopulation

if TYPE_CHECKING:
    from clusternet.galaxy.synthetic.core import SyntheticGalaxy

__all__ = ["BIRTH_COLUMNS", "FormedClusters"]

#: Further columns of the truth table: name, unit and meaning.
BIRTH_COLUMNS = (
    ("radius", u.kpc, "Distance from the centre within the disc"),
    ("azimuth", u.rad, "Angle within the disc from the major axis"),
    ("birth_azimuth", u.rad, "The same at birth, in a frame that turns with the arms"),
    ("drift", u.pc / u.Myr, "Speed along the azimuth relative to the arms"),
)


class FormedClusters:
    """All clusters of a population that lie on an image, by blocks.

    They are drawn once, from the seed of the galaxy; the stars of each have their own seed.

    Parameters
    ----------
    population : `ClusterPopulation`
        Laws of formation and dissolution.
    image : `SyntheticGalaxy`
        Image on which they lie.
    surface : callable
        `DiscStars.surface`, of which the dust counts.
    seed : int
        Seed of all of them.
    """

    def __init__(self, population: ClusterPopulation, image: "SyntheticGalaxy",
                 surface: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, ...]],
                 seed: int) -> None:
        self._mocks, self._seed = image.mocks, seed
        self._limits = np.array([population.magnitude_limits.get(band, np.inf)
                                 for band in image.bands])
        rng = np.random.default_rng([seed, 7])
        values = population.draw(image.structure, image.galaxy, rng)
        scale = image.pixel_scale.to_value(u.arcsec)
        parsecs = image.galaxy.parsecs_per_arcsec
        east, north = image.galaxy.project(values["radius"] * 1000 / parsecs,
                                            values["azimuth"])
        ny, nx = image.shape
        values["x"] = (nx - 1) / 2 - east / scale
        values["y"] = (ny - 1) / 2 + north / scale
        values["log_r_h"] = values["log_r_h"] - np.log10(parsecs)
        dust = surface(values["x"], values["y"])[2]
        values["a_v"] = (dust * rng.random(len(dust))
                         + population.natal_extinction(values["log_age"], rng))
        inside = ((values["x"] >= -0.5) & (values["x"] < nx - 0.5)
                  & (values["y"] >= -0.5) & (values["y"] < ny - 0.5))
        columns, rows = (np.floor((values[name] + 0.5) / BLOCK).astype(int) for name in "xy")
        self._values = values
        self._numbers = {}
        for number in np.flatnonzero(inside).tolist():
            self._numbers.setdefault((rows[number], columns[number]), []).append(number)

    def __call__(self, by: int, bx: int) -> list[tuple[dict[str, float], Any]]:
        """Clusters of a block: rows of the truth table, each with its `Cluster`."""
        made = []
        for number in self._numbers.get((by, bx), ()):
            row = {name: float(value[number]) for name, value in self._values.items()}
            rng = np.random.default_rng([self._seed, 8, number])
            cluster = self._mocks.build(row, rng, magnitude_limits=self._limits)
            if cluster is not None:
                made.append((row, cluster))
        return made
