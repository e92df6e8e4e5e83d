"""Matching of two catalogues by position."""

from typing import Any, NamedTuple

import numpy as np
from astropy import units as u
from astropy.coordinates import search_around_sky
from astropy.table import QTable, Table
from scipy.spatial import KDTree

from clusternet.catalog.columns import plain

__all__ = ["cross_match"]


class _Pairs(NamedTuple):
    """Pairs of rows within the radius."""

    index_a: np.ndarray
    index_b: np.ndarray
    separation: np.ndarray


def cross_match(a: Table, b: Table, radius: float | u.Quantity) -> QTable:
    """Pair the rows of two catalogues by position, one to one, the nearest first.

    The closest pair within the radius is taken first, then the closest of those whose members
    are both still free, and so on. At equal distances the first rows come first.

    Parameters
    ----------
    a, b : astropy.table.QTable
        Catalogues, or any tables with ``x_centroid`` and ``y_centroid`` (pixels) or
        ``sky_centroid``.
    radius : float or astropy.units.Quantity
        Largest distance (inclusive): in pixels, or as an angle to match on the sky.

    Returns
    -------
    astropy.table.QTable
        Columns ``index_a``, ``index_b`` (rows of the pairs, in the order of ``a``) and
        ``separation`` (pixels, or arcsec).

    Raises
    ------
    ValueError
        If the radius is negative or neither pixels nor an angle, a column is missing, or a
        position is not finite.

    Examples
    --------
    >>> from astropy.table import QTable
    >>> from clusternet.catalog import cross_match
    >>> truth = QTable({"x_centroid": [10.0, 12.0], "y_centroid": [5.0, 5.0]})
    >>> found = QTable({"x_centroid": [11.8, 90.0], "y_centroid": [5.0, 5.0]})
    >>> pairs = cross_match(truth, found, radius=3)
    >>> pairs["index_a"].tolist(), pairs["index_b"].tolist()
    ([1], [0])
    """
    size = u.Quantity(radius)
    unit: Any = size.unit
    on_sky = unit.is_equivalent(u.deg)
    if not on_sky and unit not in (u.one, u.pix):
        raise ValueError(
            f"radius = {radius} is neither a number of pixels nor an angle; pass one such as 3 or "
            f"0.1 * u.arcsec"
        )
    if not (size.isscalar and np.isfinite(size) and size.value >= 0):
        raise ValueError(f"radius = {radius}: pass one that is finite and not negative")
    index_a, index_b, separation = (_near_on_sky(a, b, size) if on_sky
                                    else _near_in_pixels(a, b, float(size.value)))
    free_a, free_b = np.ones(len(a), dtype=bool), np.ones(len(b), dtype=bool)
    taken = []
    for pair in np.lexsort((index_b, index_a, separation)):
        if free_a[index_a[pair]] and free_b[index_b[pair]]:
            free_a[index_a[pair]] = free_b[index_b[pair]] = False
            taken.append(pair)
    chosen = np.array(sorted(taken, key=lambda pair: index_a[pair]), dtype=int)
    result = QTable()
    result["index_a"], result["index_b"] = index_a[chosen], index_b[chosen]
    result["separation"] = separation[chosen] * u.arcsec if on_sky else separation[chosen]
    return result


def _near_in_pixels(a: Table, b: Table, radius: float) -> _Pairs:
    places = [np.stack([plain(_column(t, n)) for n in ("x_centroid", "y_centroid")], -1)
              for t in (a, b)]
    _check_finite(*places)
    if not (len(a) and len(b)):
        return _no_pairs()
    # Rounding differs between the tree and the distances: let it find a little more.
    near = KDTree(places[0]).query_ball_tree(KDTree(places[1]), radius * (1 + 1e-9))
    index_a = np.repeat(np.arange(len(a)), [len(row) for row in near])
    index_b = np.array([i for row in near for i in row], dtype=int)
    separation = np.hypot(*(places[0][index_a] - places[1][index_b]).T)
    return _within(index_a, index_b, separation, radius)


def _near_on_sky(a: Table, b: Table, radius: u.Quantity) -> _Pairs:
    skies = [_column(table, "sky_centroid") for table in (a, b)]
    _check_finite(*(angle.value for sky in skies for angle in (sky.ra, sky.dec)))
    if not (len(a) and len(b)):
        return _no_pairs()
    margin = radius * (1 + 1e-9) + 1e-9 * u.arcsec
    index_a, index_b, separation, _ = search_around_sky(skies[0], skies[1], margin)
    return _within(index_a, index_b, plain(separation, u.arcsec), float(plain(radius, u.arcsec)))


def _within(index_a: np.ndarray, index_b: np.ndarray, separation: np.ndarray, radius: float
            ) -> _Pairs:
    keep = separation <= radius
    return _Pairs(index_a[keep], index_b[keep], separation[keep])


def _no_pairs() -> _Pairs:
    return _Pairs(np.zeros(0, dtype=int), np.zeros(0, dtype=int), np.zeros(0))


def _column(table: Table, name: str) -> Any:
    if name not in table.colnames:
        raise ValueError(f"no {name} to match by (has {', '.join(table.colnames)})")
    return table[name]


def _check_finite(*arrays: np.ndarray) -> None:
    if not all(np.isfinite(array).all() for array in arrays):
        raise ValueError("some positions to match are not finite; leave those rows out")
