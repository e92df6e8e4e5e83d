"""Bringing the bands onto one pixel grid."""

import numpy as np
from astropy.wcs import WCS, NoConvergence, Sip
from astropy.wcs.utils import proj_plane_pixel_area

from clusternet.images.accuracy import REPROJECTION_TILE
from clusternet.images.tiling import tiles

__all__ = ["grid_offset", "on_grid", "shifted_wcs"]

def grid_offset(wcs: WCS, reference: WCS, shape: tuple[int, ...]) -> float:
    """Distance between the pixels of one grid and the same pixels of another.

    Parameters
    ----------
    wcs, reference : astropy.wcs.WCS
        Celestial world coordinates of the two grids.
    shape : tuple of int
        Size (y, x) of the first.

    Returns
    -------
    float
        Largest distance over the corners, edges and centre, in pixels of ``reference``;
        infinite where the two have no sky in common.
    """
    y, x = _lattice(0, shape[0] - 1, 0, shape[1] - 1, steps=2)
    x_reference, y_reference = _to_pixels(wcs, reference, x, y)
    offset = np.hypot(x_reference - x, y_reference - y)
    return float(np.max(np.where(np.isfinite(offset), offset, np.inf)))


def on_grid(data: np.ndarray, wcs: WCS, reference: WCS, shape: tuple[int, ...]) -> np.ndarray:
    """Interpolate an image of fluxes per pixel onto another pixel grid.

    Bilinear interpolation (`reproject.reproject_interp`), tile by tile. Where the pixels of the
    two grids differ in area the values are scaled by it, so that fluxes over many pixels stay
    what they were.

    Parameters
    ----------
    data : numpy.ndarray
        Flux per pixel, shape (y, x); bad pixels are NaN.
    wcs : astropy.wcs.WCS
        Its celestial world coordinates.
    reference : astropy.wcs.WCS
        Those of the grid wanted.
    shape : tuple of int
        Size (y, x) of the grid wanted.

    Returns
    -------
    numpy.ndarray
        Flux per pixel on that grid, float32; NaN where ``data`` does not reach or is bad.
    """
    from reproject import reproject_interp  # slow to import, and rarely needed

    result = np.full(shape, np.nan, dtype=np.float32)
    scale = proj_plane_pixel_area(reference) / proj_plane_pixel_area(wcs)
    for tile in tiles(shape, REPROJECTION_TILE):
        (y0, y1), (x0, x1) = ((s.start, s.stop) for s in tile.core)
        part = _needed(wcs, reference, (y0, y1, x0, x1), data.shape)
        if part is None:
            continue
        rows, columns = part
        result[tile.core] = scale * reproject_interp(
            (data[part], shifted_wcs(wcs, columns.start, rows.start, data[part].shape)),
            shifted_wcs(reference, x0, y0, (y1 - y0, x1 - x0)),
            shape_out=(y1 - y0, x1 - x0),
            return_footprint=False,
        )
    return result


def shifted_wcs(wcs: WCS, x: int, y: int, shape: tuple[int, ...]) -> WCS:
    """World coordinates of a rectangle of an image, which may reach beyond it.

    Parameters
    ----------
    wcs : astropy.wcs.WCS
        World coordinates of the image.
    x, y : int
        Pixel of the image that becomes (0, 0).
    shape : tuple of int
        Size (y, x) of the rectangle.

    Returns
    -------
    astropy.wcs.WCS
        World coordinates of the rectangle.
    """
    # WCS.slice reads a negative start as counted from the end; here it lies outside.
    part: WCS = wcs.deepcopy()
    part.wcs.crpix -= (x, y)
    if part.sip is not None:
        part.sip = Sip(part.sip.a, part.sip.b, part.sip.ap, part.sip.bp, part.sip.crpix - (x, y))
    for table in (part.cpdis1, part.cpdis2, part.det2im1, part.det2im2):
        if table is not None:
            table.crval[0] -= x
            table.crval[1] -= y
    part.array_shape = shape
    return part


def _lattice(y0, y1, x0, x1, steps):
    y, x = np.meshgrid(np.linspace(y0, y1, steps + 1), np.linspace(x0, x1, steps + 1))
    return y.ravel(), x.ravel()


def _to_pixels(wcs, reference, x, y):
    try:
        return reference.world_to_pixel(wcs.pixel_to_world(x, y))
    except NoConvergence as error:
        solution = np.array(error.best_solution)
        solution[error.divergent] = np.nan
        return solution.T


def _needed(wcs, reference, box, shape):
    # The part of the image that covers a box of the reference grid, with room for curvature.
    y0, y1, x0, x1 = box
    y, x = _lattice(y0 - 1, y1, x0 - 1, x1, steps=16)
    x, y = _to_pixels(reference, wcs, x, y)
    seen = np.isfinite(x) & np.isfinite(y)
    if not seen.any():
        return None
    spans = []
    for values, n in ((y[seen], shape[0]), (x[seen], shape[1])):
        low = max(int(np.floor(values.min())) - 3, 0)
        high = min(int(np.ceil(values.max())) + 4, n)
        if high - low < 2:
            return None
        spans.append(slice(low, high))
    return tuple(spans)
