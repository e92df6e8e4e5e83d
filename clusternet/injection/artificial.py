"""Artificial cluster tests on images of any size."""
# Items of astropy tables, and meta, are unions in the stubs.
# pyright: reportAttributeAccessIssue=false, reportArgumentType=false, reportCallIssue=false
# pyright: reportOptionalMemberAccess=false

import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.table import QTable
from numpy.typing import ArrayLike
from scipy.spatial import KDTree

from clusternet.catalog import match
from clusternet.detection import Detector
from clusternet.images import Mosaic, MultiBandImage, image_digest, run_tiles
from clusternet.injection.accuracy import WINDOW
from clusternet.injection.placement import Placement
from clusternet.injection.places import Grid
from clusternet.injection.result import ArtificialClusters
from clusternet.injection.tiled import TileTest, joined_catalogue, joined_truth
from clusternet.mocks import Cluster, MockClusters

__all__ = ["artificial_cluster_test"]


def artificial_cluster_test(
        image: MultiBandImage | Mosaic, mocks: MockClusters, detector: Detector, *,
        positions: ArrayLike | SkyCoord | None = None, clusters: Sequence[Cluster] | None = None,
        spacing: float = 64, jitter: float = 0.5, border: float = 32, clearance: int = 8,
        radius: float | u.Quantity = 3, search_before: bool = False, tile: int = 2048,
        halo: int = 128, rng: int | np.random.Generator | None = None,
        folder: str | os.PathLike[str] | None = None, client: Any = None, workers: int = 1,
        progress: bool = True) -> ArtificialClusters:
    """Put mock clusters into an image, search it, and match the candidates with them.

    Paper III, section 3.3, for images in memory or on disk: tile by tile, with surroundings of
    ``halo`` pixels, in which clusters are put as well. Positions, clusters and noise are those
    that `inject` gives with the same ``rng``, whatever the tiles and the number of workers.

    Candidates that are there without the artificial clusters, such as real clusters, can be
    separated by searching the image without them too (``search_before``). A cluster put on one
    counts as found if a candidate is there; its ``before`` is True, so that such rows can be left
    out. Candidates without a cluster that were there before are not in ``unmatched``.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
        Real or synthetic; it is not changed. Bands that ``mocks`` does not have are left out.
    mocks : `~clusternet.mocks.MockClusters`
        Draws and renders the clusters; its instrument gives bands and exposure times.
    detector : `~clusternet.detection.Detector`
        Searches the image; every candidate it returns counts.
    positions, clusters, spacing, jitter, border, clearance
        Where clusters are put, as for `inject`. The grid also keeps clear of areas where all
        bands are exactly zero.
    radius : float or `~astropy.units.Quantity`, optional
        Largest distance of a match, as for `match`.
    search_before : bool, optional
        Search the image without the clusters as well, which takes as long again.
    tile : int, optional
        Side of a tile in pixels.
    halo : int, optional
        Width of its surroundings in pixels, 32 or more: the distance at which clusters and
        borders no longer matter to the detector.
    rng : int or `numpy.random.Generator`, optional
        Source of randomness; with equal seeds the result is equal.
    folder : str or os.PathLike, optional
        Where to keep finished tiles. A test that was stopped resumes from there. The folder
        belongs to one image, seed and set of mocks, and to one detector as described by its
        ``meta``; take another folder where detectors differ in settings that this does not hold.
    client : ``dask.distributed.Client``, optional
        Do the tiles on its workers.
    workers : int, optional
        Tiles done at a time. One by default, since detectors have threads of their own.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    `ArtificialClusters`
        The clusters and the candidates, with every column of the detector's catalogue.

    Raises
    ------
    ValueError
        As from `inject`, `match` and the detector, if the size of a tile is impossible, or the
        folder is of another test.
    RuntimeError
        If a tile fails; it names the tile.

    Examples
    --------
    A detector that finds nothing:

    >>> import astropy.units as u
    >>> import numpy as np
    >>> from clusternet.catalog import make_catalogue
    >>> from clusternet.injection import artificial_cluster_test
    >>> from clusternet.detection import Detector
    >>> from clusternet.galaxy import M83
    >>> from clusternet.images import MultiBandImage
    >>> from clusternet.mocks import MockClusters
    >>> from clusternet.psf import GaussianPSF
    >>> class Blind(Detector):
    ...     def __call__(self, image, *, progress=True):
    ...         names = ("x_centroid", "y_centroid", "class_cb")
    ...         return make_catalogue({name: [] for name in names}, image.wcs)
    >>> mocks = MockClusters(psf=GaussianPSF(0.08 * u.arcsec))
    >>> pixels = np.random.default_rng(1).normal(0.02, 0.01, (3, 200, 200))
    >>> image = MultiBandImage(pixels, mocks.instrument.bands,
    ...                        M83.wcs((200, 200), 0.0396 * u.arcsec))
    >>> test = artificial_cluster_test(image, mocks, Blind(), rng=1, progress=False)
    >>> test.matched["found"].tolist()
    [False, False, False, False]
    """
    if tile < 1 or halo < WINDOW // 2:
        raise ValueError(f"tile = {tile} px with a halo of {halo} px; give 1 or more, and a halo "
                         f"of {WINDOW // 2} or more")
    placement = Placement.plan(image, mocks, positions, clusters,
                               Grid(spacing, jitter, border, clearance), rng)
    image = placement.image
    work = TileTest(placement, detector, search_before)
    settings = None if folder is None else {**work.settings(), "tile": tile, "halo": halo,
                                            "image": image_digest(image)}
    parts = list(run_tiles(work, image.tiles(tile, halo), folder=folder, settings=settings,
                           client=client, workers=workers, progress=progress,
                           label="artificial clusters"))
    meta = {"detector": type(detector).__name__, "seed": placement.seed, "tile": tile,
            "halo": halo}
    truth = joined_truth(parts, placement)
    found = joined_catalogue(parts, "found", placement, meta)
    matched, unmatched = match(truth, found, radius)
    matched.meta.update(meta, radius=radius)
    before = None
    if search_before:
        before = joined_catalogue(parts, "before", placement, meta)
        reach = u.Quantity(radius)
        if reach.unit.is_equivalent(u.deg):
            reach = (reach / image.pixel_scale).to(u.one)
        matched["before"] = _near(matched, before, reach.value)
        matched["before"].info.description = "Whether there was a candidate without the cluster"
        unmatched = unmatched[~_near(unmatched, before, reach.value)]
    area = u.Quantity(image.shape[1] * image.shape[2] * image.pixel_scale**2, u.arcmin**2)
    return ArtificialClusters(image, truth, found, matched, unmatched, before, None, area)


def _near(table: QTable, others: QTable, radius: float) -> np.ndarray:
    """Whether there is a row of another table within a radius in pixels."""
    if not len(others):
        return np.zeros(len(table), dtype=bool)
    places = [np.stack([t["x_centroid"], t["y_centroid"]], axis=1) for t in (table, others)]
    return KDTree(places[1]).query(places[0])[0] <= radius
