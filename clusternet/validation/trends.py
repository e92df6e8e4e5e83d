"""Trends along a column that the search itself makes."""

import numpy as np
from astropy.table import QTable
from numpy.typing import ArrayLike
from scipy.stats import chi2

from clusternet.catalog import numbers
from clusternet.validation.controls import printed
from clusternet.validation.errors import truths_and_estimates

__all__ = ["running_means", "selection_effect"]


def running_means(matched: QTable, against: str, *, bins: int | ArrayLike = 10) -> QTable:
    """Mean estimates of the clusters found along any column, such as the distance from an arm.

    Parameters
    ----------
    matched : `~astropy.table.QTable`
        As for `prior_null`, with the column ``against``; select and slice it like the data.
    against : str
        Name of that column.
    bins : int or array_like, optional
        Number of bins, with equally many clusters, or their edges.

    Returns
    -------
    `~astropy.table.QTable`
        For each bin: mean of ``against``; ``n``; and for each parameter the mean
        ``NAME_mean`` and its standard error ``NAME_err``, NaN with fewer than two clusters.

    Raises
    ------
    ValueError
        If a column is missing, or no cluster was found.
    """
    rows = _rows(matched, against)
    place = numbers(rows, against)
    index, n_bins = _bins(place, bins)
    table = QTable({against: _means(place, index, n_bins)[0],
                    "n": np.bincount(index, minlength=n_bins)})
    for name, _, estimate in truths_and_estimates(rows):
        table[f"{name}_mean"], table[f"{name}_err"] = _means(estimate, index, n_bins)
    return table


def selection_effect(matched: QTable, against: str, *, bins: int | ArrayLike = 10) -> QTable:
    """Trends that the search itself makes: mock clusters, put in uniformly, must show none.

    Paper III, section 4.3: clusters whose parameters do not depend on the place are put in,
    found, selected and sliced like the data. Trends of what comes back along ``against`` are made
    by the selection, or by estimates that depend on the surroundings.

    Parameters
    ----------
    matched, against, bins
        As for `running_means`.

    Returns
    -------
    `~astropy.table.QTable`
        For each ``parameter``: ``n``; ``slope`` of the estimates against the column (least
        squares), its standard error ``slope_err``, and the same for the true values of these
        clusters, ``true_slope`` and ``true_slope_err``, which tell selection from error; and
        ``chi2`` of the running means against one mean, with ``p_value``. In dex, ``a_v`` in
        magnitudes, per unit of the column.

    Raises
    ------
    ValueError
        If a column is missing, fewer than three clusters were found, or all are at one place.

    Examples
    --------
    >>> import numpy as np
    >>> from astropy.table import QTable
    >>> from clusternet.validation import selection_effect
    >>> rng = np.random.default_rng(1)
    >>> radius, log_age = rng.uniform(0, 4, 500), rng.uniform(7, 9, 500)
    >>> matched = QTable({"radius": radius, "log_age": log_age, "found": np.full(500, True),
    ...                   "log_age_found": log_age + 0.5 * radius})
    >>> print(selection_effect(matched, "radius")["parameter", "slope", "true_slope"])
    parameter slope true_slope
    --------- ----- ----------
      log_age 0.501   0.000636
    """
    chosen = _rows(matched, against)
    rows = []
    for name, truth, estimate in truths_and_estimates(chosen):
        known = np.isfinite(truth) & np.isfinite(estimate)
        place, truth, estimate = numbers(chosen, against)[known], truth[known], estimate[known]
        if len(place) < 3 or np.ptp(place) == 0:
            raise ValueError(f"{len(place)} clusters at {len(set(place))} values of {against}; a "
                             "slope needs three or more, not all alike")
        rows.append((name, len(place), *_slope(place, estimate), *_slope(place, truth),
                     *_flatness(*_means(estimate, *_bins(place, bins)))))
    return printed(rows, ("parameter", "n", "slope", "slope_err", "true_slope",
                          "true_slope_err", "chi2", "p_value"))


def _rows(matched: QTable, against: str) -> QTable:
    """Rows of the clusters that were found and have a value of a column."""
    found = numbers(matched, "found") == 1
    rows = QTable(matched[found & np.isfinite(numbers(matched, against))])
    if not len(rows):
        raise ValueError(f"no cluster was found that has a value of {against}")
    return rows


def _bins(place: np.ndarray, bins: int | ArrayLike) -> tuple[np.ndarray, int]:
    """Bin of each value, and the number of bins; values beyond are in the outer ones."""
    edges = (np.quantile(place, np.linspace(0, 1, bins + 1)) if isinstance(bins, (int, np.integer))
             else np.asarray(bins, dtype=float))
    n = len(edges) - 1
    return np.clip(np.searchsorted(edges, place, "right") - 1, 0, n - 1), n


def _means(values: np.ndarray, index: np.ndarray, n_bins: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and its standard error in each bin."""
    known = np.isfinite(values)
    values, index = values[known], index[known]
    n = np.bincount(index, minlength=n_bins)
    mean = np.bincount(index, values, n_bins) / np.where(n > 0, n, np.nan)
    square = np.bincount(index, (values - mean[index]) ** 2, n_bins)
    return mean, np.sqrt(square / np.where(n > 1, (n - 1) * n, np.nan))


def _slope(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Least-squares slope and its standard error."""
    x = x - x.mean()
    slope = np.sum(x * y) / np.sum(x**2)
    rest = y - y.mean() - slope * x
    return float(slope), float(np.sqrt(np.sum(rest**2) / (len(x) - 2) / np.sum(x**2)))


def _flatness(mean: np.ndarray, error: np.ndarray) -> tuple[float, float]:
    """Chi-squared of means against one mean, and its p-value."""
    use = error > 0
    if np.count_nonzero(use) < 2:
        return np.nan, np.nan
    weight = error[use] ** -2.0
    scatter = np.sum(weight * (mean[use] - np.average(mean[use], weights=weight)) ** 2)
    return float(scatter), float(chi2.sf(scatter, np.count_nonzero(use) - 1))
