"""Images that stay on disk."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from astropy.wcs import WCS

from clusternet.images.alignment import shifted_wcs
from clusternet.images.core import MultiBandImage
from clusternet.images.grid import BandReader, PixelGrid
from clusternet.images.mapped import MappedBands, refuse_packed
from clusternet.images.read import Source, named_sources
from clusternet.images.units import Unit
from clusternet.images.zarr_group import is_store
from clusternet.images.zarr_image import ZarrBands

__all__ = ["Mosaic"]


class Mosaic(PixelGrid):
    """Images of one field in several bands that stay on disk, in electrons per second.

    For images larger than the memory. It has the bands, shape, world coordinates and checks of
    a `MultiBandImage`; pixels are read by `section` and `cutout`. `Mosaic.open` makes it. Several
    threads may use it at once, and another process that it is sent to opens the files again.

    Whether a band has any good pixel is not checked, since that needs all of them.

    Attributes
    ----------
    bands : tuple of str
        Names of the bands.
    shape : tuple of int
        Shape (band, y, x).
    wcs : astropy.wcs.WCS
        Celestial world coordinates of the pixels.
    meta : dict
        Notes kept with the image; under ``sources``, the origin of each band.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from astropy.wcs import WCS
    >>> from clusternet.images import Mosaic, MultiBandImage
    >>> wcs = WCS(naxis=2)
    >>> wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    >>> wcs.wcs.cdelt = [-1.1e-5, 1.1e-5]
    >>> image = MultiBandImage(np.ones((2, 80, 100)), ["F336W", "F438W"], wcs)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     image.write(f"{folder}/m83.fits")
    ...     with Mosaic.open(f"{folder}/m83.fits") as mosaic:
    ...         print(mosaic)
    ...         pixels, mask = mosaic.section(slice(70, 80), slice(0, 50))
    Mosaic(F336W, F438W; 100 x 80 px of 0.0396 arcsec)
    >>> pixels.shape, int(mask.sum())
    ((2, 10, 50), 0)
    """

    def __init__(self, reader: BandReader, wcs: WCS, meta: dict, files: tuple) -> None:
        self._reader: BandReader | None = reader
        self._files = files
        self.bands = reader.bands
        self.shape = (len(reader.bands), *reader.shape)
        self.wcs, self.meta = wcs, meta

    @classmethod
    def open(cls, files: Mapping[str, Source] | str | os.PathLike[str], *,
             bands: Sequence[str] | None = None, unit: Unit | Mapping[str, Unit] = None,
             max_offset: float = 0.1) -> "Mosaic":
        """Open plain FITS files, or a zarr store that `write_zarr` wrote.

        FITS files are memory-mapped. Compressed ones cannot be; read those with
        `MultiBandImage.read`, or decompress them. Bands must lie on the same pixels.

        Parameters
        ----------
        files, bands, unit, max_offset
            As for `MultiBandImage.read`. HDUs that were opened from a file should have been
            memory-mapped by astropy (its default) and be neither compressed nor scaled; a path
            always does.

        Returns
        -------
        Mosaic
            The image on the pixels of the first band; also a context manager that closes it.

        Raises
        ------
        OSError
            If a file is missing (`FileNotFoundError`), cut short or corrupt.
        ValueError
            If a file is compressed, a band is missing, has another unit or no celestial WCS, or
            bands differ in size or sky.
        """
        if is_store(files):
            reader = ZarrBands(files, unit)
            reader = reader if bands is None else reader.select(bands)
            paths = Path(files).absolute()
        else:
            if not isinstance(files, Mapping):
                refuse_packed(files)
            sources = named_sources(files, bands)
            reader = MappedBands(sources, unit, max_offset)
            paths = {band: _absolute(source) for band, source in sources.items()}
        wcs = shifted_wcs(reader.wcs, 0, 0, reader.shape)
        return cls(reader, wcs, reader.meta, (paths, unit, max_offset))

    def _section(self, rows, columns):
        return self._open().section(rows, columns)

    def _selected(self, bands, order):
        reader = self._open().select(bands)
        return type(self)(reader, self.wcs.deepcopy(), dict(self.meta), self._files)

    def _part(self, data, wcs, mask):
        return MultiBandImage._unchecked(data, self.bands, wcs, mask, dict(self.meta))

    def _open(self):
        if self._reader is None:
            raise ValueError(f"{self!r} is closed; open it again")
        return self._reader

    def close(self) -> None:
        """Close the files."""
        self._reader = None

    def __enter__(self):
        return self

    def __exit__(self, *exception) -> None:
        self.close()

    def __reduce__(self):
        files, unit, max_offset = self._files
        sources = files.values() if isinstance(files, Mapping) else [files]
        if not all(isinstance(source, Path) for source in sources):
            raise TypeError(
                f"{self!r} was opened from HDUs, which cannot be sent to another process or be "
                f"copied: open it from the paths of the files"
            )
        return _reopened, (files, self.bands, unit, max_offset), {"meta": self.meta}


def _reopened(files, bands, unit, max_offset):
    # All bands are opened, as at first, so that the WCS is again that of the same band.
    return Mosaic.open(files, unit=unit, max_offset=max_offset).select(bands)


def _absolute(source):
    return Path(source).absolute() if isinstance(source, str | os.PathLike) else source
