"""Running means of cluster parameters."""

import astropy.units as u
import numpy as np
from astropy.table import QTable, vstack

from clusternet.analysis.arms import positive
from clusternet.analysis.counts import window_sums
from clusternet.analysis.groups import as_groups, as_values, as_weights

__all__ = ["radial_profile"]


def radial_profile(radius, values, groups=None, window=1 * u.kpc, at=None, weights=None):
    """Mean and scatter of a parameter against radius, in a sliding window.

    As Paper III, Fig. 8.

    Parameters
    ----------
    radius : `~astropy.units.Quantity`, shape (n,)
        Distance from the centre (`~clusternet.galaxy.Galaxy.polar`), or any other length.
    values : array_like, shape (n,)
        The parameter, such as ``log_density``; clusters with NaN in either do not count.
    groups, weights
        As for `arm_profile`.
    window : `~astropy.units.Quantity`, optional
        Width of the window.
    at : `~astropy.units.Quantity`, optional
        Where the window stands: 0 to 6 kpc in steps of 0.1 kpc when not given.

    Returns
    -------
    `~astropy.table.QTable`
        A row for each ``group`` and ``radius`` (kpc): ``n`` (clusters), ``mean``, ``std`` (scatter
        of the clusters) and ``error`` (of the mean); NaN where there is no cluster, ``error`` also
        where there is one only.

    Raises
    ------
    ValueError
        Lengths differ, the window is not positive, or a unit is no length.

    Examples
    --------
    >>> import astropy.units as u
    >>> from clusternet.analysis import radial_profile
    >>> print(radial_profile([0.9, 1.2, 4.0] * u.kpc, [3.0, 2.0, 1.0], at=[1, 4] * u.kpc))
    group radius  n  mean std error
           kpc
    ----- ------ --- ---- --- -----
      all    1.0   2  2.5 0.5   0.5
      all    4.0   1  1.0 0.0   nan
    """
    radius, values = as_values(radius, u.kpc, name="radius"), as_values(values)
    if len(values) != len(radius):
        raise ValueError(f"{len(radius)} radii and {len(values)} values; give one a cluster")
    groups, weights = as_groups(groups, len(radius)), as_weights(weights, len(radius))
    at = np.arange(61) / 10 if at is None else as_values(at, u.kpc, name="at")
    window = positive(window, "window")
    known = np.isfinite(radius) & np.isfinite(values)
    level = values[known].mean() if known.any() else 0.0  # keeps the sums of squares precise
    tables = []
    for name, chosen in groups.items():
        use = chosen & known
        w, v = weights[use], values[use] - level
        n, total, first, second, squares = window_sums(
            radius[use], at, window, np.ones_like(w), w, w * v, w * v**2, w**2)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = first / total
            std = np.sqrt(np.maximum(second / total - mean**2, 0))
            # Independent clusters in number: fewer than counted if weights differ.
            independent = total**2 / squares
            error = np.where(n > 1, std / np.sqrt(independent - 1), np.nan)
        tables.append(QTable({"group": np.full(len(at), name), "radius": at * u.kpc,
                              "n": np.rint(n).astype(int), "mean": mean + level, "std": std,
                              "error": error}))
    return vstack(tables)
