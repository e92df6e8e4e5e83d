"""The pixel grid of an image and its place on the sky."""

import operator
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from copy import copy
from typing import TYPE_CHECKING, Self

import numpy as np
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.wcs import WCS
from astropy.wcs.utils import proj_plane_pixel_area, proj_plane_pixel_scales

from clusternet.images.alignment import shifted_wcs
from clusternet.images.tiling import Tile, placed, rectangle, tiles

if TYPE_CHECKING:
    from clusternet.images.core import MultiBandImage

__all__ = ["BandReader", "PixelGrid", "band_order"]


def band_order(bands: str | Sequence[str],
               present: Sequence[str]) -> tuple[tuple[str, ...], list[int]]:
    """Indices of bands in an image.

    Parameters
    ----------
    bands : str or sequence of str
        Names of the bands wanted.
    present : sequence of str
        Names of those in the image.

    Returns
    -------
    bands : tuple of str
        Names of the bands wanted.
    order : list of int
        Index of each among those in the image.

    Raises
    ------
    ValueError
        If one is not in the image, or none is wanted.
    """
    bands = (bands,) if isinstance(bands, str) else tuple(bands)
    missing = [band for band in bands if band not in present]
    if missing or not bands:
        raise ValueError(
            f"no {', '.join(missing) or 'band asked for'} in the image (has "
            f"{', '.join(present)}); read it with a file for each band"
        )
    return bands, [present.index(band) for band in bands]


