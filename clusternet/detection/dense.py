"""The dense search: one pass of a network over each tile of an image."""

from dataclasses import asdict

import numpy as np
from scipy.ndimage import gaussian_filter, maximum_filter
from scipy.spatial import cKDTree

from clusternet._digest import digest
from clusternet.catalog import PARAMETERS, ClusterFlag, make_catalogue
from clusternet.detection.core import Detection, Detector
from clusternet.detection.map_store import MapStore
from clusternet.detection.maps import ValueMaps
from clusternet.images import image_digest, run_tiles
from clusternet.nn import OUT_OF_DOMAIN, DenseEngine, DenseNetwork, DenseTiles
from clusternet.nn.dense import STRIDE

__all__ = ["DenseDetector"]

_REACH = 32  # pixels around a candidate that must be good for it to have no flag
_APART = 3  # pixels: of candidates nearer to each other than this only the best one stays
_MAP = "map"  # under which a tile keeps its class map, beside columns of candidates
_RIM = 2  # pixels beyond a tile in which its peaks count too: they may move across the border


class DenseDetector(Detector):
    """Find and describe clusters in one pass of a network over each tile.

    The network (`~clusternet.nn.DenseClusterNet`) gives every pixel the probability that a
    cluster is centred within 1.5 px of it. Local maxima of this map, smoothed by 1 px, are
    proposals; the network's peak head looks at each again, and gives a class, which is joined
    with that of the map (`~clusternet.posterior.ClassWeights`), and the posteriors of the
    parameters, whose medians and 16-84 % intervals stand in the catalogue. Candidates closer to a
    better one than 3 px are dropped. Sub-pixel positions come from the network's offsets.

    Tiles overlap by a halo, so that what is found does not depend on them: with the weights
    shipped, the class map differs by less than 0.0003 from that of one pass, in float32. Masked
    pixels are filled with the median of the good ones near by; on masked pixels there are no
    candidates, nor in areas of 9 x 9 px and more where all bands are exactly zero.

    Parameters
    ----------
    network : `~clusternet.nn.DenseNetwork`, optional
        The network; the one shipped with the library when not given.
    threshold : float, optional
        Least class of a candidate.
    proposal : float, optional
        Least probability on the class map of what is looked at again.
    zero_points : dict of str to float, optional
        Vega magnitude of 1 electron/s in each band of the images; those the network was trained
        with when not given.
    tile : int, optional
        Side of a tile in pixels, a multiple of 32; half of that of the image, from 512 to 2048,
        when not given. With tiles of 2048 px two threads took 3.3 GB in all.
    halo : int, optional
        Width of the halo of a tile in pixels, a multiple of 32.
    precision, device
        As for `~clusternet.nn.DenseEngine`.
    """

    def __init__(self, network=None, threshold=0.5, proposal=0.05, zero_points=None, tile=None,
                 halo=128, precision="auto", device=None):
        for name, value in (("threshold", threshold), ("proposal", proposal)):
            if not 0 <= value <= 1:
                raise ValueError(f"{name} is {value}; probabilities go from 0 to 1")
        for name, value, least in (("tile", tile, STRIDE), ("halo", halo, 0)):
            if value is not None and (value % STRIDE or value < least):
                raise ValueError(f"{name} is {value} px; it must be a multiple of {STRIDE}, "
                                 f"{least} or more")
        self.network = DenseNetwork.shipped() if network is None else network
        self.engine = DenseEngine(self.network, precision=precision, device=device)
        self.threshold, self.proposal = float(threshold), float(proposal)
        self.scale = self.network.flux_scale(zero_points)
        self.tile, self.halo = tile, halo

    @property
    def meta(self):
        """What a catalogue should say of how it came about."""
        fitted = self.network.metadata
        corrections = fitted.calibration and fitted.calibration.to_dict()
        return {"detector": type(self).__name__, "bands": list(self.network.bands),
                "network": self.engine.fingerprint, "precision": self.engine.precision,
                "corrections": digest(asdict(fitted.class_weights), corrections),
                "domain": fitted.domain and fitted.domain.fingerprint,
                "threshold": self.threshold, "proposal": self.proposal, "tile": self.tile,
                "halo": self.halo, "flux_scale": self.scale[:, 0, 0].tolist()}

    def estimator(self):
        """Return None: the catalogues hold parameters with intervals."""

    def __call__(self, image, *, progress=True, folder=None, client=None, workers=None,
                 map_store=None):
        """Find candidates; see `Detector`.

        Parameters
        ----------
        image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
            Where to look; a mosaic is read tile by tile.
        progress : bool, optional
            Show a progress bar.
        folder : str or os.PathLike, optional
            Where to keep the results of tiles. A search that was stopped resumes from there, and
            gives what one without a stop gives.
        client : ``dask.distributed.Client``, optional
            Cluster to search the tiles on.
        workers : int, optional
            Threads that search tiles here, by default as many as there are cores; with a client,
            tiles that the cluster has at a time.
        map_store : str or os.PathLike, optional
            Folder of a `~clusternet.detection.MapStore` to keep the class map in; needs the
            package zarr.

        Returns
        -------
        `~astropy.table.QTable`
            A catalogue (`clusternet.catalog.COLUMNS`), ordered by row and column, with
            further columns ``x_peak``, ``y_peak``, the pixel of the peak, ``class_map``, the
            class map there, and ``out_of_domain``, how unlike the training the candidate looks:
            the fraction of mock clusters found that look less so
            (`clusternet.nn.Domain`; NaN if the network has none). From 0.99 on the flag
            ``OUT_OF_DOMAIN`` is set.

        Raises
        ------
        ValueError
            If the image lacks a band or its pixel scale is off by more than 5 %, or the folder
            holds another search.
        """
        return self.search(image, progress=progress, folder=folder, client=client,
                           workers=workers, map_store=map_store).catalogue

    def search(self, image, *, maps=False, progress=True, folder=None, client=None, workers=None,
               map_store=None):
        """Find candidates, and keep the class map on request.

        Parameters
        ----------
        image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
            Where to look.
        maps : bool, optional
            Keep the class map, which must fit into memory.
        progress, folder, client, workers, map_store
            As for a call.

        Returns
        -------
        `Detection`
            Its maps hold ``class_cb`` if they were asked for, and are None otherwise.

        Raises
        ------
        ValueError
            As for a call.
        """
        tiles = self._tiles(image)
        settings, store = None, None
        if folder is not None or map_store is not None:
            settings = {**self.meta, "image": image_digest(tiles.image)}
        if map_store is not None:
            store = MapStore.create(map_store, tiles.shape, ["class_cb"], image.wcs, settings,
                                    tiles.side)
        work = _TileSearch(self, tiles, store, maps)
        options = {"client": client, "workers": workers, "progress": progress}
        found = list(run_tiles(work, tiles.plan, folder=folder, settings=settings, label="search",
                               **options))
        # Tiles kept in the folder may have been searched without a map.
        lost = [i for i, (tile, one) in enumerate(zip(tiles.plan, found, strict=True))
                if (maps and _MAP not in one) or (store and not store.done(*tile.core))]
        for i, one in zip(lost, run_tiles(work, [tiles.plan[i] for i in lost], label="map",
                                          **options), strict=True):
            found[i] = one
        made = None
        if maps:
            class_cb = np.empty(tiles.shape, np.float32)
            for tile, one in zip(tiles.plan, found, strict=True):
                class_cb[tile.core] = one[_MAP]
            made = ValueMaps({"class_cb": class_cb}, image.wcs, self.meta)
        return Detection(self._catalogue(found, image.wcs), made)

    def value_maps(self, image, *, progress=True, parameters=False, workers=None):
        """Maps of the class and, on request, of every parameter.

        Parameters
        ----------
        image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
            What to map; the maps must fit into memory.
        progress : bool, optional
            Show a progress bar.
        parameters : bool, optional
            Apply the peak head to every pixel as well, which takes thousands of times as long:
            some minutes per megapixel.
        workers : int, optional
            Threads; by default as many as there are cores.

        Returns
        -------
        `ValueMaps`
            ``class_cb`` is the probability that a cluster is centred within 1.5 px; parameters
            are medians.
        """
        tiles = self._tiles(image)
        names = ("class_cb", *(PARAMETERS if parameters else ()))
        maps = {name: np.full(tiles.shape, np.nan, np.float32) for name in names}
        found = run_tiles(_TileMaps(self, tiles, parameters), tiles.plan, workers=workers,
                          progress=progress, label="map")
        for tile, values in zip(tiles.plan, found, strict=True):
            for name in names:
                maps[name][tile.core] = values[name]
        return ValueMaps(maps, image.wcs, self.meta)

    def _tiles(self, image):
        return DenseTiles(image, self.engine, self.scale, tile=self.tile, halo=self.halo)

    def _catalogue(self, found, wcs):
        values = {name: np.concatenate([one[name] for one in found]) for name in found[0]
                  if name != _MAP}
        keep = _best(values["x_centroid"], values["y_centroid"], values["class_cb"])
        order = keep[np.lexsort((values["x_peak"][keep], values["y_peak"][keep]))]
        catalogue = make_catalogue({name: value[order] for name, value in values.items()}, wcs,
                                   meta=self.meta)
        for name, description in (
                ("x_peak", "Pixel of the peak of the class map, along x"),
                ("y_peak", "Pixel of the peak of the class map, along y"),
                ("class_map", "Probability on the class map that a cluster is centred there"),
                ("out_of_domain", "Fraction of the mock clusters found that look less unlike the "
                                  "training; nan if the network has no statistics of them")):
            catalogue[name].info.description = description
        return catalogue


