"""Mock clusters put into an image, and the table of what was put where."""

from collections.abc import Sequence

import numpy as np
from astropy.coordinates import SkyCoord
from astropy.table import QTable
from numpy.typing import ArrayLike
from tqdm import tqdm

from clusternet.images import MultiBandImage
from clusternet.injection.light import NumberedClusters, add_light, visibilities
from clusternet.injection.placement import Placement
from clusternet.injection.places import Grid
from clusternet.mocks import Cluster, MockClusters

__all__ = ["inject"]


def inject(image: MultiBandImage, mocks: MockClusters, *,
           positions: ArrayLike | SkyCoord | None = None,
           clusters: Sequence[Cluster] | None = None, spacing: float = 64, jitter: float = 0.5,
           border: float = 32, clearance: int = 8, rng: int | np.random.Generator | None = None,
           noise: bool = True, progress: bool = True) -> tuple[MultiBandImage, QTable]:
    """Put mock clusters into an image (Paper III, section 3.3).

    The clusters are drawn within the magnitude limits of ``mocks``, each from a seed of its own,
    and added to the pixels with the photon noise of their own light. They stand at given
    positions or on a grid. The image is processed square by square, so that the memory needed
    beyond that for the result does not grow with it.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage`
        Real or synthetic; it is not changed. Bands that ``mocks`` does not have are left out.
    mocks : `~clusternet.mocks.MockClusters`
        Draws and renders the clusters; its instrument gives bands, zero points and exposure times.
    positions : array_like, shape (cluster, 2), or `~astropy.coordinates.SkyCoord`, optional
        Where to put them: (x, y) in pixels, or places on the sky. A grid when not given.
    clusters : sequence of `~clusternet.mocks.Cluster`, optional
        Clusters to put in, one for each position; drawn when not given.
    spacing : float, optional
        Spacing of the grid, in pixels. Paper III: 64.
    jitter : float, optional
        Clusters on the grid are shifted at random by up to this along x and along y, in pixels;
        0.5 makes all sub-pixel places equally likely.
    border : float, optional
        The grid keeps this far from the borders of the image, in pixels. Half a window by
        default, the region in which window networks see part of the surroundings only.
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
        With the clusters; masks do not change.
    truth : `~astropy.table.QTable`
        A row per cluster: ``x_centroid``, ``y_centroid``, ``sky_centroid``, ``log_age``,
        ``log_mass``, ``a_v`` and ``log_r_h`` as in a catalogue; magnitudes of all its light
        (``mag_F336W`` ...); ``visibility`` (`clusternet.mocks.visibility` in the 64 pixels around
        it, with all else that is there now as background); and ``crowding``, the distance to the
        nearest other cluster put in, in pixels (infinite if there is none).

    Raises
    ------
    ValueError
        If the image lacks a band or has pixels of another size, a position is not on the image
        or on a masked pixel, the number of clusters is not that of the positions, the settings of
        the grid are impossible, or the grid has no place left.

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
    image = image.select(mocks.instrument.bands)
    placement = Placement.plan(image, mocks, positions, clusters,
                               Grid(spacing, jitter, border, clearance), rng)
    numbered = NumberedClusters(placement)
    data = np.array(image.data)
    with tqdm(total=2 * len(placement), desc="clusters", disable=not progress) as bar:
        add_light(data, numbered, noise=noise, advance=bar.update)
        seen = visibilities(data, image.mask, numbered, advance=bar.update)
    truth = placement.truth([numbered.rows[i] for i in range(len(placement))], seen)
    return MultiBandImage(data, image.bands, image.wcs, mask=image.mask,
                          meta=dict(image.meta or {})), truth
