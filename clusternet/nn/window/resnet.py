"""The window network of Paper II, Table 1."""

from collections.abc import Mapping

import torch
from torch import nn

from clusternet.nn.bottleneck import initialise, stages

__all__ = ["ClusterResNet"]


class ClusterResNet(nn.Module):
    """ResNet50 of half width on 64 x 64 windows, with four softmax groups.

    The layers are those of Paper II, Table 1: a 7x7 convolution without
    stride, a max pool, bottlenecks (3, 4, 6, 3) of 128 to 1024 channels,
    global average pooling, one hidden fully connected layer, and the parallel
    groups of ``bins``.

    Parameters
    ----------
    group_sizes : dict of str to int
        Number of outputs of each softmax group, in order.
    n_bands : int, optional
        Input channels, one per band.
    """

    def __init__(self, group_sizes: Mapping[str, int], n_bands: int = 3) -> None:
        super().__init__()
        self.group_sizes = dict(group_sizes)
        self.conv1 = nn.Conv2d(n_bands, 64, 7, 1, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.pool = nn.MaxPool2d(3, 2, 1)
        self.conv2_x, self.conv3_x, self.conv4_x, self.conv5_x = stages(stride=1)
        self.hidden = nn.Linear(1024, 1024)
        self.groups = nn.Linear(1024, sum(self.group_sizes.values()))
        initialise(self)

    def forward(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return the logits of every group.

        Parameters
        ----------
        x : torch.Tensor, shape (n, band, 64, 64)
            Normalised windows.

        Returns
        -------
        dict of str to torch.Tensor, shape (n, group size)
        """
        x = self.pool(self.relu(self.bn1(self.conv1(x))))
        x = self.conv5_x(self.conv4_x(self.conv3_x(self.conv2_x(x))))
        x = self.relu(self.hidden(x.mean((2, 3))))
        parts = self.groups(x).split(list(self.group_sizes.values()), 1)
        return dict(zip(self.group_sizes, parts, strict=True))
