"""Evaluating a network on very many windows, on the processor."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property

import numpy as np
import torch

from clusternet.nn.normalise import WindowNormaliser
from clusternet.nn.precision import native_bfloat16
from clusternet.nn.weights import fingerprint
from clusternet.nn.window.folded import FoldedClusterResNet
from clusternet.nn.window.resnet import ClusterResNet

__all__ = ["WindowEngine"]


class WindowEngine:
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
    network : `Network`
        The network. A model that is no `ClusterResNet` is used as it is, in float32.
    precision : {"auto", "bfloat16", "float32"}, optional
        Number format of the convolutions; "auto" takes bfloat16 where the processor has it.
    threads : int, optional
        Batches evaluated at the same time; torch's number of threads when not given.
    batch : int, optional
        Windows a batch. A batch of 64 needs less than 100 MB a thread.
    refine : tuple of float, optional
        Windows whose class comes out between these are evaluated again in float32 where
        ``precision`` is bfloat16. (0, 1) evaluates all again, (1, 0) none.

    Examples
    --------
    >>> import numpy as np
    >>> from clusternet.nn import Network
    >>> from clusternet.nn.window.engine import WindowEngine
    >>> engine = WindowEngine(Network.new(["F336W", "F438W"], 0.0396))
    >>> probabilities = engine(np.random.default_rng(1).normal(size=(2, 2, 64, 64)))
    >>> {name: values.shape for name, values in probabilities.items()}
    {'joint': (2, 2800), 'log_r_h': (2, 14), 'cluster': (2, 2), 'log_visibility': (2, 20)}
    """

    def __init__(self, network, precision="auto", threads=None, batch=64, refine=(0.15, 0.85)):
        formats = {"auto": native_bfloat16(), "bfloat16": True, "float32": False}
        if precision not in formats:
            raise ValueError(f"precision is {precision!r}; choose one of {', '.join(formats)}")
        threads = torch.get_num_threads() if threads is None else threads
        for name, value in (("threads", threads), ("batch", batch)):
            if value < 1:
                raise ValueError(f"{name} is {value}; it must be 1 or more")
        self.network = network
        self.threads = int(threads)
        self.batch = int(batch)
        self.refine = tuple(refine)
        network.model.eval()
        if isinstance(network.model, ClusterResNet):
            low = torch.bfloat16 if formats[precision] else torch.float32
            self._exact = FoldedClusterResNet(network.model)
            self._fast = (FoldedClusterResNet(network.model, low) if formats[precision]
                          else self._exact)
        else:
            self._fast = self._exact = network.model
        self.precision = "float32" if self._fast is self._exact else "bfloat16"

    @cached_property
    def fingerprint(self):
        """Sixteen digits that differ between networks with different weights."""
        return fingerprint(self.network)

    def __call__(self, windows):
        """Probabilities of given windows.

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

    def run(self, source, n, reduce=dict, progress=None):
        """Probabilities of windows that are made when they are needed.

        Parameters
        ----------
        source : callable
            Takes indices into ``range(n)``, a slice or an array, and returns those windows, a
            float32 array of shape (windows, y, x, band). Called from several threads.
        n : int
            Number of windows.
        reduce : callable, optional
            Takes a dict of the probabilities of some windows and returns a dict of arrays, one
            row a window; what is not needed can be left out. Called from several threads.
        progress : callable, optional
            Called with the number of windows just done.

        Returns
        -------
        dict of str to numpy.ndarray
            What ``reduce`` returned, of all windows in order.
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
                if progress is not None:
                    progress(part.stop - part.start)
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

    def _mapped(self, pool, model, source, reduce, parts):
        """Class, and what ``reduce`` makes of the probabilities, of each part."""
        def evaluate(part):
            probabilities = self._probabilities(model, source(part))
            return probabilities["cluster"][:, 1], reduce(probabilities)

        return pool.map(evaluate, parts)

    def _parts(self, n):
        return [slice(start, min(start + self.batch, n)) for start in range(0, n, self.batch)]

    def _probabilities(self, model, windows):
        n = len(windows)
        with torch.inference_mode():
            windows = torch.from_numpy(np.ascontiguousarray(windows)).permute(0, 3, 1, 2)
            # Few different sizes, since oneDNN prepares itself anew for each of them.
            lacking = min(-n % 4, self.batch - n)
            if lacking:
                windows = torch.cat([windows, windows[-1:].expand(lacking, -1, -1, -1)])
            windows = _normalised(windows, self.network.normaliser)
            logits = model(windows.contiguous(memory_format=torch.channels_last))
            return {name: values[:n].float().softmax(1).numpy()
                    for name, values in logits.items()}


@contextmanager
def _workers(n):
    """Threads, each of which gives torch one thread only."""
    threads = torch.get_num_threads()
    pool = ThreadPoolExecutor(n, initializer=torch.set_num_threads, initargs=(1,))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)
        torch.set_num_threads(threads)


def _normalised(windows, normaliser):
    if type(normaliser) is not WindowNormaliser:
        return normaliser(windows)
    # As in WindowNormaliser, with an arcsinh made of functions that torch vectorises.
    windows = windows - windows.mean((2, 3), keepdim=True)
    std = windows.square().mean((2, 3), keepdim=True).sqrt()
    windows /= (std * normaliser.softening).clamp_min(1e-30)
    size = windows.abs()
    return size.square().add_(1).sqrt_().add_(size).log_().copysign_(windows)
