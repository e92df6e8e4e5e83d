"""Clusters that are to be put into an image: where, and the seed of all that is random."""
# Items of astropy tables, and meta, are unions in the stubs.
# pyright: reportAttributeAccessIssue=false

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from astropy.coordinates import SkyCoord
from astropy.table import QTable
from numpy.typing import ArrayLike
from scipy.spatial import KDTree

from clusternet.catalog import truth_table
from clusternet.images import Mosaic, MultiBandImage
from clusternet.injection.places import Grid, chosen_places, grid_places
from clusternet.mocks import Cluster, MockClusters

__all__ = ["Placement"]


@dataclass(frozen=True)
class Placement:
    """Clusters to be put into an image.

    Attributes
    ----------
    image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
        The image, in the bands of the mocks.
    mocks : `~clusternet.mocks.MockClusters`
        Draws and renders the clusters.
    x, y : numpy.ndarray, shape (cluster,)
        Places in pixels.
    seed : int
        Seed of the clusters and of their noise.
    given : sequence of `~clusternet.mocks.Cluster` or None
        The clusters, where they are not drawn.
    """

    image: MultiBandImage | Mosaic
    mocks: MockClusters
    x: np.ndarray
    y: np.ndarray
    seed: int
    given: Sequence[Cluster] | None = None

    @classmethod
    def plan(cls, image: MultiBandImage | Mosaic, mocks: MockClusters,
             positions: ArrayLike | SkyCoord | None, clusters: Sequence[Cluster] | None,
             grid: Grid, rng: int | np.random.Generator | None) -> Placement:
        """Choose the places.

        Parameters
        ----------
        image, mocks, positions, clusters, rng
            As for `~clusternet.injection.inject`.
        grid : `~clusternet.injection.places.Grid`
            Grid of the places when there are no positions.

        Returns
        -------
        Placement

        Raises
        ------
        ValueError
            As from `~clusternet.injection.inject`.
        """
        image = image.select(mocks.instrument.bands)
        image.check_pixel_scale(mocks.instrument.pixel_scale)
        seed = int(np.random.default_rng(rng).integers(2**63))
        x, y = (grid_places(image, grid, np.random.default_rng([seed, 1])) if positions is None
                else chosen_places(image, positions))
        if clusters is not None and len(clusters) != len(x):
            raise ValueError(f"{len(clusters)} clusters for {len(x)} places; give one for each")
        return cls(image, mocks, x, y, seed, clusters)

    def __len__(self) -> int:
        return len(self.x)

    def truth(self, rows: Sequence[Mapping[str, float]], visibility: ArrayLike) -> QTable:
        """Table of the clusters.

        Parameters
        ----------
        rows : sequence of dict
            Parameters and magnitudes of each cluster.
        visibility : array_like, shape (cluster,)
            Visibilities.

        Returns
        -------
        `~astropy.table.QTable`
            As `~clusternet.injection.inject` describes it.
        """
        truth = truth_table([{**row, "x": x, "y": y}
                             for row, x, y in zip(rows, self.x, self.y, strict=True)],
                            self.image.bands, self.image.wcs)
        for name, values, meaning in (
                ("visibility", visibility,
                 "Flux of the cluster over the standard deviation of its background"),
                ("crowding", self._nearest(), "Distance in pixels to the nearest other cluster")):
            truth.add_column(values, name=name)
            truth[name].info.description = meaning
        return truth

    def _nearest(self) -> np.ndarray:
        """Distance of each place to the nearest other one."""
        if len(self) < 2:
            return np.full(len(self), np.inf)
        places = np.stack([self.x, self.y], axis=-1)
        return KDTree(places).query(places, k=2)[0][:, 1]
