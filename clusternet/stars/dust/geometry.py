"""Geometry of the dust: a screen in front of the galaxy, and spreads among the stars."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np

from clusternet.instruments import Instrument
from clusternet.stars.dust.extinction import ExtinctionLaw

__all__ = ["ExtinctionSpread", "ForegroundScreen", "LogNormalSpread", "MixedSlab"]


class ForegroundScreen:
    """Dust in front of the galaxy: the same for all its stars, on top of their own.

    Parameters
    ----------
    a_v : float
        Extinction in V, magnitudes: of the Milky Way, for example.
    law : ExtinctionLaw, optional
        Extinction law of the screen, which may differ from that of the galaxy.

    Raises
    ------
    ValueError
        If `a_v` is negative or not finite.

    Examples
    --------
    >>> from clusternet.instruments import wfc3_uvis
    >>> milky_way = ForegroundScreen(0.2)
    >>> {band: round(a, 2) for band, a in milky_way.extinction(wfc3_uvis()).items()}
    {'F336W': 0.33, 'F438W': 0.27, 'F814W': 0.12}
    """

    def __init__(self, a_v: float, law: ExtinctionLaw | None = None) -> None:
        if not (np.isfinite(a_v) and a_v >= 0):
            raise ValueError(f"foreground extinction is {a_v} mag; give 0 or more")
        self.a_v = float(a_v)
        self.law = ExtinctionLaw() if law is None else law

    def __repr__(self) -> str:
        return f"{type(self).__name__}(a_v={self.a_v}, law={self.law!r})"

    def extinction(self, instrument: Instrument) -> dict[str, float]:
        """Extinction by the screen in each band, in magnitudes.

        Parameters
        ----------
        instrument : `~clusternet.instruments.Instrument`
            Gives the bands.

        Returns
        -------
        extinction : dict of str to float
            By name of the band.
        """
        coefficients = self.law.coefficients(instrument)
        return {band: self.a_v * value for band, value in coefficients.items()}


class ExtinctionSpread(ABC):
    """Distribution of the extinctions of the stars of a cluster about their mean.

    A subclass defines `_relative`.
    """

    @abstractmethod
    def _relative(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw extinctions of n stars in units of their mean."""

    def draw(
        self, a_v: float, n: int, rng: int | np.random.Generator | None = None
    ) -> np.ndarray:
        """Draw the extinction of single stars.

        Parameters
        ----------
        a_v : float
            Mean extinction of the cluster in V, magnitudes.
        n : int
            Number of stars.
        rng : `~numpy.random.Generator` or int, optional
            Generator or seed.

        Returns
        -------
        a_v : (n,) array
            Extinction of each star in V, magnitudes.
        """
        return a_v * self._relative(n, np.random.default_rng(rng))


class LogNormalSpread(ExtinctionSpread):
    """Log-normal extinction, as turbulent dust in front of the stars gives.

    Parameters
    ----------
    sigma : float
        Standard deviation of ln A_V. The mean of A_V stays that of the cluster.

    Raises
    ------
    ValueError
        If `sigma` is negative or not finite.

    Examples
    --------
    >>> import numpy as np
    >>> a_v = LogNormalSpread(0.5).draw(1.0, 100000, rng=1)
    >>> print(f"{a_v.mean():.2f} {np.log(a_v).std():.2f}")
    1.00 0.50
    """

    def __init__(self, sigma: float) -> None:
        if not (np.isfinite(sigma) and sigma >= 0):
            raise ValueError(f"spread of ln A_V is {sigma}; give 0 or more")
        self.sigma = float(sigma)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(sigma={self.sigma})"

    def _relative(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return np.exp(self.sigma * rng.standard_normal(n) - 0.5 * self.sigma**2)


class MixedSlab(ExtinctionSpread):
    """Stars and dust evenly mixed: extinctions from none to twice the mean.

    Examples
    --------
    >>> a_v = MixedSlab().draw(1.0, 100000, rng=1)
    >>> print(f"{a_v.min():.2f} {a_v.mean():.2f} {a_v.max():.2f}")
    0.00 1.00 2.00
    """

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def _relative(self, n: int, rng: np.random.Generator) -> np.ndarray:
        return 2.0 * rng.random(n)
