"""What are they? Posteriors of the parameters of each candidate."""

from clusternet.estimation.aperture import AperturePhotometry
from clusternet.estimation.core import ParameterEstimator
from clusternet.estimation.dense import DenseEstimator
from clusternet.estimation.library import ClusterLibrary
from clusternet.estimation.network import NetworkEstimator
from clusternet.estimation.photometric import PhotometricEstimator
from clusternet.estimation.size_curve import SizeCurve
from clusternet.nn.posterior import Posterior

__all__ = ["AperturePhotometry", "ClusterLibrary", "DenseEstimator", "NetworkEstimator",
           "ParameterEstimator", "PhotometricEstimator", "Posterior", "SizeCurve"]
