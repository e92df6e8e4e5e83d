"""Bands of WFC3/UVIS for the diffraction model, with the blur of the detector in each."""

from dataclasses import dataclass

import numpy as np
from astropy import units as u

from clusternet._quantities import checked_quantity
from clusternet.psf.core import checked_angle
from clusternet.psf.optical.detector import charge_blur

__all__ = ["TopHatBand", "uvis_bands"]


@dataclass(frozen=True)
class TopHatBand:
    """A band of the diffraction model: a top hat of wavelengths, and the blur of the detector.

    Parameters
    ----------
    centre : astropy.units.Quantity
        Central wavelength.
    width : astropy.units.Quantity
        Full width in wavelength.
    blur : astropy.units.Quantity, optional
        Standard deviation of the Gaussian for charge diffusion and jitter. By default
        `~clusternet.psf.optical.detector.charge_blur` at the centre.
    wide_blur : astropy.units.Quantity, optional
        Standard deviation of a second Gaussian, for the fraction of the light that is blurred more:
        charge diffuses with wings, and a mosaic averages both chips.
    wide_fraction : float, optional
        Fraction of the light that the second Gaussian blurs, and the first does not.

    Raises
    ------
    ValueError
        If a wavelength is not positive, the band reaches below 0, a blur is negative, or only
        one of ``wide_blur`` and ``wide_fraction`` is given.

    Examples
    --------
    >>> from astropy import units as u
    >>> from clusternet.psf import TopHatBand
    >>> TopHatBand(531 * u.nm, 156 * u.nm).blur
    <Quantity 0.024 arcsec>
    """

    centre: u.Quantity
    width: u.Quantity
    blur: u.Quantity | None = None
    wide_blur: u.Quantity | None = None
    wide_fraction: float = 0.0

    def __post_init__(self) -> None:
        for name in ("centre", "width"):
            value = checked_quantity(name, getattr(self, name), 432.6 * u.nm)
            object.__setattr__(self, name, value)
        if self.width >= 2 * self.centre:
            raise ValueError(f"a band {self.width} wide around {self.centre} reaches below 0 nm")
        blur = charge_blur(self.centre.value) * u.arcsec if self.blur is None else self.blur
        object.__setattr__(self, "blur", checked_angle("blur", blur, zero=True))
        given = self.wide_blur is not None
        if not 0 <= self.wide_fraction <= 1 or given != (self.wide_fraction > 0):
            raise ValueError(
                f"wide_fraction = {self.wide_fraction} with wide_blur = {self.wide_blur}: pass "
                f"both, the fraction above 0 and at most 1, or neither"
            )
        if given:
            wide = checked_angle("wide_blur", self.wide_blur, zero=True)
            object.__setattr__(self, "wide_blur", wide)

    @property
    def blurs(self) -> tuple[tuple[float, float], ...]:
        """Gaussians of the blur: pairs of (fraction of the light, sigma in arcsec)."""
        sigmas = [float(blur.value) for blur in (self.blur, self.wide_blur) if blur is not None]
        fractions = 1.0 - self.wide_fraction, float(self.wide_fraction)
        return tuple(zip(fractions, sigmas, strict=False))

    def wavelengths(self, n: int) -> np.ndarray:
        """Return the centres of n equal slices of the band, in nm, of shape (n,)."""
        slices = (np.arange(n) + 0.5) / n - 0.5
        return self.centre.value + self.width.value * slices


_UVIS = {"F336W": (335.5, 51.1), "F438W": (432.6, 61.8), "F814W": (803.9, 153.6)}

# Sigma in arcsec, sigma of the second Gaussian, fraction of the light that has the second.
_AVERAGED = {
    "F336W": (0.018, 0.050, 0.55),
    "F438W": (0.018, 0.045, 0.50),
    "F814W": (0.010, 0.065, 0.50),
}


def uvis_bands(*, averaged: bool = False) -> dict[str, TopHatBand]:
    """Return F336W, F438W and F814W of WFC3/UVIS, for `OpticalPSF`.

    Parameters
    ----------
    averaged : bool, optional
        Blur the light as the mean of both chips does, and not as the sharper one.

    Returns
    -------
    dict of str to TopHatBand
        The three bands.

    Notes
    -----
    Stars on the two chips differ in the light inside 0.08 arcsec by up to 30 %, and mosaics hold
    both. Of the two blurs on offer, one Gaussian of 0.024 or 0.018 arcsec gives the sharper chip,
    two of them the mean of both. Drizzled by `OpticalPSF`, against that mean at radii of 0.08 to
    0.99 arcsec (STScI 2020), and at half maximum:

    ===== =========================== =========================== ===================
    band  rms difference, sharper     rms difference, averaged    FWHM, averaged
    ===== =========================== =========================== ===================
    F336W 8.8 %                       1.5 %                       0.081 arcsec
    F438W 4.6 %                       1.2 %                       0.082 arcsec
    F814W 12.8 %                      1.3 %                       0.087 arcsec
    ===== =========================== =========================== ===================

    Inside 0.04 arcsec the averaged model holds 0.259, 0.280 and 0.217 of the light, which is
    between the two chips in each band.

    Examples
    --------
    >>> from astropy import units as u
    >>> from clusternet.psf import OpticalPSF, uvis_bands
    >>> sharper, mean = OpticalPSF(), OpticalPSF(uvis_bands(averaged=True))
    >>> for psf in (sharper, mean):
    ...     print(f"{psf.encircled_energy('F336W', 0.08 * u.arcsec):.2f}")
    0.65
    0.55
    """
    if not averaged:
        return {
            name: TopHatBand(centre * u.nm, width * u.nm) for name, (centre, width) in _UVIS.items()
        }
    return {
        name: TopHatBand(
            *(value * u.nm for value in _UVIS[name]),
            blur=narrow * u.arcsec,
            wide_blur=wide * u.arcsec,
            wide_fraction=fraction,
        )
        for name, (narrow, wide, fraction) in _AVERAGED.items()
    }
