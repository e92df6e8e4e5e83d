"""Reading the bands of an image from files, checked and on one pixel grid."""

import tempfile
from collections.abc import Mapping

import numpy as np

from clusternet.images.alignment import grid_offset, on_grid
from clusternet.images.fits_source import FITSPlane, band_extensions, split_extension
from clusternet.images.units import electron_rate_factor

__all__ = ["named_sources", "read_bands"]

_STRIP = 1 << 24  # pixels read at once


def named_sources(files, bands=None):
    """Which image holds which band.

    Parameters
    ----------
    files : dict or str or os.PathLike
        Sources by band, or one file whose extensions are named after bands.
    bands : sequence of str, optional
        Those wanted, in order; all by default.

    Returns
    -------
    dict of str
        Source of each band, in order.

    Raises
    ------
    OSError
        If the one file is missing or cannot be read.
    ValueError
        If there are no sources, a band is missing, or the one file does not name its bands.
    """
    if isinstance(files, Mapping):
        sources = dict(files)
    else:
        path, _ = split_extension(files)
        sources = {band: f"{path}[{band}]" for band in band_extensions(files)}
    if not sources:
        raise ValueError("no files to read: pass them by band, such as {'F336W': 'a.fits'}")
    if bands is None:
        return sources
    missing = [band for band in bands if band not in sources]
    if missing:
        raise ValueError(
            f"no file for {', '.join(missing)} (there are {', '.join(sources)}); add one per band"
        )
    return {band: sources[band] for band in bands}


def read_bands(sources, unit=None, align=False, max_offset=0.1, scratch=None):
    """Read images of one field in several bands.

    Parameters
    ----------
    sources : dict of str
        Source of each band, as for `MultiBandImage.read`.
    unit, align, max_offset, scratch
        As for `MultiBandImage.read`.

    Returns
    -------
    data : numpy.ndarray
        Electrons per second, float32, shape (band, y, x).
    wcs : astropy.wcs.WCS
        Celestial world coordinates, those of the first band.
    mask : numpy.ndarray or None
        Masks that the files hold, shape (band, y, x); None if they hold none.
    meta : dict
        Under ``sources``, for each band what was read, its BUNIT, and whether it was
        reprojected.

    Raises
    ------
    OSError
        If a file is missing or cannot be read.
    ValueError
        If a file does not hold what it should, or the bands do not lie on one grid.
    """
    data = mask = None
    origins = {}
    for index, (band, source) in enumerate(sources.items()):
        with FITSPlane(band, source, scratch) as plane:
            _check_filter(band, plane, sources)
            bunit = plane.header.get("BUNIT")
            factor = electron_rate_factor(f"band {band}", bunit, _unit_of(unit, band))
            if data is None:
                first, shape, wcs = band, plane.shape, plane.wcs
                data = _empty((len(sources), *shape), scratch)
            problem = _misfit(plane, first, shape, wcs, max_offset)
            if problem and not align:
                raise ValueError(
                    f"band {band} does not fit band {first}: {problem}; pass align=True to "
                    f"reproject it onto the pixels of {first}"
                )
            if problem:
                data[index] = on_grid(_good_pixels(plane, factor), plane.wcs, wcs, shape)
                if not np.isfinite(data[index]).any():
                    raise ValueError(
                        f"band {band} ({plane.name}) has no sky in common with band {first}"
                    )
            else:
                for rows in _strips(shape):
                    data[index, rows] = factor * plane.pixels(rows)
                if plane.masked:
                    mask = np.zeros(data.shape, dtype=bool) if mask is None else mask
                    mask[index] = plane.mask()
            origins[band] = {
                "file": plane.name,
                "bunit": bunit,
                "reprojected": bool(problem),
            }
    return data, wcs, mask, {"sources": origins}


def _unit_of(unit, band):
    return unit.get(band) if isinstance(unit, Mapping) else unit


def _check_filter(band, plane, sources):
    stated = str(plane.header.get("FILTER", band)).strip()
    if stated != band and stated in sources:
        raise ValueError(
            f"band {band}: {plane.name} says FILTER = {stated}; give each band its own file"
        )


def _misfit(plane, first, shape, wcs, max_offset):
    if plane.shape != shape:
        return (
            f"it has {plane.shape[1]} x {plane.shape[0]} px (x, y), {first} has "
            f"{shape[1]} x {shape[0]}"
        )
    offset = grid_offset(plane.wcs, wcs, shape)
    if offset <= max_offset:
        return ""
    if not np.isfinite(offset):
        return "they have no sky in common"
    return f"their pixels lie up to {offset:.4g} px apart on the sky (at most {max_offset:g} px)"


def _good_pixels(plane, factor):
    pixels = factor * plane.pixels()
    bad = ~np.isfinite(pixels)
    if plane.masked:
        bad |= plane.mask()
    pixels[bad] = np.nan
    return pixels


def _strips(shape):
    step = max(_STRIP // max(shape[1], 1), 1)
    return [slice(start, min(start + step, shape[0])) for start in range(0, shape[0], step)]


def _empty(shape, scratch):
    if scratch is None:
        return np.empty(shape, dtype=np.float32)
    # The map keeps the deleted file alive, and frees its disk space with the last reference.
    with tempfile.TemporaryFile(dir=scratch) as file:
        return np.memmap(file, dtype=np.float32, mode="w+", shape=shape)
