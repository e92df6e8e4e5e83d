"""Extinction of each band by dust."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from astropy import units as u

from clusternet.instruments import Band, Instrument

__all__ = ["ExtinctionLaw"]

_V = 1 / 0.55  # 1/micron
_NOT_ONE_AT_V = 0.1  # averages of sight lines are not exactly 1


class ExtinctionLaw:
    """Extinction of a star in the bands of an instrument, per magnitude of A_V.

    Parameters
    ----------
    model : `dust_extinction.baseclasses.BaseExtModel`, optional
        Extinction curve A(x)/A(V): an instance of any model of ``dust_extinction`` whose
        wavelengths cover the bands, or of a model like it. By default that of Cardelli, Clayton &
        Mathis (1989) with R_V = 3.1, which ends at 3.3 micron; ``G23`` reaches 30 micron.
    teff : float
        Temperature in K of the black body that stands for the star.

    Raises
    ------
    ValueError
        If the model is no extinction curve normalised to A(V), or the temperature impossible.

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

    With the dust of the Small Magellanic Cloud:

    >>> from dust_extinction.averages import G24_SMCAvg
    >>> law = ExtinctionLaw(G24_SMCAvg())
    >>> {band: round(c, 2) for band, c in law.coefficients(wfc3_uvis()).items()}
    {'F336W': 1.63, 'F438W': 1.36, 'F814W': 0.68}
    """

    def __init__(self, model: Any = None, *, teff: float = 10000.0) -> None:
        if not (np.isfinite(teff) and teff > 0):
            raise ValueError(f"temperature is {teff} K; give a positive one")
        if model is None:
            from dust_extinction.parameter_averages import CCM89

            model = CCM89(Rv=3.1)
        self._check(model)
        self.model = model
        self.teff = float(teff)

    @staticmethod
    def _check(model: Any) -> None:
        if isinstance(model, type) or not (callable(model) and hasattr(model, "x_range")):
            raise ValueError(
                f"extinction model is {model!r}; give an instance of one of dust_extinction, for "
                "example CCM89(Rv=3.1)"
            )
        low, high = model.x_range
        if low < _V < high:
            at_v = float(_curve(model, np.array([_V]))[0])
            if not abs(at_v - 1) < _NOT_ONE_AT_V:
                raise ValueError(
                    f"{type(model).__name__} is {at_v:.3g} at V; give a curve A(x)/A(V), which is 1"
                )

    def __repr__(self) -> str:
        return f"{type(self).__name__}(model={type(self.model).__name__}, teff={self.teff:g})"

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
        return {band.name: self._coefficient(band) for band in instrument}

    def _coefficient(self, band: Band) -> float:
        from astropy.modeling.models import BlackBody

        throughput = np.asarray(band.bandpass.flux.to_value(u.dimensionless_unscaled))
        wavelength = np.asarray(band.bandpass.spectral_axis.to_value(u.AA))
        lit = throughput > 0
        wavelength, throughput = wavelength[lit], throughput[lit]
        wavenumber = 1e4 / wavelength
        low, high = self.model.x_range
        if wavenumber.min() < low or wavenumber.max() > high:
            raise ValueError(
                f"{band.name} ({wavelength[0]:.0f} to {wavelength[-1]:.0f} Angstrom) reaches "
                f"beyond {type(self.model).__name__} ({1e4 / high:.0f} to {1e4 / low:.0f} "
                "Angstrom); pass a model that covers it"
            )
        curve = _curve(self.model, wavenumber)
        photons = BlackBody(self.teff * u.K)(wavelength * u.AA).value / wavelength
        weight = throughput * photons
        through_dust = np.trapezoid(weight * 10 ** (-0.4 * curve), wavelength)
        return float(-2.5 * np.log10(through_dust / np.trapezoid(weight, wavelength)))


def _curve(model: Any, wavenumber: np.ndarray) -> np.ndarray:
    """A(x)/A(V) at wavenumbers in 1/micron."""
    from dust_extinction.warnings import SpectralUnitsWarning

    with warnings.catch_warnings():
        # some models drop the unit on the way and complain of it
        warnings.simplefilter("ignore", SpectralUnitsWarning)
        return np.asarray(model(np.asarray(wavenumber) / u.micron), dtype=float)
