"""Dust lanes traced on an image."""

from collections.abc import Sequence
from dataclasses import dataclass

import astropy.units as u
import numpy as np
from astropy.coordinates import SkyCoord
from astropy.wcs.utils import proj_plane_pixel_area
from scipy.ndimage import gaussian_filter1d

from clusternet.galaxy.accuracy import LANE_MOVE
from clusternet.galaxy.arms.spirals import LogarithmicSpiral
from clusternet.galaxy.core import Galaxy
from clusternet.images import MultiBandImage

__all__ = ["DustLane", "trace_dust_lane"]


@dataclass(frozen=True)
class DustLane:
    """A dust lane and the map it was found in.

    Parameters
    ----------
    curve : `~astropy.coordinates.SkyCoord`, shape (n,)
        Points of the lane, a curve for `SpiralArms`.
    guess : `~astropy.coordinates.SkyCoord`, shape (n,)
        Points of the guess opposite to them.
    along : `~astropy.units.Quantity`, shape (n,)
        Length along the guess, kpc.
    across : `~astropy.units.Quantity`, shape (m,)
        Distances from the guess, kpc, positive to the left of its direction with north up and
        east to the left.
    offset : `~astropy.units.Quantity`, shape (n,)
        Distance of the lane from the guess, as ``across``.
    reddening : numpy.ndarray, shape (n, m)
        Map that was followed: how much redder or darker than the median of the row, as the arcsinh
        of units of the scatter of the map. NaN where there is no good pixel.
    """

    curve: SkyCoord
    guess: SkyCoord
    along: u.Quantity
    across: u.Quantity
    offset: u.Quantity
    reddening: np.ndarray


def trace_dust_lane(image: MultiBandImage, galaxy: Galaxy, guess: SkyCoord | LogarithmicSpiral, *,
                    bands: str | Sequence[str] = ("F438W", "F814W"),
                    reach: u.Quantity = 0.4 * u.kpc, step: u.Quantity = 0.05 * u.kpc,
                    stiffness: float = 0.3) -> DustLane:
    """Follow the ridge of extinction along a guessed curve.

    A strip of the image along the guess is cut into cells of half a step, each of which gets the
    colour of the medians of its pixels (so that single stars do not count), relative to the
    median of its row. The lane is the path along the strip with the greatest sum of reddening,
    where each move aside costs its square in cells times the ``stiffness``. Always look at the
    result with `~clusternet.plotting.plot_dust_lane`.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage`
        The galaxy.
    galaxy : `Galaxy`
        Distance, and orientation where the guess is a spiral.
    guess : `~astropy.coordinates.SkyCoord` or `LogarithmicSpiral`
        Points in order along the arm, or a spiral. Points off the image are left out at the
        ends.
    bands : sequence of str, optional
        A blue and a red band, whose ratio is taken; or one band, whose brightness is.
    reach : `~astropy.units.Quantity`, optional
        Largest distance of the lane from the guess.
    step : `~astropy.units.Quantity`, optional
        Distance between the points of the lane.
    stiffness : float, optional
        Cost of a move aside: greater for a smoother lane.

    Returns
    -------
    `DustLane`

    Raises
    ------
    ValueError
        A band is missing, the guess is not on the image, or an argument is impossible.
    """
    if isinstance(guess, LogarithmicSpiral):
        guess = guess.curve(galaxy)
    bands = (bands,) if isinstance(bands, str) else tuple(bands)
    missing = [band for band in bands if band not in image.bands]
    if missing or not 1 <= len(bands) <= 2:
        raise ValueError(f"bands are {bands}; give one or two of {', '.join(image.bands)}")
    step, reach = (u.Quantity(length, u.kpc).value for length in (step, reach))
    if not 0 < step <= reach:
        raise ValueError(f"step is {step} kpc and reach {reach} kpc; give a positive step, not "
                         "longer than the reach")
    scale = np.sqrt(proj_plane_pixel_area(image.wcs.celestial)) * 3600
    pixels_per_kpc = 1000 / (scale * galaxy.parsecs_per_arcsec)
    points, normal = _resampled(guess, galaxy, step)
    half = int(np.ceil(2 * reach / step))
    across = np.arange(-half, half + 1) * step / 2
    cells = points[:, None] + across[:, None] * normal[:, None]
    magnitude = _magnitudes(image, bands, _sky(galaxy, cells), step / 2 * pixels_per_kpc)
    on_image = np.flatnonzero(np.isfinite(magnitude).any(1))
    if len(on_image) < 2:
        raise ValueError("the guess is not on the image; give one that runs through it")
    rows = slice(on_image[0], on_image[-1] + 1)
    points, normal, magnitude = points[rows], normal[rows], magnitude[rows]
    reddening = _standardised(magnitude)
    offset = across[_ridge(np.nan_to_num(reddening), stiffness)]
    offset = gaussian_filter1d(offset, 1.0, mode="nearest")
    return DustLane(_sky(galaxy, points + offset[:, None] * normal), _sky(galaxy, points),
                    np.arange(len(points)) * step * u.kpc, across * u.kpc, offset * u.kpc,
                    reddening)


