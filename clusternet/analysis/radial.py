"""Running means of cluster parameters."""

from collections.abc import Mapping

import astropy.units as u
import numpy as np
from astropy.table import QTable, vstack
from numpy.typing import ArrayLike

from clusternet.analysis.arms import positive
from clusternet.analysis.counts import window_sums
from clusternet.analysis.groups import as_groups, as_values, as_weights

__all__ = ["radial_profile"]


def radial_profile(radius: u.Quantity, values: ArrayLike,
                   groups: Mapping[str, ArrayLike] | None = None, *,
                   window: u.Quantity = 1 * u.kpc, at: u.Quantity | None = None,
                   weights: ArrayLike | None = None) -> QTable:
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
        Centres of the window; 0 to 6 kpc in steps of 0.1 kpc when not given.

    Returns
    -------
    `~astropy.table.QTable`
        A row for each ``group`` and ``radius`` (kpc): ``n`` (clusters), ``mean``, ``std`` (scatter
        of the clusters) and ``mean_err``; NaN where there is no cluster, ``mean_err`` also where
        there is only one.

    Raises
    ------
    ValueError
        Lengths differ, the window is not positive, or a unit is no length.

    Examples
    --------
    >>> import astropy.units as u
    >>> from clusternet.analysis import radial_profile
    >>> print(radial_profile([0.9, 1.2, 4.0] * u.kpc, [3.0, 2.0, 1.0], at=[1, 4] * u.kpc))
    group radius  n  mean std mean_err
           kpc
    ----- ------ --- ---- --- --------
      all    1.0   2  2.5 0.5      0.5
      all    4.0   1  1.0 0.0      nan
    """
    places, values = as_values(radius, u.kpc, name="radius"), as_values(values)
    if len(values) != len(places):
        raise ValueError(f"{len(places)} radii and {len(values)} values; give one per cluster")
    all_weights = as_weights(weights, len(places))
    centres = np.arange(61) / 10 if at is None else as_values(at, u.kpc, name="at")
    width = positive(window, "window")
    known = np.isfinite(places) & np.isfinite(values)
    level = values[known].mean() if known.any() else 0.0  # keeps the sums of squares precise
    tables = []
    for name, chosen in as_groups(groups, len(places)).items():
        use = chosen & known
        w, v = all_weights[use], values[use] - level
        n, total, first, second, squares = window_sums(
            places[use], centres, width, np.ones_like(w), w, w * v, w * v**2, w**2)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = first / total
            std = np.sqrt(np.maximum(second / total - mean**2, 0))
            # Effective number of clusters: less than their number if weights differ.
            independent = total**2 / squares
            mean_err = np.where(n > 1, std / np.sqrt(independent - 1), np.nan)
        tables.append(QTable({"group": np.full(len(centres), name), "radius": centres * u.kpc,
                              "n": np.rint(n).astype(int), "mean": mean + level, "std": std,
                              "mean_err": mean_err}))
    return vstack(tables)
