"""How clusters move away from the arms as they age."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import astropy.units as u
import numpy as np
from astropy.table import QTable
from numpy.typing import ArrayLike
from scipy.ndimage import gaussian_filter1d

from clusternet.analysis.accuracy import PEAK_STEP
from clusternet.analysis.arms import positive
from clusternet.analysis.groups import as_values, as_weights
from clusternet.catalog import numbers

__all__ = ["DriftRate", "drift_rate", "peak_position"]


@dataclass(frozen=True)
class DriftRate:
    """How fast the peak of the clusters moves from the arms.

    Parameters
    ----------
    rate, rate_err : `~astropy.units.Quantity`
        Slope of the peak's position with age, and its standard error, pc / Myr.
    start, start_err : `~astropy.units.Quantity`
        Position of the peak at age zero, and its standard error, kpc.
    peaks : `~astropy.table.QTable`
        A row for each group of ages: ``n``, mean ``age`` (Myr), ``peak`` and ``peak_err`` (kpc).
    """

    rate: u.Quantity
    rate_err: u.Quantity
    start: u.Quantity
    start_err: u.Quantity
    peaks: QTable


def peak_position(distance: u.Quantity, weights: ArrayLike | None = None, *,
                  limits: u.Quantity = (-1.0, 1.5) * u.kpc,
                  smoothing: u.Quantity = 0.15 * u.kpc, n_bootstrap: int = 400,
                  rng: int | np.random.Generator | None = None) -> tuple[u.Quantity, u.Quantity]:
    """Find the distance from the arms at which clusters are densest.

    Parameters
    ----------
    distance : `~astropy.units.Quantity`, shape (n,)
        From the arms; NaN do not count.
    weights : array_like, shape (n,), optional
        Weight of each cluster.
    limits : `~astropy.units.Quantity`, optional
        Range of the peak.
    smoothing : `~astropy.units.Quantity`, optional
        Standard deviation of the Gaussian that smooths the counts.
    n_bootstrap : int, optional
        Number of bootstrap samples for the error.
    rng : int or `numpy.random.Generator`, optional
        Source of randomness.

    Returns
    -------
    peak, peak_err : `~astropy.units.Quantity`
        Position, in steps of 0.01 kpc, and its standard error, kpc.

    Raises
    ------
    ValueError
        No cluster lies within the limits, or an argument is impossible.

    Examples
    --------
    >>> import astropy.units as u
    >>> import numpy as np
    >>> from clusternet.analysis import peak_position
    >>> distance = np.random.default_rng(1).normal(0.4, 0.2, 2000) * u.kpc
    >>> peak, peak_err = peak_position(distance, rng=1)
    >>> bool(abs(peak - 0.4 * u.kpc) < 3 * peak_err)
    True
    """
    places = as_values(distance, u.kpc, name="distance")
    all_weights = as_weights(weights, len(places))
    lo, hi = u.Quantity(limits, u.kpc).value
    if not lo < hi:
        raise ValueError(f"limits are {limits}; give two ascending lengths")
    use = np.isfinite(places) & (all_weights > 0)
    index = np.floor((places[use] - lo) / PEAK_STEP)
    width = positive(smoothing, "smoothing") / PEAK_STEP
    # Clusters beyond the limits still shape the smoothed counts within them.
    beyond, n_bins = int(np.ceil(4 * width)), round((hi - lo) / PEAK_STEP)
    near = (index >= -beyond) & (index < n_bins + beyond)
    if not ((index >= 0) & (index < n_bins)).any():
        raise ValueError(f"none of {use.sum()} clusters lies from {lo:g} to {hi:g} kpc; pass "
                         "other limits")
    index, used = index[near].astype(int) + beyond, all_weights[use][near]
    rng = np.random.default_rng(rng)

    def peak(weights: np.ndarray) -> float:
        counts = np.bincount(index, weights, n_bins + 2 * beyond)
        smooth = gaussian_filter1d(counts, width, mode="constant")
        return lo + PEAK_STEP * (np.argmax(smooth[beyond:beyond + n_bins]) + 0.5)

    resampled = [peak(used * rng.poisson(1.0, len(index))) for _ in range(n_bootstrap)]
    return peak(used) * u.kpc, np.std(resampled) * u.kpc


def drift_rate(distance: u.Quantity, log_age: ArrayLike, *,
               edges: ArrayLike = (6.6, 6.8, 7.0, 7.2, 7.4, 7.6),
               weights: ArrayLike | None = None, least: int = 20,
               rng: int | np.random.Generator | None = None, **options: Any) -> DriftRate:
    """Fit the slope of the peak's position with age: the speed at which clusters leave the arms.

    Each group of ages gives a peak and a mean age, and a straight line is fitted to them. The
    rate is underestimated where groups are wide, or clusters so old that their peak has dissolved.

    Parameters
    ----------
    distance : `~astropy.units.Quantity`, shape (n,)
        From the arms. With ``azimuthal_distance`` the rate is that along the circle, which
        compares with `~clusternet.galaxy.Galaxy.drift`; with the shortest distance it is smaller
        by about the sine of the pitch angle.
    log_age : array_like, shape (n,)
        log10 of the age in years.
    edges : sequence of float, optional
        Edges of the groups in ``log_age``.
    weights : array_like, shape (n,), optional
        Weight of each cluster.
    least : int, optional
        Groups of fewer clusters are left out.
    rng : int or `numpy.random.Generator`, optional
        Source of randomness.
    **options
        For `peak_position`.

    Returns
    -------
    `DriftRate`
        Its errors follow from those of the peaks, each of which is at least 0.01 kpc.

    Raises
    ------
    ValueError
        Fewer than two groups remain, lengths differ, or edges do not ascend.

    Examples
    --------
    >>> import astropy.units as u
    >>> import numpy as np
    >>> from clusternet.analysis import drift_rate
    >>> rng = np.random.default_rng(1)
    >>> log_age = rng.uniform(6.6, 7.6, 3000)
    >>> distance = rng.normal(0.3, 0.15, 3000) + 0.015 * 10 ** (log_age - 6)  # kpc
    >>> drift = drift_rate(distance * u.kpc, log_age, rng=1)
    >>> bool(abs(drift.rate - 15 * u.pc / u.Myr) < 3 * drift.rate_err)
    True
    """
    places = as_values(distance, u.kpc, name="distance")
    log_age = as_values(log_age, name="log_age")
    if len(log_age) != len(places):
        raise ValueError(f"{len(places)} distances and {len(log_age)} ages; give one per cluster")
    weights, rng = as_weights(weights, len(places)), np.random.default_rng(rng)
    edges = np.asarray(edges, dtype=float)
    if len(edges) < 3 or not (np.diff(edges) > 0).all():
        raise ValueError(f"edges are {edges}; give three or more ascending ages")
    rows = []
    for lo, hi in pairwise(edges):
        use = (log_age >= lo) & (log_age < hi) & np.isfinite(places)
        if use.sum() >= max(least, 1) and weights[use].any():
            peak, peak_err = peak_position(places[use] * u.kpc, weights[use], rng=rng, **options)
            age = np.average(10 ** (log_age[use] - 6), weights=weights[use])
            rows.append((int(use.sum()), age * u.Myr, peak, max(peak_err, PEAK_STEP * u.kpc)))
    if len(rows) < 2:
        raise ValueError(f"{len(rows)} of {len(edges) - 1} groups of ages hold {least} clusters "
                         "or more; a rate needs two: pass wider edges")
    peaks = QTable(rows=rows, names=("n", "age", "peak", "peak_err"))
    age, peak, peak_err = (numbers(peaks, name) for name in ("age", "peak", "peak_err"))
    model = np.stack([age, np.ones_like(age)], -1) / peak_err[:, None]
    covariance = np.linalg.inv(model.T @ model)
    rate, start = covariance @ model.T @ (peak / peak_err)
    rate_err, start_err = np.sqrt(np.diag(covariance))
    return DriftRate((rate * u.kpc / u.Myr).to(u.pc / u.Myr),
                     (rate_err * u.kpc / u.Myr).to(u.pc / u.Myr),
                     start * u.kpc, start_err * u.kpc, peaks)
