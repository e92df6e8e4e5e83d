"""Catalogues as circles for DS9."""

import os
from typing import Any

import numpy as np
from astropy import units as u
from astropy.table import QTable
from regions import CircleSkyRegion, RegionMeta, Regions, RegionVisual

from clusternet._files import atomic_write
from clusternet.catalog.columns import numbers, plain
from clusternet.catalog.parameters import PARAMETERS

__all__ = ["COLOUR_LIMITS", "PALETTE", "to_regions", "write_regions"]

#: Values at the ends of the colours, by column.
COLOUR_LIMITS = {
    "class_cb": (0.0, 1.0),
    **{name: parameter.shown for name, parameter in PARAMETERS.items()},
    "log_density": (1.0, 3.0),
}
#: Blue, yellow and red, from low to high values; visible on dark images.
PALETTE = ("#4d8dff", "#ffe060", "#ff4040")
_UNKNOWN = "#ffffff"
_LEAST_RADIUS = 0.12  # arcsec, about 3 px of an HST mosaic


def to_regions(catalogue: QTable, *, colour_by: str = "log_age", radius: u.Quantity | None = None
               ) -> Regions:
    """Turn clusters into circles on the sky, labelled with their ids.

    Parameters
    ----------
    catalogue : astropy.table.QTable
        The catalogue.
    colour_by : str
        Column that gives the colour, from blue (low) over yellow to red (high): ``log_age``
        (6.6 to 9), ``class_cb`` (0 to 1), ``visibility`` (0 to 10), ``log_mass`` (3.5 to 5.5),
        ``a_v`` (0 to 3), ``log_r_h`` (-1.4 to -0.4) or ``log_density`` (1 to 3). NaN are white.
    radius : astropy.units.Quantity, optional
        Radius of all circles; by default the ``r_h`` of each cluster, and at least 0.12 arcsec.

    Returns
    -------
    regions.Regions
        A circle per cluster.

    Raises
    ------
    ValueError
        If the catalogue cannot be coloured by that column.
    """
    if colour_by not in COLOUR_LIMITS:
        raise ValueError(
            f"cannot colour by {colour_by!r}; choose one of {', '.join(COLOUR_LIMITS)}"
        )
    if radius is None:
        radii = np.maximum(np.nan_to_num(numbers(catalogue, "r_h", u.arcsec)), _LEAST_RADIUS)
    else:
        radii = np.broadcast_to(plain(radius, u.arcsec, name="radius"), len(catalogue))
    circles = []
    ids: Any = catalogue["id"]
    centres: Any = catalogue["sky_centroid"]
    for number, centre, size, value in zip(ids, centres, radii, numbers(catalogue, colour_by),
                                           strict=True):
        colour = _colour(value, *COLOUR_LIMITS[colour_by])
        meta, visual = RegionMeta({"text": str(number)}), RegionVisual({"color": colour})
        circles.append(CircleSkyRegion(centre, size * u.arcsec, meta=meta, visual=visual))
    return Regions(circles)


def write_regions(catalogue: QTable, path: str | os.PathLike[str], *,
                  colour_by: str = "log_age", radius: u.Quantity | None = None) -> None:
    """Write clusters as a DS9 region file.

    The file appears when it is complete, in place of an existing one.

    Parameters
    ----------
    catalogue : astropy.table.QTable
        The catalogue.
    path : str or os.PathLike
        The file, usually ``.reg``.
    colour_by, radius
        As for `to_regions`.

    Raises
    ------
    OSError
        If it cannot be written.
    ValueError
        If the catalogue cannot be coloured by that column.
    """
    regions = to_regions(catalogue, colour_by=colour_by, radius=radius)
    text = regions.serialize(format="ds9", precision=8)
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="ascii")


def _colour(value: float, lo: float, hi: float) -> str:
    """Colour of a value, in hexadecimal."""
    if np.isnan(value):
        return _UNKNOWN
    place = np.clip((value - lo) / (hi - lo), 0, 1) * (len(PALETTE) - 1)
    stops = np.array([list(bytes.fromhex(colour[1:])) for colour in PALETTE])
    channels = (np.interp(place, np.arange(len(PALETTE)), channel) for channel in stops.T)
    return "#" + "".join(f"{round(channel):02x}" for channel in channels)
