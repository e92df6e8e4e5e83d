"""Dust lanes as traced, to be looked at."""

import astropy.units as u
import numpy as np

from clusternet.plotting.sky_figures import plot_band

__all__ = ["plot_dust_lane", "plot_dust_lane_map"]


def plot_dust_lane(lane, image, ax, band=None):
    """Draw a traced dust lane, and the guess it came from, on the image.

    Parameters
    ----------
    lane : `~clusternet.galaxy.DustLane`
        From `~clusternet.galaxy.trace_dust_lane`.
    image : `~clusternet.images.MultiBandImage`
        The galaxy.
    ax : `~astropy.visualization.wcsaxes.WCSAxes`
        Axes with the WCS of the image; they end 10 % beyond the lane.
    band : str, optional
        Band to draw; the bluest (first) by default.

    Returns
    -------
    `~astropy.visualization.wcsaxes.WCSAxes`
        The same.
    """
    plot_band(image, ax, image.bands[0] if band is None else band)
    sky = ax.get_transform("icrs")
    for curve, style in ((lane.guess, {"color": "#e69f00", "linestyle": "--", "label": "guess"}),
                         (lane.curve, {"color": "#1f4fb4", "linestyle": "-", "label": "lane"})):
        ax.plot(curve.ra.deg, curve.dec.deg, transform=sky, linewidth=1.4, **style)
    for places, limits in zip(image.wcs.celestial.world_to_pixel(lane.curve),
                              (ax.set_xlim, ax.set_ylim), strict=True):
        border = 0.1 * np.ptp(places) + 1
        limits(places.min() - border, places.max() + border)
    ax.legend(loc="best", fontsize=8)
    return ax


def plot_dust_lane_map(lane, ax):
    """Draw the reddening along the guess, straightened, and the path through it.

    Parameters
    ----------
    lane : `~clusternet.galaxy.DustLane`
        From `~clusternet.galaxy.trace_dust_lane`.
    ax : `~matplotlib.axes.Axes`
        Where to.

    Returns
    -------
    `~matplotlib.image.AxesImage`
        The map, for a colour bar.
    """
    along, across, offset = (values.to_value(u.kpc) for values in (lane.along, lane.across,
                                                                   lane.offset))
    half = (across[1] - across[0]) / 2, (along[1] - along[0]) / 2
    ax.set_facecolor("0.6")
    drawn = ax.imshow(lane.reddening.T, origin="lower", aspect="auto", cmap="cividis", extent=(
        along[0] - half[1], along[-1] + half[1], across[0] - half[0], across[-1] + half[0]))
    ax.plot(along, offset, color="#a11c1c", linewidth=1.6)
    ax.set_xlabel("Along the guess [kpc]")
    ax.set_ylabel("Across [kpc]")
    return drawn
