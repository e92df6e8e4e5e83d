"""One photometric band of an instrument."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from astropy import units as u
from numpy.typing import ArrayLike

from clusternet._quantities import checked_quantity

if TYPE_CHECKING:
    from specutils import Spectrum

__all__ = ["Band"]


@dataclass(frozen=True)
class Band:
    """A band: its zero point, its throughput and the depth of the observation.

    Parameters
    ----------
    name : str
        Name of the filter, for example ``"F336W"``.
    zero_point : float
        Vega magnitude of a source that gives 1 e-/s.
    throughput : `~specutils.Spectrum` or path
        Total throughput (telescope, filter and detector; electrons out per photon in) over
        wavelength, or an ECSV table with the columns ``wavelength`` and ``throughput``, read when
        it is first needed.
    exposure_time : `~astropy.units.Quantity`
        Total exposure time.
    read_noise : float
        Read noise of one exposure, in electrons per pixel.
    n_exposures : int
        Number of exposures that were added up.
    sky : float
        Sky level in e-/s per pixel.

    Examples
    --------
    >>> from clusternet.instruments import wfc3_uvis
    >>> band = wfc3_uvis()["F438W"]
    >>> round(float(band.flux(23.48)), 3)
    3.981
    >>> band.magnitude([1.0, 100.0])
    array([24.98, 19.98])
    """

    name: str
    zero_point: float
    throughput: Spectrum | Path | str
    exposure_time: u.Quantity
    read_noise: float
    n_exposures: int
    sky: float

    def __post_init__(self) -> None:
        if not np.isfinite(self.zero_point):
            raise ValueError(
                f"zero point of {self.name} is {self.zero_point}; give the finite Vega magnitude "
                "of 1 e-/s"
            )
        exposure_time = checked_quantity(
            f"exposure time of {self.name}", self.exposure_time, 2200.0 * u.s
        )
        object.__setattr__(self, "exposure_time", exposure_time)
        if self.n_exposures < 1:
            raise ValueError(f"{self.name} has {self.n_exposures} exposures; it needs at least 1")
        for what, value in (("read noise", self.read_noise), ("sky", self.sky)):
            if not (np.isfinite(value) and value >= 0):
                raise ValueError(f"{what} of {self.name} is {value}; give a number of 0 or more")

    def __getstate__(self):
        # a Spectrum cannot be pickled: its arrays can, and what is cached is read again
        state = {field.name: getattr(self, field.name) for field in fields(self)}
        if not isinstance(self.throughput, str | Path):
            state["throughput"] = (self.throughput.spectral_axis.quantity, self.throughput.flux)
        return state

    def __setstate__(self, state) -> None:
        if isinstance(state["throughput"], tuple):
            from specutils import Spectrum

            spectral_axis, flux = state["throughput"]
            state = state | {"throughput": Spectrum(spectral_axis=spectral_axis, flux=flux)}
        self.__dict__.update(state)

    @cached_property
    def bandpass(self) -> Spectrum:
        """Total throughput over wavelength, a `~specutils.Spectrum`.

        Raises
        ------
        ValueError
            If the table lacks a column, or the curve is not one: wavelengths that are no lengths or
            do not ascend, or throughputs outside 0 to 1.
        """
        from specutils import Spectrum

        if isinstance(self.throughput, Spectrum):
            self._check_curve(self.throughput.spectral_axis, self.throughput.flux)
            return self.throughput
        from astropy.table import QTable

        table = QTable.read(self.throughput, format="ascii.ecsv")
        missing = {"wavelength", "throughput"} - set(table.colnames)
        if missing:
            raise ValueError(
                f"no column {', '.join(sorted(missing))} in {self.throughput} "
                f"(has {', '.join(table.colnames)}); the throughput of {self.name} needs "
                "wavelength and throughput"
            )
        self._check_curve(table["wavelength"], table["throughput"])
        return Spectrum(
            spectral_axis=table["wavelength"],
            flux=u.Quantity(table["throughput"], u.dimensionless_unscaled),
        )

    def _check_curve(self, wavelength, throughput):
        source = "" if not isinstance(self.throughput, str | Path) else f" ({self.throughput})"
        unit = getattr(wavelength, "unit", None)
        if unit is None or not unit.is_equivalent(u.AA):
            raise ValueError(
                f"wavelengths of {self.name}{source} have the unit {unit}; give a length, for "
                "example angstrom"
            )
        wavelength = np.asarray(u.Quantity(wavelength).to_value(u.AA))
        if wavelength.size < 2 or not (wavelength[0] > 0 and (np.diff(wavelength) > 0).all()):
            raise ValueError(
                f"wavelengths of {self.name}{source} are not positive and ascending; sort the "
                "curve, at least two points"
            )
        if getattr(throughput, "unit", None) not in (None, u.dimensionless_unscaled):
            raise ValueError(
                f"throughput of {self.name}{source} is in {throughput.unit}; give electrons out "
                "per photon in, without a unit"
            )
        values = np.asarray(u.Quantity(throughput).value, dtype=float)
        if not ((values >= 0) & (values <= 1)).all() or not values.any():
            raise ValueError(
                f"throughput of {self.name}{source} goes from {values.min():g} to "
                f"{values.max():g}; give electrons out per photon in, between 0 and 1"
            )

    @cached_property
    def pivot(self) -> u.Quantity:
        r"""Pivot wavelength, in angstrom.

        :math:`\lambda_p^2 = \int T \lambda\,d\lambda / \int T \lambda^{-1}\,d\lambda` for the
        throughput :math:`T` per photon (Bessell & Murphy 2012, PASP 124, 140, eq. A11).

        Examples
        --------
        >>> from clusternet.instruments import wfc3_uvis
        >>> print(f"{wfc3_uvis()['F438W'].pivot:.0f}")
        4326 Angstrom
        """
        wavelength = self.bandpass.spectral_axis.to_value(u.AA)
        throughput = self.bandpass.flux.to_value(u.dimensionless_unscaled)
        squared = np.trapezoid(throughput * wavelength, wavelength) / np.trapezoid(
            throughput / wavelength, wavelength
        )
        return np.sqrt(squared) * u.AA

    def flux(self, magnitude: ArrayLike) -> np.ndarray:
        """Return the count rate of a source.

        Parameters
        ----------
        magnitude : array_like
            Apparent Vega magnitude; ``inf`` means no light.

        Returns
        -------
        flux : `~numpy.ndarray`
            e-/s.
        """
        return 10.0 ** (-0.4 * (np.asarray(magnitude, dtype=float) - self.zero_point))

    def magnitude(self, flux: ArrayLike) -> np.ndarray:
        """Return the Vega magnitude of a count rate: the inverse of `flux`.

        Parameters
        ----------
        flux : array_like
            e-/s.

        Returns
        -------
        magnitude : `~numpy.ndarray`
            Apparent Vega magnitude; ``inf`` for zero flux and ``nan`` for a negative one.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            return self.zero_point - 2.5 * np.log10(np.asarray(flux, dtype=float))
