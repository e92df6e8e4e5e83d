"""Counts of clusters across the spiral arms."""

from collections.abc import Mapping

import astropy.units as u
import numpy as np
from astropy.table import QTable, vstack
from numpy.typing import ArrayLike

from clusternet.analysis.counts import poisson_band, window_sums
from clusternet.analysis.groups import as_groups, as_values, as_weights

__all__ = ["arm_profile"]


def arm_profile(distance: u.Quantity, groups: Mapping[str, ArrayLike] | None = None, *,
                window: u.Quantity = 0.3 * u.kpc, at: u.Quantity | None = None,
                weights: ArrayLike | None = None, level: float = 0.6827) -> QTable:
    """Counts of clusters against their distance from the arms, in a sliding window.

    As Paper III, Fig. 7. Neighbouring points share most of their clusters.

    Parameters
    ----------
    distance : `~astropy.units.Quantity`, shape (n,)
        From `~clusternet.galaxy.SpiralArms.distance` or ``azimuthal_distance``; NaN do not count.
    groups : dict of str to numpy.ndarray of bool, optional
        Clusters of each group, such as from `split_by`; one group of all when not given.
    window : `~astropy.units.Quantity`, optional
        Width of the window.
    at : `~astropy.units.Quantity`, optional
        Centres of the window; -1 to 1.5 kpc in steps of 0.05 kpc when not given.
    weights : array_like, shape (n,), optional
        Weight of each cluster, such as one over the probability that it is found.
    level : float, optional
        Probability of the intervals.

    Returns
    -------
    `~astropy.table.QTable`
        A row for each ``group`` and ``distance`` (kpc): ``n`` (clusters), ``count`` (sum of their
        weights) and its Poisson interval, ``count_lo`` and ``count_hi``.

    Raises
    ------
    ValueError
        Lengths differ, the window is not positive, or a unit is no length.

    Examples
    --------
    >>> import astropy.units as u
    >>> from clusternet.analysis import arm_profile
    >>> profile = arm_profile([0.4, 0.41, 0.7] * u.kpc, at=[0, 0.4, 0.8] * u.kpc)
    >>> print(profile["distance", "n", "count_hi"])
    distance  n  count_hi
      kpc
    -------- --- --------
         0.0   0     1.84
         0.4   2     4.64
         0.8   1      3.3
    """
    places = as_values(distance, u.kpc, name="distance")
    all_weights = as_weights(weights, len(places))
    centres = np.arange(-20, 31) / 20 if at is None else as_values(at, u.kpc, name="at")
    width = positive(window, "window")
    known = np.isfinite(places)
    tables = []
    for name, chosen in as_groups(groups, len(places)).items():
        use = chosen & known
        w = all_weights[use]
        n, count, squares = window_sums(places[use], centres, width, np.ones_like(w), w, w**2)
        lo, hi = poisson_band(count, squares, level)
        tables.append(QTable({"group": np.full(len(centres), name), "distance": centres * u.kpc,
                              "n": np.rint(n).astype(int), "count": count, "count_lo": lo,
                              "count_hi": hi}))
    profile = vstack(tables)
    for name in ("count_lo", "count_hi"):
        profile[name].info.format = ".3g"
    return profile


def positive(length: u.Quantity, name: str) -> float:
    """Check a positive length; a float in kpc."""
    value = u.Quantity(length, u.kpc).value
    if not (np.ndim(value) == 0 and np.isfinite(value) and value > 0):
        raise ValueError(f"{name} is {length}; give a positive length")
    return float(value)