class _TileSearch:
    """Candidates of a tile, as columns of a catalogue."""

    def __init__(self, detector, tiles, store=None, keep_map=False):
        self.detector, self.tiles = detector, tiles
        self.store, self.keep_map = store, keep_map

    def __call__(self, tile):
        detector = self.detector
        maps, bad = self.tiles(tile)
        if self.store is not None or self.keep_map:
            class_map = np.where(bad, np.nan, 0 if maps is None else maps.class_cb)[tile.inner]
        if self.store is not None:
            self.store.write(*tile.core, {"class_cb": class_map})
        if maps is None:
            y = x = np.zeros(0, dtype=int)
        else:
            y, x = _peaks(maps.class_cb, detector.proposal)
            inside = [(c >= s.start - _RIM) & (c < s.stop + _RIM)
                      for c, s in zip((y, x), tile.inner, strict=True)]
            y, x = y[inside[0] & inside[1]], x[inside[0] & inside[1]]
        found = self._described(maps, y, x)
        flags = found["flags"]
        height, width = bad.shape
        y0, x0 = (s.start for s in tile.padded)
        ny, nx = self.tiles.shape
        for i, (row, column) in enumerate(zip(y, x, strict=True)):
            around = bad[max(row - _REACH, 0):min(row + _REACH, height),
                         max(column - _REACH, 0):min(column + _REACH, width)]
            if around.any():
                flags[i] |= ClusterFlag.MASKED_NEIGHBOURS
            if not (_REACH <= row + y0 <= ny - _REACH and _REACH <= column + x0 <= nx - _REACH):
                flags[i] |= ClusterFlag.EDGE
        centre = np.zeros((2, 0)) if maps is None else _centres(maps, y, x)
        found |= {"x_centroid": x0 + centre[0], "y_centroid": y0 + centre[1], "x_peak": x0 + x,
                  "y_peak": y0 + y}
        keep = found["class_cb"] >= detector.threshold
        found = {name: np.asarray(value)[keep] for name, value in found.items()}
        return {**found, _MAP: class_map.astype(np.float32)} if self.keep_map else found

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


