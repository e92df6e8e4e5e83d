"""Where artificial clusters are put."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from astropy.coordinates import SkyCoord
from numpy.typing import ArrayLike

from clusternet.images import Mosaic, MultiBandImage
from clusternet.images.blank import blank_areas
from clusternet.injection.accuracy import STRIP

__all__ = ["Grid", "Strip", "chosen_places", "grid_places", "strips"]


class Grid(NamedTuple):
    """Settings of a grid of places, as `~clusternet.injection.inject` describes them."""

    spacing: float
    """Distance between neighbours, in pixels."""
    jitter: float
    """Largest random shift along x and along y, in pixels."""
    border: float
    """Distance from the borders of the image, in pixels."""
    clearance: int
    """Distance along x and y within which no pixel may be masked, in pixels."""


class Strip(NamedTuple):
    """Some rows of an image, and the places whose surroundings they hold."""

    chosen: np.ndarray
    """Indices of the places."""
    top: int
    """First row."""
    pixels: np.ndarray
    """Pixels of the rows, shape (band, row, x)."""
    mask: np.ndarray
    """True for bad pixels, of the same shape."""


def grid_places(image: MultiBandImage | Mosaic, grid: Grid, rng: np.random.Generator,
                ) -> tuple[np.ndarray, np.ndarray]:
    """Places on a grid over an image, clear of its borders and of masked and blank pixels.

    Whether a place is clear of masked pixels changes nothing for the others.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
        The image; it is read in strips.
    grid : `Grid`
        Its settings.
    rng : `numpy.random.Generator`
        Source of the shifts.

    Returns
    -------
    x, y : numpy.ndarray, shape (place,)
        Pixels, row by row.

    Raises
    ------
    ValueError
        If a setting is impossible or no place is left.
    """
    spacing, jitter, border, clearance = grid
    if not spacing >= 1:
        raise ValueError(f"spacing = {spacing} px; give 1 or more")
    if not 0 <= jitter <= spacing / 2:
        raise ValueError(f"jitter = {jitter} px; give 0 to half of the spacing ({spacing / 2:g})")
    if not (border >= 0 and clearance >= 0):
        raise ValueError(f"border = {border} px and clearance = {clearance} px; neither may be "
                         "negative")
    ny, nx = image.shape[1:]
    room = [n - 2 * border for n in (nx, ny)]
    if min(room) < spacing:
        raise ValueError(f"no place on an image of {nx} x {ny} px for a grid of {spacing:g} px "
                         f"that keeps {border:g} px from its borders; give a smaller spacing or "
                         "border")
    nodes = [(n - 1) / 2 + spacing * (np.arange(int(size // spacing))
                                      - (int(size // spacing) - 1) / 2)
             for n, size in zip((nx, ny), room, strict=True)]
    x, y = (places.ravel() for places in np.meshgrid(*nodes))
    shift = rng.uniform(-jitter, jitter, (2, len(x)))
    x, y = x + shift[0], y + shift[1]
    clear = ~_spoilt(image, x, y, int(clearance), blank=True)
    if not clear.any():
        raise ValueError(f"every one of {len(x)} places has a masked or blank pixel within "
                         f"{int(clearance)} px; give a smaller clearance, or positions")
    return x[clear], y[clear]


def chosen_places(image: MultiBandImage | Mosaic, positions: ArrayLike | SkyCoord,
                  ) -> tuple[np.ndarray, np.ndarray]:
    """Pixel positions that a caller gave in pixels or on the sky.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
        The image; it is read in strips.
    positions : array_like, shape (place, 2), or `~astropy.coordinates.SkyCoord`
        (x, y) in pixels, or places on the sky.

    Returns
    -------
    x, y : numpy.ndarray, shape (place,)
        Pixels.

    Raises
    ------
    ValueError
        If they are of another shape, or one is not on the image or on a masked pixel.
    """
    if isinstance(positions, SkyCoord):
        x, y = (np.ravel(place) for place in image.wcs.world_to_pixel(positions))
    else:
        places = np.asarray(positions, dtype=float)
        if places.size == 0:
            places = places.reshape(0, 2)
        if places.ndim != 2 or places.shape[1] != 2:
            raise ValueError(f"positions of shape {places.shape}; give pairs (x, y), shape (n, 2), "
                             "or a SkyCoord")
        x, y = places.T.copy()
    ny, nx = image.shape[1:]
    inside = (x >= -0.5) & (x < nx - 0.5) & (y >= -0.5) & (y < ny - 0.5)
    _refuse(x, y, ~inside, f"not on the image of {nx} x {ny} px")
    _refuse(x, y, _spoilt(image, x, y), "on masked pixels")
    return x, y


def strips(image: MultiBandImage | Mosaic, y: np.ndarray, reach: int) -> Iterator[Strip]:
    """Read the surroundings of places, some rows of the image at a time.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
        The image.
    y : numpy.ndarray, shape (place,)
        Rows of the places, on the image.
    reach : int
        Rows wanted on each side of every place.

    Yields
    ------
    `Strip`
        The rows around some of the places, as far as the image has them.
    """
    ny, nx = image.shape[1:]
    row = np.floor(y + 0.5).astype(int)
    for strip in np.unique(row // STRIP):
        chosen = np.flatnonzero(row // STRIP == strip)
        top = int(max(row[chosen].min() - reach, 0))
        bottom = int(min(row[chosen].max() + reach + 1, ny))
        yield Strip(chosen, top, *image.section(slice(top, bottom), slice(0, nx)))


def _spoilt(image: MultiBandImage | Mosaic, x: np.ndarray, y: np.ndarray, reach: int = 0, *,
            blank: bool = False) -> np.ndarray:
    """Whether a pixel up to ``reach`` from each place is masked, or in a blank area."""
    column, row = (np.floor(place + 0.5).astype(int) for place in (x, y))
    result = np.zeros(len(x), dtype=bool)
    for chosen, top, pixels, mask in strips(image, y, reach + 8 * blank):
        bad = np.any(mask, axis=0)
        if blank:
            bad = bad | blank_areas(pixels)
        for i in chosen:
            left, low = max(column[i] - reach, 0), max(row[i] - reach, 0) - top
            result[i] = bad[low:row[i] + reach + 1 - top, left:column[i] + reach + 1].any()
    return result


def _refuse(x: np.ndarray, y: np.ndarray, wrong: np.ndarray, what: str) -> None:
    if wrong.any():
        first = np.flatnonzero(wrong)[0]
        raise ValueError(f"{np.count_nonzero(wrong)} of {len(x)} positions are {what}, such as "
                         f"({x[first]:.1f}, {y[first]:.1f}); leave them out")
