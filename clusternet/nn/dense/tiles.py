"""What the dense network sees of the tiles of an image."""

import numpy as np
from astropy import units as u

from clusternet.images import tiles
from clusternet.images.blank import blank_areas
from clusternet.nn.dense.net import STRIDE
from clusternet.nn.window.windows import fill_masked

__all__ = ["DenseTiles", "flux_scale"]


def flux_scale(network, zero_points=None):
    """Factor of each band onto the zero points of a network.

    Parameters
    ----------
    network : `DenseNetwork`
        The network.
    zero_points : dict of str to float, optional
        Vega magnitude of 1 electron/s in each of its bands; its own when not given.

    Returns
    -------
    numpy.ndarray, shape (band, 1, 1)
        Float32.

    Raises
    ------
    ValueError
        If a band is missing or a zero point is not finite.
    """
    own = dict(zip(network.bands, network.zero_points, strict=True))
    given = own if zero_points is None else zero_points
    missing = [band for band in network.bands if band not in given]
    if missing:
        raise ValueError(f"no zero point of {', '.join(missing)}; give the Vega magnitude of "
                         "1 electron/s in each band of the network")
    difference = np.array([own[band] - given[band] for band in network.bands])
    if not np.isfinite(difference).all():
        raise ValueError(f"zero_points are {given}; all must be finite")
    return (10 ** (0.4 * difference))[:, None, None].astype(np.float32)


class DenseTiles:
    """The tiles of an image, evaluated one by one.

    Tiles overlap by a halo, so that what the network says does not depend on them. Masked pixels
    are filled with the median of the good ones near by.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
        The image; its bands may be more than the network's, in any order.
    engine : `DenseEngine`
        Evaluates the network.
    scale : numpy.ndarray, shape (band, 1, 1)
        From `flux_scale`.
    tile : int or None
        Side of a tile in pixels, a multiple of 32; None for half of that of the image, from 512
        to 2048: small images then have tiles enough for some cores.
    halo : int
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
    """

    def __init__(self, image, engine, scale, tile, halo):
        network = engine.network
        try:
            self.image = image.select(network.bands)
        except ValueError as error:
            raise ValueError(
                f"the network is for {', '.join(network.bands)}: {error}, or load weights for "
                "its bands") from error
        self.image.check_pixel_scale(network.pixel_scale * u.arcsec)
        self.engine, self.scale = engine, scale
        self.shape = self.image.shape[1:]
        if tile is None:
            tile = min(max(-(-max(self.shape) // (2 * STRIDE)) * STRIDE, 512), 2048)
        self.side = tile
        self.plan = list(tiles(self.shape, tile, halo))

    def __call__(self, tile):
        """Evaluate a tile with its halo.

        Parameters
        ----------
        tile : `~clusternet.images.Tile`
            One of the plan.

        Returns
        -------
        maps : `DenseMaps` or None
            Of the tile with its halo, 0 where it is bad; None if nothing is to be seen on it.
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
