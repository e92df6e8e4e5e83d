"""Rectangles of an image: tiles that overlap by a halo, and windows across its border."""

import operator
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Tile", "placed", "rectangle", "tiles"]


class Tile(NamedTuple):
    """A rectangle of an image together with its surroundings.

    All fields are (y, x) pairs of slices.
    """

    core: tuple[slice, slice]
    """The tile's own pixels in the image: the cores of all tiles fill it once."""
    padded: tuple[slice, slice]
    """The core and its halo in the image, cut at the image's border."""
    inner: tuple[slice, slice]
    """The core inside the padded rectangle."""


def tiles(shape: tuple[int, ...], size: int | tuple[int, int],
          halo: int = 0) -> Iterator[Tile]:
    """Cut an image into tiles, row by row.

    Parameters
    ----------
    shape : tuple of int
        Shape (y, x) of the image, in pixels.
    size : int or tuple of int
        Largest size (y, x) of a core.
    halo : int
        Pixels to add on each side of a core, where the image has them.

    Yields
    ------
    Tile
        Slices of the core, of the core with its halo, and of the core inside that.

    Raises
    ------
    ValueError
        If ``size`` is not positive or ``halo`` is negative.

    Examples
    --------
    >>> import numpy as np
    >>> from clusternet.images import tiles
    >>> image = np.arange(12.0).reshape(3, 4)
    >>> doubled = np.empty_like(image)
    >>> for tile in tiles(image.shape, size=2, halo=1):
    ...     doubled[tile.core] = (2 * image[tile.padded])[tile.inner]
    >>> bool(np.all(doubled == 2 * image))
    True
    """
    height, width = (size, size) if isinstance(size, int) else size
    if height < 1 or width < 1:
        raise ValueError(f"tiles of size {size} hold no pixel: pass 1 or more")
    if halo < 0:
        raise ValueError(f"halo = {halo} px is negative: pass 0 or more")
    ny, nx = shape
    for y in range(0, ny, height):
        for x in range(0, nx, width):
            spans = [_span(y, height, halo, ny), _span(x, width, halo, nx)]
            yield Tile(*(tuple(pair) for pair in zip(*spans, strict=True)))


def placed(start: tuple[int, int], size: tuple[int, int],
           shape: tuple[int, ...]) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Intersection of an image with a rectangle that may reach beyond it.

    Parameters
    ----------
    start : tuple of int
        First pixel (y, x) of the rectangle, in the image.
    size : tuple of int
        Size (y, x) of the rectangle.
    shape : tuple of int
        Shape (y, x) of the image.

    Returns
    -------
    source, target : tuple of slice
        The pixels they share, as slices (y, x) of the image and of the rectangle.

    Examples
    --------
    >>> from clusternet.images.tiling import placed
    >>> placed((-2, 7), (4, 4), (10, 10))
    ((slice(0, 2, None), slice(7, 10, None)), (slice(2, 4, None), slice(0, 3, None)))
    """
    source, target = [], []
    for first, length, n in zip(start, size, shape, strict=True):
        low = min(max(first, 0), n)
        high = max(min(first + length, n), low)
        source.append(slice(low, high))
        target.append(slice(low - first, high - first) if high > low else slice(0, 0))
    return tuple(source), tuple(target)


def rectangle(rows: slice, columns: slice, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Rows and columns of an image, checked and with their bounds filled in.

    Parameters
    ----------
    rows, columns : slice
        Adjoining pixels inside the image, counted from its first. An open end is that of the
        image.
    shape : tuple of int
        Shape (y, x) of the image.

    Returns
    -------
    rows, columns : slice
        The same pixels, with both bounds.

    Raises
    ------
    TypeError
        If they are no slices of whole numbers.
    ValueError
        If they reach beyond the image, or leave pixels out.

    Examples
    --------
    >>> from clusternet.images.tiling import rectangle
    >>> rectangle(slice(None), slice(3, 5), (10, 20))
    (slice(0, 10, None), slice(3, 5, None))
    """
    spans = []
    for name, part, n in (("rows", rows, shape[0]), ("columns", columns, shape[1])):
        if not isinstance(part, slice):
            raise TypeError(f"{name} = {part!r} is no slice; pass slice(start, stop)")
        start = 0 if part.start is None else operator.index(part.start)
        stop = n if part.stop is None else operator.index(part.stop)
        if not 0 <= start <= stop <= n or part.step not in (None, 1):
            raise ValueError(
                f"{name} {part} are no part of an image of {shape[1]} x {shape[0]} px (x, y); "
                f"pass a slice from 0 to {n}, in steps of 1"
            )
        spans.append(slice(start, stop))
    return spans[0], spans[1]


def _span(start, length, halo, n):
    stop = min(start + length, n)
    low, high = max(start - halo, 0), min(stop + halo, n)
    return slice(start, stop), slice(low, high), slice(start - low, stop - low)
