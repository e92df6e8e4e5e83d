"""Posterior probabilities of cluster parameters: bins, histograms, intervals, recalibration."""

from clusternet.posterior.bins import ParameterBins
from clusternet.posterior.core import Posterior
from clusternet.posterior.recalibration import Calibration

__all__ = ["Calibration", "ParameterBins", "Posterior"]
