"""Contaminants of an image of a galaxy: other galaxies, foreground stars, blemishes."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.special import gammaincinv

from clusternet.galaxy.synthetic.disc import Points
from clusternet.instruments import Instrument

__all__ = ["BackgroundGalaxies", "BadColumns", "Blemish", "CosmicRays", "ForegroundStars",
           "SkySources"]


class SkySources(ABC):
    """Sources behind or before the galaxy, seen through the PSF."""

    @abstractmethod
    def draw(self, area: tuple[float, float, float, float], instrument: Instrument,
             rng: np.random.Generator) -> Points:
        """Draw point sources that make up the light.

        Parameters
        ----------
        area : tuple of float
            Limits (x0, y0, x1, y1) of the centres, in pixels.
        instrument : `~clusternet.instruments.Instrument`
            Bands of the flux columns.
        rng : `numpy.random.Generator`
            Source of randomness.

        Returns
        -------
        x, y : numpy.ndarray, shape (source,)
            Pixels.
        flux : numpy.ndarray, shape (source, band)
            electron/s.
        """


class Blemish(ABC):
    """A flaw of the detector or of the data reduction, put on the noisy pixels."""

    @abstractmethod
    def apply(self, image: np.ndarray, corner: tuple[int, int], rng: np.random.Generator) -> None:
        """Change an image in place.

        Parameters
        ----------
        image : numpy.ndarray, shape (band, y, x)
            electron/s.
        corner : tuple of int
            (x, y) of the first pixel within the whole image.
        rng : `numpy.random.Generator`
            Source of randomness.
        """


def _check_density(density):
    if not density >= 0:
        raise ValueError(f"density is {density}; it must be zero or positive")
    return float(density)


def _centres(density, area, rng):
    x0, y0, x1, y1 = area
    n = rng.poisson(density * (x1 - x0) * (y1 - y0) / 1e6)
    return rng.uniform(x0, x1, n), rng.uniform(y0, y1, n)


def _magnitudes(n, limits, slope, rng):
    """Magnitudes whose numbers grow as 10**(slope * m) between the limits."""
    lo, hi = (10 ** (slope * m) for m in limits)
    return np.log10(rng.uniform(lo, hi, n)) / slope


def _fluxes(magnitude, instrument, colour, rng):
    """Flux in all bands, shape (source, band), of sources of a magnitude in the last."""
    flux = np.empty((len(magnitude), len(instrument)))
    for i, name in reversed(list(enumerate(instrument.bands))):
        flux[:, i] = instrument[name].flux(magnitude)
        magnitude = magnitude + rng.normal(*colour, len(magnitude))
    return flux


class ForegroundStars(SkySources):
    """Stars of the Milky Way.

    Parameters
    ----------
    density : float
        Stars per 1000 x 1000 pixels.
    magnitudes : tuple of float, optional
        Limits in the reddest band (the last), Vega.
    slope : float, optional
        Number per magnitude grows as ``10**(slope * m)``.
    colour : tuple of float, optional
        Mean and standard deviation of (band - next redder band), magnitudes.

    Examples
    --------
    >>> import numpy as np
    >>> from clusternet.galaxy.synthetic.contaminants import ForegroundStars
    >>> from clusternet.instruments import wfc3_uvis
    >>> x, y, flux = ForegroundStars(20).draw((0, 0, 1000, 1000), wfc3_uvis(),
    ...                                       np.random.default_rng(1))
    >>> flux.shape[1]
    3
    """

    def __init__(self, density: float, *, magnitudes: tuple[float, float] = (16.0, 26.0),
                 slope: float = 0.12, colour: tuple[float, float] = (1.2, 0.6)) -> None:
        self.density = _check_density(density)
        self.magnitudes, self.slope, self.colour = magnitudes, float(slope), colour

    def draw(self, area: tuple[float, float, float, float], instrument: Instrument,
             rng: np.random.Generator) -> Points:
        """Draw point sources; see `SkySources.draw`."""
        x, y = _centres(self.density, area, rng)
        magnitude = _magnitudes(len(x), self.magnitudes, self.slope, rng)
        return x, y, _fluxes(magnitude, instrument, self.colour, rng)


class BackgroundGalaxies(SkySources):
    """Distant galaxies: Sersic profiles, each made of many faint points.

    Parameters
    ----------
    density : float
        Galaxies per 1000 x 1000 pixels.
    magnitudes : tuple of float, optional
        Limits in the reddest band (the last), Vega.
    radii : tuple of float, optional
        Limits of the half-light radius along the major axis, pixels; evenly
        spread in the logarithm.
    slope, colour
        As for `ForegroundStars`.
    points : int, optional
        Number of points per galaxy.
    """

    def __init__(self, density: float, *, magnitudes: tuple[float, float] = (18.0, 25.0),
                 radii: tuple[float, float] = (3.0, 25.0), slope: float = 0.3,
                 colour: tuple[float, float] = (1.3, 0.4), points: int = 4000) -> None:
        self.density = _check_density(density)
        self.magnitudes, self.radii, self.slope = magnitudes, radii, float(slope)
        self.colour, self.points = colour, int(points)

    def draw(self, area: tuple[float, float, float, float], instrument: Instrument,
             rng: np.random.Generator) -> Points:
        """Draw point sources; see `SkySources.draw`."""
        cx, cy = _centres(self.density, area, rng)
        magnitude = _magnitudes(len(cx), self.magnitudes, self.slope, rng)
        xs, ys, fluxes = [np.empty(0)], [np.empty(0)], [np.empty((0, len(instrument)))]
        for x, y, m in zip(cx, cy, magnitude, strict=True):
            n = rng.uniform(0.8, 4.0)
            radius = np.exp(rng.uniform(*np.log(self.radii)))
            # The light inside r grows as the incomplete gamma function of b (r / r_e)^(1/n).
            b = gammaincinv(2 * n, 0.5)
            r = radius * (gammaincinv(2 * n, rng.uniform(0, 0.98, self.points)) / b) ** n
            angle = rng.uniform(0, 2 * np.pi, self.points)
            ratio, turn = rng.uniform(0.25, 1), rng.uniform(0, np.pi)
            p, q = r * np.cos(angle), ratio * r * np.sin(angle)
            xs.append(x + p * np.cos(turn) - q * np.sin(turn))
            ys.append(y + p * np.sin(turn) + q * np.cos(turn))
            flux = _fluxes(np.array([m]), instrument, self.colour, rng)
            fluxes.append(np.tile(flux / self.points, (self.points, 1)))
        return np.concatenate(xs), np.concatenate(ys), np.concatenate(fluxes)


class CosmicRays(Blemish):
    """Hits that the combination of the exposures left over, each in one band.

    Parameters
    ----------
    density : float
        Hits per 1000 x 1000 pixels and band.
    flux : tuple of float, optional
        Limits of a pixel's excess, electron/s; evenly spread in the logarithm.
    length : tuple of float, optional
        Limits of the length of a track, pixels.
    """

    def __init__(self, density: float, *, flux: tuple[float, float] = (0.1, 5.0),
                 length: tuple[float, float] = (1.0, 8.0)) -> None:
        self.density = _check_density(density)
        self.flux, self.length = flux, length

    def apply(self, image: np.ndarray, corner: tuple[int, int], rng: np.random.Generator) -> None:
        """Add the hits; see `Blemish.apply`."""
        n_band, ny, nx = image.shape
        for band in range(n_band):
            for x, y in zip(*_centres(self.density, (0, 0, nx, ny), rng), strict=True):
                length, angle = rng.uniform(*self.length), rng.uniform(0, np.pi)
                t = np.linspace(0, length, int(np.ceil(length)) + 1)
                i = np.rint(x + t * np.cos(angle)).astype(int)
                j = np.rint(y + t * np.sin(angle)).astype(int)
                inside = (i >= 0) & (i < nx) & (j >= 0) & (j < ny)
                image[band, j[inside], i[inside]] += np.exp(rng.uniform(*np.log(self.flux)))


class BadColumns(Blemish):
    """Columns without data (NaN) in one band.

    Parameters
    ----------
    columns : dict of int to sequence of int
        Columns of the whole image that are bad, by the number of the band.
    """

    def __init__(self, columns: Mapping[int, Sequence[int]]) -> None:
        self.columns = {int(b): np.asarray(c, dtype=int) for b, c in columns.items()}

    def apply(self, image: np.ndarray, corner: tuple[int, int], rng: np.random.Generator) -> None:
        """Blank the columns; see `Blemish.apply`."""
        for band, columns in self.columns.items():
            here = columns - corner[0]
            image[band][:, here[(here >= 0) & (here < image.shape[2])]] = np.nan
