"""Accuracy of detectors: what trades agreement between tiles and memory against time."""

__all__ = ["PIXELS_AT_ONCE", "TILE_RIM"]

#: Pixels beyond a tile in which peaks of the dense class map count as its own (2): sub-pixel
#: positions may move a candidate across the border, and the better of two copies stays.
TILE_RIM = 2

#: Pixels whose parameters the dense network maps together (4096).
PIXELS_AT_ONCE = 4096
