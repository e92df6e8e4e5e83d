"""Candidates: peaks of the class map."""

import warnings
from typing import Any

import numpy as np
from astropy.table import QTable
from numpy.lib.stride_tricks import sliding_window_view
from photutils.detection import find_peaks
from photutils.utils.exceptions import NoDetectionsWarning
from scipy.ndimage import gaussian_filter, label

from clusternet.catalog import PARAMETERS, describe, make_catalogue
from clusternet.detection.maps import ValueMaps
from clusternet.posterior import neighbour_weights

__all__ = ["PEAK_REACH", "PeakFinder"]

PEAK_REACH = 2
"""Pixels on each side of a peak that count, 5 x 5 in all."""


class PeakFinder:
    """Find candidates in value maps, as in Paper III, section 3.2.

    The class map is smoothed with a Gaussian; every local maximum of the smoothed map is a
    candidate if the map itself reaches the threshold within the 5 x 5 pixels around it. Position
    and parameters are means over these pixels, weighted by class and distance from the peak
    (`~clusternet.posterior.neighbour_weights`).

    Parameters
    ----------
    sigma : float, optional
        Standard deviation of the Gaussian, in pixels. The paper: 3.
    threshold : float, optional
        Least class of a candidate.
    weight_sigma : float, optional
        Standard deviation of the weights' fall with distance, in pixels. Not published.

    Examples
    --------
    >>> import numpy as np
    >>> from astropy.wcs import WCS
    >>> from clusternet.detection import PeakFinder, ValueMaps
    >>> wcs = WCS(naxis=2)
    >>> wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    >>> y, x = np.mgrid[:40, :50]
    >>> class_cb = np.exp(-((x - 30.2) ** 2 + (y - 12) ** 2) / 18)
    >>> found = PeakFinder()(ValueMaps({"class_cb": class_cb}, wcs))
    >>> print(f"{found['x_centroid'][0]:.1f} {found['y_centroid'][0]:.1f}")
    30.0 12.0
    """

    def __init__(self, *, sigma: float = 3.0, threshold: float = 0.5,
                 weight_sigma: float = 1.5) -> None:
        for name, value in (("sigma", sigma), ("weight_sigma", weight_sigma)):
            if not value > 0:
                raise ValueError(f"{name} is {value} px; it must be positive")
        if not 0 <= threshold <= 1:
            raise ValueError(f"threshold is {threshold}; classes go from 0 to 1")
        self.sigma = float(sigma)
        self.threshold = float(threshold)
        self.weight_sigma = float(weight_sigma)

    def smooth(self, class_cb: np.ndarray) -> np.ndarray:
        """Smooth a class map, passing over pixels without a value.

        Parameters
        ----------
        class_cb : numpy.ndarray, shape (y, x)
            The map; NaN where there is no value.

        Returns
        -------
        numpy.ndarray, shape (y, x)
            Mean of the values near by, weighted by the Gaussian; NaN where ``class_cb`` is.
        """
        known = np.isfinite(class_cb)
        total = gaussian_filter(np.where(known, class_cb, 0.0).astype(float), self.sigma,
                                mode="constant")
        weight = gaussian_filter(known.astype(float), self.sigma, mode="constant")
        return np.divide(total, weight, out=np.full(known.shape, np.nan), where=known)

    def __call__(self, maps: ValueMaps) -> QTable:
        """Find the candidates.

        Parameters
        ----------
        maps : `ValueMaps`
            The maps.

        Returns
        -------
        `~astropy.table.QTable`
            A catalogue (`clusternet.catalog.COLUMNS`) whose intervals, and parameters without a
            map, are NaN. ``class_cb`` is the largest class of the 5 x 5 pixels, ``flags`` are all
            that hold for any of them. Two further columns, ``x_peak`` and ``y_peak``, give the
            pixel of the peak.
        """
        class_cb = maps["class_cb"].data
        x, y = self._maxima(class_cb)
        largest = _around(class_cb, x, y, np.nan)
        largest = np.nanmax(largest, axis=(1, 2)) if len(x) else np.zeros(0)
        x, y, largest = (values[largest >= self.threshold] for values in (x, y, largest))
        weights = neighbour_weights(_around(class_cb, x, y, np.nan),
                                    sigma=self.weight_sigma)
        offset = np.arange(-PEAK_REACH, PEAK_REACH + 1)
        values = {
            "x_centroid": x + (weights * offset).sum(axis=(1, 2)),
            "y_centroid": y + (weights * offset[:, None]).sum(axis=(1, 2)),
            "class_cb": largest, "x_peak": x, "y_peak": y}
        for name in PARAMETERS:
            if name in maps:
                near = _around(maps[name].data, x, y, np.nan)
                values[name] = np.where(weights > 0, near * weights, 0).sum(axis=(1, 2))
        if "flags" in maps:
            flags = _around(maps["flags"].data, x, y, 0).astype(np.int64)
            values["flags"] = np.bitwise_or.reduce(flags, axis=(1, 2))
        found = make_catalogue(values, maps.wcs, meta={
            "maps": dict(maps.meta), "sigma": self.sigma, "threshold": self.threshold,
            "weight_sigma": self.weight_sigma})
        for axis in ("x", "y"):
            describe(found, f"{axis}_peak",
                     f"Pixel of the peak of the smoothed class map, along {axis}")
        return found

    def _maxima(self, class_cb):
        smooth = self.smooth(class_cb)
        unknown = np.isnan(smooth)
        # Rounding errors on a plateau are no peaks.
        smooth = np.nan_to_num(smooth, nan=0.0).round(6)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NoDetectionsWarning)
            peaks = find_peaks(smooth, 0.0, box_size=3, mask=unknown)
        if peaks is None:
            return np.zeros(0, dtype=int), np.zeros(0, dtype=int)
        # A plateau, where the class is 1 throughout, has many highest pixels: take a middle one.
        at = np.zeros(smooth.shape, dtype=bool)
        at[np.asarray(peaks["y_peak"]), np.asarray(peaks["x_peak"])] = True
        plateaus = np.zeros(at.shape, dtype=np.int32)
        n: Any = label(at, structure=np.ones((3, 3)), output=plateaus)
        y, x = np.nonzero(at)
        plateau = plateaus[y, x] - 1
        size = np.bincount(plateau, minlength=n)
        middle = [np.bincount(plateau, c, n) / size for c in (x, y)]
        distance = np.hypot(x - middle[0][plateau], y - middle[1][plateau])
        order = np.lexsort((x, y, distance, plateau))
        first = order[np.unique(plateau[order], return_index=True)[1]]
        return x[first], y[first]


def _around(values, x, y, filling):
    """The 5 x 5 pixels around each position, shape (n, 5, 5)."""
    padded = np.pad(values, PEAK_REACH, constant_values=filling)
    side = 2 * PEAK_REACH + 1
    return sliding_window_view(padded, (side, side))[y, x]
