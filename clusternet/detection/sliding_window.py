"""The search of Paper III: a window slid over the whole image."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.ndimage import maximum_filter
from tqdm import tqdm

from clusternet.catalog import PARAMETERS, ClusterFlag
from clusternet.detection.core import MapDetector
from clusternet.detection.maps import ValueMaps
from clusternet.detection.peaks import PEAK_REACH, PeakFinder
from clusternet.estimation import NetworkEstimator
from clusternet.images import (
    ImageWindows,
    Mosaic,
    MultiBandImage,
    image_digest,
    run_tiles,
    tiles,
)
from clusternet.nn import WindowEngine, WindowNetwork
from clusternet.posterior import marginals, quantile

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["SlidingWindowDetector"]

_NAMES = ("class_cb", *PARAMETERS)
_SURE = 2 * PEAK_REACH  # pixels: from one that makes a candidate of a peak to its farthest one


class SlidingWindowDetector(MapDetector):
    """Evaluate a window network around every pixel (Paper III, section 3.2).

    A window of 64 pixels around pixel (y, x) is ``[y - 32 : y + 32, x - 32 : x + 32]``, and the
    network's predictions for it become the values of the maps at (y, x). Parameters are the
    medians of their posteriors. Where no window fits into the image there is no value (NaN), nor
    where more than ``max_masked`` of the window is masked or a band has no variation; fewer masked
    pixels are filled with the median of the good ones near by, and flagged.

    With a ``step`` of more than 1 only every so many windows along each axis are evaluated, and
    maps are interpolated linearly between them. ``refine`` makes up for that where clusters may
    be. All windows are evaluated that lie between a window of the first pass whose class reaches
    ``refine``, or one that cannot be evaluated, and the next; then, as long as there are such, all
    up to 4 pixels in x and y from one that reaches the threshold of ``peaks``. Interpolated
    values then stay below ``refine``, and those of candidates come from evaluated windows alone.
    A candidate of ``step=1`` is missed if no window of the first pass around it reaches
    ``refine``.

    Parameters
    ----------
    network : `~clusternet.nn.WindowNetwork`, optional
        The network; the one shipped with the library when not given.
    step : int, optional
        Pixels from one window to the next.
    max_masked : float, optional
        Largest fraction of masked pixels in a window, from 0 to 0.25.
    peaks : `PeakFinder`, optional
        Finds candidates in the maps.
    precision, threads, batch
        As for `~clusternet.nn.WindowEngine`; on a cluster each task has one thread
        when ``threads`` is not given.
    refine : float, optional
        Class from which on the surroundings of a window are evaluated as well; no more than the
        threshold of ``peaks``.
    tile : int, optional
        Side, in pixels, of the tiles that are kept in a folder and done by a cluster.

    Raises
    ------
    ValueError
        If the step is no positive whole number, or ``refine`` is out of range.

    Examples
    --------
    >>> from clusternet.detection import SlidingWindowDetector
    >>> detector = SlidingWindowDetector(step=4, refine=0.1)
    >>> candidates = detector(image, folder="m83_search")                    # doctest: +SKIP
    """

    def __init__(self, network: WindowNetwork | None = None, *, step: int = 1,
                 max_masked: float = 0.1, peaks: PeakFinder | None = None,
                 precision: str = "auto", threads: int | None = None, batch: int = 64,
                 refine: float | None = None, tile: int = 256) -> None:
        super().__init__(peaks)
        if step != int(step) or step < 1:
            raise ValueError(f"step is {step} px; it must be a whole number, 1 or more")
        if refine is not None and not 0 <= refine <= self.peaks.threshold:
            raise ValueError(f"refine is {refine}; it must be from 0 to the threshold of the "
                             f"candidates, {self.peaks.threshold:g}, above which none may be lost")
        if tile != int(tile) or tile < 1:
            raise ValueError(f"tile is {tile} px; it must be a whole number, 1 or more")
        self.network = WindowNetwork.shipped() if network is None else network
        self.step = int(step)
        self.refine = refine
        self.tile = int(tile)
        self.max_masked = max_masked
        self.engine = WindowEngine(self.network, precision=precision, threads=threads,
                                   batch=batch)
        self._cluster_threads = 1 if threads is None else threads

    def estimator(self) -> NetworkEstimator:
        """Return a `~clusternet.estimation.NetworkEstimator` with the same network."""
        return NetworkEstimator(self.network, max_masked=self.max_masked,
                                precision=self.engine.precision, threads=self.engine.threads,
                                batch=self.engine.batch)

    def value_maps(self, image: MultiBandImage | Mosaic, *, progress: bool = True,
                   folder: str | os.PathLike[str] | None = None, client: "Client | None" = None,
                   workers: int | None = None) -> ValueMaps:
        """Evaluate the windows.

        Parameters
        ----------
        image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
            Where to look. A mosaic is read tile by tile; the maps must fit into memory.
        progress : bool, optional
            Show a progress bar.
        folder : str or os.PathLike, optional
            Where to keep finished tiles. A search that was stopped or killed resumes from there,
            and gives the same to the byte. It needs the same image and settings.
        client : ``dask.distributed.Client``, optional
            Cluster to evaluate the tiles on.
        workers : int, optional
            Tiles that the cluster has at a time; only with a client.

        Returns
        -------
        `ValueMaps`
            With the shape and the WCS of the image.

        Raises
        ------
        ValueError
            If the image lacks a band of the network, its pixel scale is off by more than 5 %, it
            is smaller than a window, no window can be evaluated, or the folder is of another
            search.
        OSError
            If the folder cannot be made or written to.
        """
        if client is None:
            self._refuse("without a client its threads share each tile; pass threads= to the "
                         "detector", workers=workers)
        windows = ImageWindows(self.network.select(image), self.network.window,
                               max_masked=self.max_masked)
        settings = None if folder is None else {
            **self.meta, "threshold": self.peaks.threshold, "batch": self.engine.batch,
            "tile": self.tile, "image": image_digest(windows.image)}
        search = _Search(windows, self._evaluation(windows, client), self.tile, folder, settings,
                         client, workers, progress)
        rows, columns = (_grid(r, self.step) for r in (windows.y_range, windows.x_range))
        on_grid = np.zeros(windows.shape, dtype=bool)
        on_grid[np.ix_(rows, columns)] = True
        search.evaluate(on_grid)
        if self.refine is not None:
            coarse = _interpolated(search.values["class_cb"], rows, columns)
            search.refine(self.refine, self.step - 1, self.peaks.threshold, coarse)
        maps = search.values
        if self.step > 1:
            for name, values in maps.items():
                maps[name] = np.where(search.settled, values, _interpolated(values, rows, columns))
        if np.isnan(maps["class_cb"]).all():
            raise ValueError(
                "no window of the image can be evaluated: in each a band is constant, or more "
                f"than {self.max_masked:g} of it is masked; check the bands' pixels and masks")
        return ValueMaps({**maps, "flags": search.flags}, image.wcs, meta=self.meta)

    def _evaluation(self, windows, client):
        engine = self.engine
        if client is not None:
            engine = WindowEngine(self.network, **{**engine.options,
                                                   "threads": self._cluster_threads})
        return _Evaluation(windows, engine)

    @property
    def meta(self) -> dict:
        """Settings that maps depend on, for the ``meta`` of a catalogue."""
        meta = {"detector": type(self).__name__, "bands": list(self.network.bands),
                "network": self.engine.fingerprint, "precision": self.engine.precision,
                "step": self.step, "max_masked": self.max_masked}
        return meta if self.refine is None else {**meta, "refine": self.refine}


class _Part(NamedTuple):
    """A tile and the windows wanted of it."""

    core: tuple
    wanted: np.ndarray


class _Evaluation:
    """Evaluates the windows wanted of a tile."""

    advance = None

    def __init__(self, windows, engine) -> None:
        self.windows, self.engine = windows, engine

    def __getstate__(self):
        return {name: value for name, value in vars(self).items() if name != "advance"}

    def __call__(self, part):
        patch = self.windows.patch(*part.core)
        y, x = np.nonzero(part.wanted & patch.usable)
        y, x = y + patch.rows.start, x + patch.columns.start
        found = self.engine.run(lambda some: patch(y[some], x[some]), len(y),
                                reduce=self._point_values, advance=self.advance)
        result = {"usable": patch.usable, "masked": patch.masked}
        for name in _NAMES:
            result[name] = np.full(np.count_nonzero(part.wanted), np.nan, np.float32)
            if name in found:
                result[name][patch.usable[part.wanted]] = found[name]
        return result

    def _point_values(self, probabilities):
        bins = self.engine.network.bins
        histograms = marginals(bins, probabilities)
        values = {p.name: p.from_bins(quantile(histograms[p.binned], bins.edges(p.binned), 0.5))
                  for p in PARAMETERS.values() if p.binned in histograms}
        return {"class_cb": probabilities["cluster"][:, 1], **values}


class _Search:
    """The maps of one search as they fill, in one or several passes over the tiles."""

    def __init__(self, windows, evaluation, tile, folder, settings, client, workers,
                 progress) -> None:
        self.evaluation = evaluation
        self.tiles = [tile.core for tile in tiles(windows.shape, tile)]
        self.folder, self.settings = folder, settings
        self.client, self.progress = client, progress
        self.workers = 1 if client is None else workers
        self.passes = 0
        self.values = {name: np.full(windows.shape, np.nan, np.float32) for name in _NAMES}
        # Which windows can be evaluated, and of which the values are final.
        self.usable, self.settled = np.zeros((2, *windows.shape), dtype=bool)
        self.flags = np.full(windows.shape, ClusterFlag.EDGE, dtype=np.int16)
        inside = tuple(slice(r.start, r.stop) for r in (windows.y_range, windows.x_range))
        self.flags[inside] = 0

    def evaluate(self, wanted):
        """Evaluate windows, given as a map, which nothing else changes meanwhile."""
        parts = [_Part(core, wanted[core]) for core in self.tiles
                 if self.passes == 0 or wanted[core].any()]
        folder = None if self.folder is None else Path(self.folder) / f"pass-{self.passes}"
        local = self.client is None
        found = run_tiles(self.evaluation, parts, folder=folder, settings=self.settings,
                          client=self.client, workers=self.workers, progress=False)
        done = 0
        with tqdm(total=int(np.count_nonzero(wanted)), desc="refine" if self.passes else "search",
                  unit=" windows", disable=not self.progress) as bar:
            self.evaluation.advance = bar.update if local else None
            for part, result in zip(parts, found, strict=True):
                for name in _NAMES:
                    self.values[name][part.core][part.wanted] = result[name]
                self.usable[part.core] = result["usable"]
                self.flags[part.core][result["masked"]] = ClusterFlag.MASKED_NEIGHBOURS
                done += np.count_nonzero(part.wanted)
                bar.update(done - bar.n)
        self.settled |= wanted
        self.passes += 1

    def refine(self, least, reach, threshold, coarse):
        """Evaluate the windows around those that reach a class, then those of candidates."""
        # The same windows shall have a value, and no others, as when all are evaluated.
        self.settled |= ~self.usable
        wanted = self._near(least, reach) | np.isnan(coarse)
        while (wanted := wanted & ~self.settled).any():
            self.evaluate(wanted)
            wanted = self._near(threshold, _SURE)

    def _near(self, least, reach):
        return maximum_filter(self.values["class_cb"] >= least, 2 * reach + 1, mode="constant")


def _grid(positions, step):
    grid = np.arange(positions.start, positions.stop, step)
    # The last position too, so that the maps end where the windows do.
    return grid if grid[-1] == positions[-1] else np.append(grid, positions[-1])


def _interpolated(values, rows, columns):
    """Maps of which only the values on a grid count, interpolated linearly between these."""
    full = np.full(values.shape, np.nan, dtype=np.float32)
    inside = _along(_along(values[np.ix_(rows, columns)], rows, 0), columns, 1)
    full[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1] = inside
    return full


def _along(values, grid, axis):
    wanted = np.arange(grid[0], grid[-1] + 1)
    low = np.clip(np.searchsorted(grid, wanted, side="right") - 1, 0, max(len(grid) - 2, 0))
    high = np.minimum(low + 1, len(grid) - 1)
    share = (wanted - grid[low]) / np.maximum(grid[high] - grid[low], 1)
    share = share.reshape((-1, 1) if axis == 0 else (1, -1)).astype(np.float32)
    low, high = values.take(low, axis), values.take(high, axis)
    # A neighbour without value counts only where it would have weight.
    return (np.where(share < 1, low, 0) * (1 - share) + np.where(share > 0, high, 0) * share)
