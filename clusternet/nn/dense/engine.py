"""Evaluating the dense network on parts of an image."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import ArrayLike

from clusternet.nn.accuracy import PEAKS_TOGETHER
from clusternet.nn.dense.folded import FoldedDenseNet
from clusternet.nn.dense.net import STRIDE
from clusternet.nn.dense.network import DenseNetwork
from clusternet.nn.engine import Engine

__all__ = ["DenseEngine", "DenseMaps"]


class DenseMaps(NamedTuple):
    """Predictions of the dense network for a part of an image."""

    class_cb: np.ndarray
    """Probability that a cluster is centred within 1.5 px of each pixel; shape (y, x)."""
    offset: np.ndarray
    """(x, y) in pixels from the middle of each cell of 2 x 2 px to the nearest centre; shape
    (2, y / 2, x / 2)."""
    features: torch.Tensor
    """For `DenseEngine.describe`."""


class DenseEngine(Engine):
    """Class, centres and parameter probabilities on any part of an image.

    Batch norms are folded into the convolutions, and these use bfloat16 where the processor (or
    GPU) multiplies such numbers natively. A call uses one core: evaluate several parts at once,
    from as many threads as there are cores.

    Parameters
    ----------
    network : `DenseNetwork`
        The network.
    precision : {"auto", "bfloat16", "float32"}, optional
        Number format of the convolutions; "auto" takes bfloat16 where the device has it.
    device : str or torch.device, optional
        Where to run; a CUDA device when there is one, else the processor.

    Examples
    --------
    >>> import numpy as np
    >>> from astropy import units as u
    >>> from clusternet.nn import DenseEngine, DenseNetwork
    >>> engine = DenseEngine(DenseNetwork(["F438W"], 0.0396 * u.arcsec, [24.98]))
    >>> maps = engine(np.zeros((1, 96, 64), dtype=np.float32))
    >>> maps.class_cb.shape, maps.offset.shape
    ((96, 64), (2, 48, 32))
    >>> engine.describe(maps, [40], [20])["joint"].shape
    (1, 2800)
    """

    network_class = DenseNetwork
    network: DenseNetwork

    def __init__(self, network: DenseNetwork, *, precision: str = "auto",
                 device: str | torch.device | None = None) -> None:
        found = "cuda" if torch.cuda.is_available() else "cpu"
        super().__init__(network, precision=precision, device=found if device is None else device)
        self.options["device"] = device  # none: another process looks for its own
        self._model = FoldedDenseNet(network.model, getattr(torch, self.precision), self.device)

    def __call__(self, pixels: np.ndarray) -> DenseMaps:
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

    def describe(self, maps: DenseMaps, y: ArrayLike, x: ArrayLike) -> dict[str, np.ndarray]:
        """Return the probabilities of every group at some pixels.

        Parameters
        ----------
        maps : `DenseMaps`
            Of the part of the image.
        y, x : array_like of int, shape (peak,)
            Pixels of the part.

        Returns
        -------
        dict of str to numpy.ndarray
            Float32, shape (peak, group size); if the network has a `~clusternet.nn.Domain`, also
            its score, ``out_of_domain``, shape (peak,).
        """
        domain = self.network.metadata.domain
        found = []
        with torch.inference_mode(), _one_thread():
            for pooled, hidden in self._parts(maps, y, x):
                part = {name: v.softmax(1).cpu().numpy()
                        for name, v in self._model.groups(hidden).items()}
                if domain is not None:
                    part["out_of_domain"] = domain(_joined(pooled, hidden))
                found.append(part)
        return {name: np.concatenate([part[name] for part in found]) for name in found[0]}

    def activations(self, maps: DenseMaps, y: ArrayLike, x: ArrayLike) -> np.ndarray:
        """Return the activations of the peak head at some pixels, for a `~clusternet.nn.Domain`.

        Parameters
        ----------
        maps, y, x
            As for `describe`.

        Returns
        -------
        numpy.ndarray, shape (peak, 1536)
            Pooled features and hidden layer, float32, zero or more.
        """
        with torch.inference_mode(), _one_thread():
            return np.concatenate([_joined(*parts) for parts in self._parts(maps, y, x)])

    def _parts(self, maps: DenseMaps, y: ArrayLike,
               x: ArrayLike) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Give the activations of the peak head, for some peaks at a time."""
        rows, columns = (torch.as_tensor(np.asarray(v, dtype=np.int64), device=self.device)
                         .split(PEAKS_TOGETHER) for v in (y, x))
        for a, b in zip(rows, columns, strict=True):
            yield self._model.activations(maps.features, torch.zeros_like(a), a, b)


def _joined(pooled: torch.Tensor, hidden: torch.Tensor) -> np.ndarray:
    return torch.cat([pooled, hidden], 1).cpu().numpy()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Give torch one thread in this thread of Python."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
