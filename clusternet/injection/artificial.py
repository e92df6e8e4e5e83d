"""Artificial cluster tests on images of any size."""

import hashlib
from typing import NamedTuple

import numpy as np
from astropy import units as u
from astropy.table import QTable
from scipy.spatial import cKDTree

from clusternet.catalog import INTRINSIC, PARAMETERS, make_catalogue
from clusternet.catalog.truth import match
from clusternet.images import MultiBandImage, image_digest, run_tiles
from clusternet.injection.background import local_background
from clusternet.injection.core import injected_truth, prepare
from clusternet.injection.light import WINDOW, Clusters, add_light, visibilities

__all__ = ["ArtificialClusters", "artificial_cluster_test"]

_KEPT = ("x_centroid", "y_centroid", "class_cb",
         *(name for p in PARAMETERS.values() for name in p.columns), "flags")
_RIM = 1  # pixels beyond a tile in which its candidates count too: they may move across the border


class ArtificialClusters(NamedTuple):
    """What an artificial cluster test gives."""

    matched: QTable
    """The clusters put in, as from `match`, with ``log_background`` (`local_background` of the
    image as it was) and, after a search of that image, ``before``: whether there was a candidate
    within the radius already."""
    unmatched: QTable
    """Candidates without a cluster; after a search of the image as it was, without those that are
    within the radius of a candidate there."""
    before: QTable | None
    """Candidates on the image as it was; None if it was not searched."""


