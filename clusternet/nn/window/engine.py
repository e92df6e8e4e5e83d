"""Evaluating a network on very many windows, on the processor."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike

from clusternet.nn.engine import Engine
from clusternet.nn.window.folded import FoldedClusterResNet
from clusternet.nn.window.network import WindowNetwork
from clusternet.nn.window.resnet import ClusterResNet

__all__ = ["WindowEngine"]


class WindowEngine(Engine):
    """Class and parameter probabilities of very many windows, exact and fast.

    Batch norms are folded into the convolutions, arrays are channels-last, and every thread has a
    batch of its own, parts of which go through the early layers one after the other, so that
    their activations stay in the processor's cache (`FoldedClusterResNet`). Where the
    processor multiplies bfloat16 numbers natively the convolutions use them; windows whose class
    is not clear are then evaluated in float32 as well, so that the class stays within 0.02 of
    that of the plain float32 network.

    The result for a window does not depend on the number of threads.

    Parameters
    ----------
    network : `WindowNetwork`
        The network. A model that is no `ClusterResNet` runs unfolded, in float32.
    precision : {"auto", "bfloat16", "float32"}, optional
        Number format of the convolutions; "auto" takes bfloat16 where the processor has it.
    threads : int, optional
        Batches evaluated at the same time; torch's number of threads when not given.
    batch : int, optional
        Windows per batch. A batch of 64 needs less than 100 MB per thread.
    refine : tuple of float, optional
        Windows whose class comes out between these are evaluated again in float32 where
        ``precision`` is bfloat16. (0, 1) evaluates all again, (1, 0) none.

    Examples
    --------
    >>> import numpy as np
    >>> from astropy import units as u
    >>> from clusternet.nn import WindowEngine, WindowNetwork
    >>> engine = WindowEngine(WindowNetwork(["F336W", "F438W"], 0.0396 * u.arcsec))
    >>> probabilities = engine(np.random.default_rng(1).normal(size=(2, 2, 64, 64)))
    >>> {name: values.shape for name, values in probabilities.items()}
    {'joint': (2, 2800), 'log_r_h': (2, 14), 'cluster': (2, 2), 'log_visibility': (2, 20)}
    """

    network_class = WindowNetwork
    network: WindowNetwork

    def __init__(self, network: WindowNetwork, *, precision: str = "auto",
                 threads: int | None = None, batch: int = 64,
                 refine: tuple[float, float] = (0.15, 0.85)) -> None:
        threads = torch.get_num_threads() if threads is None else threads
        for name, value in (("threads", threads), ("batch", batch)):
            if value < 1:
                raise ValueError(f"{name} is {value}; it must be 1 or more")
        super().__init__(network, precision=precision, device="cpu", threads=threads, batch=batch,
                         refine=refine)
        self.threads = int(threads)
        self.batch = int(batch)
        self.refine = refine
        if isinstance(network.model, ClusterResNet):
            self._exact = FoldedClusterResNet(network.model)
            self._fast = (self._exact if self.precision == "float32"
                          else FoldedClusterResNet(network.model, torch.bfloat16))
        else:
            self._fast = self._exact = network.model
            self.precision = "float32"

    def __call__(self, windows: ArrayLike) -> dict[str, np.ndarray]:
        """Return the probabilities of windows.

        Parameters
        ----------
        windows : array_like, shape (n, band, y, x)
            Pixel values in any linear unit, without NaN.

        Returns
        -------
        dict of str to numpy.ndarray
            Float32, shape (n, group size).
        """
        windows = np.moveaxis(np.asarray(windows, dtype=np.float32), 1, -1)
        return self.run(lambda part: windows[part], len(windows))

    def run(self, source: Callable[[Any], np.ndarray], n: int, *,
            reduce: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]] = dict,
            advance: Callable[[int], Any] | None = None) -> dict[str, np.ndarray]:
        """Return the probabilities of windows that are made when they are needed.

        Parameters
        ----------
        source : callable
            Takes indices into ``range(n)``, a slice or an array, and returns those windows, a
            float32 array of shape (windows, y, x, band). Called from several threads.
        n : int
            Number of windows.
        reduce : callable, optional
            Takes a dict of the probabilities of some windows and returns a dict of arrays, one
            row per window; what is not needed can be left out. Called from several threads.
        advance : callable, optional
            Called with the number of windows just done.

        Returns
        -------
        dict of str to numpy.ndarray
            The arrays that ``reduce`` returned, of all windows in order.
        """
        if not n:
            return reduce({name: np.zeros((0, size), np.float32)
                           for name, size in self.network.bins.group_sizes.items()})
        with _workers(self.threads) as pool:
            parts = self._parts(n)
            fast = []
            for part, done in zip(parts, self._mapped(pool, self._fast, source, reduce, parts),
                                  strict=True):
                fast.append(done)
                if advance is not None:
                    advance(part.stop - part.start)
            class_cb = np.concatenate([done[0] for done in fast])
            result = {name: np.concatenate([done[1][name] for done in fast])
                      for name in fast[0][1]}
            if self._fast is not self._exact:
                low, high = self.refine
                unclear = np.flatnonzero((class_cb >= low) & (class_cb <= high))
                parts = [unclear[part] for part in self._parts(len(unclear))]
                again = self._mapped(pool, self._exact, source, reduce, parts)
                for part, (_, values) in zip(parts, again, strict=True):
                    for name, value in values.items():
                        result[name][part] = value
        return result

    def _mapped(self, pool: ThreadPoolExecutor, model: Callable[..., Any], source: Callable,
                reduce: Callable, parts: Iterable) -> Iterator[tuple[np.ndarray, dict]]:
        """Evaluate each part: its class, and what ``reduce`` makes of the probabilities."""
        def evaluate(part):
            probabilities = self._probabilities(model, source(part))
            return probabilities["cluster"][:, 1], reduce(probabilities)

        return pool.map(evaluate, parts)

    def _parts(self, n: int) -> list[slice]:
        return [slice(start, min(start + self.batch, n)) for start in range(0, n, self.batch)]

    def _probabilities(self, model: Callable[..., Any],
                       windows: np.ndarray) -> dict[str, np.ndarray]:
        n = len(windows)
        with torch.inference_mode():
            batch = torch.from_numpy(np.ascontiguousarray(windows)).permute(0, 3, 1, 2)
            # Few different sizes, since oneDNN prepares itself for each of them.
            lacking = min(-n % 4, self.batch - n)
            if lacking:
                batch = torch.cat([batch, batch[-1:].expand(lacking, -1, -1, -1)])
            batch = self.network.normaliser(batch)
            logits = model(batch.contiguous(memory_format=torch.channels_last))
            return {name: values[:n].float().softmax(1).numpy()
                    for name, values in logits.items()}


@contextmanager
def _workers(n: int) -> Iterator[ThreadPoolExecutor]:
    """Give threads, each of which gives torch one thread only."""
    threads = torch.get_num_threads()
    pool = ThreadPoolExecutor(n, initializer=torch.set_num_threads, initargs=(1,))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(threads)
