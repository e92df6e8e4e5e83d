"""The residual block of which both networks are made."""

from collections import OrderedDict

import torch
from torch import nn

__all__ = ["Bottleneck"]


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
