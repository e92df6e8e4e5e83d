"""Colours that all figures share; they differ in brightness too, for grey prints."""

import numpy as np
from astropy import units as u
from matplotlib.colors import LinearSegmentedColormap, Normalize

__all__ = ["AGES", "AGE_COLOURS", "GROUP_STYLES", "numbers"]

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


def numbers(catalogue, name):
    """Values of a column, without a unit.

    Parameters
    ----------
    catalogue : `~astropy.table.QTable`
        The table.
    name : str
        The column.

    Returns
    -------
    numpy.ndarray

    Raises
    ------
    ValueError
        There is no such column.
    """
    if name not in catalogue.colnames:
        raise ValueError(f"no column {name} to draw (has {', '.join(catalogue.colnames)})")
    values = catalogue[name]
    values = values.value if isinstance(values, u.Quantity) else values
    return np.ma.filled(np.ma.asarray(values, dtype=float), np.nan)
