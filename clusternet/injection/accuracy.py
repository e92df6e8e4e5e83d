"""Settings of injection that trade accuracy, memory or time."""

__all__ = ["BACKGROUND_BATCH", "BATCH", "BLOCK", "CLUSTERS_KEPT", "REACH", "RIM", "STRIP", "WINDOW"]

#: Side in pixels of the squares in which clusters are added, each with its own noise (256).
#: Results for a seed depend on it.
BLOCK = 256
#: Stars further than this from the centre of their cluster, along x or y, are left out, in pixels:
#: 256, 10 arcsec at 0.04 arcsec per pixel.
REACH = 256
#: Side in pixels of the window in which the visibility of a cluster is measured (64).
WINDOW = 64
#: Clusters whose stars are kept between squares, about 0.2 MB each (512); others are drawn again.
CLUSTERS_KEPT = 512
#: Windows rendered at once (32).
BATCH = 32
#: Pixels beyond a tile within which its candidates count too, as they may move across the border
#: between tiles (1).
RIM = 1
#: Places whose background is measured at once, about 10 MB per band (256).
BACKGROUND_BATCH = 256
#: Rows of an image read at once (256).
STRIP = 256
