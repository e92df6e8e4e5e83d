"""Fluctuations of an image around places."""

import numpy as np
from numpy.typing import ArrayLike

from clusternet.images import Mosaic, MultiBandImage
from clusternet.injection.accuracy import BACKGROUND_BATCH
from clusternet.injection.places import strips

__all__ = ["local_background"]


def local_background(image: MultiBandImage | Mosaic, x: ArrayLike, y: ArrayLike, *,
                     inner: float = 10, outer: float = 32) -> np.ndarray:
    """Fluctuations of an image around places, from which clusters have to stand out.

    In each band half the range between the 16th and the 84th percentile of the pixels in a ring:
    the standard deviation of normal noise, more where there are many stars, and little changed
    by a cluster in the middle or by few bright stars.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
        The image without artificial clusters; compare only what was measured in the same bands.
    x, y : array_like, shape (place,)
        Places in pixels.
    inner, outer : float, optional
        Radii of the ring in pixels.

    Returns
    -------
    numpy.ndarray, shape (place,)
        log10 of electron/s, mean over the bands; NaN for places off the image and where a band
        has no good pixel or no fluctuations in the ring.

    Raises
    ------
    ValueError
        If the ring holds no pixel.

    Examples
    --------
    >>> import astropy.units as u
    >>> import numpy as np
    >>> from clusternet.injection import local_background
    >>> from clusternet.galaxy import M83
    >>> from clusternet.images import MultiBandImage
    >>> noise = np.random.default_rng(1).normal(0, 0.01, (2, 80, 100))
    >>> image = MultiBandImage(noise, ["F438W", "F814W"], M83.wcs((80, 100), 0.04 * u.arcsec))
    >>> local_background(image, [40, 60], [50, 30]).round(1).tolist()
    [-2.0, -2.0]
    """
    dy, dx = _ring(inner, outer)
    x, y = np.broadcast_arrays(*(np.atleast_1d(np.asarray(place, dtype=float))
                                 for place in (x, y)))
    ny, nx = image.shape[1:]
    there = np.flatnonzero((x >= -0.5) & (x < nx - 0.5) & (y >= -0.5) & (y < ny - 0.5))
    column, row = (np.floor(place[there] + 0.5).astype(int) for place in (x, y))
    result = np.full(len(x), np.nan)
    for chosen, top, pixels, mask in strips(image, y[there], int(outer)):
        for some in np.array_split(chosen, -(-len(chosen) // BACKGROUND_BATCH)):
            rows, columns = row[some, None] - top + dy, column[some, None] + dx
            inside = (rows >= 0) & (rows < pixels.shape[1]) & (columns >= 0) & (columns < nx)
            rows, columns = np.where(inside, rows, 0), np.where(inside, columns, 0)
            values = np.where(inside & ~mask[:, rows, columns], pixels[:, rows, columns], np.nan)
            spread = _half_range(values)
            with np.errstate(divide="ignore"):
                level = np.log10(spread).mean(axis=0)
            result[there[some]] = np.where(np.isfinite(level), level, np.nan)
    return result


def _ring(inner: float, outer: float) -> tuple[np.ndarray, np.ndarray]:
    if not 0 <= inner < outer:
        raise ValueError(f"ring from {inner} to {outer} px; give 0 <= inner < outer")
    size = int(outer)
    dy, dx = np.mgrid[-size:size + 1, -size:size + 1]
    ring = (np.hypot(dx, dy) >= inner) & (np.hypot(dx, dy) <= outer)
    if not ring.any():
        raise ValueError(f"ring from {inner} to {outer} px holds no pixel; make it wider")
    return dy[ring], dx[ring]


def _half_range(values: np.ndarray) -> np.ndarray:
    """Half of the 16-84 % range along the last axis, NaN left out."""
    ordered = np.sort(values, axis=-1)  # NaN come last
    n = np.count_nonzero(~np.isnan(values), axis=-1)
    ends = [np.rint(share * np.maximum(n - 1, 0)).astype(int)[..., None] for share in (0.16, 0.84)]
    low, high = (np.take_along_axis(ordered, end, axis=-1)[..., 0] for end in ends)
    return (high - low) / 2
