"""Stars of a simple stellar population, drawn at random, with the light of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import overload

import astropy.units as u
import numpy as np
from astropy.coordinates import Distance
from numpy.typing import ArrayLike

from clusternet.instruments import Instrument
from clusternet.stars.accuracy import AGES_KEPT, CELL_WIDTH, COUNT_ROUNDS
from clusternet.stars.dust import ExtinctionLaw, ExtinctionSpread, ForegroundScreen
from clusternet.stars.imf import InitialMassFunction, OptimalSampling
from clusternet.stars.isochrones import IsochroneProvider

__all__ = ["Cells", "Stars", "StellarPopulation"]


@dataclass
class Stars:
    """Entries to draw: single stars, or bundles of equal faint ones.

    Attributes
    ----------
    mass : numpy.ndarray, shape (entry,)
        Initial mass of one star, in solar masses.
    count : numpy.ndarray, shape (entry,)
        Stars that the entry stands for; 1 for every star that matters.
    flux : numpy.ndarray, shape (entry, band)
        Flux of the whole entry in electron/s.
    total_mass : float
        Initial mass of all stars, dark ones included, in solar masses.
    n_stars : int
        Number of all stars, dark ones included.
    """

    mass: np.ndarray
    count: np.ndarray
    flux: np.ndarray
    total_mass: float
    n_stars: int


@dataclass
class Cells:
    """The IMF cut into cells of initial mass, with the light at both edges.

    Attributes
    ----------
    lower, upper, middle : numpy.ndarray, shape (cell,)
        Edges and logarithmic middle, solar masses.
    number : numpy.ndarray, shape (cell,)
        Fraction of all stars in each cell; adds up to 1.
    flux_lower, flux_upper : numpy.ndarray, shape (cell, band)
        electron/s of a star at the edges, without internal extinction; 0 for stars that
        do not shine at this age.
    """

    lower: np.ndarray
    upper: np.ndarray
    middle: np.ndarray
    number: np.ndarray
    flux_lower: np.ndarray
    flux_upper: np.ndarray

    @property
    def mean_mass(self) -> float:
        """Mean initial mass of a star, solar masses."""
        return float(self.middle @ self.number)


class StellarPopulation:
    """Draws the stars of clusters from an IMF and an isochrone.

    The IMF is cut into cells no wider than 0.02 dex, with edges at the points
    of the isochrone; the numbers of stars in the cells are multinomial, which
    is what drawing star by star gives. Stars are added or taken away at
    random until the initial mass, counted at the middles of the cells, is
    within one mean stellar mass of the target (a last star alone may be
    heavier). Within a cell a star's mass is drawn and its magnitudes are
    interpolated linearly in log mass. Stars of one cell that are too faint to
    matter one by one share a mass and a position in bundles; with stars as
    bright as the mean of its cell's edges, no bundle is brighter in any band
    than the larger of ``bundle_flux`` and ``bundle_fraction`` of the cluster.

    Parameters
    ----------
    isochrones : `IsochroneProvider`
        Source of the absolute magnitudes.
    imf : `InitialMassFunction`
        Distribution of the initial masses.
    extinction : `ExtinctionLaw`
        Extinction law of the dust in the galaxy.
    instrument : `~clusternet.instruments.Instrument`
        Bands and zero points.
    distance : `~astropy.units.Quantity`
        Distance of the stars.
    bundle_flux : float, optional
        Largest flux of a bundle of stars in any band, in electron/s.
    bundle_fraction : float, optional
        Largest flux of a bundle as a fraction of that of the cluster. With 0 for
        both, every star is drawn by itself.
    foreground : `ForegroundScreen`, optional
        Dust in front of the galaxy, on top of that of the cluster.
    extinction_spread : `ExtinctionSpread`, optional
        Distribution of the extinctions of single stars about that of the cluster,
        which all stars have by default. The stars of a bundle share one.
    sampling : `OptimalSampling`, optional
        Source of the numbers of stars in place of chance.
    """

    def __init__(
        self,
        isochrones: IsochroneProvider,
        imf: InitialMassFunction,
        extinction: ExtinctionLaw,
        instrument: Instrument,
        distance: u.Quantity,
        *,
        bundle_flux: float = 0.01,
        bundle_fraction: float = 3e-5,
        foreground: ForegroundScreen | None = None,
        extinction_spread: ExtinctionSpread | None = None,
        sampling: OptimalSampling | None = None,
    ) -> None:
        missing = [b for b in instrument.bands if b not in isochrones.bands]
        if missing:
            raise ValueError(
                f"no {', '.join(missing)} in {type(isochrones).__name__} "
                f"(has {', '.join(isochrones.bands)}); pass isochrones with that band")
        self.isochrones = isochrones
        self.imf = imf
        self.instrument = instrument
        self.bundle_flux = float(bundle_flux)
        self.bundle_fraction = float(bundle_fraction)
        self.distance_modulus = float(Distance(u.Quantity(distance, u.pc)).distmod.value)
        coefficients = extinction.coefficients(instrument)
        #: A_band / A_V, shape (band,).
        self.band_extinction = np.array([float(coefficients[b]) for b in instrument.bands])
        self.extinction_spread = extinction_spread
        self.sampling = sampling
        #: Apparent minus absolute magnitude without internal extinction, shape (band,).
        self.dimming_by_distance = np.full(len(self.band_extinction), self.distance_modulus)
        if foreground is not None:
            screen = foreground.extinction(instrument)
            self.dimming_by_distance += [screen[b] for b in instrument.bands]
        self._cached_cells = self._caching()

    def _caching(self) -> Callable[[float], Cells]:
        return lru_cache(maxsize=AGES_KEPT)(self._make_cells)

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in vars(self).items() if name != "_cached_cells"}

    def __setstate__(self, state: dict[str, object]) -> None:
        vars(self).update(state)
        self._cached_cells = self._caching()

    def cells(self, log_age: float) -> Cells:
        """Return the cells of initial mass at an age, which are kept after the first call."""
        return self._cached_cells(round(float(log_age), 6))

    def _make_cells(self, log_age: float) -> Cells:
        isochrone = self.isochrones.isochrone(log_age)
        lo, hi = self.imf.mass_range
        nodes = np.asarray(isochrone.initial_mass, dtype=float)
        n_log = int(np.ceil(np.log10(hi / lo) / CELL_WIDTH))
        edges = np.concatenate([nodes[(nodes > lo) & (nodes < hi)],
                                np.geomspace(lo, hi, n_log + 1)])
        edges = np.unique(edges)
        edges[0], edges[-1] = lo, hi
        cdf = np.asarray(self.imf.cdf(edges))
        number = np.diff(cdf)
        keep = number > 0
        lower, upper, number = edges[:-1][keep], edges[1:][keep], number[keep]
        middle = np.sqrt(lower * upper)
        lit = (middle >= nodes[0]) & (middle <= nodes[-1])
        log_mass = np.log10(nodes)
        flux = np.zeros((2, len(lower), len(self.band_extinction)))
        for j, band in enumerate(self.instrument):
            for i, edge in enumerate((lower, upper)):
                mag = np.interp(np.log10(edge), log_mass, isochrone.magnitudes[band.name])
                flux[i, :, j] = np.where(lit, band.flux(mag + self.dimming_by_distance[j]), 0.0)
        return Cells(lower, upper, middle, number / number.sum(), flux[0], flux[1])

    def _counts(self, cells: Cells, mass: float, rng: np.random.Generator) -> np.ndarray:
        """Stars per cell whose initial masses add up to ``mass``."""
        middle, p, mean = cells.middle, cells.number, cells.mean_mass
        counts = rng.multinomial(max(1, round(mass / mean)), p)
        for _ in range(COUNT_ROUNDS):
            lacking = round((mass - float(counts @ middle)) / mean)
            if lacking > 0:
                counts = counts + rng.multinomial(lacking, p)
            elif lacking < 0 and counts.sum() > 1:
                surplus = min(-lacking, int(counts.sum()) - 1)
                counts = counts - rng.multivariate_hypergeometric(counts, surplus,
                                                                  method="marginals")
            else:
                break
        return counts

    def _too_faint(self, flux: np.ndarray, magnitude_limits: ArrayLike | None) -> bool:
        """Whether a cluster is fainter than a limit in any band."""
        if magnitude_limits is None:
            return False
        return not np.all(self.instrument.magnitudes(flux) < np.asarray(magnitude_limits))

    @overload
    def draw(
        self,
        log_age: float,
        mass: float,
        a_v: float = ...,
        rng: int | np.random.Generator | None = ...,
        *,
        magnitude_limits: None = ...,
    ) -> Stars: ...

    @overload
    def draw(
        self,
        log_age: float,
        mass: float,
        a_v: float = ...,
        rng: int | np.random.Generator | None = ...,
        *,
        magnitude_limits: ArrayLike | None,
    ) -> Stars | None: ...

    def draw(
        self,
        log_age: float,
        mass: float,
        a_v: float = 0.0,
        rng: int | np.random.Generator | None = None,
        *,
        magnitude_limits: ArrayLike | None = None,
    ) -> Stars | None:
        """Draw the stars of one cluster.

        Parameters
        ----------
        log_age : float
            log10 of the age in years.
        mass : float
            Initial mass in solar masses.
        a_v : float, optional
            Extinction in magnitudes.
        rng : int or `numpy.random.Generator`, optional
            Source of randomness.
        magnitude_limits : array_like, shape (band,), optional
            Apparent Vega magnitudes; a cluster fainter than any of them gives
            None.

        Returns
        -------
        `Stars` or None
        """
        rng = np.random.default_rng(rng)
        cells = self.cells(log_age)
        lower, upper = cells.lower, cells.upper
        flux_lo, flux_hi = cells.flux_lower, cells.flux_upper
        if self.sampling is None:
            counts = self._counts(cells, mass, rng)
        else:
            counts = self.sampling.counts(self.imf, cells, mass, rng)
        dimming = 10 ** (-0.4 * a_v * self.band_extinction)
        flux = 0.5 * (flux_lo + flux_hi) * dimming
        total = counts @ flux
        if self.extinction_spread is None and self._too_faint(total, magnitude_limits):
            return None
        lit = np.flatnonzero((counts > 0) & (flux[:, 0] > 0))
        n = counts[lit]
        limit = np.maximum(self.bundle_flux, self.bundle_fraction * total)
        if np.all(limit > 0):
            entries = np.clip(np.ceil(n * (flux[lit] / limit).max(1)), 1, n).astype(int)
        else:
            entries = n
        cell = np.repeat(lit, entries)
        count = np.repeat(n / entries, entries)
        t = rng.random(len(cell))
        # Logarithms of flux are linear in log mass between the edges of a cell.
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.where(flux_lo > 0, flux_hi / flux_lo, 1.0)[cell]
        star_flux = flux_lo[cell] * ratio ** t[:, None] * (dimming * count[:, None])
        if self.extinction_spread is not None:
            own = self.extinction_spread.draw(a_v, len(cell), rng) - a_v
            star_flux *= 10 ** (-0.4 * own[:, None] * self.band_extinction)
            if self._too_faint(star_flux.sum(0), magnitude_limits):
                return None
        return Stars(lower[cell] * (upper / lower)[cell] ** t, count, star_flux,
                     float(counts @ cells.middle), int(counts.sum()))
