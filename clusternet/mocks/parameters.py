"""Ranges of the parameters of mock clusters, and limits of their magnitudes."""

from dataclasses import dataclass, field

import numpy as np
from astropy.table import QTable

from clusternet.catalog import INTRINSIC, PARAMETERS

__all__ = ["ParameterSpace"]


@dataclass(frozen=True)
class ParameterSpace:
    """Ranges of the mock clusters' parameters (Paper III, Table 1).

    Draws are uniform and independent; age and extinction are snapped to their
    grids.

    Parameters
    ----------
    log_age, a_v : tuple
        (lower, upper, grid step): log10 of years, magnitudes. Both limits are
        on the grid.
    log_mass, log_r_h : tuple
        (lower, upper): log10 of the initial mass in solar masses; log10 of the
        radius in arcseconds of the circle that holds half of the stars.
    magnitude_limits : dict
        Faintest apparent Vega magnitude of a cluster in each band. A
        cluster must pass all limits.

    Examples
    --------
    >>> from clusternet.mocks import ParameterSpace
    >>> table = ParameterSpace().draw(3, rng=1)
    >>> table.colnames
    ['log_age', 'a_v', 'log_mass', 'log_r_h']
    """

    log_age: tuple = (*PARAMETERS["log_age"].limits, 0.05)
    a_v: tuple = (*PARAMETERS["a_v"].limits, 0.1)
    log_mass: tuple = PARAMETERS["log_mass"].limits
    log_r_h: tuple = PARAMETERS["log_r_h"].limits
    magnitude_limits: dict[str, float] = field(
        default_factory=lambda: {"F336W": 24.0, "F438W": 23.5, "F814W": 23.0})

    def __post_init__(self) -> None:
        for name in INTRINSIC:
            lo, hi = getattr(self, name)[:2]
            if not lo <= hi:
                raise ValueError(f"{name} runs from {lo} to {hi}; the lower limit comes first")

    def grid(self, name: str) -> np.ndarray:
        """Return the values that a gridded parameter (``log_age``, ``a_v``) takes."""
        lo, hi, step = getattr(self, name)
        return np.round(lo + step * np.arange(round((hi - lo) / step) + 1), 6)

    def draw(self, n: int, rng: int | np.random.Generator | None = None) -> QTable:
        """Draw parameters, before any magnitude limit.

        Parameters
        ----------
        n : int
            Number of draws.
        rng : int or `numpy.random.Generator`, optional
            Source of randomness.

        Returns
        -------
        `~astropy.table.QTable`
            ``log_age``, ``a_v``, ``log_mass``, ``log_r_h``, plain floats in the
            units above.
        """
        return QTable(self.draw_values(n, np.random.default_rng(rng)))

    def draw_values(self, n: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
        """Draw parameters as plain arrays, which takes less time than a table.

        Parameters
        ----------
        n : int
            Number of draws.
        rng : `numpy.random.Generator`
            Source of randomness.

        Returns
        -------
        dict of str to numpy.ndarray, shape (n,)
            The columns of `draw`.
        """
        values = {}
        for name in ("log_age", "a_v"):
            lo, hi, step = getattr(self, name)
            value = rng.uniform(lo, hi, n)
            values[name] = np.round(lo + step * np.round((value - lo) / step), 6)
        for name in ("log_mass", "log_r_h"):
            lo, hi = getattr(self, name)
            values[name] = rng.uniform(lo, hi, n)
        return values
