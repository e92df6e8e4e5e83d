"""Mock clusters and stamps of them (Paper III, Fig. 1)."""

from collections.abc import Sequence

import numpy as np
from astropy.table import QTable
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from clusternet.catalog import numbers
from clusternet.images import MultiBandImage
from clusternet.plotting.labels import letter
from clusternet.plotting.overlay import colour_composite

__all__ = ["plot_mocks", "plot_stamps"]


def plot_mocks(image: MultiBandImage, axes: Sequence[Axes], zooms: Sequence[tuple[float, float]],
               *, size: float = 256) -> Sequence[Axes]:
    """Draw an image with mock clusters in it, and parts of it enlarged (Paper III, Fig. 1).

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage`
        With the clusters.
    axes : sequence of `~matplotlib.axes.Axes`
        Axes of the whole image, and of each of the parts, all in pixels of ``image``.
    zooms : sequence of tuple
        Centres (x, y) of the parts, pixels.
    size : float, optional
        Side of the parts, pixels.

    Returns
    -------
    sequence of `~matplotlib.axes.Axes`
        The same axes.

    Raises
    ------
    ValueError
        The number of axes does not fit.
    """
    whole, *parts = axes
    if len(parts) != len(zooms):
        raise ValueError(f"{len(axes)} axes for the image and {len(zooms)} parts of it; give one "
                         "for each")
    rgb = colour_composite(np.asarray(image.data), np.asarray(image.mask))
    for name, ax in zip("abcdefgh", axes, strict=False):
        ax.imshow(rgb, origin="lower", interpolation="nearest")
        letter(ax, name, color="white")
    for name, ax, (x, y) in zip("bcdefgh", parts, zooms, strict=False):
        corner = x - size / 2, y - size / 2
        whole.add_patch(Rectangle(corner, size, size, fill=False, color="white", lw=1))
        whole.text(*corner, name, color="white", ha="left", va="top")
        ax.set(xlim=(corner[0], corner[0] + size), ylim=(corner[1], corner[1] + size))
    return axes


def plot_stamps(image: MultiBandImage, places: QTable, ax: Axes, *, size: int = 41,
                columns: int = 8, labels: Sequence[str] | None = None) -> Axes:
    """Draw stamps around places on an image, side by side.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage`
        The image; colours are scaled over all of it, so that stamps compare.
    places : `~astropy.table.QTable`
        Centres: ``x_centroid`` and ``y_centroid``.
    ax : `~matplotlib.axes.Axes`
        The axes.
    size : int, optional
        Side of a stamp, pixels; pixels beyond the image are grey.
    columns : int, optional
        Stamps per row.
    labels : sequence of str, optional
        Text on each stamp.

    Returns
    -------
    `~matplotlib.axes.Axes`
        The same axes.
    """
    rgb = colour_composite(np.asarray(image.data), np.asarray(image.mask))
    half = size // 2
    padded = np.pad(rgb, ((half, half + 1), (half, half + 1), (0, 0)), constant_values=90)
    rows = -(-len(places) // columns)
    sheet = np.full((rows * (size + 1), columns * (size + 1), 3), 255, np.uint8)
    for i, (x, y) in enumerate(zip(numbers(places, "x_centroid"),
                                 numbers(places, "y_centroid"), strict=True)):
        x0, y0 = round(float(x)), round(float(y))
        row, column = (n * (size + 1) for n in divmod(i, columns))
        stamp = padded[y0:y0 + size, x0:x0 + size]
        sheet[row:row + size, column:column + size] = stamp[::-1]  # rows of stamps run down
        if labels is not None:
            ax.text(column + 2, row + 2, labels[i], color="white", fontsize=7, va="top")
    ax.imshow(sheet, interpolation="nearest")
    ax.set_axis_off()
    return ax
