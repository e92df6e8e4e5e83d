"""A galaxy made of stars, block by block."""

import os
from collections.abc import Sequence
from functools import lru_cache, partial
from pathlib import Path

import astropy.units as u
import numpy as np
from astropy.table import QTable
from astropy.wcs import WCS
from numpy.typing import ArrayLike

from clusternet._random import seed_of
from clusternet.catalog import truth_table
from clusternet.galaxy.accuracy import BLOCK
from clusternet.galaxy.core import M83, Galaxy
from clusternet.galaxy.synthetic.cluster_population import ClusterPopulation
from clusternet.galaxy.synthetic.contaminants import Blemish, SkySources
from clusternet.galaxy.synthetic.disc import DiscStars
from clusternet.galaxy.synthetic.formed_clusters import BIRTH_COLUMNS, FormedClusters
from clusternet.galaxy.synthetic.mosaic import as_image, write_mosaic
from clusternet.galaxy.synthetic.structure import GalaxyStructure
from clusternet.images import MultiBandImage
from clusternet.instruments import noise_std

__all__ = ["SyntheticGalaxy"]


class SyntheticGalaxy:
    """An M83-like galaxy in any bands, of any size, star by star.

    A disc and a bulge of old stars, spiral arms of young stars with
    associations, dust lanes along the arms, sky, photon and read noise. Stars
    above a flux limit are drawn one by one and rendered through the PSF, the
    rest is smooth light. The plane is cut into blocks of 256 x 256 pixels, each
    with its own seed: any part of the image can be made at any time, is always
    the same, and needs memory for itself only.

    Parameters
    ----------
    shape : tuple of int
        (ny, nx) of the whole image; the galaxy's centre is in its middle.
    galaxy : `Galaxy`, optional
        Geometry and distance.
    structure : `GalaxyStructure`, optional
        Densities, arms, dust.
    mocks : `~clusternet.mocks.MockClusters`-like
        Supplies ``instrument``, ``population``, ``renderer`` and, for the
        galaxy's own clusters, ``draw_one``.
    cluster_density : float, optional
        Mean number of clusters per 1000 x 1000 pixels, uniform over the image,
        with parameters drawn from those of ``mocks``.
    flux_limit : float, optional
        Faintest star drawn by itself, electron/s in its brightest band.
    rng : int or `numpy.random.Generator`, optional
        Seed of all random numbers.
    contaminants : sequence, optional
        Contaminants: `~clusternet.galaxy.SkySources`, seen
        through the PSF, and `~clusternet.galaxy.Blemish`, put on the noisy
        pixels. The galaxy itself stays as it is without them.
    clusters : `ClusterPopulation`, optional
        Clusters that formed in the arms and drifted off, on top of those of ``cluster_density``.
        The field stars stay as they are without them.

    Examples
    --------
    >>> from clusternet.galaxy import SyntheticGalaxy
    >>> from clusternet.mocks import MockClusters
    >>> galaxy = SyntheticGalaxy((2000, 2000), MockClusters(), cluster_density=100, rng=4)
    >>> galaxy.image(x0=300, y0=500, nx=100, ny=80)
    MultiBandImage(F336W, F438W, F814W; 100 x 80 px of 0.0396 arcsec; 0 masked)
    """

    def __init__(self, shape: tuple[int, int], mocks, galaxy: Galaxy = M83,
                 structure: GalaxyStructure | None = None, *, cluster_density: float = 0.0,
                 flux_limit: float = 0.15, rng: int | np.random.Generator | None = 0,
                 contaminants: Sequence[SkySources | Blemish] = (),
                 clusters: ClusterPopulation | None = None) -> None:
        if len(shape) != 2 or min(shape) < 1:
            raise ValueError(f"shape is {shape}; give (ny, nx), both positive")
        self.shape = int(shape[0]), int(shape[1])
        self.galaxy = galaxy
        self.structure = GalaxyStructure() if structure is None else structure
        self.mocks = mocks
        self.instrument = mocks.instrument
        self._renderer = mocks.renderer.with_wings()  # blocks show those of stars around them
        self.cluster_density = float(cluster_density)
        self._seed = seed_of(rng)
        for thing in contaminants:
            if not isinstance(thing, SkySources | Blemish):
                raise TypeError(f"{thing!r} is no contaminant; give SkySources or Blemish objects")
        self.contaminants = tuple(contaminants)
        self._disc = DiscStars(self.shape, galaxy, self.structure, mocks.population,
                               self.pixel_scale, flux_limit, self._seed)
        self._made_from = {
            "shape": self.shape, "mocks": mocks, "galaxy": galaxy, "structure": self.structure,
            "cluster_density": self.cluster_density, "flux_limit": flux_limit, "rng": self._seed,
            "contaminants": self.contaminants, "clusters": clusters}
        self.clusters = clusters
        self._formed = (None if clusters is None
                        else FormedClusters(clusters, self, self._disc.surface, self._seed))
        # Three rows of blocks, which a pass over the image from row to row needs.
        self._block = lru_cache(maxsize=3 * (self.shape[1] // BLOCK + 3))(self._make_block)

    def __reduce__(self):
        return partial(type(self), **self._made_from), ()

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of the bands."""
        return self.instrument.bands

    @property
    def pixel_scale(self) -> u.Quantity:
        """Angle from one pixel to the next."""
        return self.instrument.pixel_scale

    @property
    def birth_columns(self) -> tuple[tuple[str, u.UnitBase, str], ...]:
        """Further columns of the truth: name, unit and meaning of each."""
        return () if self.clusters is None else BIRTH_COLUMNS

    @property
    def wcs(self) -> WCS:
        """Celestial WCS of the whole image."""
        return self.galaxy.wcs(self.shape, self.pixel_scale)

    def _make_block(self, by, bx):
        """Stars (x, y, flux) and clusters (rows) that belong to a block."""
        rng = np.random.default_rng([self._seed, 3, by + 2**20, bx + 2**20])
        lists = self._disc.draw(by, bx, rng)
        clusters = self._clusters(by, bx, rng)
        scale = self.pixel_scale.to_value(u.arcsec)
        for row, cluster in clusters:
            dx, dy = cluster.offsets.T / scale
            lists.append((row["x"] + dx, row["y"] + dy, cluster.stars.flux))
        area = tuple(BLOCK * n - 0.5 for n in (bx, by, bx + 1, by + 1))
        for i, thing in enumerate(self.contaminants):
            if isinstance(thing, SkySources):
                own = np.random.default_rng([self._seed, 5, i, by + 2**20, bx + 2**20])
                lists.append(thing.draw(area, self.instrument, own))
        sx, sy, flux = (np.concatenate(part) for part in zip(*lists, strict=True))
        return (sx, sy, flux.astype(np.float32)), [row for row, _ in clusters]

    def _clusters(self, by, bx, rng):
        """Clusters of a block: rows of the truth table, each with its `Cluster`."""
        out = []
        for _ in range(rng.poisson(self.cluster_density * (BLOCK / 1000) ** 2)):
            cluster = self.mocks.draw_one(rng)
            x = bx * BLOCK - 0.5 + BLOCK * rng.random()
            y = by * BLOCK - 0.5 + BLOCK * rng.random()
            if -0.5 <= x < self.shape[1] - 0.5 and -0.5 <= y < self.shape[0] - 0.5:
                out.append(({**cluster.parameters, "x": x, "y": y}, cluster))
        if self._formed is not None:
            out += self._formed(by, bx)
        return [(row | cluster.magnitudes(self.instrument), cluster) for row, cluster in out]

    def _render_block(self, by, bx, noise):
        near = [self._block(by + j, bx + i)[0] for j in (-1, 0, 1) for i in (-1, 0, 1)]
        x, y, flux = (np.concatenate(part) for part in zip(*near, strict=True))
        x, y = x - bx * BLOCK, y - by * BLOCK
        image = self._renderer(x, y, flux, np.zeros(len(x), dtype=int), 1,
                               (BLOCK, BLOCK))[0]
        image = image + self._disc.smooth(by, bx)
        sky = np.array([b.sky for b in self.instrument]) * self.structure.sky
        image += sky[:, None, None]
        if noise:
            rng = np.random.default_rng([self._seed, 4, by, bx])
            image += self.noise_std(image) * rng.normal(size=image.shape)
            for i, thing in enumerate(self.contaminants):
                if isinstance(thing, Blemish):
                    thing.apply(image, (bx * BLOCK, by * BLOCK),
                                np.random.default_rng([self._seed, 6, i, by, bx]))
        return image.astype(np.float32)

    def noise_std(self, image: ArrayLike) -> np.ndarray:
        """Return the standard deviation of photon and read noise, electron/s.

        Parameters
        ----------
        image : array_like, shape (band, ...)
            Expected image, electron/s per pixel, sky included.
        """
        image = np.asarray(image)
        trailing = (...,) + (None,) * (image.ndim - 1)
        return noise_std(image, self.instrument.exposure_times.to_value(u.s)[trailing],
                         self.instrument.read_noises[trailing])

    def _part(self, x0, y0, nx, ny):
        """Size of a part of the image, which must be inside it; None is up to its far edge."""
        nx = self.shape[1] - x0 if nx is None else nx
        ny = self.shape[0] - y0 if ny is None else ny
        if min(nx, ny) < 1 or x0 < 0 or y0 < 0 or x0 + nx > self.shape[1] \
                or y0 + ny > self.shape[0]:
            raise ValueError(f"{nx} x {ny} pixels from ({x0}, {y0}) are not inside the image of "
                             f"{self.shape[1]} x {self.shape[0]} pixels; ask for a part of it")
        return nx, ny

    def pixels(self, x0: int = 0, y0: int = 0, nx: int | None = None, ny: int | None = None, *,
               noise: bool = True) -> np.ndarray:
        """Return the pixels of a part of the image.

        Parameters
        ----------
        x0, y0 : int, optional
            First column and row.
        nx, ny : int, optional
            Size; up to the far edge of the image when not given.
        noise : bool, optional
            False for the expected image.

        Returns
        -------
        numpy.ndarray, shape (band, ny, nx)
            electron/s, float32, sky included.

        Raises
        ------
        ValueError
            The part is not inside the image.
        """
        nx, ny = self._part(x0, y0, nx, ny)
        out = np.empty((len(self.bands), ny, nx), dtype=np.float32)
        for by in range(y0 // BLOCK, (y0 + ny - 1) // BLOCK + 1):
            for bx in range(x0 // BLOCK, (x0 + nx - 1) // BLOCK + 1):
                block = self._render_block(by, bx, noise)
                ya, yb = max(y0, by * BLOCK), min(y0 + ny, (by + 1) * BLOCK)
                xa, xb = max(x0, bx * BLOCK), min(x0 + nx, (bx + 1) * BLOCK)
                out[:, ya - y0:yb - y0, xa - x0:xb - x0] = block[
                    :, ya - by * BLOCK:yb - by * BLOCK, xa - bx * BLOCK:xb - bx * BLOCK]
        return out

    def image(self, x0: int = 0, y0: int = 0, nx: int | None = None, ny: int | None = None, *,
              noise: bool = True) -> MultiBandImage:
        """Return a part of the image with its world coordinates.

        Parameters
        ----------
        x0, y0, nx, ny, noise
            As those of `pixels`.

        Returns
        -------
        `~clusternet.images.MultiBandImage`
        """
        nx, ny = self._part(x0, y0, nx, ny)
        return as_image(self, x0, y0, self.pixels(x0, y0, nx, ny, noise=noise))

    def truth(self, x0: int = 0, y0: int = 0, nx: int | None = None, ny: int | None = None
              ) -> QTable:
        """Return the galaxy's own clusters whose centres lie on a part of the image.

        Parameters
        ----------
        x0, y0, nx, ny
            As those of `pixels`.

        Returns
        -------
        `~astropy.table.QTable`
            ``x_centroid`` and ``y_centroid`` (pixels of the part), ``sky_centroid``,
            ``log_age``, ``log_mass``, ``a_v``, ``log_r_h`` as in a catalogue, and apparent Vega
            magnitudes without noise (``mag_F336W`` ...). With ``clusters`` also their
            ``radius``, ``azimuth``, ``birth_azimuth`` and ``drift``, nan for the others.
        """
        rows = self._clusters_on(x0, y0, *self._part(x0, y0, nx, ny))
        return truth_table(rows, self.bands, self.wcs, corner=(x0, y0), further=self.birth_columns)

    def _clusters_on(self, x0, y0, nx, ny):
        """Rows of the clusters whose centres lie on a part of the image."""
        return [row for by in range(y0 // BLOCK, (y0 + ny - 1) // BLOCK + 1)
                for bx in range(x0 // BLOCK, (x0 + nx - 1) // BLOCK + 1)
                for row in self._block(by, bx)[1]
                if x0 - 0.5 <= row["x"] < x0 + nx - 0.5 and y0 - 0.5 <= row["y"] < y0 + ny - 0.5]

    def write(self, folder: str | os.PathLike[str], *, progress: bool = True, workers: int = 1
              ) -> dict[str, Path]:
        """Write the whole image and the truth table.

        The image is made and written a row of blocks at a time, so a mosaic may be larger than
        the memory. Every file appears when all are complete.

        Parameters
        ----------
        folder : str or os.PathLike
            Folder of the files; made if missing. It gets one FITS file per band
            (``F336W.fits`` ...) and ``truth.ecsv``.
        progress : bool, optional
            Show a progress bar.
        workers : int, optional
            Processes that make the pixels. More than one need a script whose work stands under
            ``if __name__ == "__main__":``.

        Returns
        -------
        dict of str to `~pathlib.Path`
            FITS file of each band, as `~clusternet.images.MultiBandImage.read` takes them.
        """
        return write_mosaic(self, folder, BLOCK, progress=progress, workers=workers)
