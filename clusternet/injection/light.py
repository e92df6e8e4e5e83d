"""Light of artificial clusters on a part of an image, and how visible they are there."""

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from functools import lru_cache
from itertools import product

import astropy.units as u
import numpy as np
from numpy.typing import ArrayLike

from clusternet.images.tiling import placed
from clusternet.injection.accuracy import BATCH, BLOCK, CLUSTERS_KEPT, REACH, WINDOW
from clusternet.injection.placement import Placement
from clusternet.instruments import noise_std
from clusternet.mocks import Cluster, visibility

__all__ = ["NumberedClusters", "add_light", "visibilities"]


class NumberedClusters:
    """Clusters of a placement by number, drawn again where they are no longer kept (2 ms each).

    Parameters
    ----------
    placement : `~clusternet.injection.placement.Placement`
        The clusters; its seed and the number of a cluster determine it.

    Attributes
    ----------
    rows : dict of int to dict
        Parameters and magnitudes of the clusters that were drawn.
    """

    def __init__(self, placement: Placement) -> None:
        self.placement = placement
        self.rows: dict[int, dict[str, float]] = {}
        self._kept = lru_cache(maxsize=CLUSTERS_KEPT)(self._draw)

    def __getitem__(self, number: int) -> Cluster:
        return self._kept(int(number))

    def _draw(self, number: int) -> Cluster:
        mocks, given = self.placement.mocks, self.placement.given
        cluster = (mocks.draw_one(np.random.default_rng([self.placement.seed, 0, number]))
                   if given is None else given[number])
        self.rows[number] = {**cluster.parameters, **cluster.magnitudes(mocks.instrument)}
        reach = REACH * np.asarray(mocks.pixel_scale.to_value(u.arcsec))
        near = np.abs(cluster.offsets).max(axis=1) < reach
        stars = cluster.stars
        stars = replace(stars, mass=stars.mass[near], count=stars.count[near],
                        flux=stars.flux[near])
        return replace(cluster, stars=stars, offsets=cluster.offsets[near])


def add_light(data: np.ndarray, clusters: NumberedClusters, corner: tuple[int, int] = (0, 0), *,
              noise: bool = True, advance: Callable[[int], object] | None = None) -> None:
    """Add the light of clusters to pixels, and its photon noise.

    The noise belongs to squares of the whole image: parts of it that overlap get the same.

    Parameters
    ----------
    data : numpy.ndarray, shape (band, y, x)
        Pixels in electron/s, changed in place.
    clusters : `NumberedClusters`
        The clusters.
    corner : tuple of int, optional
        Row and column of the whole image at which ``data`` begins.
    noise : bool, optional
        Whether to add the noise.
    advance : callable, optional
        Called with the number of clusters in each square that is done.
    """
    of = clusters.placement
    mocks = copy(of.mocks)
    mocks.renderer = mocks.renderer.with_wings()  # squares show those of stars around them
    exposure = np.reshape(mocks.instrument.exposure_times.to_value(u.s), (-1, 1, 1))
    reach = REACH + mocks.renderer.margin
    starts = [range(first // BLOCK, -(-(first + n) // BLOCK))
              for first, n in zip(corner, data.shape[1:], strict=True)]
    for square in product(*starts):
        y0, x0 = (BLOCK * index for index in square)
        dx, dy = of.x - x0, of.y - y0
        near = np.flatnonzero((dx > -reach) & (dx < BLOCK + reach)
                              & (dy > -reach) & (dy < BLOCK + reach))
        if not len(near):
            continue
        light = mocks.render([clusters[i] for i in near.tolist()], dx[near], dy[near],
                             (BLOCK, BLOCK), together=True)
        if noise:
            normal = np.random.default_rng([of.seed, 2, *square]).standard_normal(light.shape)
            light = light + normal * noise_std(light, exposure)
        source, target = placed((y0 - corner[0], x0 - corner[1]), (BLOCK, BLOCK), data.shape[1:])
        data[:, *source] += light[:, *target]
        if advance is not None:
            advance(int(np.count_nonzero((dx >= -0.5) & (dx < BLOCK - 0.5)
                                         & (dy >= -0.5) & (dy < BLOCK - 0.5))))


def visibilities(data: np.ndarray, mask: np.ndarray, clusters: NumberedClusters,
                 corner: tuple[int, int] = (0, 0), *, numbers: ArrayLike | None = None,
                 advance: Callable[[int], object] | None = None) -> np.ndarray:
    """Visibility of clusters, with all else on the image as their background.

    Parameters
    ----------
    data, mask : numpy.ndarray, shape (band, y, x)
        Pixels with the clusters, and which are bad.
    clusters, corner
        As for `add_light`.
    numbers : array_like of int, optional
        Numbers of the clusters; all when not given.
    advance : callable, optional
        Called with the number of clusters in each batch that is done.

    Returns
    -------
    numpy.ndarray, shape (cluster,)
        See `clusternet.mocks.visibility`.
    """
    of = clusters.placement
    chosen = np.arange(len(of)) if numbers is None else np.asarray(numbers, dtype=int)
    x, y = of.x[chosen] - corner[1], of.y[chosen] - corner[0]
    seen = np.empty(len(x))
    x0, y0 = (np.rint(place).astype(int) - WINDOW // 2 for place in (x, y))
    for start in range(0, len(x), BATCH):
        some = slice(start, start + BATCH)
        alone = of.mocks.render([clusters[i] for i in chosen[some]], (x - x0)[some],
                                (y - y0)[some], (WINDOW, WINDOW))
        for i, light in enumerate(alone, start):
            source, target = placed((y0[i], x0[i]), (WINDOW, WINDOW), data.shape[1:])
            window = np.array(data[:, *source], dtype=float)
            light = light[:, *target]
            for band, bad in zip(window, mask[:, *source], strict=True):
                band[bad] = np.median(band[~bad]) if not bad.all() else 0.0
            seen[i] = visibility(light, window - light)
        if advance is not None:
            advance(len(alone))
    return seen
