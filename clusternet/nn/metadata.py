"""The record that travels with the weights of a network."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import expit, logit

from clusternet.nn.accuracy import LEAST_PROBABILITY
from clusternet.nn.domain import Domain
from clusternet.posterior import Calibration

__all__ = ["ClassWeights", "NetworkMetadata"]


@dataclass(frozen=True)
class ClassWeights:
    """Logistic that joins the class map and the peak head of a dense network.

    The log odds of a candidate's class are a weighted sum of the log odds of both. By default
    they are the mean.

    Parameters
    ----------
    constant, map, head : float, optional
        Added to the sum, and weights of class map and peak head.
    fitted_to : str, optional
        Description of the candidates that the weights were fitted to.

    Examples
    --------
    >>> from clusternet.nn import ClassWeights
    >>> print(ClassWeights()(class_map=0.2, class_head=0.8))
    0.5
    """

    constant: float = 0.0
    map: float = 0.5
    head: float = 0.5
    fitted_to: str = ""

    def __call__(self, class_map: ArrayLike, class_head: ArrayLike) -> np.ndarray:
        """Return the class of candidates.

        Parameters
        ----------
        class_map, class_head : array_like
            Probabilities on the class map and from the peak head.

        Returns
        -------
        numpy.ndarray
            Probabilities of the same shape.
        """
        return expit(self.constant + (self.map * _log_odds(class_map)
                                      + self.head * _log_odds(class_head)))

    @classmethod
    def fit(cls, class_map: ArrayLike, class_head: ArrayLike, is_cluster: ArrayLike, *,
            fitted_to: str = "") -> ClassWeights:
        """Find the weights of the greatest likelihood.

        Parameters
        ----------
        class_map, class_head : array_like, shape (candidate,)
            Probabilities on the class map and from the peak head.
        is_cluster : array_like of bool, shape (candidate,)
            Which candidates are clusters.
        fitted_to : str, optional
            Description of the candidates.

        Returns
        -------
        ClassWeights
        """
        sign = np.where(is_cluster, 1, -1)
        inputs = np.stack([np.ones(len(sign)), _log_odds(class_map), _log_odds(class_head)],
                          axis=1)
        found = minimize(lambda w: np.logaddexp(0, -sign * (inputs @ w)).mean(), [0, 0.5, 0.5])
        return cls(*found.x.tolist(), fitted_to=fitted_to)


@dataclass(frozen=True)
class NetworkMetadata:
    """How a network was made, and what was fitted to it afterwards.

    Parameters
    ----------
    recipe : dict, optional
        The recipe of its training.
    versions : dict of str to str, optional
        Versions of the packages that trained it.
    scores : dict, optional
        Scores on held-out windows or scenes.
    class_weights : ClassWeights, optional
        Class of a dense network's candidates.
    calibration : `~clusternet.posterior.Calibration`, optional
        Correction of its posteriors.
    domain : `Domain`, optional
        Statistics of the mock clusters that it finds.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from clusternet.nn import NetworkMetadata
    >>> metadata = NetworkMetadata(versions={"torch": "2.13.0"})
    >>> replace(metadata, recipe={"name": "deep"}).to_dict()
    {'recipe': {'name': 'deep'}, 'versions': {'torch': '2.13.0'}}
    """

    recipe: dict[str, Any] | None = None
    versions: dict[str, str] = field(default_factory=dict)
    scores: dict[str, Any] | None = None
    class_weights: ClassWeights = field(default_factory=ClassWeights)
    calibration: Calibration | None = None
    domain: Domain | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold; entries that are not known are left out."""
        stored = {"recipe": self.recipe, "versions": self.versions, "scores": self.scores,
                  "verdict": None if self.class_weights == ClassWeights() else
                  asdict(self.class_weights),
                  "calibration": self.calibration and self.calibration.to_dict(),
                  "domain": self.domain and self.domain.to_dict()}
        return {name: value for name, value in stored.items() if value}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> NetworkMetadata:
        """Make the record from what `to_dict` gave.

        Parameters
        ----------
        stored : dict
            Plain values; the class weights are called ``verdict``.

        Returns
        -------
        NetworkMetadata

        Raises
        ------
        ValueError
            If there is an entry of another name.
        """
        _refuse_unknown("metadata", stored, ("recipe", "versions", "scores", "verdict",
                                             "calibration", "domain"))
        weights = stored.get("verdict", {})
        _refuse_unknown("class weights", weights, [f.name for f in fields(ClassWeights)])
        calibration, domain = stored.get("calibration"), stored.get("domain")
        return cls(stored.get("recipe"), stored.get("versions", {}), stored.get("scores"),
                   ClassWeights(**weights), calibration and Calibration.from_dict(calibration),
                   domain and Domain.from_dict(domain))


def _log_odds(probability: ArrayLike) -> np.ndarray:
    return logit(np.clip(probability, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY))


def _refuse_unknown(what: str, given: Mapping[str, Any], known: Collection[str]) -> None:
    unknown = [name for name in given if name not in known]
    if unknown:
        raise ValueError(f"{what} of a network with {', '.join(unknown)}; there are only "
                         f"{', '.join(known)}")
