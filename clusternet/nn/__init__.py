"""The networks, the engines that run them on images, and their weights. Torch lives here."""

from clusternet.nn.dense import DenseClusterNet, DenseEngine, DenseMaps, DenseNetwork, DenseTiles
from clusternet.nn.domain import OUT_OF_DOMAIN, Domain
from clusternet.nn.engine import Engine, native_bfloat16
from clusternet.nn.metadata import NetworkMetadata
from clusternet.nn.network import Network, load_network, write_network
from clusternet.nn.normalise import CalibratedNormaliser, WindowNormaliser
from clusternet.nn.window import ClusterResNet, WindowEngine, WindowNetwork

__all__ = ["Network", "WindowNetwork", "DenseNetwork", "load_network", "write_network",
           "NetworkMetadata", "Domain", "OUT_OF_DOMAIN", "Engine",
           "WindowEngine", "DenseEngine", "DenseMaps", "DenseTiles", "ClusterResNet",
           "DenseClusterNet", "WindowNormaliser", "CalibratedNormaliser", "native_bfloat16"]
