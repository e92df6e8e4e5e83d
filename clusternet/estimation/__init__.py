"""What are they? Posteriors of the parameters of each candidate."""

from clusternet.estimation.core import ParameterEstimator
from clusternet.estimation.dense import DenseEstimator
from clusternet.estimation.network import NetworkEstimator
from clusternet.nn.posterior import Posterior

__all__ = ["DenseEstimator", "NetworkEstimator", "ParameterEstimator", "Posterior"]