class _TileMaps(_TileSearch):
    """Value maps of a tile."""

    def __init__(self, detector, tiles, parameters):
        super().__init__(detector, tiles)
        self.parameters = parameters

    def __call__(self, tile):
        maps, bad = self.tiles(tile)
        names = ("class_cb", *(PARAMETERS if self.parameters else ()))
        values = {name: np.full(bad.shape, np.nan, np.float32) for name in names}
        if maps is not None:
            values["class_cb"] = np.where(bad, np.nan, maps.class_cb)
            if self.parameters:
                y, x = np.nonzero(_only(~bad, tile.inner))
                for part in np.array_split(np.arange(len(y)), len(y) // 4096 + 1):
                    found = self._described(maps, y[part], x[part])
                    for name in PARAMETERS:
                        values[name][y[part], x[part]] = found[name]
        return {name: value[tile.inner] for name, value in values.items()}


def _only(mask, part):
    result = np.zeros_like(mask)
    result[part] = mask[part]
    return result


def _centres(maps, y, x):
    """Sub-pixel positions (x, y), shape (2, peak).

    Each of the 3 x 3 cells around a peak says where the centre is; their mean, weighted by the
    class of their pixels.
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


def _best(x, y, class_cb):
    """Indices of candidates without a better one near by."""
    keep = np.ones(len(x), dtype=bool)
    pairs = cKDTree(np.stack([x, y], axis=1)).query_pairs(_APART, output_type="ndarray")
    if len(pairs):
        rank = np.empty(len(x), dtype=int)
        rank[np.lexsort((x, y, -class_cb))] = np.arange(len(x))
        pairs = np.take_along_axis(pairs, np.argsort(rank[pairs], axis=1), axis=1)
        for better, worse in pairs[np.argsort(rank[pairs[:, 0]], kind="stable")]:
            if keep[better]:
                keep[worse] = False
    return np.flatnonzero(keep)