class PixelGrid(ABC):
    """Common base of images in memory and on disk: `MultiBandImage` and `Mosaic`.

    Attributes
    ----------
    bands : tuple of str
        Names of the bands.
    shape : tuple of int
        Shape (band, y, x).
    wcs : astropy.wcs.WCS
        Celestial world coordinates of the pixels.
    """

    bands: tuple[str, ...]
    shape: tuple[int, ...]
    wcs: WCS

    @abstractmethod
    def _section(self, rows: slice, columns: slice) -> tuple[np.ndarray, np.ndarray]:
        """Pixels and mask of slices that have both bounds and lie in the image."""

    @abstractmethod
    def _selected(self, bands: tuple[str, ...], order: list[int]) -> Self:
        """Image of bands that are there, given their names and indices."""

    @abstractmethod
    def _part(self, data: np.ndarray, wcs: WCS, mask: np.ndarray) -> "MultiBandImage":
        """Image of all bands, with other pixels."""

    def section(self, rows: slice, columns: slice) -> tuple[np.ndarray, np.ndarray]:
        """Read some rows and columns of all bands.

        Parameters
        ----------
        rows, columns : slice
            Adjoining pixels inside the image, counted from its first.

        Returns
        -------
        pixels : numpy.ndarray
            Electrons per second, float32, shape (band, rows, columns); a view of an image in
            memory.
        mask : numpy.ndarray of bool
            True where a pixel is bad: NaN, infinite or masked; a view of an image in memory.

        Raises
        ------
        OSError
            If an image on disk cannot be read.
        TypeError
            If rows or columns are no slices.
        ValueError
            If they reach beyond the image, or an image on disk is closed.
        """
        return self._section(*rectangle(rows, columns, self.shape[1:]))

    def select(self, bands: str | Sequence[str]) -> Self:
        """Take some bands, in a given order.

        Parameters
        ----------
        bands : sequence of str
            Names of the bands wanted.

        Returns
        -------
        MultiBandImage or Mosaic
            Image of these bands. Of an image in memory, a view if they are all its bands in
            order; of one on disk, another that does not close with it.

        Raises
        ------
        ValueError
            If a band is not in the image, or an image on disk is closed.
        """
        return self._selected(*band_order(bands, self.bands))

    def __repr__(self) -> str:
        ny, nx = self.shape[1:]
        return (
            f"{type(self).__name__}({', '.join(self.bands)}; {nx} x {ny} px of "
            f"{self.pixel_scale.value:.4g} arcsec)"
        )

    @property
    def pixel_scale(self) -> u.Quantity:
        """Angle per pixel, in arcsec: the root of the area of a pixel at the reference point."""
        return (np.sqrt(proj_plane_pixel_area(self.wcs)) * u.deg).to(u.arcsec)

    def tiles(self, size: int | tuple[int, int], halo: int = 0) -> Iterator[Tile]:
        """Cut the image into tiles: `tiles` for its shape.

        Parameters
        ----------
        size : int or tuple of int
            Largest size (y, x) of a core, in pixels.
        halo : int
            Pixels to add on each side of a core.

        Returns
        -------
        iterator of Tile
            Slices (y, x) of each tile's core, of the core with its halo, and of the core inside
            that.
        """
        return tiles(self.shape[-2:], size, halo)

    def check_size(self, smallest: int) -> None:
        """Make sure that the image is large enough for a window.

        Parameters
        ----------
        smallest : int
            Least width and height, in pixels.

        Raises
        ------
        ValueError
            If the image is smaller.
        """
        ny, nx = self.shape[-2:]
        if min(ny, nx) < smallest:
            raise ValueError(
                f"the image of {nx} x {ny} px is smaller than a window of {smallest} x {smallest} "
                f"px; pass a larger image"
            )

    def check_pixel_scale(self, expected: u.Quantity, tolerance: float = 0.05) -> None:
        """Make sure that the pixels have the size that something was made for.

        Parameters
        ----------
        expected : astropy.units.Quantity
            Angle per pixel.
        tolerance : float
            Largest relative difference allowed, along either axis.

        Raises
        ------
        ValueError
            If the pixel scale differs by more.
        """
        expected = u.Quantity(expected).to(u.arcsec)
        scales = (proj_plane_pixel_scales(self.wcs) * u.deg).to(u.arcsec)
        if np.any(np.abs(scales / expected - 1) > tolerance):
            raise ValueError(
                f"pixels of {scales[0].value:.4g} x {scales[1].value:.4g} arcsec are not those of "
                f"{expected.value:.4g} arcsec expected (to {100 * tolerance:g} %); resample the "
                f"image, or use what was made for its scale"
            )

    def size_in_pixels(self, size: int | tuple[int, int] | u.Quantity) -> tuple[int, int]:
        """Size of a rectangle in pixels.

        Parameters
        ----------
        size : int or tuple of int or astropy.units.Quantity
            Width, or (height, width), in pixels or as an angle.

        Returns
        -------
        height, width : int
            Whole pixels.

        Raises
        ------
        ValueError
            If either is less than 1.
        """
        if isinstance(size, u.Quantity):
            pixels = np.rint((size / self.pixel_scale).to_value(u.one)).astype(int)
        else:
            pixels = size
        height, width = (operator.index(n) for n in np.broadcast_to(pixels, (2,)).tolist())
        if height < 1 or width < 1:
            raise ValueError(f"a rectangle of size {size} holds no pixel; pass 1 px or more")
        return height, width

    def cutout(self, position: tuple[float, float] | SkyCoord,
               size: int | tuple[int, int] | u.Quantity, *,
               fill: bool = False) -> "MultiBandImage":
        """Cut out a rectangle.

        A window of size n starts n // 2 pixels before the pixel nearest to ``position``, so
        that a window of 64 px has it at (32, 32).

        Parameters
        ----------
        position : tuple of float or astropy.coordinates.SkyCoord
            Centre, as pixel (x, y) or on the sky.
        size : int or tuple of int or astropy.units.Quantity
            Width, or (height, width), in pixels or as an angle.
        fill : bool
            Allow the rectangle to reach beyond the image, and fill it there with masked NaN.

        Returns
        -------
        MultiBandImage
            The rectangle, with its own WCS. A view of an image in memory, unless it had to be
            filled.

        Raises
        ------
        ValueError
            If the size is not positive, or the rectangle reaches beyond the image and ``fill``
            is not set.
        """
        x, y = self.wcs.world_to_pixel(position) if isinstance(position, SkyCoord) else position
        height, width = self.size_in_pixels(size)
        if not (np.isfinite(x) and np.isfinite(y)):
            raise ValueError(f"cannot cut out at {position}: it does not lie on the image")
        y0, x0 = (int(np.floor(c + 0.5)) - n // 2 for c, n in ((y, height), (x, width)))
        source, target = placed((y0, x0), (height, width), self.shape[1:])
        inside = tuple(part.stop - part.start for part in source) == (height, width)
        if not (inside or fill):
            ny, nx = self.shape[1:]
            raise ValueError(
                f"{width} x {height} px around ({x:.1f}, {y:.1f}) reach beyond the image of "
                f"{nx} x {ny} px; pass fill=True to fill up with masked pixels"
            )
        data, mask = self.section(*source)
        if not inside:
            seen, seen_mask = data, mask
            data = np.full((len(self.bands), height, width), np.nan, dtype=np.float32)
            mask = np.ones(data.shape, dtype=bool)
            data[:, *target], mask[:, *target] = seen, seen_mask
        wcs = shifted_wcs(self.wcs, x0, y0, (height, width))
        return self._part(data, wcs, mask)


class BandReader(ABC):
    """Bands on disk, read a rectangle at a time: the source of a `Mosaic`.

    Attributes
    ----------
    bands : tuple of str
        Names of the bands.
    shape : tuple of int
        Size (y, x), in pixels.
    wcs : astropy.wcs.WCS
        Celestial world coordinates.
    meta : dict
        As `MultiBandImage.read` makes it.
    """

    bands: tuple[str, ...]
    shape: tuple[int, ...]
    wcs: WCS
    meta: dict
    _order: list[int]  # of the bands among those in the files

    def select(self, bands: Sequence[str]) -> Self:
        """Return another reader of the same files, of some bands in a given order."""
        chosen = copy(self)
        chosen.bands, order = band_order(bands, self.bands)
        chosen._order = [self._order[index] for index in order]
        return chosen

    @abstractmethod
    def section(self, rows: slice, columns: slice) -> tuple[np.ndarray, np.ndarray]:
        """Pixels and mask, as `Mosaic.section` for slices with both bounds."""
