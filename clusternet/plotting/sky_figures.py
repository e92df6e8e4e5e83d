"""Clusters on the image of their galaxy (Paper III, Figs. 4 and 9)."""

from itertools import pairwise

import astropy.units as u
import numpy as np
from astropy.nddata import block_reduce
from astropy.visualization import AsinhStretch, ImageNormalize
from matplotlib.colors import Normalize, TwoSlopeNorm

from clusternet.catalog import numbers, select
from clusternet.plotting.colours import AGE_COLOURS, AGES
from clusternet.plotting.mock_figures import _letter

__all__ = ["plot_arms", "plot_band", "plot_on_sky", "plot_selection", "plot_spatial"]

_MOST_PIXELS = 1500  # a side; larger images are drawn binned


def plot_band(image, ax, band="F438W"):
    """Draw one band in grey, dark where it is bright.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage`
        The image; large ones are drawn binned.
    ax : `~astropy.visualization.wcsaxes.WCSAxes`
        Axes with the WCS of the image.
    band : str, optional
        Which.

    Returns
    -------
    `~matplotlib.image.AxesImage`
        What was drawn.
    """
    chosen = image.select([band])
    data = np.where(chosen.mask[0], np.nan, chosen.data[0])
    factor = -(-max(data.shape) // _MOST_PIXELS)
    ny, nx = (n // factor * factor for n in data.shape)
    data = block_reduce(data[:ny, :nx], factor, np.nanmean) if factor > 1 else data
    low, high = np.nanpercentile(data, (5, 99.7))
    norm = ImageNormalize(vmin=low, vmax=high + 3 * (high - low), stretch=AsinhStretch(0.05))
    return ax.imshow(data, origin="lower", cmap="gray_r", norm=norm,
                     extent=(-0.5, nx - 0.5, -0.5, ny - 0.5))


def plot_on_sky(catalogue, ax, values="log_age", limits=None, cmap=None, **style):
    """Draw clusters on the sky, coloured by a column.

    Parameters
    ----------
    catalogue : `~astropy.table.QTable`
        The clusters.
    ax : `~astropy.visualization.wcsaxes.WCSAxes`
        Where to.
    values : str or array_like, optional
        Name of the column, or a number for each cluster.
    limits : tuple, optional
        Values at the ends of the colours; log10 of the age from 6.6 to 9 by default.
    cmap : str or `~matplotlib.colors.Colormap`, optional
        The colours.
    **style
        For `~matplotlib.axes.Axes.scatter`.

    Returns
    -------
    `~matplotlib.collections.PathCollection`
        What was drawn, for a colour bar.
    """
    colour = numbers(catalogue, values) if isinstance(values, str) else np.asarray(values, float)
    norm = AGES if limits is None else Normalize(*limits)
    sky = catalogue["sky_centroid"]
    options = {"s": 6, "linewidths": 0.2, "edgecolors": "black", "norm": norm,
               "cmap": AGE_COLOURS if cmap is None else cmap,
               "transform": ax.get_transform("icrs"), **style}
    return ax.scatter(sky.ra.deg, sky.dec.deg, c=colour, **options)


def plot_selection(catalogue, axes, image=None, class_cb=0.95, visibility=(2.0, 2.5, 3.0),
                   log_age=(7.5, 8.5)):
    """Draw clusters chosen by visibility, and by age (Paper III, Fig. 4).

    Parameters
    ----------
    catalogue : `~astropy.table.QTable`
        All candidates.
    axes : array_like of `~astropy.visualization.wcsaxes.WCSAxes`, six
        For the visibilities, and for the ages.
    image : `~clusternet.images.MultiBandImage`, optional
        Drawn below the clusters.
    class_cb : float, optional
        Least class.
    visibility : tuple of float, optional
        Least visibilities of the first three panels; the second is that of the others too.
    log_age : tuple of float, optional
        Where the ages of the last three panels part.

    Returns
    -------
    list of `~matplotlib.collections.PathCollection`
        What was drawn on each, for colour bars.
    """
    middle = select(catalogue, class_cb, visibility[1])
    chosen = [select(catalogue, class_cb, least) for least in visibility]
    labels = [f"visibility > {least:g}" for least in visibility]
    edges = (None, *log_age, None)
    for low, high in pairwise(edges):
        chosen.append(select(middle, None, None, log_age=(low, high)))
        labels.append(("" if low is None else f"{low:g} ≤ ") + "log t"
                      + ("" if high is None else f" < {high:g}"))
    drawn = []
    for name, ax, clusters, label in zip("abcdef", np.ravel(axes), chosen, labels, strict=True):
        if image is not None:
            plot_band(image, ax, image.bands[len(image.bands) // 2])
        drawn.append(plot_on_sky(clusters, ax))
        _tidy(ax, name)
        ax.set_title(label, fontsize=9)
        ax.text(0.03, 0.03, f"{len(clusters)}", transform=ax.transAxes,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})
    return drawn


def plot_arms(arms, ax, radii=range(1, 7)):
    """Draw the curves of spiral arms, circles in the disc, and which way it turns.

    The arrow at the lower left turns as the galaxy does with north up and east to the left.

    Parameters
    ----------
    arms : `~clusternet.galaxy.SpiralArms`
        Curves and galaxy.
    ax : `~astropy.visualization.wcsaxes.WCSAxes`
        Where to; its limits stay as they are.
    radii : iterable of float, optional
        Of the circles, kpc.

    Returns
    -------
    `~astropy.visualization.wcsaxes.WCSAxes`
        The same.
    """
    galaxy, limits = arms.galaxy, ax.axis()
    sky = ax.get_transform("icrs")
    around = np.linspace(0, 2 * np.pi, 181) * u.rad
    for radius in radii:
        circle = galaxy.sky(np.full(len(around), float(radius)) * u.kpc, around)
        ax.plot(circle.ra.deg, circle.dec.deg, color="0.45", lw=0.5, transform=sky, label="circle")
    for curve in arms.curves:
        ax.plot(curve.ra.deg, curve.dec.deg, color="black", lw=1.5, transform=sky, label="arm")
    ends = [(0.05, 0.06), (0.16, 0.06)][::galaxy.rotation]  # north up, east to the left
    ax.annotate("", *ends, xycoords="axes fraction",
                arrowprops={"arrowstyle": "-|>", "color": "black", "lw": 1.3,
                            "connectionstyle": f"arc3,rad={0.6 * galaxy.rotation}"})
    ax.axis(limits)
    return ax


def plot_spatial(catalogue, axes, arms, image=None, distance=None, furthest=1.5 * u.kpc,
                 log_mass=4.0, radii=range(1, 7)):
    """Draw arm distances, ages, extinctions and densities on the sky (Paper III, Fig. 9).

    Clusters ahead of the arms point upwards, and red; those behind point downwards, and blue.

    Parameters
    ----------
    catalogue : `~astropy.table.QTable`
        The chosen clusters.
    axes : array_like of `~astropy.visualization.wcsaxes.WCSAxes`, four
        Where to.
    arms : `~clusternet.galaxy.SpiralArms`
        Curves and galaxy.
    image : `~clusternet.images.MultiBandImage`, optional
        Drawn below the clusters, its middle band.
    distance : `~astropy.units.Quantity`, optional
        Distance of each cluster from the arms; ``arms.distance`` of them by default.
    furthest : `~astropy.units.Quantity`, optional
        Clusters up to this distance are on the first panel.
    log_mass : float, optional
        Clusters heavier than this are on the last two.
    radii : iterable of float, optional
        Of the circles on the first, kpc.

    Returns
    -------
    list of `~matplotlib.collections.PathCollection`
        What was drawn on each panel, for colour bars; on the first, the leading clusters.
    """
    axes = np.ravel(axes)
    if distance is None:
        distance = arms.distance(catalogue["sky_centroid"])
    away, most = (u.Quantity(d).to_value(u.kpc) for d in (distance, furthest))
    for name, ax in zip("abcd", axes, strict=True):
        if image is not None:
            plot_band(image, ax, image.bands[len(image.bands) // 2])
        _tidy(ax, name)
    drawn = []
    for side, marker in ((away >= 0, "^"), (away < 0, "v")):
        near = side & (np.abs(away) <= most)
        drawn.append(plot_on_sky(catalogue[near], axes[0], away[near], cmap="RdBu_r",
                                 norm=TwoSlopeNorm(0, -most, most), marker=marker, s=9))
    plot_arms(arms, axes[0], radii)
    heavy = catalogue[numbers(catalogue, "log_mass") > log_mass]
    drawn[1:] = [plot_on_sky(catalogue, axes[1]),
                 plot_on_sky(heavy, axes[2], "a_v", (0, 3)),
                 plot_on_sky(heavy, axes[3], "log_density", (1, 3))]
    return drawn


def _tidy(ax, letter):
    """Letter of a panel, and labels at the left and the bottom of the figure only."""
    _letter(ax, letter)
    place = ax.get_subplotspec()
    shown = (place is None or place.is_last_row(), place is None or place.is_first_col())
    for axis, name, here in zip(ax.coords, ("right ascension", "declination"), shown, strict=True):
        axis.set_axislabel(name if here else " ")
        axis.set_ticklabel_visible(here)
        axis.set_ticklabel(size=8, exclude_overlapping=True)
