"""Sources that look like clusters and are none."""

import numpy as np

from clusternet.mocks.cluster import Cluster
from clusternet.mocks.clusters import MockClusters

__all__ = ["BrightStars", "LooseAssociations"]


class BrightStars:
    """One to four bright field stars at the centre of a stamp.

    The stars are drawn from the light of populations of random ages: a star's
    chance is its flux in a random band, and it must be as bright as a cluster
    within the magnitude limits could be in that band.

    Parameters
    ----------
    mocks : `~clusternet.mocks.MockClusters`
        Stars, renderer and limits.
    """

    def __init__(self, mocks: MockClusters) -> None:
        self.mocks = mocks

    def draw(self, n: int, size: int = 64, *, rng: int | np.random.Generator | None = None
             ) -> np.ndarray:
        """Draw stamps without noise.

        Parameters
        ----------
        n : int
            Number of stamps.
        size : int, optional
            Side of the stamps in pixels.
        rng : int or `numpy.random.Generator`, optional
            Source of randomness.

        Returns
        -------
        numpy.ndarray, shape (n, band, size, size)
            electron/s, float32.
        """
        rng = np.random.default_rng(rng)
        limits = self.mocks.parameters.magnitude_limits
        faintest = np.array([band.flux(limits.get(band.name, 26.0))
                             for band in self.mocks.instrument])
        ages = self.mocks.parameters.grid("log_age")
        x, y, flux, image = [], [], [], []
        while len(image) < n:
            cells = self.mocks.population.cells(rng.choice(ages))
            mean = 0.5 * (cells.flux_lower + cells.flux_upper)
            band = rng.integers(len(faintest))
            light = cells.number * mean[:, band]
            # Half of the stars as bright as faint clusters, half down to a sixth of that.
            light = light * (mean[:, band] > faintest[band] * rng.choice([0.15, 1.0]))
            if not light.sum() > 0:
                continue
            k = rng.choice([1, 2, 3, 4], p=[0.6, 0.2, 0.1, 0.1])
            a_v = rng.uniform(*self.mocks.parameters.a_v[:2]) * rng.random()
            cell = rng.choice(len(light), k, p=light / light.sum())
            spread = 0.7 if k == 1 else 2.5
            dimming = 10 ** (-0.4 * a_v * self.mocks.population.band_extinction)
            x.append(size // 2 + rng.uniform(-spread, spread, k))
            y.append(size // 2 + rng.uniform(-spread, spread, k))
            flux.append(mean[cell] * dimming)
            image.append(np.full(k, len(image)))
        return self.mocks.renderer(np.concatenate(x), np.concatenate(y), np.concatenate(flux),
                                   np.concatenate(image), n, (size, size))


class LooseAssociations:
    """Unbound groups of young stars, larger than any cluster.

    Parameters
    ----------
    mocks : `~clusternet.mocks.MockClusters`
        Stars, renderer and parameter ranges.
    size_factor : tuple, optional
        Limits of the standard deviation of the positions in each direction, in
        units of the largest half-number radius of a cluster.
    """

    def __init__(self, mocks: MockClusters, *,
                 size_factor: tuple[float, float] = (1.2, 5.0)) -> None:
        self.mocks = mocks
        self.size_factor = size_factor

    def draw(self, n: int, size: int = 64, *, rng: int | np.random.Generator | None = None,
             batch: int = 32) -> np.ndarray:
        """Draw stamps without noise.

        Parameters
        ----------
        n : int
            Number of stamps.
        size : int, optional
            Side of the stamps in pixels.
        rng : int or `numpy.random.Generator`, optional
            Source of randomness.
        batch : int, optional
            Number of stamps rendered at once.

        Returns
        -------
        numpy.ndarray, shape (n, band, size, size)
            electron/s, float32.
        """
        rng = np.random.default_rng(rng)
        space = self.mocks.parameters
        images = []
        for start in range(0, n, batch):
            m = min(batch, n - start)
            clusters = []
            for _ in range(m):
                stars = self.mocks.population.draw(
                    space.log_age[0] + 1.2 * rng.random(), 10 ** rng.uniform(2.5, 4.5),
                    rng.uniform(*space.a_v[:2]) * rng.random(), rng)
                width = 10 ** space.log_r_h[1] * rng.uniform(*self.size_factor)
                offsets = rng.normal(0, width, (len(stars.mass), 2))
                clusters.append(Cluster({}, stars, offsets))
            x, y = rng.uniform(-3, 3, (2, m)) + size // 2
            images.append(self.mocks.render(clusters, x, y, (size, size)))
        return np.concatenate(images)
