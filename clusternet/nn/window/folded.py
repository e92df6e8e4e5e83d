"""The window network with its batch norms folded away, for inference on a CPU."""

from functools import cache

import torch
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_weights

__all__ = ["FoldedBottleneck", "FoldedClusterResNet", "FoldedConvolution"]

# Windows that go through a stage together: few where activations are large, so that they stay in
# the processor's cache, and all where weights are, so that these are read once.
_TOGETHER = {"conv1": 8, "conv2_x": 8, "conv3_x": 16, "conv4_x": None, "conv5_x": None}


class FoldedClusterResNet:
    """A `ClusterResNet` for inference: the same numbers, sooner.

    Batch norms become part of the convolutions before them, arrays are channels-last, and, where
    this build of torch has oneDNN, the additions and ReLUs after a convolution are done as part
    of it. The layers whose rounding matters most (the pooled features and what follows, save for
    the joint histogram) stay in float32.

    Parameters
    ----------
    model : `ClusterResNet`
        The network; left as it is.
    dtype : torch.dtype
        float32 or bfloat16, of the convolutions.
    """

    def __init__(self, model, dtype=torch.float32):
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

    def __call__(self, x):
        """Logits of every group.

        Parameters
        ----------
        x : torch.Tensor, shape (n, band, y, x)
            Normalised windows, channels-last.

        Returns
        -------
        dict of str to torch.Tensor
            Float32, shape (n, group size).
        """
        x = _apart(self._first, x.to(self.dtype), _TOGETHER["conv1"])
        for name, blocks in self._stages.items():
            x = _apart(lambda part, blocks=blocks: _through(blocks, part), x, _TOGETHER[name])
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


class FoldedBottleneck:
    """A `Bottleneck` of folded convolutions. Its input may be overwritten.

    Parameters
    ----------
    block : Bottleneck
        What it is made of.
    dtype, device
        As for `FoldedConvolution`.
    """

    def __init__(self, block, dtype, device=None):
        def folded(convolution, norm):
            return FoldedConvolution(convolution, norm, dtype, device)

        shortcut = block.shortcut
        self.shortcut = None if shortcut is None else folded(shortcut.conv, shortcut.bn)
        self.first = folded(block.conv1, block.bn1)
        self.second = folded(block.conv2, block.bn2)
        self.third = folded(block.conv3, block.bn3)

    def __call__(self, x):
        """Shape (n, n_in, y, x) to (n, n_out, y / stride, x / stride)."""
        other = x if self.shortcut is None else self.shortcut(x)
        inner = self.second(self.first(x, relu=True), relu=True)
        return self.third(inner, relu=True, other=other)


class FoldedConvolution:
    """A convolution and the batch norm after it, then maybe an addition and a ReLU.

    Parameters
    ----------
    convolution : torch.nn.Conv2d
        The convolution.
    norm : torch.nn.BatchNorm2d or None
        What follows it.
    dtype : torch.dtype
        Of weights and input.
    device : torch.device, optional
        Where it runs; the processor by default.
    """

    def __init__(self, convolution, norm, dtype, device=None):
        weight, bias = convolution.weight, convolution.bias
        if norm is not None:
            weight, bias = fuse_conv_bn_weights(
                weight, bias, norm.running_mean, norm.running_var, norm.eps, norm.weight,
                norm.bias)
        self.weight = weight.detach().to(device, dtype).contiguous(
            memory_format=torch.channels_last)
        self.bias = bias.detach().to(device, dtype)
        self.geometry = [list(n) for n in (convolution.padding, convolution.stride,
                                           convolution.dilation)]
        self.geometry.append(convolution.groups)
        self.fuses = self.weight.device.type == "cpu" and _onednn_fuses()
        if self.fuses:
            self.weight = torch.ops.mkldnn._reorder_convolution_weight(self.weight,
                                                                       *self.geometry)

    def __call__(self, x, relu=False, other=None):
        """Convolve; ``other`` is added before the ReLU, and may be overwritten."""
        padding, stride, dilation, groups = self.geometry
        if not self.fuses:
            x = functional.conv2d(x, self.weight, self.bias, stride, padding, dilation, groups)
            x = x if other is None else x.add_(other)
            return x.relu_() if relu else x
        unary = "relu" if relu else "none"
        if other is None:
            return torch.ops.mkldnn._convolution_pointwise(
                x, self.weight, self.bias, *self.geometry, unary, [], "")
        return torch.ops.mkldnn._convolution_pointwise_.binary(
            other, x, self.weight, self.bias, *self.geometry, "add", 1.0,
            unary if relu else None, [], None)


@cache
def _onednn_fuses():
    # These operators are torch's own, made for its compiler: used only where they are as expected.
    x = torch.linspace(-1, 1, 512).reshape(1, 8, 8, 8).contiguous(memory_format=torch.channels_last)
    weight = x[:, :, :3, :3].repeat(8, 1, 1, 1).contiguous(memory_format=torch.channels_last)
    geometry = [1, 1], [1, 1], [1, 1], 1
    plain = functional.conv2d(x, weight, x[0, :, 0, 0], 1, 1)
    try:
        packed = torch.ops.mkldnn._reorder_convolution_weight(weight, *geometry)
        arguments = x, packed, x[0, :, 0, 0], *geometry
        once = torch.ops.mkldnn._convolution_pointwise(*arguments, "relu", [], "")
        twice = torch.ops.mkldnn._convolution_pointwise_.binary(
            once, *arguments, "add", 1.0, "relu", [], None)
    except (AttributeError, RuntimeError, TypeError):
        return False
    return torch.allclose(twice, (plain.relu() + plain).relu(), atol=1e-4)
