"""The dense network: a whole tile in one pass."""

from collections import OrderedDict
from collections.abc import Mapping

import torch
from torch import nn
from torch.nn import functional as F

from clusternet.nn.bottleneck import Bottleneck, initialise, stages

__all__ = ["STRIDE", "DenseClusterNet", "peak_crops"]

# Both belong to the layers: weights trained with other values do not fit.
#: Side of the square that enters the peak head, in cells of 2 x 2 px.
CROP = 16
#: Side in pixels of a cell of the coarsest level.
STRIDE = 32


def peak_crops(features: torch.Tensor, image: torch.Tensor, y: torch.Tensor,
               x: torch.Tensor) -> torch.Tensor:
    """Cut out the surroundings of some pixels for the peak head.

    Parameters
    ----------
    features : torch.Tensor, shape (n, channel, y / 2, x / 2)
        Of every cell of 2 x 2 px.
    image, y, x : torch.Tensor of int, shape (peak,)
        Which image, and which of its pixels.

    Returns
    -------
    torch.Tensor, shape (peak, channel, 16, 16)
        Channels last in memory; zero beyond the image.
    """
    channels, n_y, n_x = features.shape[1:]
    span = torch.arange(CROP, device=features.device) - CROP // 2
    rows, columns = (place[:, None] // 2 + span for place in (y, x))
    inside = (((rows >= 0) & (rows < n_y))[:, :, None]
              & ((columns >= 0) & (columns < n_x))[:, None])
    # Padding all features would take longer than the crops.
    rows = image[:, None] * n_y + rows.clamp(0, n_y - 1)
    index = rows[:, :, None] * n_x + columns.clamp(0, n_x - 1)[:, None]
    cells = features.permute(0, 2, 3, 1).reshape(-1, channels)
    cells = cells.index_select(0, index.reshape(-1)).view(*index.shape, channels)
    if not inside.all():
        cells = cells.masked_fill(~inside[..., None], 0)
    return cells.permute(0, 3, 1, 2)


def _convolution(n_in: int, n_out: int, size: int) -> nn.Sequential:
    return nn.Sequential(OrderedDict(
        conv=nn.Conv2d(n_in, n_out, size, padding=size // 2, bias=False),
        bn=nn.BatchNorm2d(n_out), relu=nn.ReLU(inplace=True)))


class DenseClusterNet(nn.Module):
    """ResNet50 of half width with a feature pyramid, and a head for peaks.

    The trunk has the bottlenecks (3, 4, 6, 3) of 128 to 1024 channels of
    `ClusterResNet`, at strides 4 to 32. A feature pyramid (Lin et al. 2017)
    brings its features back to half the resolution of the image. From there
    every pixel of the image gets a class, and every cell of 2 x 2 px the offset
    to the nearest centre. Parameters cost more: the peak head gets 16 x 16 cells
    around given pixels only, and has the groups of the window network.

    Parameters
    ----------
    group_sizes : dict of str to int
        Outputs of each softmax group of the peak head, in order.
    n_bands : int, optional
        Input channels, one per band.
    """

    def __init__(self, group_sizes: Mapping[str, int], n_bands: int = 3) -> None:
        super().__init__()
        self.group_sizes = dict(group_sizes)
        self.stem = _convolution(4 * n_bands, 64, 3)
        self.conv2_x, self.conv3_x, self.conv4_x, self.conv5_x = stages(stride=2)
        self.lateral = nn.ModuleList(nn.Conv2d(n, 96, 1) for n in (128, 256, 512, 1024))
        self.smooth = _convolution(96, 96, 3)
        self.from_stem = nn.Conv2d(64, 64, 1)
        self.from_pyramid = nn.Conv2d(96, 64, 1)
        self.cells = _convolution(64, 64, 3)
        self.search = _convolution(64, 32, 3)
        # Class of the four pixels of a cell, and x and y from its middle to the nearest centre.
        self.maps = nn.Conv2d(32, 6, 1)
        self.peaks = nn.Sequential(Bottleneck(64, 128), Bottleneck(128, 256, 2),
                                   Bottleneck(256, 256), Bottleneck(256, 512, 2),
                                   Bottleneck(512, 512))
        self.hidden = nn.Linear(512, 1024)
        self.groups = nn.Linear(1024, sum(self.group_sizes.values()))
        initialise(self)
        nn.init.normal_(self.maps.weight, std=0.01)
        with torch.no_grad():
            self.maps.get_parameter("bias")[:4] = -6.0  # centres are rare

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """Return the features of every cell of 2 x 2 px.

        Parameters
        ----------
        x : torch.Tensor, shape (n, band, y, x)
            Normalised images; sides are multiples of 32.

        Returns
        -------
        torch.Tensor, shape (n, 64, y / 2, x / 2)
        """
        stem = self.stem(F.pixel_unshuffle(x, 2).contiguous(memory_format=torch.channels_last))
        levels, x = [], stem
        for stage in (self.conv2_x, self.conv3_x, self.conv4_x, self.conv5_x):
            x = stage(x)
            levels.append(x)
        top = self.lateral[3](levels[3])
        for lateral, level in zip(self.lateral[2::-1], levels[2::-1], strict=True):
            top = lateral(level) + F.interpolate(top, scale_factor=2.0, mode="nearest")
        top = self.from_pyramid(self.smooth(top))
        return self.cells(
            self.from_stem(stem) + F.interpolate(top, scale_factor=2.0, mode="nearest"))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return features and maps of images.

        Parameters
        ----------
        x : torch.Tensor, shape (n, band, y, x)
            Normalised images; sides are multiples of 32.

        Returns
        -------
        features : torch.Tensor, shape (n, 64, y / 2, x / 2)
            For `describe`.
        class_logit : torch.Tensor, shape (n, y, x)
            Log odds that a cluster is centred within 1.5 px of each pixel.
        offset : torch.Tensor, shape (n, 2, y / 2, x / 2)
            (x, y) in pixels from the middle of each cell to the nearest centre.
        """
        features = self.features(x)
        maps = self.maps(self.search(features))
        return features, F.pixel_shuffle(maps[:, :4], 2)[:, 0], maps[:, 4:]

    def describe(self, features: torch.Tensor, image: torch.Tensor, y: torch.Tensor,
                 x: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return the logits of every group at some pixels.

        Parameters
        ----------
        features : torch.Tensor, shape (n, 64, y / 2, x / 2)
            From `forward`.
        image, y, x : torch.Tensor of int, shape (peak,)
            Which image, and which of its pixels.

        Returns
        -------
        dict of str to torch.Tensor, shape (peak, group size)
        """
        h = self.peaks(peak_crops(features, image, y, x)).mean((2, 3))
        parts = self.groups(F.relu(self.hidden(h))).split(list(self.group_sizes.values()), 1)
        return dict(zip(self.group_sizes, parts, strict=True))
