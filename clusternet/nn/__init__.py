"""Networks: bins, layers, training and weights. Torch lives here."""

from .bins import ParameterBins
from .dense import DenseClusterNet
from .normalise import CalibratedNormaliser, WindowNormaliser
from .resnet import ClusterResNet
from .weights import DenseNetwork, Network, load_network, save_network

__all__ = ["CalibratedNormaliser", "ClusterResNet", "DenseClusterNet", "DenseNetwork", "Network",
           "ParameterBins", "WindowNormaliser", "load_network", "save_network"]
