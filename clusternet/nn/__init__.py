"""Networks: bins, layers, training and weights. Torch lives here."""

from .bins import ParameterBins
from .normalise import WindowNormaliser
from .resnet import ClusterResNet
from .weights import Network, load_network, save_network

__all__ = ["ClusterResNet", "Network", "ParameterBins", "WindowNormaliser", "load_network",
           "save_network"]
