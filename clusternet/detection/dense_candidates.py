"""Candidates and value maps of a tile, from the dense network."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter, maximum_filter
from scipy.spatial import KDTree

from clusternet.catalog import PARAMETERS, ClusterFlag
from clusternet.detection.accuracy import PIXELS_AT_ONCE, TILE_RIM
from clusternet.detection.map_store import MapStore
from clusternet.images import Tile
from clusternet.nn import OUT_OF_DOMAIN, DenseTiles

if TYPE_CHECKING:
    from clusternet.detection.dense import DenseDetector

__all__ = ["MAP", "TileMaps", "TileSearch", "best_candidates"]

MAP = "map"
"""Name under which a tile has its class map, beside the columns of its candidates."""

_CLEAN = 32  # pixels around a candidate that must be good for it to have no flag
_APART = 3  # pixels: of candidates nearer to each other than this only the best one stays


class TileSearch:
    """Candidates of a tile, as columns of a catalogue."""

    def __init__(self, detector: "DenseDetector", tiles: DenseTiles, *,
                 store: MapStore | None = None, keep_map: bool = False) -> None:
        self.detector, self.tiles = detector, tiles
        self.store, self.keep_map = store, keep_map

    def __call__(self, tile: Tile) -> Mapping[str, np.ndarray]:
        """Search a tile."""
        detector = self.detector
        maps, bad = self.tiles(tile)
        class_map = np.where(bad, np.nan, 0 if maps is None else maps.class_cb)[tile.inner]
        if self.store is not None:
            self.store.write(*tile.core, {"class_cb": class_map})
        if maps is None:
            y = x = np.zeros(0, dtype=int)
        else:
            y, x = _peaks(maps.class_cb, detector.proposal)
            inside = [(c >= s.start - TILE_RIM) & (c < s.stop + TILE_RIM)
                      for c, s in zip((y, x), tile.inner, strict=True)]
            y, x = y[inside[0] & inside[1]], x[inside[0] & inside[1]]
        found = self._described(maps, y, x)
        flags = found["flags"]
        height, width = bad.shape
        y0, x0 = (s.start for s in tile.padded)
        ny, nx = self.tiles.shape
        for i, (row, column) in enumerate(zip(y, x, strict=True)):
            around = bad[max(row - _CLEAN, 0):min(row + _CLEAN, height),
                         max(column - _CLEAN, 0):min(column + _CLEAN, width)]
            if around.any():
                flags[i] |= ClusterFlag.MASKED_NEIGHBOURS
            if not (_CLEAN <= row + y0 <= ny - _CLEAN and _CLEAN <= column + x0 <= nx - _CLEAN):
                flags[i] |= ClusterFlag.EDGE
        centre = np.zeros((2, 0)) if maps is None else _centres(maps, y, x)
        found |= {"x_centroid": x0 + centre[0], "y_centroid": y0 + centre[1], "x_peak": x0 + x,
                  "y_peak": y0 + y}
        keep = found["class_cb"] >= detector.threshold
        found = {name: np.asarray(value)[keep] for name, value in found.items()}
        return {**found, MAP: class_map.astype(np.float32)} if self.keep_map else found

    def _described(self, maps, y, x):
        network = self.detector.network
        if maps is None:
            groups = {name: np.zeros((0, n)) for name, n in network.bins.group_sizes.items()}
        else:
            groups = self.detector.engine.describe(maps, y, x)
        posterior = network.posterior(groups)
        class_map = np.zeros(0) if maps is None else maps.class_cb[y, x]
        class_cb = network.metadata.class_weights(class_map, groups["cluster"][:, 1])
        score = groups.get("out_of_domain", np.full(len(class_map), np.nan))
        found = {"class_map": class_map, "class_cb": class_cb, "out_of_domain": score,
                 **posterior.columns()}
        found["flags"] |= np.where(score >= OUT_OF_DOMAIN, ClusterFlag.OUT_OF_DOMAIN, 0)
        return found


class TileMaps(TileSearch):
    """Value maps of a tile."""

    def __init__(self, detector: "DenseDetector", tiles: DenseTiles, *, parameters: bool) -> None:
        super().__init__(detector, tiles)
        self.parameters = parameters

    def __call__(self, tile: Tile) -> Mapping[str, np.ndarray]:
        """Map a tile."""
        maps, bad = self.tiles(tile)
        names = ("class_cb", *(PARAMETERS if self.parameters else ()))
        values = {name: np.full(bad.shape, np.nan, np.float32) for name in names}
        if maps is not None:
            values["class_cb"] = np.where(bad, np.nan, maps.class_cb)
            if self.parameters:
                y, x = np.nonzero(_only(~bad, tile.inner))
                for part in np.array_split(np.arange(len(y)), len(y) // PIXELS_AT_ONCE + 1):
                    found = self._described(maps, y[part], x[part])
                    for name in PARAMETERS:
                        values[name][y[part], x[part]] = found[name]
        return {name: value[tile.inner] for name, value in values.items()}


def best_candidates(x: np.ndarray, y: np.ndarray, class_cb: np.ndarray) -> np.ndarray:
    """Return the indices of candidates without a better one near by.

    Parameters
    ----------
    x, y : numpy.ndarray, shape (candidate,)
        Pixels.
    class_cb : numpy.ndarray, shape (candidate,)
        Classes.

    Returns
    -------
    numpy.ndarray of int
    """
    keep = np.ones(len(x), dtype=bool)
    pairs = KDTree(np.stack([x, y], axis=1)).query_pairs(_APART, output_type="ndarray")
    if len(pairs):
        rank = np.empty(len(x), dtype=int)
        rank[np.lexsort((x, y, -class_cb))] = np.arange(len(x))
        pairs = np.take_along_axis(pairs, np.argsort(rank[pairs], axis=1), axis=1)
        for better, worse in pairs[np.argsort(rank[pairs[:, 0]], kind="stable")]:
            if keep[better]:
                keep[worse] = False
    return np.flatnonzero(keep)


def _only(mask, part):
    result = np.zeros_like(mask)
    result[part] = mask[part]
    return result


def _centres(maps, y, x):
    """Sub-pixel positions (x, y), shape (2, peak).

    Means of the centres predicted in the 3 x 3 cells around a peak, weighted by the class of their
    pixels.
    """
    sides = [(2, 2 + n % 2) for n in maps.class_cb.shape]
    cells = np.pad(maps.class_cb, sides).reshape(-1, 2, (maps.class_cb.shape[1] + 5) // 2, 2)
    weight = cells.sum(axis=(1, 3)) + 1e-9  # all alike where the class is zero
    offset = np.pad(maps.offset, ((0, 0), (1, 1), (1, 1)))
    total, centre = np.zeros(len(y)), np.zeros((2, len(y)))
    for i in range(3):
        for j in range(3):
            row, column = y // 2 + i, x // 2 + j  # 1 more than in the maps
            middle = 2 * np.stack([column - 1, row - 1]) + 0.5
            centre += weight[row, column] * (middle + offset[:, row, column])
            total += weight[row, column]
    return centre / total


def _peaks(class_cb, least):
    """Pixels (y, x) of the local maxima of a class map, smoothed by 1 px."""
    smooth = gaussian_filter(class_cb, 1.0, truncate=3)
    top = (class_cb >= least) & (smooth == maximum_filter(smooth, _APART))
    return np.nonzero(top)
