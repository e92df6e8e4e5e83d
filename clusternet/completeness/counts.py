"""Numbers of clusters corrected for those that are not found."""

from collections.abc import Mapping

import numpy as np
from astropy.table import QTable
from numpy.typing import ArrayLike

from clusternet.completeness.bins import binned
from clusternet.completeness.completeness_function import CompletenessFunction

__all__ = ["corrected_counts"]


def corrected_counts(catalogue: QTable, completeness: CompletenessFunction,
                     by: Mapping[str, ArrayLike] | None = None, *, floor: float = 0.1) -> QTable:
    """Count clusters, each weighted by the inverse of its probability to be found.

    Where completeness is low the correction is large and uncertain: probabilities below
    ``floor`` are raised to it, and the corrected count is then a lower limit. Candidates that are
    not clusters are counted too; choose a pure sample first.

    Parameters
    ----------
    catalogue : `~astropy.table.QTable`
        Clusters found, with the columns that ``completeness`` depends on.
    completeness : `CompletenessFunction`
        Probability to be found, with the same selection as the catalogue.
    by : dict of str to array_like, optional
        Edges of bins, as for `recall`; one count when not given.
    floor : float, optional
        Least probability used, above 0.

    Returns
    -------
    `~astropy.table.QTable`
        Edges of the bins; ``n``, clusters with a known probability; ``n_corrected``, the sum of
        1/p; its standard error ``n_corrected_err``, from the variance of the sum (1/p^2 each:
        Poisson numbers of clusters, each found by chance) and that of the fit; ``n_floored``; and
        ``n_unknown``, clusters left out since their probability is NaN.

    Raises
    ------
    ValueError
        If the floor is not above 0 and up to 1, or a column is missing.

    Examples
    --------
    >>> import numpy as np
    >>> from astropy.table import QTable
    >>> from clusternet.completeness import CompletenessFunction, corrected_counts
    >>> rng = np.random.default_rng(1)
    >>> log_mass = rng.uniform(3.5, 5.5, 2000)
    >>> found = rng.random(2000) < 0.3 + 0.6 * (log_mass > 4.5)
    >>> clusters = QTable({"log_mass": log_mass, "found": found})
    >>> completeness = CompletenessFunction.fit(clusters)
    >>> counts = corrected_counts(clusters[found], completeness, {"log_mass": [3.5, 4.5, 5.5]})
    >>> bool(np.all(np.abs(counts["n_corrected"] - 1000) < 2 * counts["n_corrected_err"]))
    True
    """
    if not 0 < floor <= 1:
        raise ValueError(f"floor = {floor}; give a probability above 0 and up to 1")
    table, number = binned(catalogue, by)
    p = completeness(catalogue)
    inside, known = number >= 0, np.isfinite(p)
    used = np.maximum(p, floor)
    length = len(table) or 1
    counted = inside & known

    def total(weights: ArrayLike, rows: np.ndarray = counted) -> np.ndarray:
        return np.bincount(number[rows], np.broadcast_to(weights, p.shape)[rows], length)

    # By how much the sums change with the coefficients of the fit.
    design = completeness.design(catalogue)
    slope = np.where(p > floor, (1 - p) / used, 0.0)
    change = np.stack([total(slope * term) for term in design.T], axis=-1)
    variance = total(1 / used**2) + np.einsum("ij,jk,ik->i", change, completeness.covariance,
                                              change)
    table["n"] = total(1).astype(int)
    table["n_corrected"] = total(1 / used)
    table["n_corrected_err"] = np.sqrt(variance)
    table["n_floored"] = total(p < floor).astype(int)
    table["n_unknown"] = total(1, inside & ~known).astype(int)
    return table
