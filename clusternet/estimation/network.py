"""Posteriors from a window network."""

import numpy as np
from astropy.table import Table
from tqdm import tqdm

from clusternet.estimation.accuracy import CANDIDATES_AT_ONCE, ROWS_AT_ONCE
from clusternet.estimation.core import ParameterEstimator
from clusternet.estimation.places import pixels_of
from clusternet.images import ImageWindows, Mosaic, MultiBandImage
from clusternet.nn import WindowEngine, WindowNetwork
from clusternet.posterior import Posterior, neighbour_weights

__all__ = ["NetworkEstimator"]

_SIDE = 5  # pixels


class NetworkEstimator(ParameterEstimator):
    """Posteriors from the windows around each candidate.

    The network is evaluated around the 5 x 5 pixels at each candidate, and their histograms are
    averaged with weights of class and distance
    (`~clusternet.posterior.neighbour_weights`): the average of Paper III, section 3.2,
    taken over histograms in place of values. Pixels whose window cannot be evaluated
    (`~clusternet.images.ImageWindows`) are left out; a candidate without any has a
    posterior of NaN. A posterior needs about 11 kB.

    Parameters
    ----------
    network : `~clusternet.nn.WindowNetwork`, optional
        The network; the one shipped with the library when not given.
    max_masked : float, optional
        Largest fraction of masked pixels in a window, from 0 to 0.25.
    weight_sigma : float, optional
        Standard deviation of the weights' fall with distance, in pixels.
    precision, threads, batch
        As for `~clusternet.nn.WindowEngine`.
    """

    def __init__(self, network: WindowNetwork | None = None, *, max_masked: float = 0.1,
                 weight_sigma: float = 1.5, precision: str = "auto", threads: int | None = None,
                 batch: int = 64) -> None:
        self.network = WindowNetwork.shipped() if network is None else network
        self.max_masked = max_masked
        self.weight_sigma = float(weight_sigma)
        self.engine = WindowEngine(self.network, precision=precision, threads=threads,
                                   batch=batch)

    @property
    def meta(self) -> dict:
        """Settings that parameters depend on, for the ``meta`` of a catalogue."""
        return {**super().meta, "network": self.engine.fingerprint,
                "precision": self.engine.precision, "weight_sigma": self.weight_sigma,
                "max_masked": self.max_masked}

    def __call__(self, image: MultiBandImage | Mosaic, candidates: Table, *,
                 progress: bool = True) -> Posterior:
        """Infer the parameters; see `ParameterEstimator`.

        Raises
        ------
        ValueError
            If the image does not fit the network, or a candidate has no position.
        """
        return self.verify(image, candidates, progress=progress)[1]

    def verify(self, image: MultiBandImage | Mosaic, candidates: Table, *,
               progress: bool = True) -> tuple[np.ndarray, Posterior]:
        """Evaluate candidates of another search, such as a dense one, class included.

        Parameters
        ----------
        image, candidates, progress
            As for `ParameterEstimator`.

        Returns
        -------
        class_cb : numpy.ndarray, shape (candidate,)
            The largest class of the 5 x 5 windows around each, as in a sliding search; NaN where
            none can be evaluated.
        posterior : `~clusternet.posterior.Posterior`
            Of each.

        Raises
        ------
        ValueError
            If the image does not fit the network, or a candidate has no position.
        """
        windows = ImageWindows(self.network.select(image), self.network.window,
                               max_masked=self.max_masked)
        x, y = pixels_of(candidates)
        result = self.network.bins.unknown(len(x))
        best = np.full(len(x), np.nan)
        with tqdm(total=len(x) * _SIDE**2, desc="estimate", unit=" windows",
                  disable=not progress) as bar:
            for group in _groups_by_row(y):
                strip = windows.strip(y[group].min() - _SIDE // 2, y[group].max() + _SIDE // 2 + 1)
                best[group], averages = self._averages(strip, x[group], y[group], bar.update)
                for name in result:
                    result[name][group] = averages[name]
        return best, self.network.posterior(result)

    def _averages(self, strip, x, y, advance):
        offset = np.arange(_SIDE) - _SIDE // 2
        shape = len(x), _SIDE, _SIDE
        x = np.broadcast_to(x[:, None, None] + offset, shape)
        y = np.broadcast_to(y[:, None, None] + offset[:, None], shape)
        known = strip.can_take(y, x)
        x, y = x[known], y[known]
        advance(known.size - len(x))
        found = self.engine.run(lambda part: strip(y[part], x[part]), len(x), advance=advance)
        class_cb = np.full(shape, np.nan)
        class_cb[known] = found["cluster"][:, 1]
        weights = neighbour_weights(class_cb, sigma=self.weight_sigma)[known]
        owner = np.nonzero(known)[0]
        averages = {}
        for name in self.network.bins.groups:
            averages[name] = np.zeros((len(known), found[name].shape[1]))
            np.add.at(averages[name], owner, weights[:, None] * found[name])
        best = np.where(known, class_cb, -np.inf).max(axis=(1, 2))
        return np.where(np.isfinite(best), best, np.nan), averages


def _groups_by_row(y):
    """Indices of candidates whose windows are held in memory together."""
    order = np.argsort(y, kind="stable")
    start = 0
    while start < len(order):
        stop = start + np.searchsorted(y[order[start:start + CANDIDATES_AT_ONCE]],
                                       y[order[start]] + ROWS_AT_ONCE, side="left")
        yield order[start:stop]
        start = stop
