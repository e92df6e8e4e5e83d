"""Clusters on the image of their galaxy (Paper III, Figs. 4 and 9)."""
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportOptionalMemberAccess=false
# Rows, columns and coordinates of astropy have no types of their own.

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import astropy.units as u
import numpy as np
from astropy.nddata import block_reduce
from astropy.table import QTable
from astropy.visualization import AsinhStretch, ImageNormalize
from astropy.visualization.wcsaxes import WCSAxes
from matplotlib.collections import PathCollection
from matplotlib.colors import Colormap, Normalize, TwoSlopeNorm
from matplotlib.image import AxesImage
from numpy.typing import ArrayLike

from clusternet.catalog import numbers, plain, select
from clusternet.catalog.regions import COLOUR_LIMITS
from clusternet.galaxy import SpiralArms
from clusternet.images import MultiBandImage
from clusternet.plotting.accuracy import MOST_BAND_PIXELS
from clusternet.plotting.colours import AGE_COLOURS
from clusternet.plotting.labels import letter

__all__ = ["plot_arms", "plot_band", "plot_on_sky", "plot_selection", "plot_spatial"]


def plot_band(image: MultiBandImage, ax: WCSAxes, band: str | None = None) -> AxesImage:
    """Draw one band in grey, dark where it is bright.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage`
        The image; large ones are drawn binned.
    ax : `~astropy.visualization.wcsaxes.WCSAxes`
        Axes with the WCS of the image.
    band : str, optional
        Name of the band; the middle one of the image when not given.

    Returns
    -------
    `~matplotlib.image.AxesImage`
        The drawing.
    """
    chosen = image.select([image.bands[len(image.bands) // 2] if band is None else band])
    data = np.where(chosen.mask[0], np.nan, chosen.data[0])
    factor = -(-max(data.shape) // MOST_BAND_PIXELS)
    ny, nx = (n // factor * factor for n in data.shape)
    data = block_reduce(data[:ny, :nx], factor, np.nanmean) if factor > 1 else data
    lo, hi = np.nanpercentile(data, (5, 99.7))
    norm = ImageNormalize(vmin=lo, vmax=hi + 3 * (hi - lo), stretch=AsinhStretch(0.05))
    return ax.imshow(data, origin="lower", cmap="gray_r", norm=norm,
                     extent=(-0.5, nx - 0.5, -0.5, ny - 0.5))


def plot_on_sky(catalogue: QTable, ax: WCSAxes, values: str | ArrayLike = "log_age", *,
                limits: tuple[float, float] | None = None, cmap: str | Colormap | None = None,
                **style: Any) -> PathCollection:
    """Draw clusters on the sky, coloured by a column.

    Parameters
    ----------
    catalogue : `~astropy.table.QTable`
        The clusters.
    ax : `~astropy.visualization.wcsaxes.WCSAxes`
        The axes.
    values : str or array_like, optional
        Name of the column, or a number per cluster.
    limits : tuple, optional
        Values at the ends of the colours; by default those of region files
        (`~clusternet.catalog.to_regions`) where they have the column, otherwise the range of the
        values.
    cmap : str or `~matplotlib.colors.Colormap`, optional
        The colours.
    **style
        For `~matplotlib.axes.Axes.scatter`.

    Returns
    -------
    `~matplotlib.collections.PathCollection`
        The drawing, for a colour bar.
    """
    colour = numbers(catalogue, values) if isinstance(values, str) else plain(values)
    if limits is None and isinstance(values, str):
        limits = COLOUR_LIMITS.get(values)
    sky = catalogue["sky_centroid"]
    options = {"s": 6, "linewidths": 0.2, "edgecolors": "black",
               "norm": Normalize(*(limits or (None, None))),
               "cmap": AGE_COLOURS if cmap is None else cmap,
               "transform": ax.get_transform("icrs"), **style}
    return ax.scatter(sky.ra.deg, sky.dec.deg, c=colour, **options)


def plot_selection(catalogue: QTable, axes: ArrayLike, image: MultiBandImage | None = None, *,
                   class_cb: float = 0.95, visibility: Sequence[float] = (2.0, 2.5, 3.0),
                   log_age: Sequence[float] = (7.5, 8.5)) -> list[PathCollection]:
    """Draw clusters chosen by visibility, and by age (Paper III, Fig. 4).

    Parameters
    ----------
    catalogue : `~astropy.table.QTable`
        All candidates.
    axes : array_like of `~astropy.visualization.wcsaxes.WCSAxes`, six
        For the visibilities, and for the ages.
    image : `~clusternet.images.MultiBandImage`, optional
        Its middle band is drawn below the clusters.
    class_cb : float, optional
        Least class.
    visibility : sequence of float, optional
        Least visibilities of the first three panels; the second is that of the others too.
    log_age : sequence of float, optional
        Ages between the last three panels, log10 of years.

    Returns
    -------
    list of `~matplotlib.collections.PathCollection`
        Clusters of each panel, for colour bars.
    """
    middle = select(catalogue, class_cb, visibility[1])
    chosen = [select(catalogue, class_cb, least) for least in visibility]
    labels = [f"visibility > {least:g}" for least in visibility]
    edges = (None, *log_age, None)
    for lo, hi in pairwise(edges):
        chosen.append(select(middle, None, None, log_age=(lo, hi)))
        labels.append(("" if lo is None else f"{lo:g} ≤ ") + "log t"
                      + ("" if hi is None else f" < {hi:g}"))
    drawn = []
    for name, ax, clusters, label in zip("abcdef", np.ravel(axes), chosen, labels, strict=True):
        if image is not None:
            plot_band(image, ax)
        drawn.append(plot_on_sky(clusters, ax))
        _tidy(ax, name)
        ax.set_title(label, fontsize=9)
        ax.text(0.03, 0.03, f"{len(clusters)}", transform=ax.transAxes,
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5})
    return drawn


def plot_arms(arms: SpiralArms, ax: WCSAxes, *, radii: Iterable[float] = range(1, 7)) -> WCSAxes:
    """Draw the curves of spiral arms, circles in the disc, and its sense of rotation.

    An arrow at the lower left shows the sense of rotation, where it is known, with north up and
    east to the left.

    Parameters
    ----------
    arms : `~clusternet.galaxy.SpiralArms`
        Curves and galaxy.
    ax : `~astropy.visualization.wcsaxes.WCSAxes`
        The axes; their limits do not change.
    radii : iterable of float, optional
        Radii of the circles, kpc.

    Returns
    -------
    `~astropy.visualization.wcsaxes.WCSAxes`
        The same axes.
    """
    galaxy, limits = arms.galaxy, ax.axis()
    sky = ax.get_transform("icrs")
    around = np.linspace(0, 2 * np.pi, 181) * u.rad
    for radius in radii:
        circle = galaxy.sky(np.full(len(around), float(radius)) * u.kpc, around)
        ax.plot(circle.ra.deg, circle.dec.deg, color="0.45", lw=0.5, transform=sky, label="circle")
    for curve in arms.curves:
        ax.plot(curve.ra.deg, curve.dec.deg, color="black", lw=1.5, transform=sky, label="arm")
    if galaxy.rotation is not None:
        ends = [(0.05, 0.06), (0.16, 0.06)][::galaxy.rotation]  # north up, east to the left
        ax.annotate("", *ends, xycoords="axes fraction",
                    arrowprops={"arrowstyle": "-|>", "color": "black", "lw": 1.3,
                                "connectionstyle": f"arc3,rad={0.6 * galaxy.rotation}"})
    ax.axis(limits)
    return ax


def plot_spatial(catalogue: QTable, axes: ArrayLike, arms: SpiralArms,
                 image: MultiBandImage | None = None, *, distance: u.Quantity | None = None,
                 furthest: u.Quantity = 1.5 * u.kpc, log_mass: float = 4.0,
                 radii: Iterable[float] = range(1, 7)) -> list[PathCollection]:
    """Draw arm distances, ages, extinctions and densities on the sky (Paper III, Fig. 9).

    Clusters ahead of the arms point upwards, and red; those behind point downwards, and blue.

    Parameters
    ----------
    catalogue : `~astropy.table.QTable`
        The chosen clusters.
    axes : array_like of `~astropy.visualization.wcsaxes.WCSAxes`, four
        The axes.
    arms : `~clusternet.galaxy.SpiralArms`
        Curves and galaxy.
    image : `~clusternet.images.MultiBandImage`, optional
        Its middle band is drawn below the clusters.
    distance : `~astropy.units.Quantity`, optional
        Distance of each cluster from the arms; ``arms.distance`` of them by default.
    furthest : `~astropy.units.Quantity`, optional
        Clusters up to this distance are on the first panel.
    log_mass : float, optional
        Least mass of the clusters on the last two panels, log10 of solar masses.
    radii : iterable of float, optional
        Radii of the circles on the first panel, kpc.

    Returns
    -------
    list of `~matplotlib.collections.PathCollection`
        Clusters of each panel, for colour bars; of the first, the leading ones.
    """
    axes = np.ravel(axes)
    if distance is None:
        distance = arms.distance(catalogue["sky_centroid"])
    away = plain(distance, u.kpc, name="distance")
    most = float(plain(furthest, u.kpc, name="furthest"))
    for name, ax in zip("abcd", axes, strict=True):
        if image is not None:
            plot_band(image, ax)
        _tidy(ax, name)
    drawn = []
    for side, marker in ((away >= 0, "^"), (away < 0, "v")):
        near = side & (np.abs(away) <= most)
        drawn.append(plot_on_sky(catalogue[near], axes[0], away[near], cmap="RdBu_r",
                                 norm=TwoSlopeNorm(0, -most, most), marker=marker, s=9))
    plot_arms(arms, axes[0], radii=radii)
    heavy = catalogue[numbers(catalogue, "log_mass") > log_mass]
    drawn[1:] = [plot_on_sky(catalogue, axes[1]),
                 plot_on_sky(heavy, axes[2], "a_v"),
                 plot_on_sky(heavy, axes[3], "log_density")]
    return drawn


def _tidy(ax: WCSAxes, name: str) -> None:
    """Draw the letter of a panel, and labels at the left and the bottom of the figure only."""
    letter(ax, name)
    place = ax.get_subplotspec()
    shown = (place is None or place.is_last_row(), place is None or place.is_first_col())
    for axis, label, here in zip(ax.coords, ("right ascension", "declination"), shown, strict=True):
        axis.set_axislabel(label if here else " ")
        axis.set_ticklabel_visible(here)
        axis.set_ticklabel(size=8, exclude_overlapping=True)
