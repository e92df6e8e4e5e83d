"""Colours that all figures share."""

from typing import Any

from matplotlib.colors import LinearSegmentedColormap, Normalize

from clusternet.catalog import PARAMETERS
from clusternet.catalog.regions import PALETTE

__all__ = ["AGES", "AGE_COLOURS", "BRIGHT_AGE_COLOURS", "GROUP_STYLES"]

#: log10 of years: the colours end at 1 Gyr, as in Paper III.
AGES = Normalize(*PARAMETERS["log_age"].shown)
#: From blue (young) through grey to orange (old), ever brighter, so that grey prints show it.
AGE_COLOURS = LinearSegmentedColormap.from_list(
    "ages", ("#1b2f9e", "#3f7fd0", "#8f9fae", "#e3a24a", "#f2c84b"))
#: From blue (young) through yellow to red (old), as in region files: visible on dark images.
BRIGHT_AGE_COLOURS = LinearSegmentedColormap.from_list("bright_ages", PALETTE)
#: Colour and dashes of the first, second and third group of clusters in a figure.
GROUP_STYLES: tuple[dict[str, Any], ...] = (
    {"color": "#1f4fb4", "linestyle": "-"},
    {"color": "#e69f00", "linestyle": "--"},
    {"color": "#a11c1c", "linestyle": "-."},
)
