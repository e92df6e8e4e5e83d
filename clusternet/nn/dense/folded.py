"""The dense network with its batch norms folded away, for inference."""

import torch
from torch.nn import functional as F

from clusternet.nn.dense.net import DenseClusterNet, peak_crops
from clusternet.nn.folded import FoldedBottleneck, FoldedConvolution

__all__ = ["FoldedDenseNet"]


class FoldedDenseNet:
    """A `DenseClusterNet` for inference: the same numbers, sooner.

    All convolutions but the last have the given type, float32 or bfloat16. The model is left
    unchanged.
    """

    def __init__(self, model: DenseClusterNet, dtype: torch.dtype = torch.float32,
                 device: torch.device | None = None) -> None:
        def folded(part, dtype=dtype):
            if isinstance(part, torch.nn.Conv2d):
                return FoldedConvolution(part, None, dtype, device)
            return FoldedConvolution(part.conv, part.bn, dtype, device)

        def chain(blocks):
            return [FoldedBottleneck(block, dtype, device) for block in blocks]

        self.dtype = dtype
        self._stages = [chain(getattr(model, f"conv{i}_x")) for i in (2, 3, 4, 5)]
        self._laterals = [folded(part) for part in model.lateral]
        self._stem, self._smooth, self._cells, self._search = (
            folded(part) for part in (model.stem, model.smooth, model.cells, model.search))
        self._from_stem, self._from_pyramid = folded(model.from_stem), folded(model.from_pyramid)
        self._maps = folded(model.maps, torch.float32)
        self._peaks = chain(model.peaks)
        self._hidden, self._groups = (
            (layer.weight.detach().to(device), layer.bias.detach().to(device))
            for layer in (model.hidden, model.groups))
        self._sizes = dict(model.group_sizes)

    def __call__(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return features and maps; see `DenseClusterNet.forward`."""
        x = F.pixel_unshuffle(x, 2).to(self.dtype, memory_format=torch.channels_last)
        x = stem = self._stem(x, relu=True)
        levels = []
        for blocks in self._stages:
            for block in blocks:
                x = block(x)
            levels.append(x)
        top = self._laterals[3](levels.pop())
        for lateral in self._laterals[2::-1]:
            top = lateral(levels.pop(), other=_doubled(top))
        top = self._from_pyramid(self._smooth(top, relu=True))
        features = self._cells(self._from_stem(stem, other=_doubled(top)), relu=True)
        maps = self._maps(self._search(features, relu=True).float())
        return features, F.pixel_shuffle(maps[:, :4], 2)[:, 0], maps[:, 4:]

    def activations(self, features: torch.Tensor, image: torch.Tensor, y: torch.Tensor,
                    x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return those of the peak head's last two layers, pooled and hidden, at some pixels."""
        h = peak_crops(features, image, y, x)
        for block in self._peaks:
            h = block(h)
        pooled = h.mean((2, 3), dtype=torch.float32)
        return pooled, F.relu(F.linear(pooled, *self._hidden))

    def groups(self, hidden: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return the logits of every group, from the hidden layer."""
        parts = F.linear(hidden, *self._groups).split(list(self._sizes.values()), 1)
        return dict(zip(self._sizes, parts, strict=True))


def _doubled(x: torch.Tensor) -> torch.Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="nearest")
