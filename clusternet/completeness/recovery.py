"""Recall: overall, in bins of parameters, and against false detections."""
# Items of astropy tables, and meta, are unions in the stubs.
# pyright: reportArgumentType=false

from collections.abc import Mapping

import astropy.units as u
import numpy as np
from astropy.table import QTable
from numpy.typing import ArrayLike

from clusternet._quantities import checked_quantity
from clusternet.catalog import match, numbers
from clusternet.completeness.bins import add_fractions, binned
from clusternet.completeness.fractions import Interval

__all__ = ["recall", "recall_curve"]


def recall(matched: QTable, by: Mapping[str, ArrayLike] | None = None, *, level: float = 0.6827,
           interval: Interval = "wilson") -> QTable:
    """Fraction of the clusters that were found, overall or in bins, with its uncertainty.

    Parameters
    ----------
    matched : `~astropy.table.QTable`
        From `match`, or any selection of its rows.
    by : dict of str to array_like, optional
        Edges of bins for one column, or for several at once, in the unit of the column unless
        they have their own. Bins hold their lower edge, and the last one its upper edge too;
        clusters outside, or with NaN, do not count.
    level : float, optional
        Probability that the interval is to hold.
    interval : str, optional
        Kind of interval, as for `astropy.stats.binom_conf_interval`: "wilson", "jeffreys" ...

    Returns
    -------
    `~astropy.table.QTable`
        ``n`` (clusters), ``n_found``, ``recall`` and the ends of its interval, ``recall_lo`` and
        ``recall_hi``; NaN, 0 and 1 where there is no cluster. One row without ``by``; else one
        per bin, with its edges ``NAME_lo`` and ``NAME_hi``, the last column named changing
        fastest: ``table["recall"].reshape(n_first, n_second)`` is the map.

    Raises
    ------
    ValueError
        If a column is missing, or edges are not two or more ascending numbers.

    Examples
    --------
    >>> from astropy.table import QTable
    >>> from clusternet.completeness import recall
    >>> matched = QTable({"log_mass": [3.6, 3.8, 4.2, 4.9, 5.0, 5.2],
    ...                   "found": [False, True, True, True, True, True]})
    >>> table = recall(matched, {"log_mass": [3.5, 4.0, 5.5]})
    >>> table["n", "n_found", "recall"].pprint()
     n  n_found recall
    --- ------- ------
      2       1    0.5
      4       4    1.0
    """
    found = numbers(matched, "found") == 1
    table, number = binned(matched, by)
    inside = number >= 0
    table["n"] = np.bincount(number[inside], minlength=len(table) or 1)
    table["n_found"] = np.bincount(number[inside & found], minlength=len(table))
    add_fractions(table, level, interval)
    return table


def recall_curve(truth: QTable, found: QTable, area: u.Quantity, *,
                 radius: float | u.Quantity = 3, thresholds: ArrayLike | None = None,
                 level: float = 0.6827, interval: Interval = "wilson") -> QTable:
    """Recall against false detections as the threshold on the class varies.

    Only for images all of whose clusters are in ``truth``, such as synthetic ones: on others some
    unmatched candidates are real. The matching is repeated for the candidates above each threshold.

    Parameters
    ----------
    truth, found : `~astropy.table.QTable`
        The clusters, and candidates with ``class_cb``.
    area : `~astropy.units.Quantity`
        Area searched, as a solid angle.
    radius : float or `~astropy.units.Quantity`, optional
        Largest distance of a match, as for `match`.
    thresholds : array_like, optional
        Classes that candidates must exceed. When not given: up to 50 at which the number of false
        detections grows by roughly equal factors, and one that lets all candidates pass.
    level, interval
        As for `recall`.

    Returns
    -------
    `~astropy.table.QTable`
        By falling ``threshold``: ``n``, ``n_found``, ``recall``, ``recall_lo`` and ``recall_hi``
        as from `recall`; ``n_false``; and ``false_density``, false detections per square arcmin.

    Raises
    ------
    ValueError
        If the area is not a positive solid angle, or a column is missing.

    Examples
    --------
    >>> import astropy.units as u
    >>> from astropy.table import QTable
    >>> from clusternet.completeness import recall_curve
    >>> truth = QTable({"x_centroid": [10.0, 50.0], "y_centroid": [10.0, 50.0]})
    >>> found = QTable({"x_centroid": [10.0, 90.0, 50.0], "y_centroid": [10.0, 90.0, 50.0],
    ...                 "class_cb": [0.9, 0.8, 0.7]})
    >>> curve = recall_curve(truth, found, 0.5 * u.arcmin**2, thresholds=[0.85, 0.75, 0.65])
    >>> print(curve["threshold", "recall", "false_density"])
    threshold recall false_density
                      1 / arcmin2
    --------- ------ -------------
         0.85    0.5           0.0
         0.75    0.5           2.0
         0.65    1.0           2.0
    """
    area = checked_quantity("area", area, 2 * u.arcmin**2)
    class_cb = numbers(found, "class_cb")
    if thresholds is None:
        thresholds = _thresholds(match(truth, found, radius)[1], class_cb)
    thresholds = np.sort(np.unique(np.asarray(thresholds, dtype=float)))[::-1]
    # Positions are all that counts here.
    places = [name for name in ("x_centroid", "y_centroid", "sky_centroid")
              if name in truth.colnames and name in found.colnames]
    truth, found = (QTable([table[name] for name in places], names=places)
                    for table in (truth, found))
    counts = []
    for threshold in thresholds:
        matched, false = match(truth, found[class_cb > threshold], radius)
        counts.append((np.count_nonzero(numbers(matched, "found")), len(false)))
    n_found, n_false = np.array(counts, dtype=int).reshape(-1, 2).T
    table = QTable()
    table["threshold"] = thresholds
    table["n"] = np.full(len(thresholds), len(truth))
    table["n_found"] = n_found
    add_fractions(table, level, interval)
    table["n_false"] = n_false
    table["false_density"] = n_false / area
    return table


def _thresholds(false: QTable, class_cb: np.ndarray, most: int = 50) -> np.ndarray:
    """Classes of false candidates, by rank in roughly equal factors, and one below any class."""
    lowest = [np.nextafter(class_cb.min(), -np.inf)] if len(class_cb) else [0.0]
    values = np.sort(numbers(false, "class_cb"))[::-1]
    if not len(values):
        return np.array(lowest)
    rank = np.unique(np.geomspace(1, len(values), most).round().astype(int)) - 1
    return np.concatenate([values[rank], lowest])
