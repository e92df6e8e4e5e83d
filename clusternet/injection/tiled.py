"""Clusters put into the tiles of an image, and the candidates found on them."""
# Items of astropy tables, and meta, are unions in the stubs.
# pyright: reportAttributeAccessIssue=false, reportArgumentType=false
# pyright: reportOptionalMemberAccess=false

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from astropy.table import QTable, vstack
from scipy.spatial import KDTree

from clusternet._digest import digest
from clusternet.catalog import INTRINSIC, make_catalogue, numbers
from clusternet.detection import Detector
from clusternet.images import MultiBandImage, Tile
from clusternet.injection.accuracy import RIM
from clusternet.injection.background import local_background
from clusternet.injection.light import NumberedClusters, add_light, visibilities
from clusternet.injection.placement import Placement

__all__ = ["TileTest", "joined_catalogue", "joined_truth"]

_DERIVED = ("id", "sky_centroid", "r_h", "r_h_pc", "log_density")


class TileTest:
    """Puts clusters into a tile and searches it; for `~clusternet.images.tile_runner.run_tiles`.

    Parameters
    ----------
    placement : `~clusternet.injection.placement.Placement`
        The clusters and the image.
    detector : `~clusternet.detection.Detector`
        Searches the tiles.
    search_before : bool
        Whether to search them without the clusters as well.
    """

    def __init__(self, placement: Placement, detector: Detector, search_before: bool) -> None:
        self.placement, self.detector, self.search_before = placement, detector, search_before
        self.names = (*INTRINSIC, *(f"mag_{band}" for band in placement.image.bands))

    def settings(self) -> dict[str, Any]:
        """Return what the results depend on, as JSON can hold it."""
        of, meta = self.placement, getattr(self.detector, "meta", {})
        given = () if of.given is None else [part for cluster in of.given for part in
                                             (cluster.stars.flux, cluster.offsets)]
        return {**of.mocks.settings(), "seed": of.seed, "search_before": self.search_before,
                "exposure_times": of.mocks.instrument.exposure_times.value.tolist(),
                "places": digest(of.x, of.y), "clusters": digest(*given),
                "detector": [type(self.detector).__name__, meta if isinstance(meta, dict) else {}]}

    def __call__(self, tile: Tile) -> dict[str, np.ndarray]:
        """Return the truth of the clusters on the core of a tile, and the candidates there."""
        of = self.placement
        rows, columns = tile.padded
        corner = rows.start, columns.start
        middle = (columns.start + columns.stop) // 2, (rows.start + rows.stop) // 2
        before = of.image.cutout(middle, (rows.stop - rows.start, columns.stop - columns.start))
        own = np.flatnonzero(_inside(of.x, of.y, tile.core))
        clusters = NumberedClusters(of)
        data = np.array(before.data)
        add_light(data, clusters, corner)
        values = {"number": own,
                  "log_background": local_background(before, of.x[own] - columns.start,
                                                     of.y[own] - rows.start),
                  "visibility": visibilities(data, before.mask, clusters, corner, numbers=own)}
        values |= {name: np.array([clusters.rows[i][name] for i in own.tolist()], dtype=float)
                   for name in self.names}
        values["found"] = self._candidates(data, before, tile)
        if self.search_before:
            values["before"] = self._candidates(before.data, before, tile)
        return values

    def _candidates(self, data: np.ndarray, before: MultiBandImage, tile: Tile) -> np.ndarray:
        """Candidates on a tile, in pixels of the whole image; the bytes of an ECSV table."""
        if before.mask.all(axis=(1, 2)).any():  # as beyond the borders of a mosaic
            return np.zeros(0, dtype=np.uint8)
        image = MultiBandImage(data, before.bands, before.wcs, mask=before.mask)
        found = self.detector(image, progress=False)
        found = found[[name for name in found.colnames if name not in _DERIVED]]
        found.meta.clear()
        found["x_centroid"] += tile.padded[1].start
        found["y_centroid"] += tile.padded[0].start
        own = _inside(found["x_centroid"], found["y_centroid"], tile.core, RIM)
        text = io.StringIO()
        found[own].write(text, format="ascii.ecsv")
        return np.frombuffer(text.getvalue().encode(), dtype=np.uint8)


def joined_truth(parts: Sequence[Mapping[str, np.ndarray]], placement: Placement) -> QTable:
    """Table of the clusters of all tiles, by number.

    Parameters
    ----------
    parts : sequence of dict
        Results of a `TileTest`, one per tile.
    placement : `~clusternet.injection.placement.Placement`
        The clusters.

    Returns
    -------
    `~astropy.table.QTable`
        As from `~clusternet.injection.inject`, with ``log_background``.
    """
    order = np.argsort(np.concatenate([part["number"] for part in parts]))
    values = {name: np.concatenate([part[name] for part in parts])[order]
              for name in parts[0] if name not in ("number", "found", "before")}
    visibility, background = values.pop("visibility"), values.pop("log_background")
    rows = [{name: column[i] for name, column in values.items()} for i in range(len(order))]
    truth = placement.truth(rows, visibility)
    truth["log_background"] = background
    truth["log_background"].info.description = (
        "log10 of the fluctuations around it in electron/s, before clusters were put in")
    return truth


def joined_catalogue(parts: Sequence[Mapping[str, np.ndarray]], which: str, placement: Placement,
                     meta: Mapping[str, Any]) -> QTable:
    """Candidates of all tiles, each once, by row and column.

    Parameters
    ----------
    parts, placement
        As for `joined_truth`.
    which : str
        "found", or "before" for those on the image without the clusters.
    meta : dict
        Goes with the catalogue.

    Returns
    -------
    `~astropy.table.QTable`
        A catalogue with all columns of the detector's.
    """
    tables = [QTable.read(part[which].tobytes().decode(), format="ascii.ecsv")
              for part in parts if len(part[which])]
    if tables:
        found = vstack(tables)
    else:
        names = ("x_centroid", "y_centroid", "class_cb")
        found = QTable([[] for _ in names], names=names, dtype=[float] * len(names))
    x, y, class_cb = (numbers(found, name) for name in ("x_centroid", "y_centroid", "class_cb"))
    tile = np.repeat(np.arange(len(tables)), [len(table) for table in tables])
    keep = np.ones(len(x), dtype=bool)
    if len(x):
        pairs = KDTree(np.stack([x, y], axis=1)).query_pairs(RIM, output_type="ndarray")
        first, second = pairs[tile[pairs[:, 0]] != tile[pairs[:, 1]]].T
        better = class_cb[first] >= class_cb[second]
        keep[np.where(better, second, first)] = False
    found = found[np.flatnonzero(keep)[np.lexsort((x[keep], y[keep]))]]
    return make_catalogue({name: found[name] for name in found.colnames}, placement.image.wcs,
                          distance=placement.mocks.distance, meta=dict(meta))


def _inside(x: np.ndarray, y: np.ndarray, part: tuple[slice, slice], rim: int = 0) -> np.ndarray:
    """Whether places are on the pixels of a part of the image, or up to ``rim`` beyond."""
    rows, columns = part
    return ((x >= columns.start - 0.5 - rim) & (x < columns.stop - 0.5 + rim)
            & (y >= rows.start - 0.5 - rim) & (y < rows.stop - 0.5 + rim))
