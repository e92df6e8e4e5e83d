"""One band's image in a FITS file: found, opened and read in parts."""
# pyright: reportAttributeAccessIssue=false, reportArgumentType=false
# astropy's stubs do not say that members of an HDUList are HDUs, and values of cards plain ones.

import bz2
import gzip
import lzma
import os
import re
import shutil
import tempfile
import warnings
import zlib
from collections.abc import Mapping
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path

import numpy as np
from astropy.io import fits

from clusternet.images.fits_pixels import ImagePixels
from clusternet.images.units import Unit, electron_rate_factor
from clusternet.images.wcs_header import celestial_wcs

__all__ = ["MASK_SUFFIX", "FITSPlane", "band_extensions", "is_packed", "split_extension"]

MASK_SUFFIX = "_MASK"
"""Ending of the name of the extension that masks the extension named before it."""

_PRODUCT_EXTENSIONS = {"SCI", "ERR", "DQ", "WHT", "CTX", "SAMP", "TIME"}
_COMPRESSIONS = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}


def split_extension(location: str | os.PathLike[str]) -> tuple[Path, str | int | None]:
    """Split ``file.fits[EXT]`` into the path and the extension.

    Parameters
    ----------
    location : str or os.PathLike
        A path, followed or not by an extension's name or number in square brackets.

    Returns
    -------
    path : pathlib.Path
        The path of the file.
    extension : str or int or None
        Content of the brackets; None without them.

    Examples
    --------
    >>> from clusternet.images.fits_source import split_extension
    >>> path, extension = split_extension("m83.fits[F336W]")
    >>> path.name, extension
    ('m83.fits', 'F336W')
    """
    match = re.fullmatch(r"(.+)\[([^\[\]]+)\]", str(location))
    if match is None or Path(location).exists():
        return Path(location), None
    extension = match[2].strip()
    return Path(match[1]), int(extension) if extension.isdigit() else extension


