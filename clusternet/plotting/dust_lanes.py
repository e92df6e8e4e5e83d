"""Traced dust lanes."""
# pyright: reportArgumentType=false, reportOptionalMemberAccess=false
# Rows, columns and coordinates of astropy have no types of their own.

from typing import Any

import astropy.units as u
import numpy as np
from astropy.visualization.wcsaxes import WCSAxes
from matplotlib.axes import Axes
from matplotlib.image import AxesImage

from clusternet.catalog import plain
from clusternet.galaxy import DustLane
from clusternet.images import MultiBandImage
from clusternet.plotting.sky_figures import plot_band

__all__ = ["plot_dust_lane", "plot_dust_lane_map"]


def plot_dust_lane(lane: DustLane, image: MultiBandImage, ax: WCSAxes, band: str | None = None
                   ) -> WCSAxes:
    """Draw a traced dust lane and its initial guess on the image.

    Parameters
    ----------
    lane : `~clusternet.galaxy.DustLane`
        From `~clusternet.galaxy.trace_dust_lane`.
    image : `~clusternet.images.MultiBandImage`
        The galaxy.
    ax : `~astropy.visualization.wcsaxes.WCSAxes`
        Axes with the WCS of the image; they end 10 % beyond the lane.
    band : str, optional
        Name of the band; the bluest (first) by default.

    Returns
    -------
    `~astropy.visualization.wcsaxes.WCSAxes`
        The same axes.
    """
    plot_band(image, ax, image.bands[0] if band is None else band)
    sky = ax.get_transform("icrs")
    styles: list[dict[str, Any]] = [
        {"color": "#e69f00", "linestyle": "--", "label": "guess"},
        {"color": "#1f4fb4", "linestyle": "-", "label": "lane"}]
    for curve, style in zip((lane.guess, lane.curve), styles, strict=True):
        ax.plot(curve.ra.deg, curve.dec.deg, transform=sky, linewidth=1.4, **style)
    for places, limits in zip(image.wcs.celestial.world_to_pixel(lane.curve),
                              (ax.set_xlim, ax.set_ylim), strict=True):
        border = 0.1 * np.ptp(places) + 1
        limits(places.min() - border, places.max() + border)
    ax.legend(loc="best", fontsize=8)
    return ax


def plot_dust_lane_map(lane: DustLane, ax: Axes) -> AxesImage:
    """Draw the reddening along the guess, straightened, and the path through it.

    Parameters
    ----------
    lane : `~clusternet.galaxy.DustLane`
        From `~clusternet.galaxy.trace_dust_lane`.
    ax : `~matplotlib.axes.Axes`
        The axes.

    Returns
    -------
    `~matplotlib.image.AxesImage`
        The map, for a colour bar.
    """
    along, across, offset = (plain(values, u.kpc)
                             for values in (lane.along, lane.across, lane.offset))
    half = (across[1] - across[0]) / 2, (along[1] - along[0]) / 2
    ax.set_facecolor("0.6")
    drawn = ax.imshow(lane.reddening.T, origin="lower", aspect="auto", cmap="cividis", extent=(
        along[0] - half[1], along[-1] + half[1], across[0] - half[0], across[-1] + half[0]))
    ax.plot(along, offset, color="#a11c1c", linewidth=1.6)
    ax.set_xlabel("Along the guess [kpc]")
    ax.set_ylabel("Across [kpc]")
    return drawn
