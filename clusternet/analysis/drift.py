"""How clusters move away from the arms as they age."""

from dataclasses import dataclass
from itertools import pairwise

import astropy.units as u
import numpy as np
from astropy.table import QTable
from scipy.ndimage import gaussian_filter1d

from clusternet.analysis.arms import positive
from clusternet.analysis.groups import as_values, as_weights

__all__ = ["DriftRate", "drift_rate", "peak_position"]

_BIN = 0.01  # kpc


@dataclass(frozen=True)
class DriftRate:
    """How fast the peak of the clusters moves from the arms.

    Parameters
    ----------
    rate, error : `~astropy.units.Quantity`
        Slope of the peak's position with age, and its standard error, pc / Myr.
    start, start_error : `~astropy.units.Quantity`
        Position of the peak at age zero, and its standard error, kpc.
    peaks : `~astropy.table.QTable`
        A row for each group of ages: ``n``, mean ``age`` (Myr), ``peak`` and ``error`` (kpc).
    """

    rate: u.Quantity
    error: u.Quantity
    start: u.Quantity
    start_error: u.Quantity
    peaks: QTable


def peak_position(distance, weights=None, limits=(-1.0, 1.5) * u.kpc, smoothing=0.15 * u.kpc,
                  n_bootstrap=400, rng=None):
    """Where clusters are densest across the arms.

    Parameters
    ----------
    distance : `~astropy.units.Quantity`, shape (n,)
        From the arms; NaN do not count.
    weights : array_like, shape (n,), optional
        Weight of each cluster.
    limits : `~astropy.units.Quantity`, optional
        Where the peak is looked for.
    smoothing : `~astropy.units.Quantity`, optional
        Standard deviation of the Gaussian that smooths the counts.
    n_bootstrap : int, optional
        Times the clusters are drawn anew for the error.
    rng : int or `numpy.random.Generator`, optional
        Source of randomness.

    Returns
    -------
    peak, error : `~astropy.units.Quantity`
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
    >>> peak, error = peak_position(np.random.default_rng(1).normal(0.4, 0.2, 2000) * u.kpc, rng=1)
    >>> bool(abs(peak - 0.4 * u.kpc) < 3 * error)
    True
    """
    distance = as_values(distance, u.kpc, name="distance")
    weights = as_weights(weights, len(distance))
    low, high = u.Quantity(limits, u.kpc).value
    if not low < high:
        raise ValueError(f"limits are {limits}; give two ascending lengths")
    use = np.isfinite(distance) & (weights > 0)
    index = np.floor((distance[use] - low) / _BIN)
    width, weights = positive(smoothing, "smoothing") / _BIN, weights[use]
    # Clusters beyond the limits still shape the smoothed counts within them.
    beyond, n_bins = int(np.ceil(4 * width)), round((high - low) / _BIN)
    near = (index >= -beyond) & (index < n_bins + beyond)
    if not ((index >= 0) & (index < n_bins)).any():
        raise ValueError(f"none of {use.sum()} clusters lies from {low:g} to {high:g} kpc; pass "
                         "other limits")
    index, weights = index[near].astype(int) + beyond, weights[near]
    rng = np.random.default_rng(rng)

    def peak(weights):
        counts = np.bincount(index, weights, n_bins + 2 * beyond)
        smooth = gaussian_filter1d(counts, width, mode="constant")
        return low + _BIN * (np.argmax(smooth[beyond:beyond + n_bins]) + 0.5)

    again = [peak(weights * rng.poisson(1.0, len(index))) for _ in range(n_bootstrap)]
    return peak(weights) * u.kpc, np.std(again) * u.kpc


def drift_rate(distance, log_age, edges=(6.6, 6.8, 7.0, 7.2, 7.4, 7.6), weights=None,
               least=20, rng=None, **options):
    """Slope of the position of the peak with age: how fast clusters leave the arms.

    Each group of ages gives a peak and a mean age, and a straight line is fitted to them. Where
    groups are wide, or clusters so old that their peak has dissolved, the rate comes out too
    small.

    Parameters
    ----------
    distance : `~astropy.units.Quantity`, shape (n,)
        From the arms. With ``azimuthal_distance`` the rate is that along the circle, to be
        compared with `~clusternet.galaxy.Galaxy.drift`; with the shortest distance it is smaller
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
        Its errors come from those of the peaks, of which each counts as at least 0.01 kpc.

    Raises
    ------
    ValueError
        Fewer than two groups are left, lengths differ, or edges do not ascend.

    Examples
    --------
    >>> import astropy.units as u
    >>> import numpy as np
    >>> from clusternet.analysis import drift_rate
    >>> rng = np.random.default_rng(1)
    >>> log_age = rng.uniform(6.6, 7.6, 3000)
    >>> distance = rng.normal(0.3, 0.15, 3000) + 0.015 * 10 ** (log_age - 6)  # kpc
    >>> drift = drift_rate(distance * u.kpc, log_age, rng=1)
    >>> bool(abs(drift.rate - 15 * u.pc / u.Myr) < 3 * drift.error)
    True
    """
    distance = as_values(distance, u.kpc, name="distance")
    log_age = as_values(log_age, name="log_age")
    if len(log_age) != len(distance):
        raise ValueError(f"{len(distance)} distances and {len(log_age)} ages; give one a cluster")
    weights, rng = as_weights(weights, len(distance)), np.random.default_rng(rng)
    edges = np.asarray(edges, dtype=float)
    if len(edges) < 3 or not (np.diff(edges) > 0).all():
        raise ValueError(f"edges are {edges}; give three or more ascending ages")
    rows = []
    for low, high in pairwise(edges):
        use = (log_age >= low) & (log_age < high) & np.isfinite(distance)
        if use.sum() >= max(least, 1) and weights[use].any():
            peak, error = peak_position(distance[use] * u.kpc, weights[use], rng=rng, **options)
            age = np.average(10 ** (log_age[use] - 6), weights=weights[use])
            rows.append((int(use.sum()), age * u.Myr, peak, max(error, _BIN * u.kpc)))
    if len(rows) < 2:
        raise ValueError(f"{len(rows)} of {len(edges) - 1} groups of ages hold {least} clusters "
                         "or more; a rate needs two: pass wider edges")
    peaks = QTable(rows=rows, names=("n", "age", "peak", "error"))
    age, peak, error = (peaks[name].value for name in ("age", "peak", "error"))
    model = np.stack([age, np.ones_like(age)], -1) / error[:, None]
    covariance = np.linalg.inv(model.T @ model)
    rate, start = covariance @ model.T @ (peak / error)
    rate_error, start_error = np.sqrt(np.diag(covariance))
    return DriftRate((rate * u.kpc / u.Myr).to(u.pc / u.Myr),
                     (rate_error * u.kpc / u.Myr).to(u.pc / u.Myr),
                     start * u.kpc, start_error * u.kpc, peaks)
