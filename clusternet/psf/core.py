"""Point-spread functions: what all have in common."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from astropy import units as u

from clusternet._quantities import checked_quantity
from clusternet.psf.accuracy import ENERGY_CELLS, ENERGY_SAMPLES

__all__ = ["PSFProvider"]

T = TypeVar("T")


class PSFProvider(ABC):
    """Source of effective point-spread functions, one per band.

    An *effective* PSF already holds the integration over pixels: its value at an offset is the
    fraction of a star's light that falls into a whole pixel whose centre lies at that offset
    from the star (Anderson & King 2000, PASP 112, 1360). It is not normalised inside the array:
    what the sum lacks of 1 is the light that falls outside.

    Parameters
    ----------
    bands : sequence of str
        Names of the bands.
    pixel_scale : astropy.units.Quantity
        Angle per pixel of the images to render.

    Raises
    ------
    ValueError
        If there are no bands, or the pixel scale is not a positive angle.

    Attributes
    ----------
    bands : tuple of str
        Names of the bands.
    pixel_scale : astropy.units.Quantity
        Angle per pixel in arcsec.
    """

    def __init__(self, bands: Iterable[str], pixel_scale: u.Quantity) -> None:
        self.bands = tuple(bands)
        if not self.bands:
            raise ValueError("a PSF needs at least one band")
        self.pixel_scale = checked_angle("pixel_scale", pixel_scale)

    def effective_psf(
        self,
        band: str,
        oversampling: int = 4,
        size: int = 65,
        *,
        position: Sequence[float] | None = None,
    ) -> np.ndarray:
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
            Position (x, y) of the star on the detector, in pixels counted from 0. A PSF that does
            not vary over the field is the same everywhere; one that does gives its mean over the
            field without a position.

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
        place = checked_position(position)
        if not isinstance(oversampling, (int, np.integer)) or oversampling < 1:
            raise ValueError(f"oversampling = {oversampling} is not an integer of 1 or more")
        if not isinstance(size, (int, np.integer)) or size < 1 or size % 2 == 0:
            raise ValueError(
                f"size = {size} px has no central pixel: pass a positive odd integer, such as 65"
            )
        return self._effective_psf(band, int(oversampling), int(size), place)

    @abstractmethod
    def _effective_psf(
        self, band: str, oversampling: int, size: int, position: tuple[float, float] | None
    ) -> np.ndarray:
        """Return the array of `effective_psf`; the arguments have been checked."""

    def encircled_energy(
        self, band: str, radius: u.Quantity, *, position: Sequence[float] | None = None
    ) -> np.ndarray:
        """Fraction of a star's light inside a circle around it, as it appears in the image.

        Parameters
        ----------
        band : str
            One of ``bands``.
        radius : astropy.units.Quantity
            Radius or radii of the circle.
        position : tuple of float, optional
            Position of the star on the detector, as for `effective_psf`.

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
        radii = checked_quantity("radius", radius, 0.2 * u.arcsec, zero=True, scalar=False)
        return self._encircled_energy(
            band, radii.value / self.pixel_scale.value, checked_position(position)
        )

    def _encircled_energy(
        self, band: str, radius: np.ndarray, position: tuple[float, float] | None = None
    ) -> np.ndarray:
        # Radii in pixels. The samples are finer than any structure, so cells weigh the rim.
        size = 2 * int(np.ceil(np.max(radius, initial=0) + 1)) + 1
        psf = self.effective_psf(band, ENERGY_SAMPLES, size, position=position) / ENERGY_SAMPLES**2
        within = ((np.arange(ENERGY_CELLS) + 0.5) / ENERGY_CELLS - 0.5) / ENERGY_SAMPLES
        fine = (offsets(size, ENERGY_SAMPLES)[:, None] + within).ravel()
        squared = fine[:, None] ** 2 + fine**2
        shape = len(psf), ENERGY_CELLS, len(psf), ENERGY_CELLS

        def inside(r: float) -> float:
            return np.sum(psf * (squared <= r**2).reshape(shape).mean(axis=(1, 3)))

        return np.vectorize(inside, otypes=[float])(radius)

    def _check_band(self, band: str) -> None:
        if band not in self.bands:
            raise KeyError(
                f"no {band} in {type(self).__name__} (has {', '.join(self.bands)}); "
                f"build one with that band"
            )


def checked_angle(name: str, angle: object, *, zero: bool = False) -> u.Quantity:
    """Return ``angle`` in arcsec, or raise ValueError unless it is a positive scalar angle."""
    return checked_quantity(name, angle, 0.0396 * u.arcsec, zero=zero)


def checked_position(position: Sequence[float] | None) -> tuple[float, float] | None:
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


def per_band(
    name: str, values: object, bands: Sequence[str], checked: Callable[[str, Any], T]
) -> dict[str, T]:
    """Return the checked value of each band, from a dict or one for all, or raise ValueError."""
    each = values if isinstance(values, Mapping) else dict.fromkeys(bands, values)
    missing = [band for band in bands if band not in each]
    if missing:
        raise ValueError(f"no {name} for {', '.join(missing)} (has {', '.join(each)})")
    return {band: checked(f"{name} of {band}", each[band]) for band in bands}


def checked_fraction(name: str, fraction: float) -> float:
    """Return ``fraction`` as a float, or raise ValueError unless it is above 0 and at most 1."""
    if not 0 < fraction <= 1:
        raise ValueError(f"{name} = {fraction}: pass a fraction above 0, at most 1")
    return float(fraction)


def bands_of(values: object, bands: Sequence[str] | None) -> tuple[str, ...]:
    """Return the bands given, or those of a dict of values, or three of WFC3/UVIS."""
    if bands is None:
        bands = tuple(values) if isinstance(values, Mapping) else ("F336W", "F438W", "F814W")
    return tuple(bands)


def offsets(size: int, oversampling: int) -> np.ndarray:
    """Return the offsets of the samples of an effective PSF from the star, in pixels."""
    n = size * oversampling | 1
    return (np.arange(n) - n // 2) / oversampling
