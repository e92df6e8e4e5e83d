"""Files that TinyTim wrote."""

from __future__ import annotations

import io
import os
import re
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from astropy import units as u
from astropy.io import fits
from astropy.utils.exceptions import AstropyUserWarning

from clusternet.psf.core import checked_angle

__all__ = ["TinyTimImage"]

# The header gives the nominal 0.04 arcsec; these are the mean scales on the sky.
_TRUE_SCALE = {"WFC3_UVIS1": 0.03939, "WFC3_UVIS2": 0.03976}
_NOMINAL_SCALE = 0.0400


@dataclass(frozen=True)
class TinyTimImage:
    """Content of one TinyTim 7.5 file of WFC3/UVIS.

    Parameters
    ----------
    data : numpy.ndarray
        Light per sample, of shape (n, n), the star at ``[n // 2, n // 2]``; its sum is 1.
    sampling : float
        Arcsec per sample, on the sky.
    pixel : float
        Arcsec per detector pixel, on the sky.
    diffused : bool
        Whether charge diffusion is in ``data``.
    band : str or None
        Filter, in capitals; None for a single wavelength.
    wavelength : float
        Rough central wavelength in nm.

    Examples
    --------
    >>> import numpy as np
    >>> from clusternet.psf import TinyTimImage
    >>> data = np.zeros((5, 5))
    >>> data[2, 2] = 1.0
    >>> TinyTimImage(data, 0.00985, 0.0394, True, "F438W", 438.0).band
    'F438W'
    """

    data: np.ndarray
    sampling: float
    pixel: float
    diffused: bool
    band: str | None
    wavelength: float

    @classmethod
    def read(
        cls, path: str | os.PathLike[str], *, sampling: u.Quantity | None = None
    ) -> TinyTimImage:
        """Read ``NAME00_psf.fits`` (undistorted) or ``NAME00.fits`` (in the detector frame).

        A subsampled file in the detector frame is convolved with the kernel of charge diffusion
        that TinyTim leaves in its comments.

        Parameters
        ----------
        path : str or os.PathLike
            FITS file.
        sampling : astropy.units.Quantity, optional
            Angle per sample of an undistorted file, where it is known better than from the four
            decimals in the header, which can be wrong by 0.8 %.

        Returns
        -------
        TinyTimImage
            The image and what its header says.

        Raises
        ------
        OSError
            If there is no such file, or it is not FITS.
        ValueError
            If it is not a TinyTim 7.5 file of WFC3/UVIS, or is damaged.
        """
        header, data = _content(path)
        chip = str(header.get("INSTRUME", "nothing"))
        if chip not in _TRUE_SCALE:
            raise ValueError(
                f"{path} is for {chip}, not for WFC3/UVIS (knows {', '.join(_TRUE_SCALE)})"
            )
        data = _checked_data(path, data)
        pixel, listed = _TRUE_SCALE[chip], float(header.get("PIXSCALE", np.nan))
        if not (np.isfinite(listed) and 0.001 < listed < 0.1):
            raise ValueError(f"{path} has PIXSCALE = {header.get('PIXSCALE')}, not an angle")
        band, wavelength = _light(path, header)
        if _is_undistorted(path, header):
            if sampling is not None:
                listed = float(checked_angle("sampling", sampling).value)
            return cls(data, listed, pixel, False, band, wavelength)
        subsampling = round(_NOMINAL_SCALE / listed)
        if not 1 <= subsampling <= 10 or abs(_NOMINAL_SCALE / subsampling - listed) > 1e-4:
            raise ValueError(f"{path} has PIXSCALE = {listed}, not 0.04 over 1 to 10")
        if subsampling > 1:
            data = _diffused(data, _kernel(path, header), subsampling)
        return cls(data, pixel / subsampling, pixel, True, band, wavelength)


def _content(path: str | os.PathLike[str]) -> tuple[Any, np.ndarray | None]:
    # From memory, as astropy leaves the file open when it turns out to be cut short.
    content = io.BytesIO(Path(path).read_bytes())
    try:
        with warnings.catch_warnings():
            # Of damage, which the checks that follow find and name.
            warnings.simplefilter("ignore", AstropyUserWarning)
            with fits.open(content) as hdus:
                primary: Any = hdus[0]
                return primary.header, primary.data
    except (OSError, IndexError, TypeError, ValueError) as error:
        raise OSError(f"{path} is not a whole FITS file: {error}") from error


def _checked_data(path: str | os.PathLike[str], data: np.ndarray | None) -> np.ndarray:
    if data is None or data.ndim != 2 or data.shape[0] != data.shape[1]:
        raise ValueError(f"{path} holds no square image")
    data = data.astype(float)
    if not np.all(np.isfinite(data)) or abs(data.sum() - 1) > 1e-3:
        raise ValueError(f"{path} has a sum of {data.sum():.6g}, and not 1 as TinyTim writes it")
    return data


def _light(path: str | os.PathLike[str], header: Any) -> tuple[str | None, float]:
    # Filter and rough wavelength in nm, which the name of a filter gives precisely enough.
    if "FILTER" in header:
        band = str(header["FILTER"]).upper()
        digits = re.match(r"F[QR]?(\d{3})", band)
        if digits is None:
            raise ValueError(f"{path} has FILTER = {band}, which names no wavelength")
        return band, float(digits[1])
    if "WAVELNTH" in header:
        return None, 1000 * float(header["WAVELNTH"])
    raise ValueError(f"{path} has neither FILTER nor WAVELNTH in its header: not from TinyTim 7.5")


def _is_undistorted(path: str | os.PathLike[str], header: Any) -> bool:
    # TinyTim calls the scale of the detector frame approximate, the other one exact.
    remark = header.comments["PIXSCALE"].lower()
    if not remark.startswith(("approximate pixel scale", "pixel scale")):
        raise ValueError(
            f"{path} has PIXSCALE without TinyTim's remark, which tells whether it is distorted; "
            f"pass the file as TinyTim wrote it"
        )
    return remark.startswith("pixel")


def _kernel(path: str | os.PathLike[str], header: Any) -> np.ndarray:
    # Three of the comments hold one row each.
    rows = [str(line).split() for line in header.get("COMMENT", [])]
    number = re.compile(r"[-+]?[\d.]+(?:[eE][-+]?\d+)?")
    rows = [row for row in rows if len(row) == 3 and all(map(number.fullmatch, row))]
    kernel = np.array(rows, dtype=float)
    if kernel.shape != (3, 3):
        raise ValueError(
            f"{path} is subsampled but has no 3 x 3 kernel of charge diffusion in its comments"
        )
    mirrored = np.allclose(kernel, kernel[::-1, ::-1], atol=1e-3) and np.allclose(
        kernel, kernel.T, atol=1e-3
    )
    if not mirrored or kernel.min() < 0 or abs(kernel.sum() - 1) > 0.02:
        raise ValueError(
            f"the kernel of charge diffusion in {path} is not symmetric, has negative values, or "
            f"does not sum to 1: {kernel.tolist()}"
        )
    return kernel / kernel.sum()


def _diffused(data: np.ndarray, kernel: np.ndarray, subsampling: int) -> np.ndarray:
    # The kernel is in detector pixels, so its neighbours lie that many samples away.
    n, s = len(data), subsampling
    padded = np.pad(data, s)
    result = np.zeros_like(data)
    for j in range(3):
        for i in range(3):
            result += kernel[j, i] * padded[j * s : j * s + n, i * s : i * s + n]
    return result
