"""Reading the bands of an image, checked and on one pixel grid."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

from clusternet.images.accuracy import READ_PIXELS
from clusternet.images.alignment import grid_offset, on_grid
from clusternet.images.fits_source import FITSPlane, band_extensions, split_extension
from clusternet.images.tiling import tiles
from clusternet.images.units import Unit
from clusternet.images.zarr_image import ZarrBands

__all__ = [
    "ReadBands",
    "Source",
    "check_filter",
    "misfit",
    "named_sources",
    "origin",
    "read_bands",
    "read_store",
]

#: File of a band: a path, with or without an extension in brackets, or an open image HDU.
Source = str | os.PathLike[str] | fits.PrimaryHDU | fits.ImageHDU


class ReadBands(NamedTuple):
    """Bands read into memory."""

    bands: tuple[str, ...]
    """Names of the bands."""
    data: np.ndarray
    """Electrons per second, float32, shape (band, y, x)."""
    wcs: WCS
    """Celestial world coordinates, those of the first band."""
    mask: np.ndarray | None
    """Masks that the files hold, shape (band, y, x); None if they hold none."""
    meta: dict
    """Under ``sources``, the origin of each band: file, BUNIT, and whether it was reprojected."""


def named_sources(files: Mapping[str, Source] | str | os.PathLike[str],
                  bands: Sequence[str] | None = None) -> dict[str, Source]:
    """Source of each band.

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
        sources: dict[str, Source] = dict(files)
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


def read_bands(sources: Mapping[str, Source], unit: Unit | Mapping[str, Unit] = None,
               align: bool = False, max_offset: float = 0.1,
               scratch: str | os.PathLike[str] | None = None) -> ReadBands:
    """Read images of one field in several bands.

    Parameters
    ----------
    sources : dict of str
        Source of each band, as for `MultiBandImage.read`.
    unit, align, max_offset, scratch
        As for `MultiBandImage.read`.

    Returns
    -------
    ReadBands

    Raises
    ------
    OSError
        If a file is missing or cannot be read.
    ValueError
        If a file does not hold what it should, or the bands do not lie on one grid.
    """
    origins = {}
    for index, (band, source) in enumerate(sources.items()):
        with FITSPlane(band, source, unit, scratch) as plane:
            check_filter(band, plane, sources)
            if index == 0:
                first, shape, wcs = band, plane.shape, plane.wcs
                data, mask = _empty((len(sources), *shape), scratch), None
            problem = misfit(plane, first, shape, wcs, max_offset)
            if problem and not align:
                raise ValueError(
                    f"band {band} does not fit band {first}: {problem}; pass align=True to "
                    f"reproject it onto the pixels of {first}"
                )
            if problem:
                data[index] = on_grid(_good_pixels(plane), plane.wcs, wcs, shape)
                if not np.isfinite(data[index]).any():
                    raise ValueError(
                        f"band {band} ({plane.name}) has no sky in common with band {first}"
                    )
            else:
                for rows in _strips(shape):
                    data[index, rows] = plane.pixels(rows)
                if plane.masked:
                    mask = np.zeros(data.shape, dtype=bool) if mask is None else mask
                    mask[index] = plane.mask()
            origins[band] = origin(plane, bool(problem))
    return ReadBands(tuple(sources), data, wcs, mask, {"sources": origins})


def read_store(path: str | os.PathLike[str], bands: Sequence[str] | None = None,
               unit: object = None, scratch: str | os.PathLike[str] | None = None) -> ReadBands:
    """Read the image in a zarr store that `write_zarr` wrote.

    Parameters
    ----------
    path : str or os.PathLike
        Folder of the store.
    bands, unit, scratch
        As for `MultiBandImage.read`; stores hold electrons per second, so ``unit`` must be None.

    Returns
    -------
    ReadBands

    Raises
    ------
    OSError
        If the store cannot be read.
    ValueError
        If it holds no image or lacks a band, or a unit is given.
    """
    store = ZarrBands(path, unit)
    if bands is not None:
        store = store.select(bands)
    data = _empty((len(store.bands), *store.shape), scratch)
    mask = np.empty(data.shape, dtype=bool)
    for tile in tiles(store.shape, store.chunk):
        data[:, *tile.core], mask[:, *tile.core] = store.section(*tile.core)
    return ReadBands(store.bands, data, store.wcs, mask, store.meta)


def check_filter(band: str, plane: FITSPlane, sources: Mapping[str, Source]) -> None:
    """Make sure that an image is not that of another band.

    Parameters
    ----------
    band : str
        Name of the band.
    plane : FITSPlane
        Its image.
    sources : dict of str
        Sources of all bands.

    Raises
    ------
    ValueError
        If the image's FILTER card names another of the bands.
    """
    stated = str(plane.header.get("FILTER", band)).strip()
    if stated != band and stated in sources:
        raise ValueError(
            f"band {band}: {plane.name} says FILTER = {stated}; give each band its own file"
        )


def misfit(plane: FITSPlane, first: str, shape: tuple[int, ...], wcs: WCS,
           max_offset: float) -> str:
    """Reason for which an image does not lie on the pixels of the first band.

    Parameters
    ----------
    plane : FITSPlane
        The image.
    first : str
        Name of the first band.
    shape : tuple of int
        Its size (y, x).
    wcs : astropy.wcs.WCS
        Its celestial world coordinates.
    max_offset : float
        Largest distance between the same pixel of the two, in pixels.

    Returns
    -------
    str
        The reason; empty if it fits.
    """
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


def origin(plane: FITSPlane, reprojected: bool = False) -> dict:
    """Origin of a band, for the ``meta`` of an image.

    Parameters
    ----------
    plane : FITSPlane
        Image of the band.
    reprojected : bool
        Whether it was brought onto other pixels.

    Returns
    -------
    dict
        The file, its BUNIT, and whether it was reprojected.
    """
    return {
        "file": plane.name,
        "bunit": plane.header.get("BUNIT"),
        "reprojected": reprojected,
    }


def _good_pixels(plane):
    pixels = plane.pixels()
    bad = ~np.isfinite(pixels)
    if plane.masked:
        bad |= plane.mask()
    pixels[bad] = np.nan
    return pixels


def _strips(shape):
    step = max(READ_PIXELS // max(shape[1], 1), 1)
    return [slice(start, min(start + step, shape[0])) for start in range(0, shape[0], step)]


def _empty(shape, scratch):
    if scratch is None:
        return np.empty(shape, dtype=np.float32)
    # The map keeps the deleted file alive, and frees its disk space with the last reference.
    with tempfile.TemporaryFile(dir=scratch) as file:
        return np.memmap(file, dtype=np.float32, mode="w+", shape=shape)
