"""Mock clusters put into an image, and the table of what was put where."""

from copy import copy
from dataclasses import replace
from functools import lru_cache
from itertools import product

import astropy.units as u
import numpy as np
from scipy.spatial import cKDTree
from tqdm import tqdm

from clusternet.completeness.places import chosen_places, grid_places
from clusternet.galaxy.mosaic import truth_table
from clusternet.images import MultiBandImage
from clusternet.mocks import visibility

__all__ = ["inject"]

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


def inject(image, mocks, *, positions=None, spacing=64, jitter=0.5, border=32, clearance=8,
           rng=None, noise=True, progress=True):
    """Put mock clusters into an image (Paper III, section 3.3).

    The clusters are drawn within the magnitude limits of ``mocks``, each from a seed of its own,
    and added to the pixels with the photon noise of their own light. They stand at given
    positions or on a grid. The image is worked on square by square, so that the memory needed
    beyond that for the result does not grow with it.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage`
        Real or synthetic; it is left as it is. Bands that ``mocks`` does not have are left out.
    mocks : `~clusternet.mocks.MockClusters`
        What clusters are made of, and the instrument: bands, zero points, exposure times.
    positions : array_like, shape (cluster, 2), or `~astropy.coordinates.SkyCoord`, optional
        Where to put them: (x, y) in pixels, or places on the sky. A grid when not given.
    spacing : float, optional
        Of the grid, in pixels. Paper III: 64.
    jitter : float, optional
        Clusters on the grid are moved at random by up to this along x and along y, in pixels;
        0.5 gives all sub-pixel places alike.
    border : float, optional
        The grid keeps this far from the borders of the image, in pixels. Half a window, by
        default, since window networks know nothing of what is nearer.
    clearance : int, optional
        No cluster of the grid is put where a pixel up to this far along x and y is masked.
    rng : int or `numpy.random.Generator`, optional
        Source of randomness; with equal seeds the result is equal.
    noise : bool, optional
        False adds the expected light alone, for images whose noise comes later.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    image : `~clusternet.images.MultiBandImage`
        With the clusters; masks stay as they are.
    truth : `~astropy.table.QTable`
        A row a cluster: ``x_centroid``, ``y_centroid``, ``sky_centroid``, ``log_age``,
        ``log_mass``, ``a_v`` and ``log_r_h`` as in a catalogue; magnitudes of all its light
        (``mag_F336W`` ...); ``visibility`` (`clusternet.mocks.visibility` in the 64 pixels around
        it, with all else that is there now as background); and ``crowding``, the distance to the
        nearest other cluster put in, in pixels (infinite if there is none).

    Raises
    ------
    ValueError
        If the image lacks a band or has pixels of another size, a position is not on the image
        or on a masked pixel, the settings of the grid are impossible, or the grid has no place
        left.

    Examples
    --------
    >>> import astropy.units as u
    >>> import numpy as np
    >>> from clusternet.completeness import inject
    >>> from clusternet.galaxy import M83
    >>> from clusternet.images import MultiBandImage
    >>> from clusternet.mocks import MockClusters
    >>> from clusternet.psf import GaussianPSF
    >>> mocks = MockClusters(psf=GaussianPSF(0.08 * u.arcsec))
    >>> pixels = np.random.default_rng(1).normal(0.02, 0.01, (3, 200, 200))
    >>> empty = MultiBandImage(pixels, mocks.instrument.band_names,
    ...                        M83.wcs((200, 200), 0.0396 * u.arcsec))
    >>> image, truth = inject(empty, mocks, rng=1, progress=False)
    >>> len(truth), image.shape
    (4, (3, 200, 200))
    >>> bool((image.data.sum() > empty.data.sum()))
    True
    """
    image = image.select(mocks.instrument.band_names)
    image.check_pixel_scale(mocks.instrument.pixel_scale)
    seed = int(np.random.default_rng(rng).integers(2**63))
    if positions is None:
        x, y = grid_places(image, spacing, jitter, border, clearance,
                           np.random.default_rng([seed, 1]))
    else:
        x, y = chosen_places(image, positions)

    clusters = _Clusters(mocks, seed)
    data = np.array(image.data)
    with tqdm(total=2 * len(x), desc="clusters", disable=not progress) as bar:
        _add(data, mocks, clusters, x, y, seed if noise else None, bar)
        seen = _visibilities(data, image.mask, mocks, clusters, x, y, bar)
    rows = [{**clusters.rows[i], "x": x[i], "y": y[i]} for i in range(len(x))]
    truth = truth_table(image, rows, 0, 0)
    truth["visibility"] = seen
    truth["visibility"].info.description = (
        "Flux of the cluster over the standard deviation of its background")
    truth["crowding"] = _nearest(x, y)
    truth["crowding"].info.description = "Distance in pixels to the nearest other cluster put in"
    made = MultiBandImage(data, image.bands, image.wcs, mask=image.mask, meta=dict(image.meta))
    return made, truth