def _resampled(curve, galaxy, step):
    """Points of a curve on the plane of the sky (kpc east, north), evenly spaced; left normals."""
    kpc = galaxy.parsecs_per_arcsec / 1000
    places = np.stack(galaxy.offsets(curve), -1) * kpc
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(places, axis=0).T))])
    at = np.arange(0, along[-1], step)
    if places.ndim != 2 or len(at) < 2:
        raise ValueError("the guess is shorter than two steps; give a longer curve")
    points = np.stack([np.interp(at, along, axis) for axis in places.T], -1)
    direction = np.gradient(points, axis=0)
    direction /= np.hypot(*direction.T)[:, None]
    # East is to the left, so that the left of (east, north) is (north, -east).
    return points, np.stack([direction[:, 1], -direction[:, 0]], -1)


def _sky(galaxy, places):
    """Positions of places on the plane of the sky (kpc east, north)."""
    pa = galaxy.position_angle
    angle = np.arctan2(places[..., 0], places[..., 1]) * u.rad - pa
    return galaxy.sky(np.hypot(places[..., 0], places[..., 1]) * u.kpc, angle, deprojected=False)


def _magnitudes(image, bands, cells, width):
    """Colour, or minus brightness, of the medians in square cells; NaN without good pixels."""
    x, y = image.wcs.celestial.world_to_pixel(cells)
    half = max(round(width), 1) // 2
    dy, dx = np.mgrid[-half:half + 1, -half:half + 1].reshape(2, -1)
    medians = np.full((2, *x.shape), np.nan)
    ny, nx = image.data.shape[1:]
    for row in range(len(x)):
        i = np.rint(x[row])[:, None].astype(int) + dx
        j = np.rint(y[row])[:, None].astype(int) + dy
        inside = (i >= 0) & (i < nx) & (j >= 0) & (j < ny)
        i, j = np.clip(i, 0, nx - 1), np.clip(j, 0, ny - 1)
        for k, band in enumerate(bands):
            number = image.bands.index(band)
            good = inside & ~image.mask[number, j, i]
            known = good.mean(1) > 0.5
            values = np.ma.array(image.data[number, j, i], mask=~good)
            medians[k, row] = np.where(known, np.ma.median(values, axis=1).filled(np.nan), np.nan)
    medians[medians <= 0] = np.nan
    magnitude = -2.5 * np.log10(medians)
    return magnitude[0] - magnitude[1] if len(bands) == 2 else magnitude[0]


def _standardised(magnitude):
    """Difference from the median of each row, in units of the scatter; arcsinh tames outliers."""
    values = np.ma.masked_invalid(magnitude)
    values = values - np.ma.median(values, axis=1)[:, None]
    scatter = 1.4826 * np.ma.median(np.abs(values))
    return np.arcsinh(values / (scatter if scatter > 0 else 1)).filled(np.nan)


def _ridge(strength, stiffness):
    """Column of the path with the greatest sum in each row (dynamic programming)."""
    n, m = strength.shape
    moves = np.arange(-LANE_MOVE, LANE_MOVE + 1)
    came, total = np.zeros((n, m), dtype=int), strength[0]
    for row in range(1, n):
        padded = np.pad(total, LANE_MOVE, constant_values=-np.inf)
        options = np.stack([padded[LANE_MOVE + k:LANE_MOVE + k + m] - stiffness * k**2
                            for k in moves])
        best = options.argmax(0)
        came[row] = moves[best] + np.arange(m)
        total = options.max(0) + strength[row]
    path = [int(total.argmax())]
    for row in range(n - 1, 0, -1):
        path.append(int(came[row, path[-1]]))
    return np.array(path[::-1])
