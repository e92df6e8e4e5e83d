"""The data: aligned multi-band images with a mask and a place on the sky."""

from clusternet.images.core import MultiBandImage
from clusternet.images.grid import PixelGrid
from clusternet.images.mosaic import Mosaic
from clusternet.images.tile_runner import image_digest, run_tiles
from clusternet.images.tiling import Tile, tiles
from clusternet.images.windows import ImageWindows
from clusternet.images.zarr_image import write_zarr

__all__ = [
    "ImageWindows",
    "Mosaic",
    "MultiBandImage",
    "PixelGrid",
    "Tile",
    "image_digest",
    "run_tiles",
    "tiles",
    "write_zarr",
]
