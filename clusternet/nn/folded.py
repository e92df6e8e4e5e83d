"""Convolutions with their batch norms folded away, for inference."""

from functools import cache
from typing import Any

import torch
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_weights

from clusternet.nn.bottleneck import Bottleneck

__all__ = ["FoldedBottleneck", "FoldedConvolution"]


class FoldedBottleneck:
    """A `Bottleneck` of folded convolutions. Its input may be overwritten."""

    def __init__(self, block: Bottleneck, dtype: torch.dtype,
                 device: torch.device | None = None) -> None:
        def folded(convolution, norm):
            return FoldedConvolution(convolution, norm, dtype, device)

        shortcut = block.shortcut
        self.shortcut = None if shortcut is None else folded(shortcut.conv, shortcut.bn)
        self.first = folded(block.conv1, block.bn1)
        self.second = folded(block.conv2, block.bn2)
        self.third = folded(block.conv3, block.bn3)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Map (n, n_in, y, x) to (n, n_out, y / stride, x / stride)."""
        other = x if self.shortcut is None else self.shortcut(x)
        inner = self.second(self.first(x, relu=True), relu=True)
        return self.third(inner, relu=True, other=other)


class FoldedConvolution:
    """A convolution with the batch norm after it; then, on request, an addition and a ReLU.

    Weights and input have the given type; it runs on the processor if no device is given.
    """

    def __init__(self, convolution: torch.nn.Conv2d, norm: torch.nn.BatchNorm2d | None,
                 dtype: torch.dtype, device: torch.device | None = None) -> None:
        weight, bias = convolution.weight, convolution.bias
        if norm is not None:
            weight, bias = fuse_conv_bn_weights(
                weight, bias, norm.running_mean,  # pyright: ignore[reportArgumentType]  # kept
                norm.running_var, norm.eps,  # pyright: ignore[reportArgumentType]  # kept
                norm.weight, norm.bias)
        self.weight = weight.detach().to(device, dtype).contiguous(
            memory_format=torch.channels_last)
        assert bias is not None, "a convolution without batch norm has a bias"
        self.bias = bias.detach().to(device, dtype)
        self.geometry: list[Any] = [list(n) for n in (convolution.padding, convolution.stride,
                                           convolution.dilation)]
        self.geometry.append(convolution.groups)
        self.fuses = self.weight.device.type == "cpu" and _onednn_fuses()
        if self.fuses:
            self.weight = torch.ops.mkldnn._reorder_convolution_weight(self.weight,
                                                                       *self.geometry)

    def __call__(self, x: torch.Tensor, *, relu: bool = False,
                 other: torch.Tensor | None = None) -> torch.Tensor:
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
