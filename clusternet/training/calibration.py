"""Calibration of a dense network on fields all of whose clusters are known."""
# pyright: reportArgumentType=false, reportCallIssue=false
# Rows and columns of astropy have no types of their own.

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from astropy import units as u
from astropy.table import QTable, Table, vstack
from numpy.typing import ArrayLike
from tqdm import tqdm

from clusternet.catalog import GROUPS, PARAMETERS, ClusterFlag, cross_match, numbers
from clusternet.detection import DenseDetector
from clusternet.images import MultiBandImage
from clusternet.nn import DenseNetwork, DenseTiles, NetworkMetadata
from clusternet.posterior import Calibration, ClassWeights, Posterior
from clusternet.validation import (
    coverage,
    log_score,
    pit,
    reliability,
    sbc_ranks,
    tarp,
    true_values,
    uniformity,
)

__all__ = ["CalibrationScores", "KnownCandidates", "calibrate", "find_known", "score_calibration"]


@dataclass(frozen=True, eq=False)
class KnownCandidates:
    """Candidates of a dense search, and the clusters among them.

    Parameters
    ----------
    candidates : `~astropy.table.QTable`
        ``class_map`` and ``class_head``, probabilities on the class map and from the peak head,
        and ``is_cluster``.
    index : numpy.ndarray of int, shape (cluster,)
        Row of the candidate of each cluster that was found.
    truth : `~astropy.table.QTable`
        True parameters of these clusters, row by row.
    groups : dict of str to numpy.ndarray, shape (cluster, group size)
        Probabilities that the network predicts for them.
    """

    candidates: QTable
    index: np.ndarray
    truth: QTable
    groups: Mapping[str, np.ndarray]

    def class_cb(self, weights: ClassWeights) -> np.ndarray:
        """Return the class of every candidate for some weights, shape (candidate,)."""
        return weights(*(numbers(self.candidates, name) for name in ("class_map", "class_head")))

    def clusters(self, chosen: ArrayLike) -> tuple[QTable, dict[str, np.ndarray]]:
        """Return true parameters and groups of some of the clusters (mask or index)."""
        chosen = np.asarray(chosen)
        return QTable(self.truth[chosen]), {name: v[chosen] for name, v in self.groups.items()}


class CalibrationScores(NamedTuple):
    """Calibration of classes and posteriors, measured where the truth is known."""

    reliability: QTable
    """Fraction of clusters by class (`~clusternet.validation.reliability`)."""
    class_log_score: float
    """Mean negative logarithm of the probability of being a cluster, or none."""
    pit: QTable
    """Probability integral transforms (`~clusternet.validation.pit`)."""
    coverage: QTable
    """Coverage of central intervals, of all clusters and in thirds of predicted and true age and
    visibility (`~clusternet.validation.coverage`)."""
    log_score: QTable
    """Logarithmic scores (`~clusternet.validation.log_score`)."""
    pit_uniformity: QTable
    """Tests of the transforms (`~clusternet.validation.uniformity`)."""
    rank_uniformity: QTable
    """Tests of the ranks of true values among 99 draws."""
    tarp: QTable
    """Coverage of joint posteriors (`~clusternet.validation.tarp`)."""

    def summary(self) -> QTable:
        """Return the posteriors' scores in short.

        Returns
        -------
        `~astropy.table.QTable`
            For each ``parameter``: ``n``, ``log_score``, ``p_pit`` and ``p_ranks`` (probabilities
            that transforms and ranks are evenly distributed); coverage minus probability of the
            central intervals (``50 %``, ...); and the largest of these in thirds (``by ...``).
            ``meta``: ``ece`` and ``class_log_score`` of the class, ``joint_log_score``, and
            ``tarp``, the largest difference of joint coverage and level.
        """
        table, n = self.coverage, len(self.pit.colnames)
        offset = numbers(table, "coverage") - numbers(table, "level")
        parameter, by = (np.asarray(table[name]) for name in ("parameter", "by"))
        result = QTable({"parameter": self.pit.colnames, "n": self.pit_uniformity["n"],
                         "log_score": self.log_score["log_score"][:n],
                         "p_pit": self.pit_uniformity["p_ks"],
                         "p_ranks": self.rank_uniformity["p_chi2"]})
        for level in np.unique(table["level"]):
            chosen = (by == "all") & (numbers(table, "level") == level)
            result[f"{100 * level:g} %"] = offset[chosen]
        for label in list(dict.fromkeys(by))[1:]:
            parts = [offset[(by == label) & (parameter == name)] for name in self.pit.colnames]
            result[f"by {label}"] = [max(part, key=abs, default=np.nan) for part in parts]
        for name in result.colnames[2:]:
            info: Any = result[name].info  # pyright: ignore[reportAttributeAccessIssue]
            info.format = ".4f" if name == "log_score" else ".2g"
        result.meta = {
            "ece": dict(self.reliability.meta or {})["ece"],
            "class_log_score": self.class_log_score,
            "joint_log_score": float(self.log_score["log_score"][-1]),
            "tarp": float(np.abs(numbers(self.tarp, "coverage")
                                 - numbers(self.tarp, "level")).max())}
        return result


