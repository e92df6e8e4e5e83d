"""The dense network, its engine, and images in tiles."""

from clusternet.nn.dense.engine import DenseEngine, DenseMaps
from clusternet.nn.dense.net import STRIDE, DenseClusterNet
from clusternet.nn.dense.network import DenseNetwork
from clusternet.nn.dense.tiles import DenseTiles

__all__ = ["STRIDE", "DenseClusterNet", "DenseEngine", "DenseMaps", "DenseNetwork", "DenseTiles"]