def artificial_cluster_test(image, mocks, detector, *, positions=None, spacing=64, jitter=0.5,
                            border=32, clearance=8, radius=3, search_before=False, tile=2048,
                            halo=128, rng=None, folder=None, client=None, workers=1,
                            progress=True):
    """Put mock clusters into an image, search it, and see which come back.

    Paper III, section 3.3, for images in memory or on disk: tile by tile, with surroundings of
    ``halo`` pixels, in which clusters are put as well. Positions, clusters and noise are those
    that `inject` gives with the same ``rng``, whatever the tiles and the number of workers.

    Candidates that are there without the artificial clusters, such as real clusters, can be told
    apart by searching the image as it was too (``search_before``). A cluster put on one counts
    as found if a candidate is there; its ``before`` is True, so that such rows can be left out.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
        Real or synthetic; it is left as it is. Bands that ``mocks`` does not have are left out.
    mocks : `~clusternet.mocks.MockClusters`
        What clusters are made of, and the instrument.
    detector : `~clusternet.detection.Detector`
        What searches; every candidate it returns counts.
    positions, spacing, jitter, border, clearance
        Where clusters are put, as for `inject`. The grid also keeps clear of areas where all
        bands are exactly zero.
    radius : float or `~astropy.units.Quantity`, optional
        Largest distance of a match, as for `match`.
    search_before : bool, optional
        Search the image without the clusters as well, which takes as long again.
    tile : int, optional
        Side of a tile in pixels.
    halo : int, optional
        Width of its surroundings in pixels, 32 or more; as far as clusters and borders matter
        to the detector.
    rng : int or `numpy.random.Generator`, optional
        Source of randomness; with equal seeds the result is equal.
    folder : str or os.PathLike, optional
        Where to keep finished tiles. A test that was stopped goes on from there. The folder
        belongs to one image, seed and set of mocks, and to one detector as far as its ``meta``
        tells; take another one where settings of the detector differ that it does not tell.
    client : ``dask.distributed.Client``, optional
        Do the tiles on its workers.
    workers : int, optional
        Tiles done at a time. One by default, since detectors have threads of their own.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    `ArtificialClusters`
        ``matched``, ``unmatched`` and ``before``.

    Raises
    ------
    ValueError
        As from `inject`, `match` and the detector, if the size of a tile is impossible, or the
        folder is of another test.
    RuntimeError
        If a tile fails; it names the tile.

    Examples
    --------
    A detector that finds nothing:

    >>> import astropy.units as u
    >>> import numpy as np
    >>> from clusternet.catalog import make_catalogue
    >>> from clusternet.injection import artificial_cluster_test
    >>> from clusternet.detection import Detector
    >>> from clusternet.galaxy import M83
    >>> from clusternet.images import MultiBandImage
    >>> from clusternet.mocks import MockClusters
    >>> from clusternet.psf import GaussianPSF
    >>> class Blind(Detector):
    ...     def __call__(self, image, *, progress=True):
    ...         names = ("x_centroid", "y_centroid", "class_cb", "visibility", "log_age",
    ...                  "log_mass", "a_v", "log_r_h")
    ...         return make_catalogue({name: [] for name in names}, image.wcs)
    >>> mocks = MockClusters(psf=GaussianPSF(0.08 * u.arcsec))
    >>> pixels = np.random.default_rng(1).normal(0.02, 0.01, (3, 200, 200))
    >>> image = MultiBandImage(pixels, mocks.instrument.bands,
    ...                        M83.wcs((200, 200), 0.0396 * u.arcsec))
    >>> test = artificial_cluster_test(image, mocks, Blind(), rng=1, progress=False)
    >>> test.matched["found"].tolist()
    [False, False, False, False]
    """
    if tile < 1 or halo < WINDOW // 2:
        raise ValueError(f"tile = {tile} px with a halo of {halo} px; give 1 or more, and a halo "
                         f"of {WINDOW // 2} or more")
    image, seed, x, y = prepare(image, mocks, positions, spacing, jitter, border, clearance, rng)
    work = _TileTest(image, mocks, detector, x, y, seed, search_before)
    settings = None if folder is None else {**work.settings(), "tile": tile, "halo": halo,
                                            "image": image_digest(image)}
    parts = list(run_tiles(work, image.tiles(tile, halo), folder=folder, settings=settings,
                           client=client, workers=workers, progress=progress,
                           label="artificial clusters"))
    meta = {"detector": type(detector).__name__, "seed": seed, "tile": tile, "halo": halo}
    found = _catalogue(parts, "found", image.wcs, mocks.distance, meta)
    matched, unmatched = match(_truth(parts, work.names, image, x, y), found, radius)
    matched.meta.update(meta, radius=radius)
    if not search_before:
        return ArtificialClusters(matched, unmatched, None)
    before = _catalogue(parts, "before", image.wcs, mocks.distance, meta)
    reach = u.Quantity(radius)
    reach = (reach / image.pixel_scale).to(u.one) if reach.unit.is_equivalent(u.deg) else reach
    matched["before"] = _near(matched, before, reach.value)
    matched["before"].info.description = "Whether there was a candidate without the cluster"
    return ArtificialClusters(matched, unmatched[~_near(unmatched, before, reach.value)], before)


