"""The window network of Papers II and III, and its engine."""

from clusternet.nn.window.engine import WindowEngine
from clusternet.nn.window.network import WindowNetwork
from clusternet.nn.window.resnet import ClusterResNet

__all__ = ["ClusterResNet", "WindowEngine", "WindowNetwork"]
