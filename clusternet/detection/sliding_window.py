"""The search of Paper III: a window slid over the whole image."""

import numpy as np
from tqdm import tqdm

from clusternet.catalog import PARAMETERS, ClusterFlag
from clusternet.detection.core import MapDetector
from clusternet.detection.maps import ValueMaps
from clusternet.nn import load_network
from clusternet.nn.histograms import joint_marginals, quantile
from clusternet.nn.inference import WindowEngine
from clusternet.nn.windows import ImageWindows

__all__ = ["SlidingWindowDetector"]


class SlidingWindowDetector(MapDetector):
    """Evaluate a window network around every pixel (Paper III, section 3.2).

    A window of 64 pixels around pixel (y, x) is ``[y - 32 : y + 32, x - 32 : x + 32]``, and what
    the network says of it becomes the value of the maps at (y, x). Parameters are the medians of
    their posteriors. Where no window fits into the image there is no value (NaN), nor where more
    than ``max_masked`` of the window is masked or a band has no variation; fewer masked pixels
    are filled with the median of the good ones near by, and flagged.

    Parameters
    ----------
    network : `~clusternet.nn.Network`, optional
        The network; the one shipped with the library when not given.
    step : int, optional
        Pixels from one window to the next. With more than 1 the maps are interpolated linearly
        between the windows evaluated.
    max_masked : float, optional
        Largest fraction of masked pixels in a window, from 0 to 0.25.
    peaks : `PeakFinder`, optional
        How candidates are found in the maps.
    precision, threads, batch
        As for `~clusternet.nn.inference.WindowEngine`.
    """

    def __init__(self, network=None, step=1, max_masked=0.1, peaks=None, precision="auto",
                 threads=None, batch=64):
        super().__init__(peaks)
        if step != int(step) or step < 1:
            raise ValueError(f"step is {step} px; it must be a whole number, 1 or more")
        self.network = load_network() if network is None else network
        self.step = int(step)
        self.max_masked = max_masked
        self.engine = WindowEngine(self.network, precision, threads, batch)

    def value_maps(self, image, progress=True):
        """Evaluate all windows; see `MapDetector.value_maps`.

        Raises
        ------
        ValueError
            If the image lacks a band of the network, its pixel scale is off by more than 5 %, it
            is smaller than a window, or no window can be evaluated.
        """
        windows = ImageWindows(image, self.network, self.max_masked)
        rows, columns = (_grid(r, self.step) for r in (windows.y_range, windows.x_range))
        names = ("class_cb", *PARAMETERS)
        values = {name: np.full((len(rows), len(columns)), np.nan, np.float32) for name in names}
        flags = np.full(windows.shape, ClusterFlag.EDGE, dtype=np.int16)
        with tqdm(total=len(rows) * len(columns), desc="search", unit=" windows",
                  disable=not progress) as bar:
            for strip in windows.strips():
                here = np.flatnonzero((rows >= strip.rows.start) & (rows < strip.rows.stop))
                if not len(here):
                    continue
                j, i = np.nonzero(strip.usable[rows[here] - strip.rows.start][:, columns])
                y, x = rows[here][j], columns[i]
                bar.update(len(here) * len(columns) - len(y))
                found = self.engine.run(
                    lambda part, s=strip, y=y, x=x: s(y[part], x[part]), len(y),
                    self._point_values, bar.update)
                for name in names:
                    values[name][here[j], i] = found[name]
                inside = slice(windows.x_range.start, windows.x_range.stop)
                flags[strip.rows.start:strip.rows.stop, inside] = np.where(
                    strip.masked, ClusterFlag.MASKED_NEIGHBOURS, 0)[:, inside]
        if np.isnan(values["class_cb"]).all():
            raise ValueError(
                "no window of the image can be evaluated: in each a band is constant, or more "
                f"than {self.max_masked:g} of it is masked; check the bands' pixels and masks")
        maps = {name: _spread(value, rows, columns, windows.shape)
                for name, value in values.items()}
        return ValueMaps({**maps, "flags": flags}, image.wcs, self._meta())

    def _meta(self):
        return {"detector": type(self).__name__, "bands": list(self.network.bands),
                "network": self.engine.fingerprint, "precision": self.engine.precision,
                "step": self.step, "max_masked": self.max_masked}

    def _point_values(self, probabilities):
        bins = self.network.bins
        histograms = {**joint_marginals(bins, probabilities["joint"]),
                      "log_r_h": probabilities["log_r_h"]}
        values = {name: quantile(histogram, bins.edges(name), 0.5)
                  for name, histogram in histograms.items()}
        values["visibility"] = 10 ** quantile(
            probabilities["log_visibility"], bins.edges("log_visibility"), 0.5)
        return {"class_cb": probabilities["cluster"][:, 1], **values}


def _grid(positions, step):
    grid = np.arange(positions.start, positions.stop, step)
    # The last position too, so that the maps end where the windows do.
    return grid if grid[-1] == positions[-1] else np.append(grid, positions[-1])


def _spread(values, rows, columns, shape):
    """Values on a grid of pixels, interpolated linearly to all pixels between them."""
    full = np.full(shape, np.nan, dtype=np.float32)
    inside = _interpolated(_interpolated(values, rows, 0), columns, 1)
    full[rows[0]:rows[-1] + 1, columns[0]:columns[-1] + 1] = inside
    return full


def _interpolated(values, grid, axis):
    wanted = np.arange(grid[0], grid[-1] + 1)
    low = np.clip(np.searchsorted(grid, wanted, side="right") - 1, 0, max(len(grid) - 2, 0))
    high = np.minimum(low + 1, len(grid) - 1)
    share = (wanted - grid[low]) / np.maximum(grid[high] - grid[low], 1)
    share = share.reshape((-1, 1) if axis == 0 else (1, -1)).astype(np.float32)
    low, high = values.take(low, axis), values.take(high, axis)
    # A neighbour without value counts only where it would have weight.
    return (np.where(share < 1, low, 0) * (1 - share) + np.where(share > 0, high, 0) * share)
