"""A search as catalogues made by people do it: peaks, and how concentrated they are."""

import os
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from astropy.table import QTable
from photutils.aperture import CircularAperture, aperture_photometry
from photutils.background import Background2D
from photutils.detection import DAOStarFinder
from photutils.utils.exceptions import NoDetectionsWarning
from tqdm import tqdm

from clusternet.catalog import describe, make_catalogue
from clusternet.detection.core import Detector
from clusternet.images import Mosaic, MultiBandImage

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["StarFinderDetector"]


class StarFinderDetector(Detector):
    """Peaks of the image that are less concentrated than stars: a baseline without a network.

    The bands, each minus its background and over its noise, are averaged, and DAOFIND (Stetson
    1987, PASP 99, 191) finds the peaks. Background and noise come from a grid of boxes
    (`photutils.background.Background2D`), so that crowding counts as noise. Of the peaks those are
    kept whose concentration index, the magnitude in a small circle minus that in a larger one, is
    that of something wider than a star, and not as wide as a knot of background.

    The class is 1 - threshold / significance, where the significance is the peak's in units of the
    noise: a score to sort by, 0 at the threshold and 0.95 at 20 times that, no probability.

    Parameters
    ----------
    threshold : float, optional
        Least significance.
    fwhm : float, optional
        Full width at half maximum of DAOFIND's kernel, in pixels. That of a cluster rather than of
        a star: on synthetic M83 fields 6 px found more clusters at equal false detections than 2
        to 5 px.
    concentration : (float, float), optional
        Radii of the circles, in pixels.
    concentration_range : (float, float), optional
        Least and largest concentration index, in magnitudes. For the default radii and WFC3/UVIS a
        star has about 1.0, mock clusters from 1.4 (a half-number radius of 0.04 arcsec) to 2.3
        (0.4 arcsec).
    concentration_band : str, optional
        Band in which it is measured.
    bands : sequence of str, optional
        Bands to average; all when not given.
    box : int, optional
        Side of the boxes, in pixels.

    Raises
    ------
    ValueError
        If a setting is not positive, or radii or concentrations do not ascend.

    Examples
    --------
    >>> import numpy as np
    >>> from astropy.wcs import WCS
    >>> from clusternet.detection import StarFinderDetector
    >>> from clusternet.images import MultiBandImage
    >>> wcs = WCS(naxis=2)
    >>> wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    >>> y, x = np.mgrid[:128, :128]
    >>> data = np.random.default_rng(1).normal(0, 0.01, (1, 128, 128))
    >>> for x0, sigma in ((30, 0.85), (90.3, 2.0)):  # a star and a cluster
    ...     data[0] += np.exp(-((x - x0) ** 2 + (y - 64) ** 2) / 2 / sigma**2)
    >>> found = StarFinderDetector()(MultiBandImage(data, ["F438W"], wcs), progress=False)
    >>> print(found["x_centroid"].round(1), found["concentration"].round(1))
    [90.3] [1.9]
    """

    def __init__(self, threshold: float = 5.0, *, fwhm: float = 6.0,
                 concentration: tuple[float, float] = (1.0, 3.0),
                 concentration_range: tuple[float, float] = (1.3, 2.6),
                 concentration_band: str = "F438W", bands: Sequence[str] | None = None,
                 box: int = 32) -> None:
        for name, value in (("threshold", threshold), ("fwhm", fwhm), ("box", box)):
            if not value > 0:
                raise ValueError(f"{name} = {value}; it must be positive")
        for name, (low, high) in (("concentration", concentration),
                                  ("concentration_range", concentration_range)):
            if not 0 < low < high:
                raise ValueError(f"{name} = ({low}, {high}); give two ascending positive values")
        self.threshold, self.fwhm, self.box = float(threshold), float(fwhm), int(box)
        self.concentration = tuple(float(radius) for radius in concentration)
        self.concentration_range = tuple(float(value) for value in concentration_range)
        self.concentration_band = concentration_band
        self.bands = None if bands is None else tuple(bands)

    def __call__(self, image: MultiBandImage | Mosaic, *, progress: bool = True,
                 folder: str | os.PathLike[str] | None = None, client: "Client | None" = None,
                 workers: int | None = None) -> QTable:
        """Find candidates; see `Detector`.

        Parameters
        ----------
        image : `~clusternet.images.MultiBandImage`
            Where to look, in memory, which it must fit several times.
        progress : bool, optional
            Show a progress bar.
        folder, client, workers
            Not taken: the image is searched at once.

        Returns
        -------
        `~astropy.table.QTable`
            A catalogue, by falling class, with the columns ``significance`` and ``concentration``
            besides. Peaks whose circles hold a masked pixel or reach beyond the image are left
            out. Parameters are NaN.

        Raises
        ------
        ValueError
            If the image lacks a band, has no noise anywhere in one, or is left on disk.
        """
        if isinstance(image, Mosaic):
            raise ValueError("StarFinderDetector needs an image in memory; read it with "
                             "MultiBandImage.read, or take a cutout")
        self._refuse("the image is searched at once, in this process", folder=folder,
                     client=client, workers=workers)
        wanted = image.select(image.bands if self.bands is None else self.bands)
        total = np.zeros(image.shape[1:])
        mask = wanted.mask.any(axis=0)
        with tqdm(total=len(wanted.bands) + 2, desc="star finder", disable=not progress) as bar:
            for band, values, bad in zip(wanted.bands, wanted.data, wanted.mask, strict=True):
                background = self._background(values, bad)
                total += (values - background.background) / _positive(background, band)
                bar.update()
            peaks = self._peaks(total / len(wanted.bands), mask)
            bar.update()
            peaks["concentration"] = self._concentration(image, peaks)
            bar.update()
        low, high = self.concentration_range
        kept = (peaks["concentration"] >= low) & (peaks["concentration"] <= high)
        order = np.flatnonzero(kept)[np.argsort(-peaks["significance"][kept], kind="stable")]
        values = {name: column[order] for name, column in peaks.items()}
        values["class_cb"] = 1 - self.threshold / values["significance"]
        found = make_catalogue(values, image.wcs, meta={
            "detector": type(self).__name__, "threshold": self.threshold, "fwhm": self.fwhm,
            "concentration_radii": list(self.concentration), "box": self.box,
            "concentration_range": list(self.concentration_range),
            "concentration_band": self.concentration_band, "bands": list(wanted.bands)})
        describe(found, "significance", "Peak of DAOFIND's map over its noise")
        describe(found, "concentration",
                 "Magnitude in the small circle minus that in the larger one")
        return found

    def _background(self, values, bad):
        box = np.minimum(self.box, values.shape)
        return Background2D(np.where(bad, 0, values), box, mask=bad, exclude_percentile=90)

    def _peaks(self, detection, mask):
        """Positions and significances of peaks on an image in units of its noise."""
        # Noise of an average of bands is less than that of each; crowding is common to all.
        noise = 1.4826 * np.median(np.abs(detection[~mask] - np.median(detection[~mask])))
        finder = DAOStarFinder(self.threshold * noise, self.fwhm, sharpness_range=None,
                               roundness_range=None, exclude_border=False)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NoDetectionsWarning)
            found = finder(np.where(mask, 0, detection), mask=mask)
        if found is None:
            return {name: np.zeros(0) for name in ("x_centroid", "y_centroid", "significance")}
        return {"x_centroid": np.array(found["x_centroid"]),
                "y_centroid": np.array(found["y_centroid"]),
                "significance": self.threshold * 10 ** (-0.4 * np.array(found["daofind_mag"]))}

    def _concentration(self, image, peaks):
        """Concentration indices, NaN where a circle is not whole."""
        if not len(peaks["x_centroid"]):
            return np.zeros(0)
        band = image.select([self.concentration_band])
        values, bad = band.data[0], band.mask[0]
        clean = np.where(bad, 0, values - self._background(values, bad).background)
        flux = []
        for radius in self.concentration:
            circles = CircularAperture(
                np.stack([peaks["x_centroid"], peaks["y_centroid"]], axis=-1), radius)
            light, whole = (np.array(aperture_photometry(each, circles)["aperture_sum"])
                            for each in (clean, 1.0 - bad))
            flux.append(np.where(whole > circles.area - 1e-6, light, np.nan))
        with np.errstate(divide="ignore", invalid="ignore"):
            return 2.5 * np.log10(flux[1] / flux[0])


def _positive(background, band):
    """Noise of a band; where boxes have none, as on a blank area, the least there is elsewhere."""
    rms = background.background_rms
    if not (rms > 0).any():
        raise ValueError(f"{band} has no noise at all; the star finder needs an image with noise")
    return np.maximum(rms, rms[rms > 0].min())
