"""The window network with its batch norms folded away, for inference on a CPU."""

import torch
from torch.nn import functional

from clusternet.nn.accuracy import WINDOWS_TOGETHER
from clusternet.nn.folded import FoldedBottleneck, FoldedConvolution
from clusternet.nn.window.resnet import ClusterResNet

__all__ = ["FoldedClusterResNet"]


class FoldedClusterResNet:
    """A `ClusterResNet` for inference: the same numbers, sooner.

    Batch norms become part of the convolutions before them, arrays are channels-last, and, where
    this build of torch has oneDNN, the additions and ReLUs after a convolution are done as part
    of it. The layers whose rounding matters most (the pooled features and what follows, save for
    the joint histogram) stay in float32. The model is left unchanged.
    """

    def __init__(self, model: ClusterResNet, dtype: torch.dtype = torch.float32) -> None:
        self.dtype = dtype
        self._stem = FoldedConvolution(model.conv1, model.bn1, dtype)
        self._stages = {}
        for name in ("conv2_x", "conv3_x", "conv4_x", "conv5_x"):
            self._stages[name] = [FoldedBottleneck(block, dtype) for block in getattr(model, name)]
        self._hidden = model.hidden
        self._groups = {}
        sizes = list(model.group_sizes.values())
        weights, biases = (p.detach().split(sizes) for p in (model.groups.weight,
                                                             model.groups.bias))
        for name, weight, bias in zip(model.group_sizes, weights, biases, strict=True):
            group_dtype = dtype if len(weight) > 100 else torch.float32
            self._groups[name] = weight.to(group_dtype), bias.to(group_dtype)

    def __call__(self, x: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return the logits of every group, float32, for normalised windows, channels-last."""
        x = _apart(self._first, x.to(self.dtype), WINDOWS_TOGETHER["conv1"])
        for name, blocks in self._stages.items():
            x = _apart(lambda part, blocks=blocks: _through(blocks, part), x,
                       WINDOWS_TOGETHER[name])
        features = torch.relu(self._hidden(x.mean((2, 3), dtype=torch.float32)))
        return {name: functional.linear(features.to(weight.dtype), weight, bias).float()
                for name, (weight, bias) in self._groups.items()}

    def _first(self, x):
        return functional.max_pool2d(self._stem(x, relu=True), 3, 2, 1)


def _apart(function, x, n):
    if n is None or len(x) <= n:
        return function(x)
    return torch.cat([function(part) for part in x.split(n)])


def _through(blocks, x):
    for block in blocks:
        x = block(x)
    return x
