"""Resolution of figures of large images."""

__all__ = ["MOST_BAND_PIXELS", "MOST_COLOUR_PIXELS"]

#: Pixels per side above which an image of one band is drawn binned.
MOST_BAND_PIXELS = 1500

#: Pixels per side above which a colour composite is drawn binned.
MOST_COLOUR_PIXELS = 2000
