"""Isochrones tabulated at some ages, interpolated between them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from clusternet.stars.accuracy import SAME_AGE
from clusternet.stars.isochrones.core import Isochrone, IsochroneProvider
from clusternet.stars.isochrones.interpolation import between_ages

__all__ = ["IsochroneSet"]


class IsochroneSet(IsochroneProvider):
    """Isochrones of one metallicity, interpolated between their ages.

    At a tabulated age its isochrone is returned unchanged; between two of them, `between_ages`
    matches and mixes their rows.

    Parameters
    ----------
    isochrones : iterable of Isochrone
        Any number of ages, of one metallicity and with the same bands and columns.
    log_age_range : (float, float), optional
        First and last log age to give; by default all that are tabulated.

    Raises
    ------
    ValueError
        If the isochrones are not a set: none at all, several metallicities, an age twice, different
        bands or columns, or labels that are not those of living stars.

    Examples
    --------
    >>> import numpy as np
    >>> from clusternet.stars import Isochrone, IsochroneSet
    >>> old, young = (
    ...     Isochrone(log_age, 0.02, np.array([0.5, last]), {"V": np.array([9.0, 0.0])},
    ...               label=np.array([1, 1]))
    ...     for log_age, last in ((10.0, 1.0), (9.0, 2.0))
    ... )
    >>> stars = IsochroneSet([old, young])
    >>> stars.isochrone(9.5).initial_mass.round(3)
    array([0.5  , 1.414])
    """

    def __init__(
        self,
        isochrones: Iterable[Isochrone],
        log_age_range: tuple[float, float] | None = None,
    ) -> None:
        self._tabulated = tuple(sorted(isochrones, key=lambda one: one.log_age))
        self._check()
        first, last = self._tabulated[0].log_age, self._tabulated[-1].log_age
        low, high = (first, last) if log_age_range is None else log_age_range
        if not first - SAME_AGE <= low <= high <= last + SAME_AGE:
            raise ValueError(
                f"log age range is ({low}, {high}) for isochrones of {first:g} to {last:g}; give "
                "one within"
            )
        super().__init__((low, high))
        self._log_ages = np.array([one.log_age for one in self._tabulated])

    def _check(self) -> None:
        if not self._tabulated:
            raise ValueError("no isochrones given; pass at least one")
        metallicities = sorted({one.metallicity for one in self._tabulated})
        if len(metallicities) > 1:
            raise ValueError(
                f"isochrones of {len(metallicities)} metallicities given (Z = "
                f"{', '.join(f'{z:g}' for z in metallicities)}); pass those of one, and join the "
                "sets with MetallicityInterpolated"
            )
        log_ages = [one.log_age for one in self._tabulated]
        if min(np.diff(log_ages), default=1.0) <= SAME_AGE:
            raise ValueError("two isochrones of the same log age given; pass each age once")
        if len({one.bands for one in self._tabulated}) > 1:
            raise ValueError("isochrones with different bands given; pass the same for each age")
        for name in ("log_teff", "log_l", "log_g", "eep"):
            if len({getattr(one, name) is None for one in self._tabulated}) > 1:
                raise ValueError(f"{name} is given for some isochrones only; give it for all")
        for one in self._tabulated:
            if not np.isin(one.label, range(-1, 9)).all():
                raise ValueError(
                    f"isochrone of log age {one.log_age} has labels "
                    f"{np.unique(one.label).tolist()}; give living stars only, labelled 0 to 8 "
                    "(or -1: not known)"
                )

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of the bands it has magnitudes for."""
        return self._tabulated[0].bands

    @property
    def metallicity(self) -> float:
        """Initial metal fraction Z."""
        return self._tabulated[0].metallicity

    @property
    def tabulated_log_ages(self) -> np.ndarray:
        """log10 of the ages (yr) that are not interpolated."""
        low, high = self.log_age_range
        return self._log_ages[(self._log_ages >= low) & (self._log_ages <= high)]

    def _isochrone(self, log_age: float) -> Isochrone:
        nearest = int(np.argmin(np.abs(self._log_ages - log_age)))
        if abs(self._log_ages[nearest] - log_age) <= SAME_AGE:
            return self._tabulated[nearest]
        after = int(np.searchsorted(self._log_ages, log_age))
        return between_ages(self._tabulated[after - 1], self._tabulated[after], log_age)