def find_known(network: DenseNetwork, fields: Iterable[tuple[MultiBandImage, Table]], *,
               radius: float | u.Quantity = 3.0, progress: bool = True) -> KnownCandidates:
    """Search fields for clusters that are known.

    The class counts as not yet calibrated: candidates close to each other are chosen by the mean
    of the log odds on the class map and of the peak head. Candidates within half a window of the
    border are left out.

    Parameters
    ----------
    network : `~clusternet.nn.DenseNetwork`
        The network; not changed.
    fields : iterable of (`~clusternet.images.MultiBandImage`, `~astropy.table.Table`)
        Images, and the positions and parameters of all clusters in each.
    radius : float or `~astropy.units.Quantity`, optional
        Largest distance of a candidate from its cluster; in pixels, or an angle.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    KnownCandidates

    Raises
    ------
    ValueError
        If there is no field.
    """
    plain = replace(network, metadata=replace(network.metadata, class_weights=ClassWeights(),
                                              calibration=None, domain=None))
    detector = DenseDetector(plain, threshold=0)
    candidates, index, truths, groups, n = [], [], [], [], 0
    for image, truth in tqdm(fields, desc="search", unit=" fields", disable=not progress):
        found = detector(image, progress=False, workers=1)
        found = found[np.asarray(found["flags"]) & ClusterFlag.EDGE == 0]
        pairs = cross_match(truth, found, radius)
        of_truth, of_found = (np.asarray(pairs[name]) for name in ("index_a", "index_b"))
        predicted = DenseTiles(image, detector.engine, detector.scale).describe(
            *(np.asarray(found[name]) for name in ("y_peak", "x_peak")))
        candidates.append(QTable({"class_map": np.asarray(found["class_map"], dtype=float),
                                  "class_head": predicted["cluster"][:, 1].astype(float),
                                  "is_cluster": np.isin(np.arange(len(found)), of_found)}))
        index.append(of_found + n)
        truths.append(truth[[name for name in PARAMETERS if name in truth.colnames]]
                      [of_truth])
        groups.append({name: predicted[name][of_found] for name in GROUPS})
        n += len(found)
    if not candidates:
        raise ValueError("no fields to calibrate on; give at least one image with its truth")
    return KnownCandidates(
        vstack(candidates), np.concatenate(index), vstack(truths, metadata_conflicts="silent"),
        {name: np.concatenate([one[name] for one in groups]) for name in GROUPS})


def calibrate(network: DenseNetwork, known: KnownCandidates, *, class_cb: float = 0.5,
              nodes: int = 5, source: str = "fields of synthetic galaxies") -> NetworkMetadata:
    """Fit the class and the posteriors of a network to clusters that are known.

    Parameters
    ----------
    network : `~clusternet.nn.DenseNetwork`
        The network that found them; not changed.
    known : KnownCandidates
        From `find_known`.
    class_cb : float, optional
        The correction of posteriors is fitted to clusters from this class.
    nodes : int, optional
        Nodes of the correction in visibility, and in age.
    source : str, optional
        Description of the fields.

    Returns
    -------
    `~clusternet.nn.NetworkMetadata`
        That of the network with new ``class_weights`` and ``calibration``.

    Raises
    ------
    ValueError
        If there are too few clusters.
    """
    weights = ClassWeights.fit(
        *(numbers(known.candidates, name) for name in ("class_map", "class_head")),
        np.asarray(known.candidates["is_cluster"]),
        fitted_to=f"{len(known.candidates)} candidates in {source}")
    truth, groups = known.clusters(known.class_cb(weights)[known.index] >= class_cb)
    calibration = Calibration.fit(Posterior(network.bins, groups), true_values(truth),
                                  nodes=nodes, fitted_to=f"{len(truth)} clusters in {source}")
    return replace(network.metadata, class_weights=weights, calibration=calibration)


def score_calibration(network: DenseNetwork, known: KnownCandidates, metadata: NetworkMetadata, *,
                      class_cb: float = 0.5) -> tuple[CalibrationScores, CalibrationScores]:
    """Measure a calibration on clusters that it was not fitted to.

    Parameters
    ----------
    network : `~clusternet.nn.DenseNetwork`
        The network that found them; not changed.
    known : KnownCandidates
        From `find_known`.
    metadata : `~clusternet.nn.NetworkMetadata`
        From `calibrate`.
    class_cb : float, optional
        Posteriors of clusters from this class are measured.

    Returns
    -------
    before, after : CalibrationScores
        Before: the class as the network's own metadata have it, and posteriors without a
        correction.
    """
    truth, groups = known.clusters(known.class_cb(metadata.class_weights)[known.index] >= class_cb)
    posteriors = [Posterior(network.bins, groups, calibration=calibration)
                  for calibration in (None, metadata.calibration)]
    true = true_values(truth)
    by = {f"{label} {name.removeprefix('log_')}": of(name)
          for label, of in (("predicted", posteriors[1].median), ("true", true.__getitem__))
          for name in ("log_visibility", "log_age")}
    inside = truth.copy()  # visibilities beyond the bins do not count, as in the transforms
    inside["visibility"][np.isnan(pit(posteriors[0], truth)["log_visibility"])] = np.nan
    before, after = (
        _scores(known, weights, posterior, inside, by) for weights, posterior in zip(
            (network.metadata.class_weights, metadata.class_weights), posteriors, strict=True))
    return before, after


def _scores(known: KnownCandidates, weights: ClassWeights, posterior: Posterior, truth: QTable,
            by: Mapping[str, np.ndarray]) -> CalibrationScores:
    class_cb, is_cluster = known.class_cb(weights), np.asarray(known.candidates["is_cluster"])
    right = np.where(is_cluster, class_cb, 1 - class_cb)
    pits, draws = pit(posterior, truth), posterior.sample(99, rng=1)
    return CalibrationScores(
        reliability(class_cb, is_cluster), float(-np.log(np.clip(right, 1e-6, 1)).mean()),
        pits, coverage(pits, by=by), log_score(posterior, truth), uniformity(pits),
        uniformity(sbc_ranks(draws, truth)), tarp(draws, truth, rng=2))
