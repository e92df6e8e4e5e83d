"""An artificial cluster test of a detector and an estimator, with everything a report needs."""

from dataclasses import dataclass

import astropy.units as u
import numpy as np
from astropy.table import QTable

from clusternet.catalog import cross_match, match
from clusternet.galaxy import SyntheticGalaxy
from clusternet.images import MultiBandImage
from clusternet.injection import inject
from clusternet.mocks import MockClusters

__all__ = ["BORDER", "Trial", "run_trial"]

#: Clusters nearer to the border than this do not count, nor do candidates; pixels.
BORDER = 32
_GALAXY = 12000
_SEED = 9000  # of the galaxies; those of trainings and benchmarks are lower


@dataclass(frozen=True)
class Trial:
    """What `run_trial` gives.

    Attributes
    ----------
    image : `~clusternet.images.MultiBandImage`
        That was searched.
    empty : `~clusternet.images.MultiBandImage`
        The same without the clusters.
    truth, found : `~astropy.table.QTable`
        Clusters, and candidates away from the border.
    matched, unmatched : `~astropy.table.QTable`
        As from `~clusternet.catalog.match`, within 3 px.
    before : `~astropy.table.QTable`
        Candidates on ``empty``.
    posterior : `~clusternet.posterior.Posterior` or None
        Of the candidates of ``matched`` that were found, in its order.
    area : `~astropy.units.Quantity`
        Solid angle that counts.
    """

    image: MultiBandImage
    empty: MultiBandImage
    truth: QTable
    found: QTable
    matched: QTable
    unmatched: QTable
    before: QTable
    posterior: object
    area: u.Quantity


def run_trial(detector, estimator=None, mocks=None, image=None, clusters=400, size=1024, seed=1,
              progress=True):
    """Put clusters into an image, search it, and infer the parameters of what was found.

    Parameters
    ----------
    detector : `~clusternet.detection.Detector`
        What searches.
    estimator : `~clusternet.estimation.ParameterEstimator`, optional
        What gives whole posteriors of the candidates.
    mocks : `~clusternet.mocks.MockClusters`, optional
        What clusters are made of.
    image : `~clusternet.images.MultiBandImage`, optional
        Into what they are put. When not given, a part of a synthetic galaxy with an arm.
    clusters : int, optional
        How many, at random places.
    size : int, optional
        Side of the synthetic image in pixels.
    seed : int, optional
        Of everything.
    progress : bool, optional
        Show progress bars.

    Returns
    -------
    `Trial`

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
    rng = np.random.default_rng([seed, _SEED])
    if image is None:
        galaxy = SyntheticGalaxy((_GALAXY, _GALAXY), mocks, rng=_SEED + seed)
        corner = _GALAXY // 2 + 1900
        image = galaxy.image(corner, corner, size, size)
    if min(image.shape[1:]) <= 2 * BORDER + 1:
        raise ValueError(f"an image of {image.shape[2]} x {image.shape[1]} px; the {BORDER} px at "
                         "its borders do not count, take a larger one")
    empty = image.select(mocks.instrument.bands)
    places = _good_places(empty, clusters, rng)
    image, truth = inject(empty, mocks, positions=places, rng=rng, progress=progress)
    truth, found = (_inside(table, image.shape) for table in
                    (truth, detector(image, progress=progress)))
    matched, unmatched = match(truth, found, 3)
    posterior = None
    if estimator is not None and matched["found"].any():
        posterior = estimator(image, _candidates(truth, found), progress=progress)
    ny, nx = (n - 2 * BORDER for n in image.shape[1:])
    area = (nx * ny * image.pixel_scale**2).to(u.arcmin**2)
    before = detector(empty, progress=progress)
    return Trial(image, empty, truth, found, matched, unmatched, before, posterior, area)


def _good_places(image, n, rng):
    """Random places on pixels that are good in all bands."""
    bad = image.mask.any(0)
    ny, nx = bad.shape
    places = rng.uniform(-0.5, np.array([nx, ny]) - 0.5, (20 * n, 2))
    x, y = np.clip(np.rint(places).astype(int).T, 0, [[nx - 1], [ny - 1]])
    places = places[~bad[y, x]][:n]
    if len(places) < n:
        raise ValueError(f"there are good pixels for {len(places)} of {n} clusters only; take "
                         "another part of the image")
    return places


def _inside(table, shape):
    keep = np.all([(table[name] >= BORDER) & (table[name] < n - BORDER)
                   for name, n in (("x_centroid", shape[2]), ("y_centroid", shape[1]))], axis=0)
    return table[keep]


def _candidates(truth, found):
    """The candidates of the clusters that were found, in the order of the clusters."""
    pairs = cross_match(truth, found, 3)
    order = np.argsort(pairs["index_a"])
    return found[pairs["index_b"][order]]
