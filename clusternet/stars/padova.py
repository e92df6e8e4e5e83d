"""PARSEC (Padova) isochrones, packaged or from a CMD file."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np

from clusternet.stars.age_interpolation import between_ages
from clusternet.stars.cmd_files import read_cmd
from clusternet.stars.isochrones import Isochrone, IsochroneProvider
from clusternet.stars.johnson_to_wfc3 import johnson_to_wfc3
from clusternet.stars.tables import isochrones_by_age

__all__ = ["PadovaIsochrones"]

_GRID = Path(__file__).parent / "data" / "parsec_mh030.fits.gz"
_LOG_AGE_RANGE = (6.6, 10.1)
_SAME_AGE = 1e-4  # CMD prints log ages to five decimals, in single precision
_CACHE_SIZE = 256


class PadovaIsochrones(IsochroneProvider):
    """PARSEC isochrones in any band they were computed for.

    Without arguments, the packaged grid: PARSEC at [M/H] = +0.30, Z = 0.0278, for 0.1-60 solar
    masses and log age 6.6-10.1, in F336W, F438W and F814W. It was computed in Johnson-Cousins bands
    every 0.12 in log age and carried over with `johnson_to_wfc3`.

    Between the tabulated ages isochrones are interpolated by `between_ages`; at a tabulated age its
    rows come back as they are.

    The packaged magnitudes are weak for M dwarfs, for giants cooler than 3500 K and for stars
    hotter than 50 kK (up to 0.7 mag), such as Wolf-Rayet stars; a CMD file computed for the bands
    themselves does not have that weakness. Against PARSEC tables for exactly Z = 0.03 they agree
    to 0.1 mag at the turn-offs of 10 Myr and 1 Gyr and at the red supergiant tip; at the tip of
    the red giant branch F336W is 0.16 mag too faint, and the brightest AGB star 0.12 mag in F814W.

    Parameters
    ----------
    isochrones : iterable of Isochrone, optional
        Isochrones of one metallicity with `log_teff`, `log_l` and `log_g`, in place of the packaged
        ones.

    Examples
    --------
    >>> stars = PadovaIsochrones()
    >>> stars.bands, stars.log_age_range
    (('F336W', 'F438W', 'F814W'), (6.6, 10.1))
    >>> isochrone = stars.isochrone(9.0)
    >>> round(isochrone.metallicity, 4)
    0.0278
    >>> stars.isochrone(5.0)
    Traceback (most recent call last):
        ...
    ValueError: log age 5.0 is outside PadovaIsochrones (6.6 to 10.1); ...
    """

    def __init__(self, isochrones: Iterable[Isochrone] | None = None):
        if isochrones is None:
            self._tabulated = _packaged()
            self._log_age_range = _LOG_AGE_RANGE
        else:
            self._tabulated = tuple(sorted(isochrones, key=lambda one: one.log_age))
            self._check()
            self._log_age_range = (self._tabulated[0].log_age, self._tabulated[-1].log_age)
        self._log_ages = np.array([one.log_age for one in self._tabulated])
        self._cache: dict[float, Isochrone] = {}

    def _check(self):
        if not self._tabulated:
            raise ValueError("no isochrones given; pass at least one")
        metallicities = sorted({one.metallicity for one in self._tabulated})
        if len(metallicities) > 1:
            raise ValueError(
                f"isochrones of {len(metallicities)} metallicities given (Z = "
                f"{', '.join(f'{z:g}' for z in metallicities)}); pass those of one"
            )
        log_ages = [one.log_age for one in self._tabulated]
        if min(np.diff(log_ages), default=1.0) <= _SAME_AGE:
            raise ValueError("two isochrones of the same log age given; pass each age once")
        if len({one.bands for one in self._tabulated}) > 1:
            raise ValueError("isochrones with different bands given; pass the same for each age")
        for one in self._tabulated:
            if not np.isin(one.label, range(9)).all():
                raise ValueError(
                    f"isochrone of log age {one.log_age} has labels "
                    f"{np.unique(one.label).tolist()}; give living stars only, labelled 0 to 8"
                )
            if one.log_teff is None or one.log_l is None or one.log_g is None:
                raise ValueError(
                    f"isochrone of log age {one.log_age} lacks log_teff, log_l or log_g; they are "
                    "needed to interpolate in age"
                )

    @classmethod
    def read(cls, path, metallicity: float | None = None) -> PadovaIsochrones:
        """Read a table of isochrones as the CMD web interface writes it.

        Parameters
        ----------
        path : path
            Output of http://stev.oapd.inaf.it/cmd ("isochrone tables"), plain or gzipped. Its bands
            become those of the isochrones.
        metallicity : float, optional
            Which Z to take if the file has several.

        Returns
        -------
        isochrones : PadovaIsochrones

        Raises
        ------
        ValueError
            If the file is not such a table, lacks `metallicity`, or has several and none was asked
            for.
        """
        return cls(read_cmd(path, metallicity=metallicity))

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of the bands it has magnitudes for."""
        return self._tabulated[0].bands

    @property
    def log_age_range(self) -> tuple[float, float]:
        """First and last log10 age (yr) that it can give."""
        return self._log_age_range

    @property
    def tabulated_log_ages(self) -> np.ndarray:
        """log10 of the ages (yr) that are not interpolated."""
        low, high = self.log_age_range
        return self._log_ages[(self._log_ages >= low) & (self._log_ages <= high)]

    def isochrone(self, log_age: float) -> Isochrone:
        """Return the isochrone of one age, remembering the last ones asked for.

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
        if not low - _SAME_AGE <= log_age <= high + _SAME_AGE:
            raise ValueError(
                f"log age {log_age} is outside {type(self).__name__} ({low:g} to {high:g}); ask "
                "for an age within, or read a CMD file that has it"
            )
        key = round(float(np.clip(log_age, low, high)), 4)
        if key not in self._cache:
            while len(self._cache) >= _CACHE_SIZE:
                self._cache.pop(next(iter(self._cache)), None)
            self._cache[key] = self._interpolated(key)
        return self._cache[key]

    def _interpolated(self, log_age):
        nearest = int(np.argmin(np.abs(self._log_ages - log_age)))
        if abs(self._log_ages[nearest] - log_age) <= _SAME_AGE:
            return self._tabulated[nearest]
        after = int(np.searchsorted(self._log_ages, log_age))
        return between_ages(self._tabulated[after - 1], self._tabulated[after], log_age)


@cache
def _packaged():
    from astropy.io import fits

    with fits.open(_GRID) as hdus:
        rows, metallicity = hdus["ISOCHRONES"].data, hdus["ISOCHRONES"].header["ZINI"]
        columns = {name.lower(): rows[name].astype(float) for name in rows.names}
    magnitudes = johnson_to_wfc3(
        {band: columns[band.lower()] for band in "UBI"}, columns["log_teff"], columns["log_g"]
    )
    return tuple(isochrones_by_age(columns | magnitudes, magnitudes, float(metallicity)))
