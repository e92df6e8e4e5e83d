"""Light of artificial clusters on a part of an image, and how visible they are there."""

from copy import copy
from dataclasses import replace
from functools import lru_cache
from itertools import product

import astropy.units as u
import numpy as np

from clusternet.images.tiling import placed
from clusternet.instruments import noise_std
from clusternet.mocks import visibility

__all__ = ["REACH", "WINDOW", "Clusters", "add_light", "visibilities"]

#: Side in pixels of the squares in which clusters are added, each with its own noise.
BLOCK = 256
#: Stars further than this from the centre of their cluster, along x or y, are left out: 10 arcsec
#: on M83's mosaics.
REACH = 256
#: Side of the window over which the visibility of a cluster is measured.
WINDOW = 64
#: Clusters whose stars are kept between squares; each takes some 0.2 MB.
KEPT = 512
#: Windows rendered at once.
BATCH = 32


class Clusters:
    """Clusters by number, drawn anew where they are no longer kept: that takes 2 ms each.

    Parameters
    ----------
    mocks : `~clusternet.mocks.MockClusters`
        What they are made of.
    seed : int
        Together with its number it determines a cluster.

    Attributes
    ----------
    rows : dict of int to dict
        Parameters and magnitudes of the clusters that were drawn.
    """

    def __init__(self, mocks, seed):
        self.rows = {}
        self._mocks, self._seed = mocks, seed
        self._kept = lru_cache(maxsize=KEPT)(self._draw)

    def __getitem__(self, number):
        return self._kept(int(number))

    def _draw(self, number):
        cluster = self._mocks.draw_one(np.random.default_rng([self._seed, 0, number]))
        self.rows[number] = {**cluster.parameters, **cluster.magnitudes(self._mocks.instrument)}
        reach = REACH * self._mocks.pixel_scale.to_value(u.arcsec)
        near = np.abs(cluster.offsets).max(axis=1) < reach
        stars = cluster.stars
        stars = replace(stars, mass=stars.mass[near], count=stars.count[near],
                        flux=stars.flux[near])
        return replace(cluster, stars=stars, offsets=cluster.offsets[near])


def add_light(data, mocks, clusters, x, y, seed=None, corner=(0, 0), update=None):
    """Add the light of clusters to pixels, and with a seed its photon noise.

    The noise belongs to squares of the whole image: parts of it that overlap get the same.

    Parameters
    ----------
    data : numpy.ndarray, shape (band, y, x)
        Pixels in electron/s, changed in place.
    mocks : `~clusternet.mocks.MockClusters`
        Renders them.
    clusters : `Clusters`
        The clusters.
    x, y : numpy.ndarray, shape (cluster,)
        Places of clusters 0, 1 ... on the whole image, in pixels.
    seed : int, optional
        Of the noise; none is added without.
    corner : tuple of int, optional
        Row and column of the whole image at which ``data`` begins.
    update : callable, optional
        Called with the number of clusters in each square that is done.
    """
    mocks = copy(mocks)
    mocks.renderer = mocks.renderer.with_wings()  # squares show those of stars around them
    exposure = mocks.instrument.exposure_times.to_value(u.s)[:, None, None]
    reach = REACH + mocks.renderer.margin
    starts = [range(first // BLOCK, -(-(first + n) // BLOCK))
              for first, n in zip(corner, data.shape[1:], strict=True)]
    for square in product(*starts):
        y0, x0 = (BLOCK * index for index in square)
        dx, dy = x - x0, y - y0
        near = np.flatnonzero((dx > -reach) & (dx < BLOCK + reach)
                              & (dy > -reach) & (dy < BLOCK + reach))
        if not len(near):
            continue
        light = mocks.render([clusters[i] for i in near], dx[near], dy[near],
                             (BLOCK, BLOCK), together=True)
        if seed is not None:
            normal = np.random.default_rng([seed, 2, *square]).standard_normal(light.shape)
            light = light + normal * noise_std(light, exposure)
        source, target = placed((y0 - corner[0], x0 - corner[1]), (BLOCK, BLOCK), data.shape[1:])
        data[:, *source] += light[:, *target]
        if update is not None:
            update(np.count_nonzero((dx >= -0.5) & (dx < BLOCK - 0.5)
                                    & (dy >= -0.5) & (dy < BLOCK - 0.5)))


def visibilities(data, mask, mocks, clusters, x, y, numbers=None, update=None):
    """Visibility of every cluster, all else on the image being its background.

    Parameters
    ----------
    data, mask : numpy.ndarray, shape (band, y, x)
        Pixels with the clusters, and which are bad.
    mocks, clusters
        As for `add_light`.
    x, y : numpy.ndarray, shape (cluster,)
        Places of the clusters on ``data``, in pixels.
    numbers : sequence of int, optional
        Their numbers; counted from 0 when not given.
    update : callable, optional
        Called with the number of clusters in each batch that is done.

    Returns
    -------
    numpy.ndarray, shape (cluster,)
        See `clusternet.mocks.visibility`.
    """
    numbers = range(len(x)) if numbers is None else numbers
    seen = np.empty(len(x))
    x0, y0 = (np.rint(place).astype(int) - WINDOW // 2 for place in (x, y))
    for start in range(0, len(x), BATCH):
        some = slice(start, start + BATCH)
        alone = mocks.render([clusters[i] for i in numbers[some]], (x - x0)[some],
                             (y - y0)[some], (WINDOW, WINDOW))
        for i, light in enumerate(alone, start):
            source, target = placed((y0[i], x0[i]), (WINDOW, WINDOW), data.shape[1:])
            window = np.array(data[:, *source], dtype=float)
            light = light[:, *target]
            for band, bad in zip(window, mask[:, *source], strict=True):
                band[bad] = np.median(band[~bad]) if not bad.all() else 0.0
            seen[i] = visibility(light, window - light)
        if update is not None:
            update(len(alone))
    return seen
