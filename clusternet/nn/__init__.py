"""The networks, the engines that run them on images, and their weights. Torch lives here."""

from clusternet.nn.dense.net import DenseClusterNet
from clusternet.nn.domain import Domain
from clusternet.nn.metadata import ClassWeights, NetworkMetadata
from clusternet.nn.normalise import CalibratedNormaliser, WindowNormaliser
from clusternet.nn.weights import DenseNetwork, Network, load_network, save_network
from clusternet.nn.window.resnet import ClusterResNet

__all__ = ["CalibratedNormaliser", "ClassWeights", "ClusterResNet", "DenseClusterNet",
           "DenseNetwork", "Domain", "Network", "NetworkMetadata", "WindowNormaliser",
           "load_network", "save_network"]
