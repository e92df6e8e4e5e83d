"""Images evaluated by the dense network tile by tile."""

from collections.abc import Iterator

import numpy as np
from tqdm import tqdm

from clusternet.images import Mosaic, MultiBandImage, Tile, tiles
from clusternet.images.blank import blank_areas
from clusternet.images.fill import fill_masked
from clusternet.nn.dense.engine import DenseEngine, DenseMaps
from clusternet.nn.dense.net import STRIDE

__all__ = ["DenseTiles"]


class DenseTiles:
    """The tiles of an image, evaluated one by one.

    Tiles overlap by a halo, so that predictions do not depend on them. Masked pixels are filled
    with the median of the good ones near by.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
        The image; its bands may be more than the network's, in any order.
    engine : `DenseEngine`
        Evaluates the network.
    scale : numpy.ndarray, shape (band, 1, 1)
        From `DenseNetwork.flux_scale`.
    tile : int, optional
        Side of a tile in pixels, a multiple of 32; by default half of that of the image, from 512
        to 2048: small images then have tiles enough for some cores.
    halo : int, optional
        Width of the halo of a tile in pixels, a multiple of 32.

    Raises
    ------
    ValueError
        If the image lacks a band or its pixel scale is off by more than 5 %.

    Attributes
    ----------
    shape : tuple of int
        Shape (y, x) of the image.
    side : int
        Side of a tile in pixels.
    plan : list of `~clusternet.images.Tile`
        The tiles.

    Examples
    --------
    >>> import numpy as np
    >>> from astropy import units as u
    >>> from clusternet.galaxy import M83
    >>> from clusternet.images import MultiBandImage
    >>> from clusternet.nn import DenseEngine, DenseNetwork, DenseTiles
    >>> network = DenseNetwork(["F438W"], 0.0396 * u.arcsec, [24.98])
    >>> image = MultiBandImage(np.ones((1, 96, 160)), ["F438W"],
    ...                        M83.wcs((96, 160), network.pixel_scale))
    >>> tiles = DenseTiles(image, DenseEngine(network), network.flux_scale(), tile=96, halo=32)
    >>> len(tiles.plan)
    2
    >>> tiles.describe(np.array([40, 50]), np.array([20, 130]))["joint"].shape
    (2, 2800)
    """

    def __init__(self, image: MultiBandImage | Mosaic, engine: DenseEngine, scale: np.ndarray, *,
                 tile: int | None = None, halo: int = 128) -> None:
        self.image = engine.network.select(image)
        self.engine, self.scale = engine, scale
        self.shape = self.image.shape[1:]
        if tile is None:
            tile = min(max(-(-max(self.shape) // (2 * STRIDE)) * STRIDE, 512), 2048)
        self.side = tile
        self.plan = list(tiles(self.shape, tile, halo))

    def __call__(self, tile: Tile) -> tuple[DenseMaps | None, np.ndarray]:
        """Evaluate a tile with its halo.

        Parameters
        ----------
        tile : `~clusternet.images.Tile`
            One of the plan.

        Returns
        -------
        maps : `DenseMaps` or None
            Of the tile with its halo, the class 0 where it is bad; None if all of the tile is.
        bad : numpy.ndarray of bool, shape (y, x)
            Where the tile with its halo is masked or blank.
        """
        pixels, mask = self.image.section(*tile.padded)
        bad = mask.any(axis=0) | blank_areas(pixels)
        if bad[tile.inner].all():
            return None, bad
        if bad.any():
            pixels, _ = fill_masked(pixels, mask | bad, 0, pixels.shape[1])
        sides = [(0, -n % STRIDE) for n in bad.shape]
        maps = self.engine(np.pad(pixels * self.scale, [(0, 0), *sides], mode="symmetric"))
        ny, nx = bad.shape
        return maps._replace(class_cb=np.where(bad, 0, maps.class_cb[:ny, :nx])), bad

    def describe(self, y: np.ndarray, x: np.ndarray, *,
                 progress: bool = False) -> dict[str, np.ndarray]:
        """Return the probabilities of every group at some pixels of the image.

        Only tiles that hold some of them are evaluated.

        Parameters
        ----------
        y, x : numpy.ndarray of int, shape (n,)
            The pixels.
        progress : bool, optional
            Show a progress bar.

        Returns
        -------
        dict of str to numpy.ndarray
            Float32, shape (n, group size); NaN on masked pixels and beyond the image.
        """
        groups = {name: np.full((len(y), size), np.nan, np.float32)
                  for name, size in self.engine.network.bins.group_sizes.items()}
        for index, maps, at in self._evaluated(y, x, progress):
            found = self.engine.describe(maps, *at)
            for name, values in groups.items():
                values[index] = found[name]
        return groups

    def activations(self, y: np.ndarray, x: np.ndarray, *, progress: bool = False) -> np.ndarray:
        """Return the activations of the peak head at some pixels of the image.

        Parameters
        ----------
        y, x, progress
            As for `describe`.

        Returns
        -------
        numpy.ndarray, shape (n, activation)
            As of `DenseEngine.activations`; NaN on masked pixels and beyond the image.
        """
        hidden = self.engine.network.model.hidden
        result = np.full((len(y), hidden.in_features + hidden.out_features), np.nan, np.float32)
        for index, maps, at in self._evaluated(y, x, progress):
            result[index] = self.engine.activations(maps, *at)
        return result

    def _evaluated(self, y: np.ndarray, x: np.ndarray, progress: bool) -> Iterator[
            tuple[np.ndarray, DenseMaps, tuple[np.ndarray, np.ndarray]]]:
        """Give the good ones of some pixels tile by tile: index, maps, and (y, x) on the tile."""
        with tqdm(total=len(y), desc="estimate", unit=" candidates", disable=not progress) as bar:
            for tile in self.plan:
                (rows, columns), (y0, x0) = tile.core, (s.start for s in tile.padded)
                here = np.flatnonzero((y >= rows.start) & (y < rows.stop)
                                      & (x >= columns.start) & (x < columns.stop))
                if not len(here):
                    continue
                maps, bad = self(tile)
                bar.update(len(here))
                if maps is not None:
                    here = here[~bad[y[here] - y0, x[here] - x0]]
                    yield here, maps, (y[here] - y0, x[here] - x0)
