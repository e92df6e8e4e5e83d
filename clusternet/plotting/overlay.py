"""Clusters on their image and on the class map."""

from typing import Any

import astropy.units as u
import numpy as np
from astropy.nddata import block_reduce
from astropy.table import QTable
from astropy.visualization import make_lupton_rgb
from astropy.visualization.wcsaxes import WCSAxes, add_scalebar
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import EllipseCollection
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from clusternet.catalog import numbers, plain, select
from clusternet.detection import ValueMaps
from clusternet.images import MultiBandImage
from clusternet.plotting.accuracy import MOST_COLOUR_PIXELS
from clusternet.plotting.colours import AGES, BRIGHT_AGE_COLOURS
from clusternet.plotting.labels import axis_label

__all__ = ["colour_composite", "plot_class_map", "plot_clusters", "plot_image", "search_figure"]


def colour_composite(data: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """Return the colours of an image, with the arcsinh stretch of Lupton et al. (2004).

    Parameters
    ----------
    data : numpy.ndarray, shape (band, y, x)
        Bands from blue to red: the last is drawn red, the first blue, a middle one (or, of two,
        their mean) green. Each is scaled by its own background and brightness.
    mask : numpy.ndarray of bool, optional
        Pixels to draw grey, the same shape.

    Returns
    -------
    numpy.ndarray of uint8, shape (y, x, 3)
        Row 0 is the bottom one.

    Examples
    --------
    >>> import numpy as np
    >>> from clusternet.plotting import colour_composite
    >>> colour_composite(np.random.default_rng(1).normal(size=(3, 20, 30))).shape
    (20, 30, 3)
    """
    bad = np.zeros(data.shape[1:], bool) if mask is None else mask.any(axis=0)
    bad |= ~np.isfinite(data).all(axis=0)
    scaled = []
    for band in data:
        good = band[~bad] if not bad.all() else np.zeros(1)
        lo, hi = np.percentile(good, (25, 99.7))
        scaled.append(np.where(bad, 0, (band - lo) / (hi - lo if hi > lo else 1)))
    middle = 0.5 * (scaled[0] + scaled[-1]) if len(scaled) == 2 else scaled[len(scaled) // 2]
    stretch: Any = 0.5
    rgb = make_lupton_rgb(scaled[-1], middle, scaled[0], minimum=-0.04, stretch=stretch, Q=6)
    rgb[bad] = 90
    return rgb


def plot_image(image: MultiBandImage, ax: Axes, *, factor: int = 1) -> Axes:
    """Draw a colour composite of an image.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage`
        The image.
    ax : `~matplotlib.axes.Axes`
        Axes in pixels of the (binned) image.
    factor : int, optional
        Bin the image by this many pixels.

    Returns
    -------
    `~matplotlib.axes.Axes`
        The same axes.
    """
    data = np.where(np.asarray(image.mask), np.nan, np.asarray(image.data))
    if factor > 1:
        data = block_reduce(data, (1, factor, factor), np.mean)
    ax.imshow(colour_composite(data), origin="lower", interpolation="nearest")
    return ax


def plot_class_map(maps: ValueMaps, ax: Axes, *, factor: int = 1) -> AxesImage:
    """Draw the class map; grey where there is no value.

    Parameters
    ----------
    maps : `~clusternet.detection.ValueMaps`
        The maps.
    ax : `~matplotlib.axes.Axes`
        Axes in pixels of the (binned) maps.
    factor : int, optional
        Bin the map by this many pixels.

    Returns
    -------
    `~matplotlib.image.AxesImage`
        The map, for a colour bar.
    """
    data = np.asarray(maps["class_cb"].data)
    if factor > 1:
        data = block_reduce(data, factor, np.mean)
    ax.set_facecolor("0.35")
    return ax.imshow(data, origin="lower", interpolation="nearest", vmin=0, vmax=1, cmap="magma")


def plot_clusters(catalogue: QTable, ax: Axes, pixel_scale: u.Quantity, *, factor: int = 1,
                  **style: Any) -> ScalarMappable:
    """Draw a circle around each cluster, coloured by age.

    The radius is twice the half-number radius, and at least 5 pixels. Circles are solid for
    visibilities above 2.5 and dotted for lower ones.

    Parameters
    ----------
    catalogue : `~astropy.table.QTable`
        The clusters.
    ax : `~matplotlib.axes.Axes`
        Axes in pixels of the (binned) image.
    pixel_scale : `~astropy.units.Quantity`
        Angle per pixel of the image before binning.
    factor : int, optional
        Pixels by which the image is binned.
    **style
        For `~matplotlib.collections.EllipseCollection`.

    Returns
    -------
    `~matplotlib.cm.ScalarMappable`
        The colours, for a colour bar.
    """
    colours = ScalarMappable(AGES, BRIGHT_AGE_COLOURS)
    x, y = _binned_places(catalogue, factor)
    radius = numbers(catalogue, "r_h", u.arcsec) / plain(pixel_scale, u.arcsec, name="pixel_scale")
    width = 2 * np.maximum(2 * np.nan_to_num(radius), 5) / factor
    bright = numbers(catalogue, "visibility") > 2.5
    for chosen, dashes in ((bright, "-"), (~bright, ":")):
        circles = EllipseCollection(
            width[chosen], width[chosen], np.zeros(chosen.sum()), units="xy",
            offsets=np.stack([x[chosen], y[chosen]], -1), offset_transform=ax.transData,
            **{"facecolor": "none", "linewidth": 0.9, "linestyle": dashes,
               "edgecolor": colours.to_rgba(numbers(catalogue, "log_age")[chosen]), **style})
        ax.add_collection(circles, autolim=False)
    return colours


def search_figure(image: MultiBandImage, catalogue: QTable, maps: ValueMaps | None = None, *,
                  class_cb: float = 0.95, truth: QTable | None = None) -> Figure:
    """Draw the result of a search: the clusters on the image, and beside it the class map.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage`
        The image.
    catalogue : `~astropy.table.QTable`
        Its candidates.
    maps : `~clusternet.detection.ValueMaps`, optional
        The value maps; without them there is no second panel.
    class_cb : float, optional
        Only clusters above this class are drawn.
    truth : `~astropy.table.QTable`, optional
        True clusters (``x_centroid``, ``y_centroid``), drawn as crosses.

    Returns
    -------
    `~matplotlib.figure.Figure`
        The figure.
    """
    factor = -(-max(image.shape[1:]) // MOST_COLOUR_PIXELS)
    wcs = image.wcs[::factor, ::factor] if factor > 1 else image.wcs
    clusters = select(catalogue, class_cb, None)
    n = 1 if maps is None else 2
    figure = Figure(figsize=(7.6 * n + 0.6, 7.6), layout="constrained")
    axes: list[Any] = [figure.add_subplot(1, n, i + 1, projection=wcs) for i in range(n)]
    plot_image(image, axes[0], factor=factor)
    colours = plot_clusters(clusters, axes[0], image.pixel_scale, factor=factor)
    bright = np.count_nonzero(numbers(clusters, "visibility") > 2.5)
    axes[0].set_title(f"{len(clusters)} candidates with class > {class_cb:g}, {bright} of them "
                      "with visibility > 2.5 (solid)", fontsize=10)
    _add_length(axes[0], image)
    if truth is not None:
        axes[0].scatter(*_binned_places(truth, factor), marker="+", s=30, color="white",
                        linewidths=0.6)
        axes[0].set_title(axes[0].get_title() + "; crosses: true places", fontsize=10)
    figure.colorbar(colours, ax=axes[0], location="bottom", shrink=0.6, aspect=40, pad=0.01,
                    extend="max", label=axis_label("log_age"))
    if maps is not None:
        drawn = plot_class_map(maps, axes[1], factor=factor)
        plot_clusters(clusters, axes[1], image.pixel_scale, factor=factor,
                      edgecolor="cyan", linewidth=0.5)
        axes[1].set_title("class map: certainty that a cluster is centred here", fontsize=10)
        figure.colorbar(drawn, ax=axes[1], location="bottom", shrink=0.6, aspect=40, pad=0.01,
                        label="class")
    for ax in axes:
        for axis, name in zip(ax.coords, ("right ascension", "declination"), strict=True):
            axis.set_axislabel(name if axis is ax.coords[0] or ax is axes[0] else " ")
            axis.set_ticklabel(size=8, exclude_overlapping=True)
    return figure


def _binned_places(table: QTable, factor: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions in pixels of the binned image."""
    x, y = ((numbers(table, name) + 0.5) / factor - 0.5 for name in ("x_centroid", "y_centroid"))
    return x, y


def _add_length(ax: WCSAxes, image: MultiBandImage) -> None:
    width = image.shape[2] * float(plain(image.pixel_scale, u.arcsec))
    lengths = np.array([0.5, 1, 2, 5, 10, 30, 60, 120, 300])
    length = lengths[np.argmin(np.abs(np.log(lengths / (0.2 * width))))]
    add_scalebar(ax, length * u.arcsec, label=f'{length:g}"', color="white")
