"""An artificial cluster test at random places, with all that a report needs."""
# Items of astropy tables, and meta, are unions in the stubs.
# pyright: reportAttributeAccessIssue=false, reportArgumentType=false, reportOperatorIssue=false
# pyright: reportReturnType=false

import astropy.units as u
import numpy as np
from astropy.table import QTable

from clusternet._random import seed_of
from clusternet.catalog import cross_match, match
from clusternet.detection import Detector
from clusternet.estimation import ParameterEstimator
from clusternet.galaxy import SyntheticGalaxy
from clusternet.images import MultiBandImage
from clusternet.injection.core import inject
from clusternet.injection.result import ArtificialClusters
from clusternet.mocks import MockClusters

__all__ = ["BORDER", "run_trial"]

#: Clusters nearer to the border than this do not count, nor do candidates; pixels.
BORDER = 32
_GALAXY = 12000
_SEED = 9000  # of the galaxies; those of trainings and benchmarks are lower


def run_trial(detector: Detector, estimator: ParameterEstimator | None = None, *,
              mocks: MockClusters | None = None, image: MultiBandImage | None = None,
              clusters: int = 400, size: int = 1024, rng: int | np.random.Generator | None = 1,
              progress: bool = True) -> ArtificialClusters:
    """Put clusters into an image, search it, and infer the parameters of those found.

    For one image in memory all of whose clusters are those put in, such as that of a synthetic
    galaxy: the image is searched as a whole, before and after, and candidates that were there
    before count as false. `artificial_cluster_test` is for images that have clusters of their
    own, and for those on disk.

    Parameters
    ----------
    detector : `~clusternet.detection.Detector`
        Searches the image.
    estimator : `~clusternet.estimation.ParameterEstimator`, optional
        Infers posteriors of the candidates.
    mocks : `~clusternet.mocks.MockClusters`, optional
        Draws and renders the clusters.
    image : `~clusternet.images.MultiBandImage`, optional
        Image into which they are put. When not given, a part of a synthetic galaxy with an arm.
    clusters : int, optional
        Number of clusters, at random places.
    size : int, optional
        Side of the synthetic image in pixels.
    rng : int or `numpy.random.Generator`, optional
        Source of randomness, of the synthetic galaxy too.
    progress : bool, optional
        Show progress bars.

    Returns
    -------
    `ArtificialClusters`
        Clusters and candidates away from the border, matched within 3 px; ``before`` has all
        candidates.

    Raises
    ------
    ValueError
        If the image is too small, or does not fit the mocks.
    """
    if not callable(detector):
        raise TypeError(f"{detector!r} is no detector; see clusternet.detection")
    if clusters < 1:
        raise ValueError(f"clusters is {clusters}; give 1 or more")
    mocks = MockClusters() if mocks is None else mocks
    seed = seed_of(rng)
    random = np.random.default_rng([seed, _SEED])
    if image is None:
        galaxy = SyntheticGalaxy((_GALAXY, _GALAXY), mocks, rng=_SEED + seed)
        corner = _GALAXY // 2 + 1900
        image = galaxy.image(corner, corner, size, size)
    if min(image.shape[1:]) <= 2 * BORDER + 1:
        raise ValueError(f"an image of {image.shape[2]} x {image.shape[1]} px; the {BORDER} px at "
                         "its borders do not count, take a larger one")
    empty = image.select(mocks.instrument.bands)
    places = _good_places(empty, clusters, random)
    searched, truth = inject(empty, mocks, positions=places, rng=random, progress=progress)
    truth, found = (_inside(table, empty.shape) for table in
                    (truth, detector(searched, progress=progress)))
    matched, unmatched = match(truth, found, 3)
    posterior = None
    if estimator is not None and matched["found"].any():
        candidates = found[cross_match(truth, found, 3)["index_b"]]
        posterior = estimator(searched, candidates, progress=progress)
    ny, nx = (n - 2 * BORDER for n in empty.shape[1:])
    return ArtificialClusters(
        image=empty, truth=truth, found=found, matched=matched, unmatched=unmatched,
        before=detector(empty, progress=progress), posterior=posterior,
        area=u.Quantity(nx * ny * empty.pixel_scale**2, u.arcmin**2))


def _good_places(image: MultiBandImage, n: int, rng: np.random.Generator) -> np.ndarray:
    """Random places on pixels that are good in all bands."""
    bad = np.any(image.mask, axis=0)
    _, ny, nx = image.shape
    places = rng.uniform(-0.5, np.array([nx, ny]) - 0.5, (20 * n, 2))
    x, y = np.clip(np.rint(places).astype(int).T, 0, [[nx - 1], [ny - 1]])
    places = places[~bad[y, x]][:n]
    if len(places) < n:
        raise ValueError(f"there are good pixels for {len(places)} of {n} clusters only; take "
                         "another part of the image")
    return places


def _inside(table: QTable, shape: tuple[int, ...]) -> QTable:
    keep = np.all([(table[name] >= BORDER) & (table[name] < n - BORDER)
                   for name, n in (("x_centroid", shape[2]), ("y_centroid", shape[1]))], axis=0)
    return table[keep]
