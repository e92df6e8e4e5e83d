"""An isochrone, and the abstract class of what gives one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from clusternet.stars.accuracy import AGES_KEPT, SAME_AGE

__all__ = ["Isochrone", "IsochroneProvider"]


@dataclass(frozen=True, eq=False)
class Isochrone:
    """The living stars of one age: magnitudes against initial mass.

    Parameters
    ----------
    log_age : float
        log10 of the age in years.
    metallicity : float
        Initial metal fraction Z.
    initial_mass : (n,) array
        Initial masses in solar masses, finite and strictly ascending. The last one is the most
        massive star that still shines.
    magnitudes : dict of str to (n,) array
        Absolute Vega magnitudes by band.
    label : (n,) array of int
        Evolutionary label of PARSEC's CMD: 0 pre-main sequence, 1 main sequence, 2 subgiant, 3 red
        giant, 4-6 core helium burning, 7 early AGB, 8 thermally pulsing AGB. -1 where the phase is
        not known.
    log_teff, log_l, log_g : (n,) array, optional
        log10 of the effective temperature (K), of the luminosity (solar) and of the surface gravity
        (cgs).
    eep : (n,) array of int, optional
        Equivalent evolutionary points, strictly ascending: rows of two isochrones with the same
        number are the same moment in the lives of their stars.

    Raises
    ------
    ValueError
        If the masses are not ascending and finite, the evolutionary points are not ascending, or
        a column has another length.

    Examples
    --------
    >>> from clusternet.stars import PadovaIsochrones
    >>> isochrone = PadovaIsochrones().isochrone(7.0)
    >>> round(float(isochrone.initial_mass[-1]), 1)
    18.2
    >>> {band: round(float(m), 1) for band, m in isochrone.at(1.0).items()}
    {'F336W': 9.3, 'F438W': 7.6, 'F814W': 4.9}
    >>> float(isochrone.at(60.0)["F814W"])
    inf
    """

    log_age: float
    metallicity: float
    initial_mass: np.ndarray
    magnitudes: dict[str, np.ndarray]
    label: np.ndarray
    log_teff: np.ndarray | None = None
    log_l: np.ndarray | None = None
    log_g: np.ndarray | None = None
    eep: np.ndarray | None = None

    def __post_init__(self) -> None:
        mass = np.asarray(self.initial_mass, dtype=float)
        object.__setattr__(self, "initial_mass", mass)
        if mass.ndim != 1 or mass.size < 2:
            raise ValueError(
                f"isochrone of log age {self.log_age} has initial masses of shape {mass.shape}; "
                "give at least two in a 1-D array"
            )
        if not (np.isfinite(mass).all() and mass[0] > 0 and (np.diff(mass) > 0).all()):
            raise ValueError(
                f"initial masses of the isochrone of log age {self.log_age} are not positive, "
                "finite and strictly ascending; sort the rows and drop repeated masses"
            )
        columns = {f"magnitudes[{name!r}]": column for name, column in self.magnitudes.items()}
        names = ("label", "log_teff", "log_l", "log_g", "eep")
        columns |= {name: getattr(self, name) for name in names}
        for name, column in columns.items():
            if column is not None and np.shape(column) != mass.shape:
                raise ValueError(
                    f"{name} of the isochrone of log age {self.log_age} has shape "
                    f"{np.shape(column)}; give one value per initial mass, {mass.shape}"
                )
        if self.eep is not None and not (np.diff(self.eep) > 0).all():
            raise ValueError(
                f"evolutionary points (eep) of the isochrone of log age {self.log_age} do not "
                "ascend; sort the rows by them"
            )

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of the bands."""
        return tuple(self.magnitudes)

    def at(self, mass: ArrayLike) -> dict[str, np.ndarray]:
        """Absolute magnitudes of stars by their initial mass.

        Linear in the logarithm of the initial mass between the rows.

        Parameters
        ----------
        mass : array_like
            Initial masses in solar masses, any shape.

        Returns
        -------
        magnitudes : dict of str to `~numpy.ndarray`
            Absolute Vega magnitudes of the same shape; ``inf``, no light, above the last living
            star and below the first tabulated one.
        """
        log_mass = np.log(np.asarray(mass, dtype=float))
        log_rows = np.log(self.initial_mass)
        return {
            band: np.interp(log_mass, log_rows, values, left=np.inf, right=np.inf)
            for band, values in self.magnitudes.items()
        }


class IsochroneProvider(ABC):
    """Source of the isochrones of all ages within a range.

    A subclass for other stellar models defines `bands` and `_isochrone`. The last isochrones asked
    for are kept.

    Parameters
    ----------
    log_age_range : (float, float)
        First and last log10 age (yr) that it can give.
    """

    def __init__(self, log_age_range: tuple[float, float]) -> None:
        first, last = log_age_range
        self._log_age_range = float(first), float(last)
        self._kept: dict[float, Isochrone] = {}

    @property
    @abstractmethod
    def bands(self) -> tuple[str, ...]:
        """Names of the bands it has magnitudes for."""

    @property
    def log_age_range(self) -> tuple[float, float]:
        """First and last log10 age (yr) that it can give."""
        return self._log_age_range

    def isochrone(self, log_age: float) -> Isochrone:
        """Return the isochrone of one age.

        Parameters
        ----------
        log_age : float
            log10 of the age in years, within `log_age_range`; taken to 1e-4.

        Returns
        -------
        isochrone : Isochrone

        Raises
        ------
        ValueError
            If `log_age` is outside `log_age_range`.
        """
        low, high = self.log_age_range
        if not low - SAME_AGE <= log_age <= high + SAME_AGE:
            raise ValueError(
                f"log age {log_age} is outside {type(self).__name__} ({low:g} to {high:g}); ask "
                "for an age within, or give isochrones that reach it"
            )
        key = round(float(np.clip(log_age, low, high)), 4)
        if key not in self._kept:
            while len(self._kept) >= AGES_KEPT:
                self._kept.pop(next(iter(self._kept)), None)
            self._kept[key] = self._isochrone(key)
        return self._kept[key]

    @abstractmethod
    def _isochrone(self, log_age: float) -> Isochrone:
        """Return the isochrone of an age within `log_age_range`."""
