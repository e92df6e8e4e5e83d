"""Point-spread functions that TinyTim computed."""

import os
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from astropy import units as u

from clusternet.psf.accuracy import TINYTIM_BLOCK, TINYTIM_NODES, TINYTIM_NODES_PER_WAVE
from clusternet.psf.core import PSFProvider, checked_angle, checked_fraction, offsets
from clusternet.psf.optical.detector import charge_blur
from clusternet.psf.tinytim.file import TinyTimImage
from clusternet.psf.tinytim.program import TinyTim
from clusternet.psf.tinytim.request import TinyTimRequest

__all__ = ["TinyTimPSF"]


class TinyTimPSF(PSFProvider):
    """Point-spread functions from files that TinyTim 7.5 (Krist, Hook & Stoehr 2011) wrote.

    TinyTim itself is not part of this library: `read` takes its files, and `run` runs it where
    the environment variable ``TINYTIM`` names its folder. Its images are resampled by band-limited
    interpolation, integrated over the detector's pixels, and blurred by drizzling. Subsample by
    3 or more: a file with one sample per pixel is undersampled, so that between its samples the
    result is a guess that dips below zero, by about 1 % of the peak after drizzling. The
    distortion of the detector is taken out in scale, not in shear.

    Parameters
    ----------
    images : dict of str to TinyTimImage
        One image per band.
    pixel_scale : astropy.units.Quantity, optional
        Angle per pixel of the images to render.
    drop : astropy.units.Quantity, optional
        Width of the square by which drizzling blurs: native pixel times pixfrac. 0 for none.
    blur : astropy.units.Quantity, optional
        Standard deviation of a Gaussian for images without charge diffusion. By default
        `~clusternet.psf.optical.detector.charge_blur` at their wavelength.
    enclosed : float, optional
        Fraction of the star's light that the images hold. TinyTim sets their sum to 1, whatever
        falls outside; `OpticalPSF.encircled_energy` predicts how much that is.

    Raises
    ------
    ValueError
        If an image is of another band than its name says, or an argument is not what it should
        be.

    Examples
    --------
    >>> import numpy as np
    >>> from clusternet.psf import TinyTimImage, TinyTimPSF
    >>> y, x = np.mgrid[-100:101, -100:101] * 0.01
    >>> data = np.exp(-(x**2 + y**2) / (2 * 0.03**2))
    >>> image = TinyTimImage(data / data.sum(), 0.01, 0.04, True, "F438W", 438.0)
    >>> psf = TinyTimPSF({"F438W": image})
    >>> round(float(psf.effective_psf("F438W", 2, 33)[::2, ::2].sum()), 4)
    1.0
    """

    def __init__(
        self,
        images: Mapping[str, TinyTimImage],
        *,
        pixel_scale: u.Quantity = 0.0396 * u.arcsec,
        drop: u.Quantity = 0.0396 * u.arcsec,
        blur: u.Quantity | None = None,
        enclosed: float = 1.0,
    ) -> None:
        super().__init__(images, pixel_scale)
        for band, image in images.items():
            if image.band is not None and image.band != band.upper():
                raise ValueError(f"the image given as {band} is of {image.band}")
        self.images = dict(images)
        self.drop = checked_angle("drop", drop, zero=True)
        self.blur = None if blur is None else checked_angle("blur", blur, zero=True)
        self.enclosed = checked_fraction("enclosed", enclosed)

    @classmethod
    def read(cls, paths: Mapping[str, str | os.PathLike[str]], **options: Any) -> Self:
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

    @classmethod
    def run(
        cls,
        requests: Mapping[str, TinyTimRequest] | Sequence[str],
        program: TinyTim | None = None,
        **options: Any,
    ) -> Self:
        """Have TinyTim compute one image per band.

        Parameters
        ----------
        requests : dict of str to TinyTimRequest, or sequence of str
            Request for each band; names alone stand for requests of these filters.
        program : TinyTim, optional
            The installed program. By default the one in the folder that ``TINYTIM`` names.
        **options
            As for the class.

        Returns
        -------
        TinyTimPSF
            The point-spread functions at the place on the chip that the requests name.

        Raises
        ------
        FileNotFoundError
            If TinyTim is not installed.
        ValueError
            If a request asks for what TinyTim does not have.
        RuntimeError
            If TinyTim fails.
        """
        if not isinstance(requests, Mapping):
            requests = {band: TinyTimRequest(band) for band in requests}
        program = TinyTim() if program is None else program
        images = {band: program.image(request) for band, request in requests.items()}
        return cls(images, **options)

    def _effective_psf(
        self, band: str, oversampling: int, size: int, position: tuple[float, float] | None
    ) -> np.ndarray:
        image, scale = self.images[band], float(self.pixel_scale.value)
        angles = offsets(size, oversampling) * scale
        centres = (np.arange(len(image.data)) - len(image.data) // 2) * image.sampling
        weights = scale * self._response(image, angles[:, None] - centres)
        return self.enclosed * (weights @ image.data @ weights.T)

    def _response(self, image: TinyTimImage, offset: np.ndarray) -> np.ndarray:
        # Response along one axis to a sample at some offset, from all frequencies it can hold.
        blur = charge_blur(image.wavelength) if self.blur is None else self.blur.value
        if image.diffused:
            blur = 0.0
        highest = 0.5 / image.sampling
        nodes, weights = np.polynomial.legendre.leggauss(
            TINYTIM_NODES + int(TINYTIM_NODES_PER_WAVE * highest * np.max(np.abs(offset)))
        )
        frequency = highest * (nodes + 1) / 2
        passed = np.sinc(image.pixel * frequency) / np.sinc(image.sampling * frequency)
        passed *= np.sinc(self.drop.value * frequency)
        passed *= np.exp(-2 * (np.pi * blur * frequency) ** 2)
        values, where = np.unique(np.abs(offset), return_inverse=True)
        response = np.empty(values.shape)
        for start in range(0, len(values), TINYTIM_BLOCK):
            block = slice(start, start + TINYTIM_BLOCK)
            waves = np.cos(2 * np.pi * values[block, None] * frequency)
            response[block] = highest * (waves @ (passed * weights))
        return response[where].reshape(offset.shape)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(bands={self.bands}, pixel_scale={self.pixel_scale}, "
            f"drop={self.drop})"
        )
