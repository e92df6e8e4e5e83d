"""Images of one field in several bands."""
# pyright: reportIncompatibleVariableOverride=false
# astropy leaves open what data, mask and WCS of an NDData are.

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Self

import numpy as np
from astropy import units as u
from astropy.nddata import NDData
from astropy.wcs import WCS
from numpy.typing import ArrayLike

from clusternet.images.alignment import shifted_wcs
from clusternet.images.grid import PixelGrid
from clusternet.images.read import Source, named_sources, read_bands, read_store
from clusternet.images.units import ELECTRON_RATE, Unit, electron_rates
from clusternet.images.write import write_bands
from clusternet.images.zarr_group import is_store

__all__ = ["MultiBandImage"]


class MultiBandImage(PixelGrid, NDData):
    """Images of one field in several bands, on one pixel grid, in electrons per second.

    Pixels count from 0, and an integer is the centre of a pixel.

    Parameters
    ----------
    data : array_like or astropy.units.Quantity
        Pixel values, shape (band, y, x). Kept as float32; not copied if it is so already.
    bands : sequence of str
        Names of the bands, in the order of ``data``.
    wcs : astropy.wcs.WCS
        Celestial world coordinates of the pixels.
    mask : array_like of bool, optional
        True where a pixel is bad, shape (band, y, x), or (y, x) for all bands. Pixels that are
        NaN or infinite become bad in any case; their values stay.
    unit : str or astropy.units.Unit, optional
        Unit of plain ``data``; electron / s by default. Others that can be converted are.
    meta : dict, optional
        Notes kept with the image.

    Raises
    ------
    ValueError
        If shapes do not fit, names of bands recur, the unit is not a rate of electrons, there
        are no celestial coordinates, or a band has no good pixel.

    Attributes
    ----------
    bands : tuple of str
        Names of the bands.

    Examples
    --------
    >>> import numpy as np
    >>> from astropy.wcs import WCS
    >>> from clusternet.images import MultiBandImage
    >>> wcs = WCS(naxis=2)
    >>> wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    >>> wcs.wcs.cdelt = [-1.1e-5, 1.1e-5]
    >>> data = np.zeros((2, 80, 100))
    >>> data[0, 3, 4] = np.nan
    >>> image = MultiBandImage(data, ["F336W", "F438W"], wcs)
    >>> image
    MultiBandImage(F336W, F438W; 100 x 80 px of 0.0396 arcsec; 1 masked)
    >>> image.cutout((50, 40), 64).shape
    (2, 64, 64)
    """

    if TYPE_CHECKING:
        data: np.ndarray
        mask: np.ndarray
        wcs: WCS
        meta: dict

    def __init__(self, data: ArrayLike | u.Quantity, bands: str | Sequence[str], wcs: WCS, *,
                 mask: ArrayLike | None = None, unit: Unit = None,
                 meta: dict | None = None) -> None:
        bands = (bands,) if isinstance(bands, str) else tuple(bands)
        if isinstance(data, np.ma.MaskedArray):
            raise ValueError("data is a masked array; pass its data and its mask apart")
        data = electron_rates(data, unit)
        if data.ndim != 3 or len(data) != len(bands) or data.size == 0:
            raise ValueError(
                f"data of shape {data.shape} for {len(bands)} bands ({', '.join(bands)}): pass "
                f"one image per band, as an array of shape (band, y, x)"
            )
        if len(set(bands)) < len(bands):
            raise ValueError(f"bands {', '.join(bands)} recur; name each once")
        if not (isinstance(wcs, WCS) and wcs.has_celestial):
            raise ValueError(f"no celestial WCS (wcs = {type(wcs).__name__}); pass an astropy WCS")
        bad = ~np.isfinite(data)
        if mask is not None:
            mask = np.asarray(mask, dtype=bool)
            if mask.shape not in (data.shape, data.shape[1:]):
                raise ValueError(
                    f"mask of shape {mask.shape} does not fit data of shape {data.shape}"
                )
            bad |= mask
        for band, bad_pixels in zip(bands, bad, strict=True):
            if bad_pixels.all():
                raise ValueError(
                    f"band {band} has no good pixel: all are NaN, infinite or masked; check that "
                    f"the right extension was read"
                )
        self._fill(data, bands, shifted_wcs(wcs.celestial, 0, 0, data.shape[1:]), bad, meta)

    def _fill(self, data, bands, wcs, mask, meta):
        super().__init__(data, wcs=wcs, mask=mask, unit=ELECTRON_RATE, meta=meta)
        self.bands = bands

    @classmethod
    def _unchecked(cls, data, bands, wcs, mask, meta):
        # Unlike a new image, a part of one may be masked throughout.
        part = cls.__new__(cls)
        part._fill(data, bands, wcs, mask, meta)
        return part

    @classmethod
    def read(cls, files: Mapping[str, Source] | str | os.PathLike[str], *,
             bands: Sequence[str] | None = None, unit: Unit | Mapping[str, Unit] = None,
             align: bool = False, max_offset: float = 0.1,
             scratch: str | os.PathLike[str] | None = None) -> Self:
        """Read an image from FITS files, or from a zarr store that `write_zarr` wrote.

        Files may be plain (they are memory-mapped), compressed as a whole (gzip, bzip2, xz) or
        in tiles (fpack). A file without BUNIT is taken to hold electrons per second. If a file
        has an extension named as the one read plus ``_MASK``, its non-zero pixels are masked.

        Parameters
        ----------
        files : dict or str or os.PathLike
            File of each band: a path, a path with an extension (``"m83.fits[SCI]"``,
            ``"m83.fits[1]"``), or an open image HDU. Without an extension, the file's only
            image, or that named as the band, or SCI. Or one path of a file whose extensions are
            named after the bands, or of a zarr store.
        bands : sequence of str, optional
            The bands wanted, in order; all by default.
        unit : str or astropy.units.Unit or dict, optional
            True unit of the values, in place of the files' BUNIT; a dict gives it by band. A
            number in it scales: counts per second at a gain of 1.56 are
            ``"1.56 electron / s"``.
        align : bool
            Reproject bands that do not lie on the pixels of the first (bilinear interpolation,
            which blurs stars by a fraction of a pixel). Fluxes are conserved; pixels that a
            band does not cover are masked.
        max_offset : float
            Largest distance between the same pixel of two bands that still counts as aligned,
            in pixels.
        scratch : str or os.PathLike, optional
            Folder on whose disk to keep the pixels, memory-mapped, for images larger than the
            memory. The mask (a byte per pixel) stays in memory.

        Returns
        -------
        MultiBandImage
            The image on the grid of the first band, with the origin of each band in
            ``meta["sources"]``.

        Raises
        ------
        OSError
            If a file is missing (`FileNotFoundError`), cut short or corrupt.
        ValueError
            If a band is missing, has another unit, no celestial WCS or no good pixel, or bands
            differ in size or sky and ``align`` is not set.
        """
        if is_store(files):
            found = read_store(files, bands, unit, scratch)
        else:
            found = read_bands(named_sources(files, bands), unit, align, max_offset, scratch)
        return cls(found.data, found.bands, found.wcs, mask=found.mask, meta=found.meta)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the image to a FITS file that `read` understands.

        One extension per band, and one with its mask where a band has masked pixels. The file
        appears when it is complete, in place of an existing one.

        Parameters
        ----------
        path : str or os.PathLike
            The file; compressed if it ends in ``.gz``.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        write_bands(path, self.bands, self.data, self.mask, self.wcs)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape (band, y, x) of the image."""
        return self.data.shape

    def _section(self, rows, columns):
        return self.data[:, rows, columns], self.mask[:, rows, columns]

    def _selected(self, bands, order):
        index = slice(None) if bands == self.bands else order
        return self._unchecked(self.data[index], bands, self.wcs.deepcopy(), self.mask[index],
                               dict(self.meta))

    def _part(self, data, wcs, mask):
        return self._unchecked(data, self.bands, wcs, mask, dict(self.meta))

    def filled(self, value: float = 0.0) -> np.ndarray:
        """Pixel values with the masked ones replaced.

        Parameters
        ----------
        value : float
            Value in their place.

        Returns
        -------
        numpy.ndarray
            A copy, float32, shape (band, y, x).
        """
        return np.where(self.mask, np.float32(value), self.data)

    def __repr__(self) -> str:
        masked = np.count_nonzero(self.mask)
        return super().__repr__().removesuffix(")") + f"; {masked} masked)"

    __str__ = __repr__
