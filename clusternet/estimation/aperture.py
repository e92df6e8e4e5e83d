"""Light in circular apertures."""

from collections.abc import Sequence
from typing import NamedTuple

import astropy.units as u
import numpy as np
from astropy.wcs import WCS
from numpy.typing import ArrayLike
from photutils.aperture import CircularAperture, aperture_photometry
from scipy.ndimage import uniform_filter
from tqdm import tqdm

from clusternet._random import seed_of
from clusternet.estimation.accuracy import CURVE_SIZES, CURVE_STAMP
from clusternet.estimation.size_curve import SizeCurve
from clusternet.images import MultiBandImage
from clusternet.images.tiling import placed
from clusternet.mocks import MockClusters
from clusternet.mocks.visibilities import APERTURE_RADIUS

__all__ = ["ApertureLight", "AperturePhotometry", "Photometry", "measure"]

_HALF = 32  # pixels: half side of the window around an object that gives noise and visibility
_LARGEST = 30  # pixels: largest radius of the annulus, which must lie in that window


class ApertureLight(NamedTuple):
    """Light of objects in apertures of several radii."""

    flux: np.ndarray
    """electron/s, shape (object, radius, band); NaN where an aperture holds a masked pixel or
    reaches beyond the image, or all of the annulus does."""
    flux_err: np.ndarray
    """Its standard error: photon noise, and the scatter (1.48 times the median absolute deviation)
    of the light in squares of the same area around the object, which crowding widens."""
    background_std: np.ndarray
    """Standard deviation of the pixels of a window of 64 x 64 px beyond 10 px of the object, shape
    (object, band)."""


class Photometry(NamedTuple):
    """Aperture photometry of objects."""

    flux: np.ndarray
    """electron/s in the aperture, shape (object, band); NaN where not measured."""
    flux_err: np.ndarray
    """Its standard error."""
    concentration: np.ndarray
    """Magnitude within the small circle minus that within the large one, shape (object,); NaN
    where not measured or there is no light."""
    concentration_err: np.ndarray
    """Its standard error."""
    background_std: np.ndarray
    """Standard deviation of the pixels around, shape (object, band)."""