class _Clusters:
    """Clusters by number, drawn anew where they are no longer kept: that takes 2 ms each."""

    def __init__(self, mocks, seed):
        self.rows = {}
        self._mocks, self._seed = mocks, seed
        self._kept = lru_cache(maxsize=KEPT)(self._draw)

    def __getitem__(self, number):
        return self._kept(number)

    def _draw(self, number):
        row, stars, offsets = self._mocks.draw_one(np.random.default_rng([self._seed, 0, number]))
        total = stars.flux.sum(0)
        row |= {f"mag_{band.name}": float(band.magnitude(flux)) for band, flux in
                zip(self._mocks.instrument.bands, total, strict=True)}
        self.rows[number] = row
        near = np.abs(offsets).max(axis=1) < REACH * self._mocks.pixel_scale
        stars = replace(stars, mass=stars.mass[near], count=stars.count[near],
                        flux=stars.flux[near])
        return stars, offsets[near]


def _add(data, mocks, clusters, x, y, seed, bar):
    """Add the light of all clusters to the pixels, and with a seed its noise."""
    mocks = copy(mocks)
    mocks.renderer = copy(mocks.renderer)
    # A square shows the wings of stars around it, as far as the PSF reaches.
    mocks.renderer.margin = mocks.renderer.psf_size // 2 + 1
    time = np.array([band.exposure_time.to_value(u.s) for band in mocks.instrument.bands])
    reach = REACH + mocks.renderer.margin
    ny, nx = data.shape[1:]
    for y0, x0 in product(range(0, ny, BLOCK), range(0, nx, BLOCK)):
        dx, dy = x - x0, y - y0
        near = np.flatnonzero((dx > -reach) & (dx < BLOCK + reach)
                              & (dy > -reach) & (dy < BLOCK + reach))
        if not len(near):
            continue
        light = mocks.render([clusters[i] for i in near.tolist()], dx[near], dy[near],
                             (BLOCK, BLOCK), together=True)
        if seed is not None:
            square = y0 // BLOCK, x0 // BLOCK
            normal = np.random.default_rng([seed, 2, *square]).standard_normal(light.shape)
            light = light + normal * np.sqrt(np.maximum(light, 0) / time[:, None, None])
        part = data[:, y0:y0 + BLOCK, x0:x0 + BLOCK]
        part += light[:, :part.shape[1], :part.shape[2]]
        own = (dx >= -0.5) & (dx < BLOCK - 0.5) & (dy >= -0.5) & (dy < BLOCK - 0.5)
        bar.update(np.count_nonzero(own))


def _visibilities(data, mask, mocks, clusters, x, y, bar):
    """Visibility of every cluster, all else on the image being its background."""
    seen = np.empty(len(x))
    x0, y0 = (np.rint(place).astype(int) - WINDOW // 2 for place in (x, y))
    for start in range(0, len(x), BATCH):
        some = slice(start, start + BATCH)
        alone = mocks.render([clusters[i] for i in range(len(x))[some]], (x - x0)[some],
                             (y - y0)[some], (WINDOW, WINDOW))
        for i, light in enumerate(alone, start):
            rows, columns = (slice(max(first, 0), first + WINDOW) for first in (y0[i], x0[i]))
            window = np.array(data[:, rows, columns], dtype=float)
            light = light[:, max(-y0[i], 0):, max(-x0[i], 0):]
            light = light[:, :window.shape[1], :window.shape[2]]
            for band, bad in zip(window, mask[:, rows, columns], strict=True):
                band[bad] = np.median(band[~bad]) if not bad.all() else 0.0
            seen[i] = visibility(light, window - light)
        bar.update(len(alone))
    return seen


def _nearest(x, y):
    """Distance of each place to the nearest other one."""
    if len(x) < 2:
        return np.full(len(x), np.inf)
    places = np.stack([x, y], axis=-1)
    return cKDTree(places).query(places, k=2)[0][:, 1]
