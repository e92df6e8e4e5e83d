"""Posterior probabilities of cluster parameters: bins, histograms, intervals, recalibration."""

from clusternet.posterior.bins import ParameterBins
from clusternet.posterior.class_weights import ClassWeights
from clusternet.posterior.core import Interval, Posterior
from clusternet.posterior.histograms import marginals, mean, neighbour_weights, quantile
from clusternet.posterior.recalibration import Calibration

__all__ = [
    "Calibration",
    "ClassWeights",
    "Interval",
    "ParameterBins",
    "Posterior",
    "marginals",
    "mean",
    "neighbour_weights",
    "quantile",
]
