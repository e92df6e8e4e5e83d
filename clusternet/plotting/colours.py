"""Colours that all figures share; they differ in brightness too, for grey prints."""

from matplotlib.colors import LinearSegmentedColormap, Normalize

__all__ = ["AGES", "AGE_COLOURS", "GROUP_STYLES"]

_STOPS = ("#1b2f9e", "#3f7fd0", "#8f9fae", "#e3a24a", "#f2c84b")

#: log10 of years: the colours end at 1 Gyr, as in Paper III.
AGES = Normalize(6.6, 9.0)
#: From blue (young) through grey to orange (old), ever brighter.
AGE_COLOURS = LinearSegmentedColormap.from_list("ages", _STOPS)
#: Colour and dashes of the first, second and third group of clusters in a figure.
GROUP_STYLES = (
    {"color": "#1f4fb4", "linestyle": "-"},
    {"color": "#e69f00", "linestyle": "--"},
    {"color": "#a11c1c", "linestyle": "-."},
)
