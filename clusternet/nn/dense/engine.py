"""Evaluating the dense network on parts of an image."""

from contextlib import contextmanager
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional as F

from clusternet.nn.dense.net import STRIDE, peak_crops
from clusternet.nn.precision import native_bfloat16
from clusternet.nn.weights import fingerprint
from clusternet.nn.window.folded import FoldedBottleneck, FoldedConvolution

__all__ = ["DenseEngine", "DenseMaps", "FoldedDenseNet"]

_TOGETHER = 64  # peaks described at once: their activations stay in the processor's cache


class FoldedDenseNet:
    """A `DenseClusterNet` for inference: the same numbers, sooner; see `FoldedClusterResNet`.

    Parameters
    ----------
    model : `DenseClusterNet`
        The network; left as it is.
    dtype : torch.dtype
        float32 or bfloat16, of the convolutions but the last.
    device : torch.device, optional
        Where it runs; the processor by default.
    """

    def __init__(self, model, dtype=torch.float32, device=None):
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

    def __call__(self, x):
        """Features and maps; see `DenseClusterNet.forward`."""
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

    def activations(self, features, image, y, x):
        """Of the last two layers of the peak head, (pooled, hidden), at some pixels."""
        h = peak_crops(features, image, y, x)
        for block in self._peaks:
            h = block(h)
        pooled = h.mean((2, 3), dtype=torch.float32)
        return pooled, F.relu(F.linear(pooled, *self._hidden))

    def groups(self, hidden):
        """Logits of every group, from the hidden layer; see `DenseClusterNet.describe`."""
        parts = F.linear(hidden, *self._groups).split(list(self._sizes.values()), 1)
        return dict(zip(self._sizes, parts, strict=True))


class DenseMaps(NamedTuple):
    """What the network says of a part of an image."""

    class_cb: np.ndarray
    """Probability that a cluster is centred within 1.5 px of each pixel; shape (y, x)."""
    offset: np.ndarray
    """(x, y) in pixels from the middle of each cell of 2 x 2 px to the nearest centre; shape
    (2, y / 2, x / 2)."""
    features: torch.Tensor
    """For `DenseEngine.describe`."""


class DenseEngine:
    """Class, centres and parameter probabilities on any part of an image.

    Batch norms are folded into the convolutions, and these use bfloat16 where the processor (or
    GPU) multiplies such numbers natively. A call uses one core: evaluate several parts at once,
    from as many threads as there are cores.

    Parameters
    ----------
    network : `DenseNetwork`
        The network.
    precision : {"auto", "bfloat16", "float32"}, optional
        Number format of the convolutions; "auto" takes bfloat16 where the processor has it.
    device : str or torch.device, optional
        Where to run; a CUDA device when there is one, else the processor.

    Examples
    --------
    >>> import numpy as np
    >>> from clusternet.nn import DenseNetwork
    >>> from clusternet.nn.dense.engine import DenseEngine
    >>> engine = DenseEngine(DenseNetwork.new(["F438W"], 0.0396, [24.98]))
    >>> maps = engine(np.zeros((1, 96, 64), dtype=np.float32))
    >>> maps.class_cb.shape, maps.offset.shape
    ((96, 64), (2, 48, 32))
    >>> engine.describe(maps, [40], [20])["joint"].shape
    (1, 2800)
    """

    def __init__(self, network, precision="auto", device=None):
        if device is None:
            device = "cuda" if torch.cuda.is_available() else "cpu"
        self.device = torch.device(device)
        formats = {"auto": self.device.type == "cuda" or native_bfloat16(), "bfloat16": True,
                   "float32": False}
        if precision not in formats:
            raise ValueError(f"precision is {precision!r}; choose one of {', '.join(formats)}")
        self.network = network
        self.precision = "bfloat16" if formats[precision] else "float32"
        self._settings = precision, str(device)
        network.model.eval()
        self._model = FoldedDenseNet(network.model, getattr(torch, self.precision), self.device)
        self.domain = network.metadata.domain

    def __reduce__(self):
        return type(self), (self.network, *self._settings)

    @cached_property
    def fingerprint(self):
        """Sixteen digits that differ between networks with different weights."""
        return fingerprint(self.network)

    def __call__(self, pixels):
        """Evaluate a part of an image.

        Parameters
        ----------
        pixels : numpy.ndarray, shape (band, y, x)
            electron/s on the zero points of the network, float32, without NaN; bands in its
            order. Sides are multiples of 32.

        Returns
        -------
        `DenseMaps`
        """
        pixels = np.ascontiguousarray(pixels, dtype=np.float32)
        if pixels.ndim != 3 or any(n % STRIDE or not n for n in pixels.shape[1:]):
            raise ValueError(f"pixels have shape {pixels.shape}; expected (band, y, x), the sides "
                             f"multiples of {STRIDE}")
        with torch.inference_mode(), _one_thread():
            x = torch.from_numpy(pixels)[None].to(self.device)
            features, logit, offset = self._model(self.network.normaliser(x))
            return DenseMaps(logit[0].sigmoid().cpu().numpy(), offset[0].cpu().numpy(), features)

    def describe(self, maps, y, x):
        """Probabilities of every group at some pixels.

        Parameters
        ----------
        maps : `DenseMaps`
            Of the part of the image.
        y, x : array_like of int, shape (peak,)
            Pixels of the part.

        Returns
        -------
        dict of str to numpy.ndarray
            Float32, shape (peak, group size); if the network has a
            `~clusternet.nn.domain.Domain`, also its score, ``out_of_domain``, shape (peak,).
        """
        found = []
        with torch.inference_mode(), _one_thread():
            for pooled, hidden in self._looks(maps, y, x):
                part = {name: v.softmax(1).cpu().numpy()
                        for name, v in self._model.groups(hidden).items()}
                if self.domain is not None:
                    part["out_of_domain"] = self.domain(_joined(pooled, hidden))
                found.append(part)
        return {name: np.concatenate([part[name] for part in found]) for name in found[0]}

    def activations(self, maps, y, x):
        """What the peak head makes of some pixels, for a `~clusternet.nn.domain.Domain`.

        Parameters
        ----------
        maps, y, x
            As for `describe`.

        Returns
        -------
        numpy.ndarray, shape (peak, 1536)
            Its pooled features and its hidden layer, float32, zero or more.
        """
        with torch.inference_mode(), _one_thread():
            return np.concatenate([_joined(*parts) for parts in self._looks(maps, y, x)])

    def _looks(self, maps, y, x):
        """Activations of the peak head, for some peaks at a time."""
        y, x = (torch.as_tensor(np.asarray(v, dtype=np.int64), device=self.device) for v in (y, x))
        for a, b in zip(y.split(_TOGETHER), x.split(_TOGETHER), strict=True):
            yield self._model.activations(maps.features, torch.zeros_like(a), a, b)


def _joined(pooled, hidden):
    return torch.cat([pooled, hidden], 1).cpu().numpy()


def _doubled(x):
    return F.interpolate(x, scale_factor=2.0, mode="nearest")


@contextmanager
def _one_thread():
    """Give torch one thread in this thread of Python."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
