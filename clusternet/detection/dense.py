"""The dense search: one pass of a network over each tile of an image."""

import os
from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
from astropy.table import QTable

from clusternet._digest import digest
from clusternet.catalog import PARAMETERS, describe, make_catalogue
from clusternet.detection.core import Detection, Detector
from clusternet.detection.dense_candidates import MAP, TileMaps, TileSearch, best_candidates
from clusternet.detection.map_store import MapStore
from clusternet.detection.maps import ValueMaps
from clusternet.images import Mosaic, MultiBandImage, image_digest, run_tiles
from clusternet.nn import DenseEngine, DenseNetwork, DenseTiles
from clusternet.nn.dense import STRIDE

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["DenseDetector"]


class DenseDetector(Detector):
    """Find and describe clusters in one pass of a network over each tile.

    The network (`~clusternet.nn.DenseClusterNet`) gives every pixel the probability that a
    cluster is centred within 1.5 px of it. Local maxima of this map, smoothed by 1 px, are
    proposals; the network's peak head describes each, and gives a class, which is joined with
    that of the map (`~clusternet.posterior.ClassWeights`), and the posteriors of the parameters,
    whose medians and 16-84 % intervals stand in the catalogue. Candidates closer to a better one
    than 3 px are dropped. Sub-pixel positions come from the network's offsets.

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
        Least probability on the class map of a proposal.
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

    def __init__(self, network: DenseNetwork | None = None, *, threshold: float = 0.5,
                 proposal: float = 0.05, zero_points: dict[str, float] | None = None,
                 tile: int | None = None, halo: int = 128, precision: str = "auto",
                 device: str | None = None) -> None:
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
    def meta(self) -> dict:
        """Settings that candidates depend on, for the ``meta`` of a catalogue."""
        fitted = self.network.metadata
        corrections = fitted.calibration and fitted.calibration.to_dict()
        return {"detector": type(self).__name__, "bands": list(self.network.bands),
                "network": self.engine.fingerprint, "precision": self.engine.precision,
                "corrections": digest(asdict(fitted.class_weights), corrections),
                "domain": fitted.domain and fitted.domain.fingerprint,
                "threshold": self.threshold, "proposal": self.proposal, "tile": self.tile,
                "halo": self.halo, "flux_scale": self.scale[:, 0, 0].tolist()}

    def estimator(self) -> None:
        """Return None: the catalogues hold parameters with intervals."""

    def __call__(self, image: MultiBandImage | Mosaic, *, progress: bool = True,
                 folder: str | os.PathLike[str] | None = None, client: "Client | None" = None,
                 workers: int | None = None,
                 map_store: str | os.PathLike[str] | None = None) -> QTable:
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
            A catalogue (`clusternet.catalog.COLUMNS`), ordered by row and column, with further
            columns ``x_peak``, ``y_peak``, the pixel of the peak, ``class_map``, the value of the
            class map there, and ``out_of_domain``, how unlike the training the candidate looks:
            the fraction of mock clusters found that look less so (`clusternet.nn.Domain`; NaN if
            the network has none). From 0.99 on the flag ``OUT_OF_DOMAIN`` is set.

        Raises
        ------
        ValueError
            If the image lacks a band or its pixel scale is off by more than 5 %, or the folder
            holds another search.
        """
        return self.search(image, progress=progress, folder=folder, client=client,
                           workers=workers, map_store=map_store).catalogue

    def search(self, image: MultiBandImage | Mosaic, *, maps: bool = False, progress: bool = True,
               folder: str | os.PathLike[str] | None = None, client: "Client | None" = None,
               workers: int | None = None,
               map_store: str | os.PathLike[str] | None = None) -> Detection:
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
            store = MapStore.create(map_store, tiles.shape, ["class_cb"], image.wcs,
                                    meta=settings, chunk=tiles.side)
        work = TileSearch(self, tiles, store=store, keep_map=maps)
        options = {"client": client, "workers": workers, "progress": progress}
        found = list(run_tiles(work, tiles.plan, folder=folder, settings=settings, label="search",
                               **options))
        # Tiles kept in the folder may have been searched without a map.
        lost = [i for i, (tile, one) in enumerate(zip(tiles.plan, found, strict=True))
                if (maps and MAP not in one) or (store and not store.done(*tile.core))]
        for i, one in zip(lost, run_tiles(work, [tiles.plan[i] for i in lost], label="map",
                                          **options), strict=True):
            found[i] = one
        made = None
        if maps:
            class_cb = np.empty(tiles.shape, np.float32)
            for tile, one in zip(tiles.plan, found, strict=True):
                class_cb[tile.core] = one[MAP]
            made = ValueMaps({"class_cb": class_cb}, image.wcs, meta=self.meta)
        return Detection(self._catalogue(found, image.wcs), made)

    def value_maps(self, image: MultiBandImage | Mosaic, *, progress: bool = True,
                   parameters: bool = False, workers: int | None = None) -> ValueMaps:
        """Maps of the class and, on request, of every parameter.

        Parameters
        ----------
        image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
            The image to map; the maps must fit into memory.
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
        found = run_tiles(TileMaps(self, tiles, parameters=parameters), tiles.plan, workers=workers,
                          progress=progress, label="map")
        for tile, values in zip(tiles.plan, found, strict=True):
            for name in names:
                maps[name][tile.core] = values[name]
        return ValueMaps(maps, image.wcs, meta=self.meta)

    def _tiles(self, image):
        return DenseTiles(image, self.engine, self.scale, tile=self.tile, halo=self.halo)

    def _catalogue(self, found, wcs):
        values = {name: np.concatenate([one[name] for one in found]) for name in found[0]
                  if name != MAP}
        keep = best_candidates(values["x_centroid"], values["y_centroid"], values["class_cb"])
        order = keep[np.lexsort((values["x_peak"][keep], values["y_peak"][keep]))]
        catalogue = make_catalogue({name: value[order] for name, value in values.items()}, wcs,
                                   meta=self.meta)
        for name, description in (
                ("x_peak", "Pixel of the peak of the class map, along x"),
                ("y_peak", "Pixel of the peak of the class map, along y"),
                ("class_map", "Probability on the class map that a cluster is centred there"),
                ("out_of_domain", "Fraction of mock clusters that look more like the training than "
                                  "this candidate; nan if the network has no statistics of them")):
            describe(catalogue, name, description)
        return catalogue
