"""Mock clusters put into an image, and the table of what was put where."""

import numpy as np
from scipy.spatial import cKDTree
from tqdm import tqdm

from clusternet.catalog.truth import truth_table
from clusternet.images import MultiBandImage
from clusternet.injection.light import Clusters, add_light, visibilities
from clusternet.injection.places import chosen_places, grid_places

__all__ = ["inject", "injected_truth", "prepare"]


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
    >>> from clusternet.injection import inject
    >>> from clusternet.galaxy import M83
    >>> from clusternet.images import MultiBandImage
    >>> from clusternet.mocks import MockClusters
    >>> from clusternet.psf import GaussianPSF
    >>> mocks = MockClusters(psf=GaussianPSF(0.08 * u.arcsec))
    >>> pixels = np.random.default_rng(1).normal(0.02, 0.01, (3, 200, 200))
    >>> empty = MultiBandImage(pixels, mocks.instrument.bands,
    ...                        M83.wcs((200, 200), 0.0396 * u.arcsec))
    >>> image, truth = inject(empty, mocks, rng=1, progress=False)
    >>> len(truth), image.shape
    (4, (3, 200, 200))
    >>> bool((image.data.sum() > empty.data.sum()))
    True
    """
    image, seed, x, y = prepare(image, mocks, positions, spacing, jitter, border, clearance, rng)
    clusters = Clusters(mocks, seed)
    data = np.array(image.data)
    with tqdm(total=2 * len(x), desc="clusters", disable=not progress) as bar:
        add_light(data, mocks, clusters, x, y, seed if noise else None, update=bar.update)
        seen = visibilities(data, image.mask, mocks, clusters, x, y, update=bar.update)
    truth = injected_truth(image, [clusters.rows[i] for i in range(len(x))], x, y, seen)
    made = MultiBandImage(data, image.bands, image.wcs, mask=image.mask, meta=dict(image.meta))
    return made, truth


def prepare(image, mocks, positions, spacing, jitter, border, clearance, rng):
    """Where clusters are put into an image, and the seed of all that is random.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
        The image.
    mocks, positions, spacing, jitter, border, clearance, rng
        As for `inject`.

    Returns
    -------
    image : the same type
        The bands of ``mocks``.
    seed : int
        Drawn from ``rng``.
    x, y : numpy.ndarray, shape (cluster,)
        Pixels.
    """
    image = image.select(mocks.instrument.bands)
    image.check_pixel_scale(mocks.instrument.pixel_scale)
    seed = int(np.random.default_rng(rng).integers(2**63))
    if positions is None:
        x, y = grid_places(image, spacing, jitter, border, clearance,
                           np.random.default_rng([seed, 1]))
    else:
        x, y = chosen_places(image, positions)
    return image, seed, x, y


def injected_truth(image, rows, x, y, seen):
    """Table of the clusters put into an image.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
        Gives the bands and the world coordinates.
    rows : list of dict
        Parameters and magnitudes.
    x, y, seen : numpy.ndarray, shape (cluster,)
        Places in pixels, and visibilities.

    Returns
    -------
    `~astropy.table.QTable`
        As `inject` describes it.
    """
    rows = [{**row, "x": x[i], "y": y[i]} for i, row in enumerate(rows)]
    truth = truth_table(rows, image.bands, image.wcs)
    truth["visibility"] = seen
    truth["visibility"].info.description = (
        "Flux of the cluster over the standard deviation of its background")
    truth["crowding"] = _nearest(x, y)
    truth["crowding"].info.description = "Distance in pixels to the nearest other cluster put in"
    return truth


def _nearest(x, y):
    """Distance of each place to the nearest other one."""
    if len(x) < 2:
        return np.full(len(x), np.inf)
    places = np.stack([x, y], axis=-1)
    return cKDTree(places).query(places, k=2)[0][:, 1]
