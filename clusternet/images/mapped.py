"""The bands of an image in plain FITS files, left on disk."""

import os
from collections.abc import Mapping

import numpy as np

from clusternet.images.fits_source import FITSPlane, is_packed, split_extension
from clusternet.images.grid import BandReader
from clusternet.images.read import check_filter, misfit, origin
from clusternet.images.units import Unit

__all__ = ["MappedBands", "refuse_packed"]


class MappedBands(BandReader):
    """Bands in plain FITS files, memory-mapped and read a rectangle at a time.

    Parameters
    ----------
    sources : dict of str
        Source of each band, as for `Mosaic.open`.
    unit, max_offset
        As for `Mosaic.open`.

    Raises
    ------
    OSError
        If a file is missing or cannot be read.
    ValueError
        If a file is compressed or does not hold what it should, or the bands do not lie on one
        grid.
    """

    def __init__(self, sources: Mapping, unit: Unit | Mapping[str, Unit] = None,
                 max_offset: float = 0.1) -> None:
        self.bands = tuple(sources)
        self._order = list(range(len(self.bands)))
        self._planes = []
        origins = {}
        for band, source in sources.items():
            refuse_packed(source, f"band {band}: ")
            with FITSPlane(band, source, unit) as plane:
                if not plane.mapped:
                    raise ValueError(_refusal(f"band {band}: ", plane.name))
                check_filter(band, plane, sources)
                if not self._planes:
                    self.shape, self.wcs = plane.shape, plane.wcs
                problem = misfit(plane, self.bands[0], self.shape, self.wcs, max_offset)
                if problem:
                    raise ValueError(
                        f"band {band} does not fit band {self.bands[0]}: {problem}; reproject it "
                        f"onto the pixels of {self.bands[0]} first, as MultiBandImage.read does "
                        f"with align=True"
                    )
                self._planes.append(plane)
                origins[band] = origin(plane)
        self.meta = {"sources": origins}

    def section(self, rows: slice, columns: slice) -> tuple[np.ndarray, np.ndarray]:
        """Pixels and mask, as `Mosaic.section` for slices with both bounds."""
        shape = (len(self._order), rows.stop - rows.start, columns.stop - columns.start)
        pixels = np.empty(shape, dtype=np.float32)
        mask = np.zeros(shape, dtype=bool)
        for index, plane in enumerate(self._planes[i] for i in self._order):
            pixels[index] = plane.pixels(rows, columns)
            if plane.masked:
                mask[index] = plane.mask(rows, columns)
        mask |= ~np.isfinite(pixels)
        return pixels, mask


def refuse_packed(source: object, prefix: str = "") -> None:
    """Make sure that a file can be memory-mapped, before it is opened.

    Parameters
    ----------
    source : str or os.PathLike or astropy.io.fits image HDU
        The file, with or without an extension in brackets; an HDU is no file.
    prefix : str
        Beginning of the message.

    Raises
    ------
    ValueError
        If the file is compressed as a whole.
    """
    if isinstance(source, str | os.PathLike) and is_packed(split_extension(source)[0]):
        raise ValueError(_refusal(prefix, source))


def _refusal(prefix, name):
    return (
        f"{prefix}{name} is compressed, and only plain FITS can be left on disk: decompress it "
        f"(gunzip, bunzip2, unxz, funpack), or read it with MultiBandImage.read"
    )