def is_packed(path: str | os.PathLike[str]) -> bool:
    """Whether a file is compressed as a whole: by gzip, bzip2 or xz.

    Parameters
    ----------
    path : str or os.PathLike
        The file.

    Returns
    -------
    bool
        Also False if there is no such file.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    path = Path(path)
    return path.is_file() and _unpacker(path) is not None


def band_extensions(location: str | os.PathLike[str]) -> list[str]:
    """Names of the image extensions of a file whose extensions are bands.

    Parameters
    ----------
    location : str or os.PathLike
        Path of a FITS file; with an extension in brackets, that one only.

    Returns
    -------
    list of str
        Names of all extensions with an image, without masks.

    Raises
    ------
    OSError
        If the file is missing or cannot be read.
    ValueError
        If its extensions are not named after bands.
    """
    path, extension = split_extension(location)
    with ExitStack() as stack:
        hdus, _ = _opened(stack, path)
        with _clear_errors(path):
            names = [hdu.name for hdu in hdus if _holds_image(hdu)]
    if isinstance(extension, str):
        return [extension]
    names = [name for name in names if not name.endswith(MASK_SUFFIX)]
    if not names or extension is not None or set(names) & {"PRIMARY", "", *_PRODUCT_EXTENSIONS}:
        raise ValueError(
            f"{location} does not name its bands (images: {_listed(names)}): pass a dict of band "
            f"names, such as {{'F336W': '{path.name}[SCI]'}}"
        )
    return names


class FITSPlane:
    """The image of one band in a FITS file, in electrons per second; a context manager.

    Plain files are memory-mapped; those compressed as a whole are first unpacked to a temporary
    file, and those compressed in tiles (fpack) are unpacked part by part.

    Parameters
    ----------
    band : str
        Name of the band.
    source : str or os.PathLike or astropy.io.fits image HDU
        The file, with or without an extension in brackets. Without one, the file's only image,
        or that named as the band, or SCI.
    unit : str or astropy.units.Unit or dict, optional
        True unit of the values, in place of BUNIT; a dict gives it by band.
    scratch : str or os.PathLike, optional
        Folder to unpack files into; that of the system for temporary files by default.

    Raises
    ------
    OSError
        If the file is missing, cut short or corrupt.
    ValueError
        If no image or no celestial WCS is there, it is not clear which image is meant, or its
        unit is no rate of electrons.

    Attributes
    ----------
    name : str
        Name in messages.
    header : astropy.io.fits.Header
        Header of the image.
    shape : tuple of int
        Size (y, x), in pixels.
    wcs : astropy.wcs.WCS
        Celestial world coordinates.
    masked : bool
        Whether the file holds a mask for this image.
    mapped : bool
        Whether neither the file nor image or mask in it are compressed. Then `pixels` and
        `mask` can be called from several threads, and after the end of the context.
    """

    def __init__(self, band: str, source: object, unit: Unit | Mapping[str, Unit] = None,
                 scratch: str | os.PathLike[str] | None = None) -> None:
        self._resources = ExitStack()
        try:
            self._find(band, source, unit, scratch)
        except BaseException:
            self._resources.close()
            raise

    def _find(self, band, source, unit, scratch):
        hdus = path = plain = mask = None
        if isinstance(source, fits.PrimaryHDU | fits.ImageHDU):
            self.name, hdu = f"the given HDU {source.name!r}", source
        else:
            path, extension = split_extension(source)
            self.name = str(source)
            hdus, plain = _opened(self._resources, path, f" for band {band}", scratch)
            hdu = _chosen(hdus, band, path, extension)
        shape = hdu.shape if hdu.is_image else ()
        if len(shape) < 2 or any(n != 1 for n in shape[:-2]) or 0 in shape:
            raise ValueError(
                f"band {band}: {self.name} has shape {shape}, not that of one image; name the "
                f"extension that holds it, as in file.fits[SCI]"
            )
        self.header = hdu.header
        self.shape = tuple(shape[-2:])
        unit = unit.get(band) if isinstance(unit, Mapping) else unit
        self._factor = electron_rate_factor(f"band {band}", self.header.get("BUNIT"), unit)
        self.wcs = celestial_wcs(self.header, f"band {band}: {self.name}", hdus)
        if hdus is not None:
            masks = [h for h in hdus if hdu.name and h.name == hdu.name + MASK_SUFFIX]
            if masks and masks[0].shape != self.shape:
                raise ValueError(
                    f"band {band}: mask {masks[0].name} of {self.name} has shape "
                    f"{masks[0].shape}, its image {self.shape}"
                )
            mask = masks[0] if masks else None
        with _clear_errors(self.name):
            self._pixels = ImagePixels(hdu, plain)
            self._mask = None if mask is None else ImagePixels(mask, plain)
        self.masked = mask is not None
        self.mapped = plain == path and all(
            part is None or part.mapped for part in (self._pixels, self._mask)
        )

    def pixels(self, rows: slice = slice(None), columns: slice = slice(None)) -> np.ndarray:
        """Electrons per second in some rows and columns: float32, shape (rows, columns)."""
        with np.errstate(over="ignore", invalid="ignore"):
            return self._factor * self._part(self._pixels, rows, columns).astype(np.float32)

    def mask(self, rows: slice = slice(None), columns: slice = slice(None)) -> np.ndarray | None:
        """Mask of some rows and columns (True = bad), or None if the file holds none."""
        return None if self._mask is None else self._part(self._mask, rows, columns) != 0

    def _part(self, pixels, rows, columns):
        # What looks for errors of compressed data changes state that all threads share.
        with nullcontext() if pixels.mapped else _clear_errors(self.name):
            return pixels[rows, columns]

    def __enter__(self):
        return self

    def __exit__(self, *exception) -> None:
        if not self.mapped:
            self._pixels = self._mask = None  # a file that is mapped cannot be removed everywhere
        self._resources.close()


def _opened(stack, path, purpose="", scratch=None):
    """The HDUs of a file, and the plain file that they were read from."""
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise FileNotFoundError(f"{path}{purpose} {what}; pass the path of a FITS file")
    with _clear_errors(path):
        unpacker = _unpacker(path)
        if unpacker is not None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=scratch)))
            with unpacker(path) as packed, (folder / "unpacked.fits").open("wb") as plain:
                shutil.copyfileobj(packed, plain, 1 << 20)
            path = folder / "unpacked.fits"
        stream = stack.enter_context(path.open("rb"))  # fits.open leaks it where it fails
        hdus = stack.enter_context(fits.open(stream))
        len(hdus)  # reads all headers, so that a file cut short shows here
        return hdus, path


def _unpacker(path):
    with path.open("rb") as stream:
        start = stream.read(8)
    return next((u for magic, u in _COMPRESSIONS.items() if start.startswith(magic)), None)


@contextmanager
def _clear_errors(name):
    # astropy only warns of a file that is cut short, and then lists fewer extensions.
    with warnings.catch_warnings():
        for message in ("File may have been truncated", "Error validating header"):
            warnings.filterwarnings("error", message)
        try:
            yield
        except PermissionError:
            raise
        except (Warning, OSError, EOFError, TypeError, ValueError, zlib.error,
                lzma.LZMAError) as error:
            raise OSError(
                f"{name} cannot be read as FITS: it is cut short or corrupt; copy or download it "
                f"again ({str(error).partition(chr(10))[0]})"
            ) from error


def _holds_image(hdu):
    return hdu.is_image and len(hdu.shape) >= 2


def _chosen(hdus, band, path, extension):
    images = [hdu for hdu in hdus if _holds_image(hdu)]
    names = [hdu.name for hdu in images]
    if extension is not None:
        try:
            return hdus[extension]
        except (KeyError, IndexError) as error:
            raise ValueError(
                f"band {band}: no extension {extension!r} in {path} (images: {_listed(names)})"
            ) from error
    for name in (band.upper(), "SCI"):
        if name in names:
            return images[names.index(name)]
    if len(images) != 1:
        raise ValueError(
            f"band {band}: {path} holds {len(images)} images ({_listed(names)}); name the one to "
            f"read, as in {path.name}[EXTENSION]"
        )
    return images[0]


def _listed(names):
    return ", ".join(names) or "none"