class _TileTest:
    """Clusters put into a tile, and the candidates found on it."""

    def __init__(self, image, mocks, detector, x, y, seed, search_before):
        self.image, self.mocks, self.detector = image, mocks, detector
        self.x, self.y, self.seed = x, y, seed
        self.search_before = search_before
        self.names = (*INTRINSIC, *(f"mag_{band}" for band in image.bands))

    def settings(self):
        """What the results depend on; mocks are told by how their first cluster looks."""
        clusters = Clusters(self.mocks, self.seed)
        look = self.mocks.render([clusters[0]], [32.0], [32.0], (64, 64))[0].max(axis=(1, 2))
        meta = getattr(self.detector, "meta", {})
        return {"seed": self.seed, "search_before": self.search_before,
                "places": hashlib.sha256(np.stack([self.x, self.y]).tobytes()).hexdigest()[:16],
                "first": {name: f"{value:.5g}" for name, value in clusters.rows[0].items()},
                "peak": [f"{value:.4g}" for value in look],
                "detector": [type(self.detector).__name__, meta if isinstance(meta, dict) else {}]}

    def __call__(self, tile):
        rows, columns = tile.padded
        middle = ((part.start + part.stop) // 2 for part in (columns, rows))
        before = self.image.cutout(tuple(middle), (rows.stop - rows.start,
                                                   columns.stop - columns.start))
        own = np.flatnonzero(_inside(self.x, self.y, tile.core))
        clusters = Clusters(self.mocks, self.seed)
        data = np.array(before.data)
        add_light(data, self.mocks, clusters, self.x, self.y, self.seed,
                  (rows.start, columns.start))
        x, y = self.x[own] - columns.start, self.y[own] - rows.start
        values = {"number": own, "log_background": local_background(before, x, y),
                  "visibility": visibilities(data, before.mask, self.mocks, clusters, x, y, own)}
        values |= {name: np.array([clusters.rows[i][name] for i in own.tolist()], dtype=float)
                   for name in self.names}
        image = MultiBandImage._unchecked(data, before.bands, before.wcs, before.mask, {})
        values |= self._candidates(image, tile, "found")
        if self.search_before:
            values |= self._candidates(before, tile, "before")
        return values

    def _candidates(self, image, tile, label):
        """Columns of the candidates on a tile, in pixels of the whole image."""
        if image.mask.all(axis=(1, 2)).any():  # as beyond the borders of a mosaic
            return {f"{label}_{name}": np.zeros(0) for name in _KEPT}
        found = self.detector(image, progress=False)
        values = {name: np.array(getattr(found[name], "value", found[name])) for name in _KEPT}
        values["x_centroid"] += tile.padded[1].start
        values["y_centroid"] += tile.padded[0].start
        keep = _inside(values["x_centroid"], values["y_centroid"], tile.core, _RIM)
        return {f"{label}_{name}": value[keep] for name, value in values.items()}


def _inside(x, y, part, rim=0):
    """Whether places are on the pixels of a part of the image, or up to ``rim`` beyond."""
    rows, columns = part
    return ((x >= columns.start - 0.5 - rim) & (x < columns.stop - 0.5 + rim)
            & (y >= rows.start - 0.5 - rim) & (y < rows.stop - 0.5 + rim))


def _truth(parts, names, image, x, y):
    """Table of the clusters, in the order of their numbers."""
    number = np.concatenate([part["number"] for part in parts])
    order = np.argsort(number)
    values = {name: np.concatenate([part[name] for part in parts])[order]
              for name in (*names, "visibility", "log_background")}
    rows = [{name: values[name][i] for name in names} for i in range(len(number))]
    truth = injected_truth(image, rows, x, y, values["visibility"])
    truth["log_background"] = values["log_background"]
    truth["log_background"].info.description = (
        "log10 of the fluctuations around it in electron/s, before clusters were put in")
    return truth


def _catalogue(parts, label, wcs, distance, meta):
    """Candidates of all tiles, each once, by row and column."""
    values = {name: np.concatenate([part[f"{label}_{name}"] for part in parts]) for name in _KEPT}
    x, y = values["x_centroid"], values["y_centroid"]
    tile = np.repeat(np.arange(len(parts)), [len(part[f"{label}_class_cb"]) for part in parts])
    keep = np.ones(len(x), dtype=bool)
    if len(x):
        pairs = cKDTree(np.stack([x, y], axis=1)).query_pairs(_RIM, output_type="ndarray")
        first, second = pairs[tile[pairs[:, 0]] != tile[pairs[:, 1]]].T
        better = values["class_cb"][first] >= values["class_cb"][second]
        keep[np.where(better, second, first)] = False
    order = np.flatnonzero(keep)[np.lexsort((x[keep], y[keep]))]
    return make_catalogue({name: value[order] for name, value in values.items()}, wcs,
                          distance=distance, meta=dict(meta))


def _near(table, others, radius):
    """Whether there is a row of another table within a radius in pixels."""
    if not len(others):
        return np.zeros(len(table), dtype=bool)
    places = [np.stack([t["x_centroid"], t["y_centroid"]], axis=1) for t in (table, others)]
    return cKDTree(places[1]).query(places[0])[0] <= radius
