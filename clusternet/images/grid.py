"""The pixel grid of an image and its place on the sky."""

import operator

import numpy as np
from astropy import units as u
from astropy.wcs.utils import proj_plane_pixel_area, proj_plane_pixel_scales

from clusternet.images.tiling import tiles

__all__ = ["PixelGrid"]


class PixelGrid:
    """Adds to an image what follows from its shape and its celestial ``wcs``.

    To be inherited together with `astropy.nddata.NDData`; the last two axes are y and x.
    """

    @property
    def pixel_scale(self):
        """Angle per pixel, in arcsec: the root of the area of a pixel at the reference point."""
        return (np.sqrt(proj_plane_pixel_area(self.wcs)) * u.deg).to(u.arcsec)

    def tiles(self, size, halo=0):
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
        return tiles(self.data.shape[-2:], size, halo)

    def check_size(self, smallest):
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
        ny, nx = self.data.shape[-2:]
        if min(ny, nx) < smallest:
            raise ValueError(
                f"the image of {nx} x {ny} px is smaller than a window of {smallest} x {smallest} "
                f"px; pass a larger image"
            )

    def check_pixel_scale(self, expected, tolerance=0.05):
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

    def size_in_pixels(self, size):
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
            size = np.rint((size / self.pixel_scale).to_value(u.one)).astype(int)
        pair = np.broadcast_to(size, (2,)).tolist()
        height, width = (operator.index(n) for n in pair)
        if height < 1 or width < 1:
            raise ValueError(f"a rectangle of size {size} holds no pixel; pass 1 px or more")
        return height, width