def measure(image: MultiBandImage, x: ArrayLike, y: ArrayLike, radii: Sequence[float],
            annulus: tuple[float, float], *, exposure_times: ArrayLike | None = None,
            progress: bool = False) -> ApertureLight:
    """Light of objects in circular apertures, above the median of an annulus.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage`
        The image.
    x, y : array_like, shape (object,)
        Centres in pixels.
    radii : sequence of float
        Radii of apertures, in pixels.
    annulus : (float, float)
        Radii between which the median of the pixels is the sky.
    exposure_times : array_like, shape (band,), optional
        Seconds, for the photon noise of the light itself; none when not given.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    `ApertureLight`
    """
    x, y = (np.asarray(places, dtype=float) for places in (x, y))
    area = np.pi * np.square(radii)
    around = [_Surroundings(image, one, area, annulus)
              for one in tqdm(zip(x, y, strict=True), desc="photometry", unit=" objects",
                              total=len(x), disable=not progress)]
    n_bands = len(image.bands)
    sky, n_sky, spread = (np.array([getattr(one, name) for one in around]).reshape(-1, n_bands)
                          for name in ("sky", "n_sky", "std"))
    noise = np.array([one.noise for one in around]).reshape(-1, len(area), n_bands)
    flux = np.full(noise.shape, np.nan)
    for band in range(n_bands if len(x) else 0):
        bad = image.mask[band]
        for k, radius in enumerate(radii):
            apertures = CircularAperture(np.stack([x, y], axis=-1), radius)
            light, whole = (np.array(aperture_photometry(values, apertures)["aperture_sum"])
                            for values in (np.where(bad, 0.0, image.data[band]), 1.0 - bad))
            flux[:, k, band] = np.where(whole > area[k] - 1e-6, light - area[k] * sky[:, band],
                                        np.nan)
    seconds = np.inf if exposure_times is None else np.asarray(exposure_times, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.maximum(flux, 0) / seconds + noise**2 * (
            1 + area[:, None] / n_sky[:, None])
        flux_err = np.where(np.isfinite(flux), np.sqrt(variance), np.nan)
    return ApertureLight(flux, flux_err, spread)


class _Surroundings:
    """Sky and noise around an object, each an array over bands."""

    def __init__(self, image, place, area, annulus) -> None:
        n_bands, ny, nx = image.shape
        self.sky, self.n_sky, self.std = np.full((3, n_bands), np.nan)
        self.noise = np.full((len(area), n_bands), np.nan)
        first = [int(np.floor(c + 0.5)) - _HALF for c in place[::-1]]
        cut, window = placed((first[0], first[1]), (2 * _HALF, 2 * _HALF), (ny, nx))
        distance = np.hypot(*np.mgrid[-_HALF:_HALF, -_HALF:_HALF])[window]
        far = distance > APERTURE_RADIUS
        in_annulus = (distance >= annulus[0]) & (distance < annulus[1])
        pixels = np.where(image.mask[:, *cut], np.nan, image.data[:, *cut])
        for band, values in enumerate(pixels):
            good = values[in_annulus & np.isfinite(values)]
            self.n_sky[band] = len(good)
            if not len(good):
                continue
            self.sky[band] = np.median(good)
            self.std[band] = np.nanstd(values[far])
            filled = np.where(np.isfinite(values), values, self.sky[band])
            for k, each in enumerate(area):
                sums = each * uniform_filter(filled, max(1, round(np.sqrt(each))))[far]
                self.noise[k, band] = 1.4826 * np.median(np.abs(sums - np.median(sums)))


class AperturePhotometry:
    """Magnitudes of clusters in an image: apertures, a sky annulus, a correction for the size.

    The size of a cluster follows from its concentration, the magnitude within a small circle minus
    that within a larger one. How concentration and lost light depend on size is measured in the
    same way on stamps of mock clusters without noise, `per_size` at each of 11 sizes, when first
    needed, which takes seconds.

    Parameters
    ----------
    mocks : `~clusternet.mocks.MockClusters`, optional
        Bands, zero points, exposures and PSF of the image, and the looks of clusters.
    radius : float, optional
        Radius of the aperture, in pixels.
    concentration : (float, float), optional
        Radii of the two circles of the concentration, in pixels.
    concentration_band : str, optional
        Band in which the concentration is measured.
    annulus : (float, float), optional
        Radii of the annulus for the sky, in pixels; at most 30.
    per_size : int, optional
        Mock clusters at each size.
    rng : int or `numpy.random.Generator`, optional
        Source of randomness of the mock clusters.

    Raises
    ------
    ValueError
        If radii are not ascending and positive, or the band is not one of the mocks.

    Examples
    --------
    >>> import astropy.units as u
    >>> from clusternet.estimation import AperturePhotometry
    >>> from clusternet.mocks import MockClusters
    >>> from clusternet.psf import GaussianPSF
    >>> photometry = AperturePhotometry(MockClusters(psf=GaussianPSF(0.08 * u.arcsec)), per_size=5)
    >>> smallest, largest = photometry.curve.concentration[[0, -1]]
    >>> bool(largest > smallest + 0.5)
    True
    """

    def __init__(self, mocks: MockClusters | None = None, *, radius: float = 4.0,
                 concentration: tuple[float, float] = (1.0, 3.0),
                 concentration_band: str = "F438W", annulus: tuple[float, float] = (8.0, 12.0),
                 per_size: int = 40, rng: int | np.random.Generator | None = 0) -> None:
        self.mocks = MockClusters() if mocks is None else mocks
        for name, radii in (("radius", (0, radius)), ("concentration", (0, *concentration)),
                            ("annulus", (0, *annulus, _LARGEST))):
            if not all(np.diff(radii) > 0):
                raise ValueError(f"{name} = {radii[1:]} px; radii must be positive and ascending")
        if concentration_band not in self.bands:
            raise ValueError(f"no {concentration_band} for the concentration (there are "
                             f"{', '.join(self.bands)}); name one with concentration_band")
        self.radius = float(radius)
        self.concentration = float(concentration[0]), float(concentration[1])
        self.concentration_band = concentration_band
        self.annulus = float(annulus[0]), float(annulus[1])
        self.per_size = int(per_size)
        self._seed = seed_of(rng)
        self._curve = None

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of the bands."""
        return self.mocks.instrument.bands

    @property
    def meta(self) -> dict:
        """Settings of the photometry, for the ``meta`` of a catalogue."""
        return {"radius": self.radius, "concentration": list(self.concentration),
                "concentration_band": self.concentration_band, "annulus": list(self.annulus)}

    @property
    def curve(self) -> SizeCurve:
        """`SizeCurve` of the mocks."""
        if self._curve is None:
            self._curve = self._measured_curve()
        return self._curve

    def __call__(self, image: MultiBandImage, x: ArrayLike, y: ArrayLike, *,
                 progress: bool = True) -> Photometry:
        """Measure objects.

        Parameters
        ----------
        image : `~clusternet.images.MultiBandImage`
            With the bands and the pixel scale of the mocks.
        x, y : array_like, shape (object,)
            Centres in pixels; concentrations need them to half a pixel.
        progress : bool, optional
            Show a progress bar.

        Returns
        -------
        `Photometry`

        Raises
        ------
        ValueError
            If the image lacks a band, or has another pixel scale.
        """
        image = image.select(self.bands)
        image.check_pixel_scale(self.mocks.instrument.pixel_scale)
        times = self.mocks.instrument.exposure_times.to_value(u.s)
        radii = (self.radius, *self.concentration)
        flux, error, background_std = measure(image, x, y, radii, self.annulus,
                                              exposure_times=times, progress=progress)
        band = self.bands.index(self.concentration_band)
        with np.errstate(divide="ignore", invalid="ignore"):
            small, large = flux[:, 1:, band].T
            concentration = 2.5 * np.log10(large / small)
            # Noise of the small circle and of the ring around it are independent.
            ring = np.sqrt(np.maximum(error[:, 2, band]**2 - error[:, 1, band]**2, 0))
            of_small = error[:, 1, band] * (1 / small - 1 / large)
            concentration_error = 1.086 * np.hypot(of_small, ring / large)
        known = np.isfinite(concentration)
        concentration, concentration_error = (
            np.where(known, values, np.nan) for values in (concentration, concentration_error))
        return Photometry(flux[:, 0], error[:, 0], concentration, concentration_error,
                          background_std)

    def _measured_curve(self):
        rng = np.random.default_rng(self._seed)
        smallest, largest = self.mocks.parameters.log_r_h
        log_r_h = np.linspace(smallest, largest, CURVE_SIZES)
        centre = CURVE_STAMP // 2
        concentration, correction = [], []
        for size in log_r_h:
            drawn = [self.mocks.draw_one(rng).parameters for _ in range(self.per_size)]
            clusters: list = [self.mocks.build({**one, "log_r_h": size}, rng) for one in drawn]
            x, y = centre + rng.uniform(-0.5, 0.5, (2, self.per_size))
            stamps = self.mocks.render(clusters, x, y, (CURVE_STAMP, CURVE_STAMP))
            found = [self(MultiBandImage(stamp, self.bands, self._wcs()), [x[i]], [y[i]],
                          progress=False) for i, stamp in enumerate(stamps)]
            concentration.append([one.concentration[0] for one in found])
            total = np.array([cluster.flux for cluster in clusters])
            correction.append(2.5 * np.log10(np.array([one.flux[0] for one in found]) / total))
        concentration, correction = np.array(concentration), np.array(correction)
        return SizeCurve(self.bands, log_r_h, concentration.mean(axis=1),
                         concentration.std(axis=1), correction.mean(axis=1),
                         correction.std(axis=1).mean(axis=-1))

    def _wcs(self):
        wcs = WCS(naxis=2)
        wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
        wcs.wcs.cdelt = self.mocks.pixel_scale.to_value(u.deg) * np.array([-1, 1])
        return wcs
