"""What are they? Posteriors of the parameters of each candidate."""

from clusternet.estimation.core import ParameterEstimator
from clusternet.estimation.network import NetworkEstimator
from clusternet.estimation.posterior import Posterior

__all__ = ["NetworkEstimator", "ParameterEstimator", "Posterior"]
