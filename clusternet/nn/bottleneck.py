"""The residual blocks of both networks."""

from collections import OrderedDict

import torch
from torch import nn

__all__ = ["Bottleneck", "initialise", "stages"]


class Bottleneck(nn.Module):
    """A residual bottleneck whose inner width is a quarter of its output.

    Parameters
    ----------
    n_in, n_out : int
        Channels in and out.
    stride : int, optional
        Stride of the 3x3 convolution and of the shortcut.
    """

    def __init__(self, n_in: int, n_out: int, stride: int = 1) -> None:
        super().__init__()
        width = n_out // 4
        self.conv1 = nn.Conv2d(n_in, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, n_out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(n_out)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut = None
        if stride != 1 or n_in != n_out:
            self.shortcut = nn.Sequential(
                OrderedDict(conv=nn.Conv2d(n_in, n_out, 1, stride, bias=False),
                            bn=nn.BatchNorm2d(n_out)))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (n, n_in, y, x) to (n, n_out, y / stride, x / stride)."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return self.relu(y + (x if self.shortcut is None else self.shortcut(x)))


def stages(stride: int) -> list[nn.Sequential]:
    """Make the four stages of a ResNet50 of half width: 3, 4, 6 and 3 bottlenecks.

    Parameters
    ----------
    stride : int
        Of the first stage; the others halve the resolution.

    Returns
    -------
    list of torch.nn.Sequential
        From 64 to 128, 256, 512 and 1024 channels.
    """
    return [nn.Sequential(*[Bottleneck(n_out if i else n_out // 2, n_out, 1 if i else first)
                            for i in range(n_blocks)])
            for n_out, n_blocks, first in
            zip((128, 256, 512, 1024), (3, 4, 6, 3), (stride, 2, 2, 2), strict=True)]


def initialise(network: nn.Module) -> None:
    """Draw the weights of convolutions (He et al. 2015); bottlenecks start as their shortcuts."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, Bottleneck):
            nn.init.zeros_(module.bn3.weight)
