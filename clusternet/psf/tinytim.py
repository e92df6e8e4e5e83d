"""Point-spread functions from files that TinyTim wrote."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from astropy import units as u
from astropy.io import fits

from clusternet.psf.core import PSFProvider, checked_angle
from clusternet.psf.detector import charge_blur

__all__ = ["TinyTimImage", "TinyTimPSF"]

# The header gives the nominal 0.04 arcsec; these are the mean scales on the sky.
_TRUE_SCALE = {"WFC3_UVIS1": 0.03939, "WFC3_UVIS2": 0.03976}
_NOMINAL_SCALE = 0.0400


@dataclass(frozen=True)
class TinyTimImage:
    """What one TinyTim 7.5 file of WFC3/UVIS holds.

    Parameters
    ----------
    data : numpy.ndarray
        Light per sample, of shape (n, n), the star at ``[n // 2, n // 2]``; its sum is 1.
    sampling : float
        Arcsec per sample, on the sky.
    pixel : float
        Arcsec per detector pixel, on the sky.
    diffused : bool
        Whether charge diffusion is in ``data``, or was when `read` returned.
    band : str or None
        Filter, in capitals; None for a single wavelength.
    wavelength : float
        Rough central wavelength in nm.

    Examples
    --------
    >>> import numpy as np
    >>> from clusternet.psf.tinytim import TinyTimImage
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
    def read(cls, path):
        """Read ``NAME00_psf.fits`` (undistorted) or ``NAME00.fits`` (in the detector frame).

        A subsampled file in the detector frame is convolved with the kernel of charge diffusion
        that TinyTim leaves in its comments.

        Parameters
        ----------
        path : str or os.PathLike
            FITS file.

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
        with fits.open(path, memmap=False) as hdus:
            header, data = hdus[0].header, hdus[0].data
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
        # TinyTim calls the scale of the detector frame approximate, the other one exact.
        if not header.comments["PIXSCALE"].startswith("Approx"):
            return cls(data, listed, pixel, False, band, wavelength)
        subsampling = round(_NOMINAL_SCALE / listed)
        if subsampling > 1:
            data = _diffused(data, _kernel(path, header), subsampling)
        return cls(data, pixel / subsampling, pixel, True, band, wavelength)


class TinyTimPSF(PSFProvider):
    """Point-spread functions from files that TinyTim 7.5 (Krist, Hook & Stoehr 2011) wrote.

    TinyTim itself is not part of this library. Its files are resampled by band-limited
    interpolation, integrated over the detector's pixels, and blurred by drizzling. Subsample by
    3 or more: a file with one sample per pixel is undersampled, so that between its samples the
    result is a guess that dips below zero, by about 1 % of the peak after drizzling. The
    distortion of the detector is taken out in scale, not in shear.

    Parameters
    ----------
    images : dict of str to TinyTimImage
        One image per band.
    pixel_scale : astropy.units.Quantity, optional
        Angle per pixel of the images it renders to.
    drop : astropy.units.Quantity, optional
        Width of the square by which drizzling blurs: native pixel times pixfrac. 0 for none.
    blur : astropy.units.Quantity, optional
        Standard deviation of a Gaussian for images without charge diffusion. By default
        `~clusternet.psf.detector.charge_blur` at their wavelength.
    enclosed : float, optional
        Fraction of the star's light that the images hold. TinyTim sets their sum to 1, whatever
        falls outside; `OpticalPSF.encircled_energy` can tell how much that is.

    Raises
    ------
    ValueError
        If an image is of another band than its name says, or an argument is not what it should
        be.

    Examples
    --------
    >>> import numpy as np
    >>> from clusternet.psf import TinyTimPSF
    >>> from clusternet.psf.tinytim import TinyTimImage
    >>> y, x = np.mgrid[-100:101, -100:101] * 0.01
    >>> data = np.exp(-(x**2 + y**2) / (2 * 0.03**2))
    >>> image = TinyTimImage(data / data.sum(), 0.01, 0.04, True, "F438W", 438.0)
    >>> psf = TinyTimPSF({"F438W": image})
    >>> round(float(psf.effective_psf("F438W", 2, 33)[::2, ::2].sum()), 4)
    1.0
    """

    def __init__(
        self,
        images,
        pixel_scale=0.0396 * u.arcsec,
        drop=0.0396 * u.arcsec,
        blur=None,
        enclosed=1.0,
    ):
        super().__init__(images, pixel_scale)
        for band, image in images.items():
            if image.band is not None and image.band != band.upper():
                raise ValueError(f"the image given as {band} is of {image.band}")
        self.images = dict(images)
        self.drop = checked_angle("drop", drop, zero=True)
        self.blur = None if blur is None else checked_angle("blur", blur, zero=True)
        if not 0 < enclosed <= 1:
            raise ValueError(f"enclosed = {enclosed}: pass a fraction above 0, at most 1")
        self.enclosed = float(enclosed)

    @classmethod
    def read(cls, paths, **options):
        """Read one file per band.

        Parameters
        ----------
        paths : dict of str to str or os.PathLike
            FITS file of each band, as `TinyTimImage.read` takes it.
        **options
            As for the class.

        Returns
        -------
        TinyTimPSF
            The point-spread functions of these files.

        Raises
        ------
        OSError
            If there is no such file, or it is not FITS.
        ValueError
            If a file is not from TinyTim 7.5 for WFC3/UVIS, is damaged, or is of another band.
        """
        if not isinstance(paths, Mapping):
            raise ValueError(f"paths = {paths!r}: pass a dict that gives each band its file")
        return cls({band: TinyTimImage.read(path) for band, path in paths.items()}, **options)

    def _effective_psf(self, band, oversampling, size, position):
        image, scale = self.images[band], self.pixel_scale.value
        n = size * oversampling | 1
        offsets = (np.arange(n) - n // 2) * (scale / oversampling)
        centres = (np.arange(len(image.data)) - len(image.data) // 2) * image.sampling
        weights = scale * self._response(image, offsets[:, None] - centres)
        return self.enclosed * (weights @ image.data @ weights.T)

    def _response(self, image, offset):
        # Response along one axis to a sample at some offset, from all frequencies it can hold.
        blur = charge_blur(image.wavelength) if self.blur is None else self.blur.value
        if image.diffused:
            blur = 0.0
        highest = 0.5 / image.sampling
        nodes, weights = np.polynomial.legendre.leggauss(
            64 + int(8 * highest * np.max(np.abs(offset)))
        )
        frequency = highest * (nodes + 1) / 2
        passed = np.sinc(image.pixel * frequency) / np.sinc(image.sampling * frequency)
        passed *= np.sinc(self.drop.value * frequency)
        passed *= np.exp(-2 * (np.pi * blur * frequency) ** 2)
        values, where = np.unique(np.abs(offset), return_inverse=True)
        response = np.empty(values.shape)
        for start in range(0, len(values), 4096):
            block = slice(start, start + 4096)
            waves = np.cos(2 * np.pi * values[block, None] * frequency)
            response[block] = highest * (waves @ (passed * weights))
        return response[where].reshape(offset.shape)

    def __repr__(self):
        return (
            f"{type(self).__name__}(bands={self.bands}, pixel_scale={self.pixel_scale}, "
            f"drop={self.drop})"
        )


def _checked_data(path, data):
    if data is None or data.ndim != 2 or data.shape[0] != data.shape[1]:
        raise ValueError(f"{path} holds no square image")
    data = data.astype(float)
    if not np.all(np.isfinite(data)) or abs(data.sum() - 1) > 1e-3:
        raise ValueError(f"{path} has a sum of {data.sum():.6g}, and not 1 as TinyTim writes it")
    return data


def _light(path, header):
    # Filter and rough wavelength in nm: a filter's name tells it as well as blur needs it.
    if "FILTER" in header:
        band = str(header["FILTER"]).upper()
        digits = re.match(r"F[QR]?(\d{3})", band)
        if digits is None:
            raise ValueError(f"{path} has FILTER = {band}, which names no wavelength")
        return band, float(digits[1])
    if "WAVELNTH" in header:
        return None, 1000 * float(header["WAVELNTH"])
    raise ValueError(f"{path} has neither FILTER nor WAVELNTH in its header: not from TinyTim 7.5")


def _kernel(path, header):
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


def _diffused(data, kernel, subsampling):
    # The kernel is in detector pixels, so its neighbours lie that many samples away.
    n, s = len(data), subsampling
    padded = np.pad(data, s)
    result = np.zeros_like(data)
    for j in range(3):
        for i in range(3):
            result += kernel[j, i] * padded[j * s : j * s + n, i * s : i * s + n]
    return result
