"""Images in zarr groups: folders with a file for each square of pixels."""
# pyright: reportAttributeAccessIssue=false, reportArgumentType=false, reportCallIssue=false
# pyright: reportIndexIssue=false, reportReturnType=false
# zarr's stubs leave open whether a member of a group is an array.

import os
from typing import TYPE_CHECKING

import numpy as np
from astropy.io import fits

from clusternet.images.grid import BandReader
from clusternet.images.tiling import tiles
from clusternet.images.wcs_header import celestial_wcs, wcs_header
from clusternet.images.zarr_group import import_zarr, new_folder, open_group, store_errors

if TYPE_CHECKING:
    from clusternet.images.core import MultiBandImage
    from clusternet.images.mosaic import Mosaic

__all__ = ["ZarrBands", "write_zarr"]

__doctest_requires__ = {"write_zarr": ["zarr"]}

_FORMAT = "clusternet-image-1"


def write_zarr(image: "MultiBandImage | Mosaic", path: str | os.PathLike[str], *,
               chunk: int = 1024) -> None:
    """Write an image to a zarr store, from which `Mosaic.open` reads parts quickly.

    The folder appears when it is complete.

    Parameters
    ----------
    image : MultiBandImage or Mosaic
        The image; one on disk is copied square by square.
    path : str or os.PathLike
        The folder to make.
    chunk : int
        Height and width of the squares, in pixels. Each is a compressed file with all bands.

    Raises
    ------
    FileExistsError
        If there is something of that name.
    ImportError
        If the package zarr is not installed.
    OSError
        If the folder cannot be made or written to.
    ValueError
        If ``chunk`` is not positive, or the WCS has distortion tables.

    Notes
    -----
    The store is a zarr group, format version 3. Its array ``data`` holds electrons per second
    as float32, shape (band, y, x); ``mask``, of the same shape and there only if needed, is 1
    where a pixel is bad though finite. Attributes: ``format`` is ``"clusternet-image-1"``,
    ``bands`` the names of the bands, and ``header`` the cards of the WCS, a line each.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from astropy.wcs import WCS
    >>> from clusternet.images import Mosaic, MultiBandImage, write_zarr
    >>> wcs = WCS(naxis=2)
    >>> wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    >>> wcs.wcs.cdelt = [-1.1e-5, 1.1e-5]
    >>> image = MultiBandImage(np.ones((2, 80, 100)), ["F336W", "F438W"], wcs)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_zarr(image, f"{folder}/m83.zarr", chunk=32)
    ...     with Mosaic.open(f"{folder}/m83.zarr") as mosaic:
    ...         pixels, mask = mosaic.section(slice(70, 80), slice(0, 50))
    >>> pixels.shape
    (2, 10, 50)
    """
    zarr = import_zarr()
    if chunk != int(chunk) or chunk < 1:
        raise ValueError(f"chunk is {chunk} px; it must be a whole number, 1 or more")
    n_bands, ny, nx = image.shape
    attributes = {
        "format": _FORMAT,
        "bands": list(image.bands),
        "header": wcs_header(image.wcs).tostring(sep="\n", endcard=False, padding=False),
    }
    layout = {"shape": image.shape, "chunks": (n_bands, min(chunk, ny), min(chunk, nx))}
    with new_folder(path) as folder:
        group = zarr.create_group(folder, zarr_format=3, attributes=attributes)
        data = group.create_array("data", dtype="float32", fill_value=np.nan, **layout)
        mask = None
        for tile in tiles((ny, nx), chunk):
            pixels, bad = image.section(*tile.core)
            data[:, *tile.core] = pixels
            bad = bad & np.isfinite(pixels)
            if bad.any():
                if mask is None:
                    mask = group.create_array("mask", dtype="uint8", fill_value=0, **layout)
                mask[:, *tile.core] = bad


class ZarrBands(BandReader):
    """Bands in a zarr store, read a rectangle at a time.

    Parameters
    ----------
    path : str or os.PathLike
        Folder of the store.
    unit : None
        As for `Mosaic.open`; stores hold electrons per second.

    Raises
    ------
    ImportError
        If the package zarr is not installed.
    OSError
        If the store is missing or cannot be read.
    ValueError
        If it holds no image, or a unit is given.

    Attributes
    ----------
    chunk : tuple of int
        Size (y, x) of the squares that are read from the disk at once, in pixels.
    """

    def __init__(self, path: str | os.PathLike[str], unit: object = None) -> None:
        if unit is not None:
            raise ValueError(f"{path} holds electron / s; leave out unit={str(unit)!r}")
        group = open_group(path, _FORMAT, "image that write_zarr wrote")
        with store_errors(path):
            self.bands = tuple(group.attrs["bands"])
            header = fits.Header.fromstring(group.attrs["header"], sep="\n")
            self._data = group["data"]
            self._mask = group.get("mask")
        if self._data.ndim != 3 or self._data.shape[0] != len(self.bands):
            raise ValueError(
                f"{path} has data of shape {self._data.shape} for bands {', '.join(self.bands)}; "
                f"write it again"
            )
        self._path, self._order = path, list(range(len(self.bands)))
        self.shape = self._data.shape[1:]
        self.chunk: tuple[int, int] = self._data.chunks[1:]
        self.wcs = celestial_wcs(header, str(path))
        source = {"file": str(path), "bunit": "electron / s", "reprojected": False}
        self.meta = {"sources": {band: dict(source) for band in self.bands}}

    def section(self, rows: slice, columns: slice) -> tuple[np.ndarray, np.ndarray]:
        """Pixels and mask, as `Mosaic.section` for slices with both bounds."""
        with store_errors(self._path):
            pixels = self._data[:, rows, columns][self._order]
            mask = ~np.isfinite(pixels)
            if self._mask is not None:
                mask |= self._mask[:, rows, columns][self._order] != 0
        return pixels, mask
