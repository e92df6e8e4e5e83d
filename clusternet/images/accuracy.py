"""Accuracy of images: what trades memory and patience against time."""

__all__ = ["CLUSTER_LOSSES", "DIGEST_ROWS", "FILL_BLOCK", "READ_PIXELS", "REPROJECTION_TILE",
           "TILE_RETRIES"]

#: Side, in pixels, of the tiles in which a band is reprojected (2048): bounds the memory to about
#: 300 MB.
REPROJECTION_TILE = 2048

#: Pixels of a band read from a file at once (2**24, 64 MB).
READ_PIXELS = 1 << 24

#: Rows of an image read at once for its digest (1024). The digest depends on it.
DIGEST_ROWS = 1024

#: Times that a tile which failed on a cluster is tried again (2), since the worker may be to blame.
TILE_RETRIES = 2

#: Times that a cluster may lose all its workers at the same tile (3) before the run fails.
CLUSTER_LOSSES = 3

#: Side of a block, in pixels (32): a masked pixel takes the median of the good ones of the 3 x 3
#: blocks around its own.
FILL_BLOCK = 32
