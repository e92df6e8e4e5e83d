"""The result of an artificial cluster test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import astropy.units as u
from astropy.table import QTable

from clusternet.images import Mosaic, MultiBandImage

if TYPE_CHECKING:
    from clusternet.posterior import Posterior

__all__ = ["ArtificialClusters"]


@dataclass(frozen=True)
class ArtificialClusters:
    """Clusters put into an image, and the candidates found there.

    Attributes
    ----------
    image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
        The image before the clusters were put in.
    truth : `~astropy.table.QTable`
        The clusters put in, as from `inject`; from `artificial_cluster_test` with
        ``log_background`` (`local_background` of ``image``).
    found : `~astropy.table.QTable`
        Candidates on the image with the clusters.
    matched : `~astropy.table.QTable`
        ``truth`` with the candidate of each cluster, as from `~clusternet.catalog.match`; after a
        search of ``image`` also ``before``, whether a candidate was within the radius already.
    unmatched : `~astropy.table.QTable`
        Candidates without a cluster; from `artificial_cluster_test` without those that are within
        the radius of one in ``before``.
    before : `~astropy.table.QTable` or None
        Candidates on ``image``; None if it was not searched.
    posterior : `~clusternet.posterior.Posterior` or None
        Posteriors of the candidates of the clusters found, in the order of ``matched``; None
        without an estimator or without any such cluster.
    area : `~astropy.units.Quantity`
        Solid angle in which clusters and candidates count.
    """

    image: MultiBandImage | Mosaic
    truth: QTable
    found: QTable
    matched: QTable
    unmatched: QTable
    before: QTable | None
    posterior: Posterior | None
    area: u.Quantity
