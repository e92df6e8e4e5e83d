"""Mock clusters and stamps of them (Paper III, Fig. 1)."""

import numpy as np
from matplotlib.patches import Rectangle

from clusternet.plotting.overlay import colour_composite

__all__ = ["plot_mocks", "plot_stamps"]


def plot_mocks(image, axes, zooms, size=256):
    """Draw an image with mock clusters in it, and parts of it enlarged (Paper III, Fig. 1).

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage`
        With the clusters.
    axes : sequence of `~matplotlib.axes.Axes`
        One for the whole image, and one for each of the parts, all in pixels of ``image``.
    zooms : array_like, shape (part, 2)
        Centres (x, y) of the parts, pixels.
    size : float, optional
        Their side, pixels.

    Returns
    -------
    sequence of `~matplotlib.axes.Axes`
        The same.

    Raises
    ------
    ValueError
        There are not as many axes as pictures.
    """
    whole, *parts = axes
    if len(parts) != len(zooms):
        raise ValueError(f"{len(axes)} axes for the image and {len(zooms)} parts of it; give one "
                         "for each")
    rgb = colour_composite(np.where(image.mask, np.nan, image.data))
    for name, ax in zip("abcdefgh", axes, strict=False):
        ax.imshow(rgb, origin="lower", interpolation="nearest")
        _letter(ax, name, "white")
    for name, ax, (x, y) in zip("bcdefgh", parts, zooms, strict=False):
        corner = x - size / 2, y - size / 2
        whole.add_patch(Rectangle(corner, size, size, fill=False, color="white", lw=1))
        whole.text(*corner, name, color="white", ha="left", va="top")
        ax.set(xlim=(corner[0], corner[0] + size), ylim=(corner[1], corner[1] + size))
    return axes


def plot_stamps(image, places, ax, size=41, columns=8, labels=None):
    """Draw stamps around places on an image, side by side.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage`
        The image; colours are scaled over all of it, so that stamps compare.
    places : `~astropy.table.QTable`
        Centres: ``x_centroid`` and ``y_centroid``.
    ax : `~matplotlib.axes.Axes`
        Where to.
    size : int, optional
        Side of a stamp, pixels; what lies beyond the image is grey.
    columns : int, optional
        Stamps in a row.
    labels : sequence of str, optional
        Written on the stamps.

    Returns
    -------
    `~matplotlib.axes.Axes`
        The same.
    """
    rgb = colour_composite(np.where(image.mask, np.nan, image.data))
    half = size // 2
    padded = np.pad(rgb, ((half, half + 1), (half, half + 1), (0, 0)), constant_values=90)
    rows = -(-len(places) // columns)
    sheet = np.full((rows * (size + 1), columns * (size + 1), 3), 255, np.uint8)
    for i, (x, y) in enumerate(zip(places["x_centroid"], places["y_centroid"], strict=True)):
        x0, y0 = round(float(x)), round(float(y))
        row, column = (n * (size + 1) for n in divmod(i, columns))
        stamp = padded[y0:y0 + size, x0:x0 + size]
        sheet[row:row + size, column:column + size] = stamp[::-1]  # rows of stamps run down
        if labels is not None:
            ax.text(column + 2, row + 2, labels[i], color="white", fontsize=7, va="top")
    ax.imshow(sheet, interpolation="nearest")
    ax.set_axis_off()
    return ax


def _letter(ax, name, color="black"):
    """Write the letter of a panel into its upper left corner."""
    ax.text(0.03, 0.97, name, transform=ax.transAxes, va="top", weight="bold", color=color)
