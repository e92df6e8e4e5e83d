"""Light in circular apertures."""

import astropy.units as u
import numpy as np
from photutils.aperture import CircularAperture, aperture_photometry
from scipy.ndimage import uniform_filter
from tqdm import tqdm

from clusternet.estimation.size_curve import SizeCurve
from clusternet.mocks.visibilities import APERTURE_RADIUS

__all__ = ["AperturePhotometry", "measure"]

_WINDOW = 32  # half side of the window whose noise makes the visibility
_STAMP = 64


def measure(image, x, y, radii, annulus, exposure_times=None, progress=False):
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
        Radii between which pixels give the sky, their median.
    exposure_times : array_like, shape (band,), optional
        Seconds, for the photon noise of the light itself.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    flux, error : numpy.ndarray, shape (object, radius, band)
        electron/s; NaN where an aperture holds a masked pixel or reaches beyond the image, or
        all of the annulus does. The error is the scatter (1.48 times the median absolute
        deviation) of the light in squares of the same area around the object, which crowding
        widens, and the photon noise.
    spread : numpy.ndarray, shape (object, band)
        Standard deviation of the pixels of a window of 64 x 64 pixels beyond 10 px of the object.
    """
    x, y = (np.asarray(places, dtype=float) for places in (x, y))
    n_bands, ny, nx = image.shape
    flux = np.full((len(x), len(radii), n_bands), np.nan)
    level, n_sky, spread = np.full((3, len(x), n_bands), np.nan)
    noise = flux.copy()
    area = np.pi * np.square(radii)
    if not len(x):
        return flux, flux.copy(), spread
    offset = np.arange(-_WINDOW, _WINDOW)
    distance = np.hypot(*np.meshgrid(offset, offset, indexing="ij"))
    in_annulus = (distance >= annulus[0]) & (distance < annulus[1])
    for i in tqdm(range(len(x)), desc="photometry", unit=" objects", disable=not progress):
        cut, part = [], []
        for place, size in ((y[i], ny), (x[i], nx)):
            first = int(np.floor(place + 0.5)) - _WINDOW
            low, high = np.clip((first, first + 2 * _WINDOW), 0, size)
            cut.append(slice(low, high))
            part.append(slice(low - first, high - first))
        pixels = np.where(image.mask[:, *cut], np.nan, image.data[:, *cut])
        sky = pixels[:, in_annulus[*part]]
        far = distance[*part] > APERTURE_RADIUS
        for band in range(n_bands):
            good = sky[band][np.isfinite(sky[band])]
            n_sky[i, band] = len(good)
            if not len(good):
                continue
            level[i, band] = np.median(good)
            spread[i, band] = np.nanstd(pixels[band][far])
            filled = np.where(np.isfinite(pixels[band]), pixels[band], level[i, band])
            for k in range(len(radii)):
                side = max(1, round(np.sqrt(area[k])))
                sums = area[k] * uniform_filter(filled, side)[far]
                noise[i, k, band] = 1.4826 * np.median(np.abs(sums - np.median(sums)))
    for band in range(n_bands):
        bad = image.mask[band]
        for k, radius in enumerate(radii):
            apertures = CircularAperture(np.stack([x, y], axis=-1), radius)
            clean, whole = (np.array(aperture_photometry(values, apertures)["aperture_sum"])
                            for values in (np.where(bad, 0.0, image.data[band]), 1.0 - bad))
            flux[:, k, band] = np.where(whole > area[k] - 1e-6, clean - area[k] * level[:, band],
                                        np.nan)
    seconds = np.inf if exposure_times is None else np.asarray(exposure_times, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.maximum(flux, 0) / seconds + noise**2 * (1 + area[:, None] / n_sky[:, None])
    return flux, np.where(np.isfinite(flux), np.sqrt(variance), np.nan), spread


class AperturePhotometry:
    """Magnitudes of clusters in an image: apertures, a sky annulus, a correction for the size.

    The size of a cluster is told from its concentration, the magnitude within a small circle less
    that within a larger one. How concentration and lost light depend on size is measured in the
    same way on stamps of mock clusters without noise, `per_size` at each of 11 sizes, when first
    needed (some seconds).

    Parameters
    ----------
    mocks : `~clusternet.mocks.MockClusters`, optional
        Gives bands, zero points, exposures and PSF of the image, and what clusters look like.
    radius : float, optional
        Of the aperture, in pixels.
    concentration : (float, float), optional
        Radii of the concentration, in pixels.
    concentration_band : str, optional
        Band in which it is measured.
    annulus : (float, float), optional
        Radii of the annulus for the sky, in pixels; at most 30.
    per_size : int, optional
        Mock clusters at each size.
    seed : int, optional
        Of these.

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

    def __init__(self, mocks=None, radius=4.0, concentration=(1.0, 3.0),
                 concentration_band="F438W", annulus=(8.0, 12.0), per_size=40, seed=0):
        from clusternet.mocks import MockClusters

        self.mocks = MockClusters() if mocks is None else mocks
        for name, radii in (("radius", (0, radius)), ("concentration", (0, *concentration)),
                            ("annulus", (0, *annulus, 30))):
            if not all(np.diff(radii) > 0):
                raise ValueError(f"{name} = {radii[1:]} px; radii must be positive and ascending")
        if concentration_band not in self.bands:
            raise ValueError(f"no {concentration_band} for the concentration (there are "
                             f"{', '.join(self.bands)}); name one with concentration_band")
        self.radius = float(radius)
        self.concentration = tuple(float(r) for r in concentration)
        self.concentration_band = concentration_band
        self.annulus = tuple(float(r) for r in annulus)
        self.per_size, self.seed = int(per_size), seed
        self._curve = None

    @property
    def bands(self):
        """Names of the bands."""
        return self.mocks.instrument.bands

    @property
    def meta(self):
        """What a catalogue should say of the photometry."""
        return {"radius": self.radius, "concentration": list(self.concentration),
                "concentration_band": self.concentration_band, "annulus": list(self.annulus)}

    @property
    def curve(self):
        """`SizeCurve` of the mocks."""
        if self._curve is None:
            self._curve = self._measured_curve()
        return self._curve

    def __call__(self, image, x, y, progress=True):
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
        flux, error : numpy.ndarray, shape (object, band)
            In the aperture, electron/s; NaN where not measured.
        concentration, concentration_error : numpy.ndarray, shape (object,)
            In magnitudes; NaN where not measured or there is no light.
        spread : numpy.ndarray, shape (object, band)
            As from `measure`.

        Raises
        ------
        ValueError
            If the image lacks a band, or has another pixel scale.
        """
        image = image.select(self.bands)
        image.check_pixel_scale(self.mocks.instrument.pixel_scale)
        times = self.mocks.instrument.exposure_times.to_value(u.s)
        radii = (self.radius, *self.concentration)
        flux, error, spread = measure(image, x, y, radii, self.annulus, times, progress)
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
        return flux[:, 0], error[:, 0], concentration, concentration_error, spread

    def _measured_curve(self):
        from clusternet.images import MultiBandImage

        rng = np.random.default_rng(self.seed)
        log_r_h = np.linspace(*self.mocks.parameters.log_r_h, 11)
        centre = _STAMP // 2
        told, lost = [], []
        for size in log_r_h:
            drawn = [self.mocks.draw_one(rng).parameters for _ in range(self.per_size)]
            clusters = [self.mocks.build({**one, "log_r_h": size}, rng) for one in drawn]
            x, y = centre + rng.uniform(-0.5, 0.5, (2, self.per_size))
            stamps = self.mocks.render(clusters, x, y, (_STAMP, _STAMP))
            found = [self(MultiBandImage(stamp, self.bands, self._wcs()), [x[i]], [y[i]], False)
                     for i, stamp in enumerate(stamps)]
            told.append(np.array([one[2][0] for one in found]))
            total = np.array([cluster.flux for cluster in clusters])
            lost.append(2.5 * np.log10(np.array([one[0][0] for one in found]) / total))
        told, lost = np.array(told), np.array(lost)
        return SizeCurve(self.bands, log_r_h, told.mean(axis=1), told.std(axis=1),
                         lost.mean(axis=1), lost.std(axis=1).mean(axis=-1))

    def _wcs(self):
        from astropy.wcs import WCS

        wcs = WCS(naxis=2)
        wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
        scale = self.mocks.pixel_scale.to_value("deg")
        wcs.wcs.cdelt = [-scale, scale]
        return wcs
