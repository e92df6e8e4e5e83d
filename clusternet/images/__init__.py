"""The data: aligned multi-band images with a mask and a place on the sky."""

from clusternet.images.core import MultiBandImage
from clusternet.images.tiling import Tile, tiles

__all__ = ["MultiBandImage", "Tile", "tiles"]
