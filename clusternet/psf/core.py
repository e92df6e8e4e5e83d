"""What every point-spread function can do."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from numbers import Integral

import numpy as np
from astropy import units as u

__all__ = ["PSFProvider"]


class PSFProvider(ABC):
    """Source of effective point-spread functions, one per band.

    An *effective* PSF already holds the integration over pixels: its value at an offset is the
    fraction of a star's light that falls into a whole pixel whose centre lies at that offset
    from the star (Anderson & King 2000, PASP 112, 1360). It is not normalised inside the array:
    what the sum lacks of 1 is the light that falls outside.

    Parameters
    ----------
    bands : sequence of str
        Names of the bands it knows.
    pixel_scale : astropy.units.Quantity
        Angle per pixel of the images it renders to.

    Raises
    ------
    ValueError
        If there are no bands, or the pixel scale is not a positive angle.

    Attributes
    ----------
    bands : tuple of str
        Names of the bands it knows.
    pixel_scale : astropy.units.Quantity
        Arcsec per pixel of the images it renders to.
    """

    def __init__(self, bands, pixel_scale):
        self.bands = tuple(bands)
        if not self.bands:
            raise ValueError("a PSF needs at least one band")
        self.pixel_scale = checked_angle("pixel_scale", pixel_scale)

    def effective_psf(self, band, oversampling=4, size=65, position=None):
        """Effective PSF on a grid finer than the pixels.

        Parameters
        ----------
        band : str
            One of ``bands``.
        oversampling : int
            Samples per pixel.
        size : int
            Odd width of the array in pixels.
        position : tuple of float, optional
            Where on the detector (x, y) the star is, in pixels counted from 0. A PSF that does
            not vary over the field gives the same for all; one that does gives its mean over
            the field when asked without a position.

        Returns
        -------
        numpy.ndarray
            Array of shape (n, n), with n = ``size * oversampling`` rounded up to an odd number,
            the star at ``[n // 2, n // 2]``. Taking every ``oversampling``-th sample from any
            start renders a star at that sub-pixel phase.

        Raises
        ------
        KeyError
            If the band is unknown.
        ValueError
            If ``oversampling`` is not a positive integer, ``size`` not a positive odd one, or
            ``position`` not a pair of finite numbers.
        """
        self._check_band(band)
        position = checked_position(position)
        if not isinstance(oversampling, Integral) or oversampling < 1:
            raise ValueError(f"oversampling = {oversampling} is not an integer of 1 or more")
        if not isinstance(size, Integral) or size < 1 or size % 2 == 0:
            raise ValueError(
                f"size = {size} px has no central pixel: pass a positive odd integer, such as 65"
            )
        return self._effective_psf(band, int(oversampling), int(size), position)

    @abstractmethod
    def _effective_psf(self, band, oversampling, size, position):
        # As effective_psf, with arguments already checked.
        ...

    def encircled_energy(self, band, radius, position=None):
        """Fraction of a star's light inside a circle around it, as it appears in the image.

        Parameters
        ----------
        band : str
            One of ``bands``.
        radius : astropy.units.Quantity
            Radius or radii of the circle.
        position : tuple of float, optional
            Where on the detector the star is, as for `effective_psf`.

        Returns
        -------
        numpy.ndarray
            Fraction of the light of the whole star, of the shape of ``radius``. Blurred by the
            pixels, as the image is.

        Raises
        ------
        KeyError
            If the band is unknown.
        ValueError
            If a radius is negative or not finite, or ``position`` not a pair of finite numbers.
        """
        self._check_band(band)
        position = checked_position(position)
        pixels = checked_radius(radius).to_value(u.arcsec) / self.pixel_scale.to_value(u.arcsec)
        return self._encircled_energy(band, pixels, position)

    def _encircled_energy(self, band, radius, position=None):
        # Radii in pixels. The samples are finer than any structure, so sub-cells weigh the rim.
        oversampling, rim = 4, 5
        size = 2 * int(np.ceil(np.max(radius, initial=0) + 1)) + 1
        psf = self.effective_psf(band, oversampling, size, position) / oversampling**2
        offset = (np.arange(psf.shape[0]) - psf.shape[0] // 2) / oversampling
        within = ((np.arange(rim) + 0.5) / rim - 0.5) / oversampling
        fine = (offset[:, None] + within).ravel()
        squared = fine[:, None] ** 2 + fine**2
        n = psf.shape[0]

        def inside(r):
            share = (squared <= r**2).reshape(n, rim, n, rim).mean(axis=(1, 3))
            return np.sum(psf * share)

        return np.vectorize(inside, otypes=[float])(radius)

    def _check_band(self, band):
        if band not in self.bands:
            raise KeyError(
                f"no {band} in {type(self).__name__} (has {', '.join(self.bands)}); "
                f"build one with that band"
            )


def checked_angle(name, angle, zero=False):
    """Return ``angle`` in arcsec, or raise ValueError unless it is a positive scalar angle."""
    try:
        angle = u.Quantity(angle).to(u.arcsec)
    except (u.UnitConversionError, TypeError) as error:
        raise ValueError(
            f"{name} = {angle} is not an angle: pass a Quantity, such as 0.0396 * u.arcsec"
        ) from error
    if not (angle.isscalar and np.isfinite(angle) and (angle > 0 or (zero and angle == 0))):
        least = "0 or more" if zero else "positive"
        raise ValueError(f"{name} = {angle}: pass one angle, finite and {least}")
    return angle


def checked_radius(radius):
    """Return ``radius`` in arcsec, or raise ValueError unless all are finite and not negative."""
    try:
        radius = u.Quantity(radius).to(u.arcsec)
    except (u.UnitConversionError, TypeError) as error:
        raise ValueError(
            f"radius = {radius} is not an angle: pass a Quantity, such as 0.2 * u.arcsec"
        ) from error
    if not np.all(np.isfinite(radius) & (radius >= 0)):
        raise ValueError(f"radius = {radius} holds negative or non-finite values")
    return radius


def checked_position(position):
    """Return ``position`` as a pair of floats or None, or raise ValueError."""
    if position is None:
        return None
    try:
        x, y = map(float, position)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"position = {position!r} is not a place on the detector: pass (x, y) in pixels"
        ) from error
    if not (np.isfinite(x) and np.isfinite(y)):
        raise ValueError(f"position = {position!r} is not finite: pass (x, y) in pixels")
    return x, y


def per_band(name, values, bands):
    """Return what each band gets of ``values``, a dict or one for all, or raise ValueError."""
    if not isinstance(values, Mapping):
        return dict.fromkeys(bands, values)
    missing = [band for band in bands if band not in values]
    if missing:
        raise ValueError(f"no {name} for {', '.join(missing)} (has {', '.join(values)})")
    return {band: values[band] for band in bands}
