"""The class of a candidate from two predictions of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import expit, logit

from clusternet.posterior.accuracy import LEAST_PROBABILITY

__all__ = ["ClassWeights"]


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
    >>> from clusternet.posterior import ClassWeights
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


def _log_odds(probability: ArrayLike) -> np.ndarray:
    return logit(np.clip(probability, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY))
