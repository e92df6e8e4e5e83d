"""How much light dust takes out of each band."""

from __future__ import annotations

import numpy as np
from astropy import units as u

from clusternet.instruments import Band, Instrument

__all__ = ["ExtinctionLaw"]


class ExtinctionLaw:
    """Extinction of a star in the bands of an instrument, per magnitude of A_V.

    Parameters
    ----------
    model : `dust_extinction.baseclasses.BaseExtModel`, optional
        Extinction curve A(x)/A(V). By default that of Cardelli, Clayton & Mathis (1989) with
        R_V = 3.1.
    teff : float
        Temperature in K of the black body that stands for the star.

    Notes
    -----
    The coefficient of a band is the extinction of the black body behind A_V = 1, counted in
    electrons; for larger A_V it would be a little smaller, as the band pass reddens. A black body
    stands well for hot stars (30000 K: within 0.002 of a model atmosphere) and lacks the absorption
    lines of cool ones (3500 K: 0.03 too large in F336W).

    Examples
    --------
    >>> from clusternet.instruments import wfc3_uvis
    >>> law = ExtinctionLaw()
    >>> {band: round(c, 2) for band, c in law.coefficients(wfc3_uvis()).items()}
    {'F336W': 1.64, 'F438W': 1.35, 'F814W': 0.61}
    """

    def __init__(self, model=None, teff: float = 10000.0):
        if not (np.isfinite(teff) and teff > 0):
            raise ValueError(f"temperature is {teff} K; give a positive one")
        if model is None:
            from dust_extinction.parameter_averages import CCM89

            model = CCM89(Rv=3.1)
        self.model = model
        self.teff = float(teff)

    def coefficients(self, instrument: Instrument) -> dict[str, float]:
        """Extinction in each band over the extinction A_V, at A_V = 1.

        Parameters
        ----------
        instrument : `~clusternet.instruments.Instrument`
            Gives the bands.

        Returns
        -------
        coefficients : dict of str to float
            A_band / A_V by name of the band.

        Raises
        ------
        ValueError
            If a band pass reaches beyond the wavelengths of the extinction curve.
        """
        return {band.name: self._coefficient(band) for band in instrument.bands}

    def _coefficient(self, band: Band) -> float:
        from astropy.modeling.models import BlackBody

        throughput = band.bandpass.flux.to_value(u.dimensionless_unscaled)
        wavelength = band.bandpass.spectral_axis.to(u.AA)
        lit = throughput > 0
        wavelength, throughput = wavelength[lit], throughput[lit]
        wavenumber = (1 / wavelength).to_value(1 / u.micron)
        low, high = self.model.x_range
        if wavenumber.min() < low or wavenumber.max() > high:
            raise ValueError(
                f"{band.name} ({wavelength[0]:.0f} to {wavelength[-1]:.0f}) reaches beyond "
                f"{type(self.model).__name__} ({1e4 / high:.0f} to {1e4 / low:.0f} Angstrom); "
                "pass a model that covers it"
            )
        curve = np.asarray(self.model(np.asarray(wavenumber) / u.micron))
        photons = BlackBody(self.teff * u.K)(wavelength).value / wavelength.value
        weight = throughput * photons
        through_dust = np.trapezoid(weight * 10 ** (-0.4 * curve), wavelength.value)
        return float(-2.5 * np.log10(through_dust / np.trapezoid(weight, wavelength.value)))
