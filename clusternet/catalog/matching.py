"""Finding the same clusters in two catalogues."""

import numpy as np
from astropy import units as u
from astropy.coordinates import search_around_sky
from astropy.table import QTable
from scipy.spatial import cKDTree

__all__ = ["cross_match"]


def cross_match(a, b, radius):
    """Pair the rows of two catalogues by position, one to one, the nearest first.

    Of all pairs within the radius the closest is taken, then the closest of those whose two
    members are both still free, and so on. Of equal distances, the first rows come first.

    Parameters
    ----------
    a, b : astropy.table.QTable
        Catalogues, or any tables with ``x_centroid`` and ``y_centroid`` (pixels) or
        ``sky_centroid``.
    radius : float or astropy.units.Quantity
        Largest distance, itself allowed: in pixels, or as an angle to match on the sky.

    Returns
    -------
    astropy.table.QTable
        Columns ``index_a``, ``index_b`` (rows of the pairs, in the order of ``a``) and
        ``separation`` (pixels, or arcsec).

    Raises
    ------
    ValueError
        If the radius is negative or no length or angle, a column is missing, or a position is
        not finite.

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
    on_sky = size.unit.is_equivalent(u.deg)
    if not on_sky and size.unit not in (u.one, u.pix):
        raise ValueError(
            f"radius = {radius} is neither a number of pixels nor an angle; pass one such as 3 or "
            f"0.1 * u.arcsec"
        )
    if not (size.isscalar and np.isfinite(size) and size.value >= 0):
        raise ValueError(f"radius = {radius}: pass one that is finite and not negative")
    pairs = _near_on_sky(a, b, size) if on_sky else _near_in_pixels(a, b, size.value)
    index_a, index_b, separation = pairs
    free_a, free_b = np.ones(len(a), dtype=bool), np.ones(len(b), dtype=bool)
    taken = []
    for pair in np.lexsort((index_b, index_a, separation)):
        if free_a[index_a[pair]] and free_b[index_b[pair]]:
            free_a[index_a[pair]] = free_b[index_b[pair]] = False
            taken.append(pair)
    taken = np.array(sorted(taken, key=lambda pair: index_a[pair]), dtype=int)
    result = QTable()
    result["index_a"], result["index_b"] = index_a[taken], index_b[taken]
    result["separation"] = separation[taken] * u.arcsec if on_sky else separation[taken]
    return result


def _near_in_pixels(a, b, radius):
    places = [
        np.stack([np.asarray(_column(t, n), dtype=float) for n in ("x_centroid", "y_centroid")], -1)
        for t in (a, b)
    ]
    _check_finite(*places)
    if not (len(a) and len(b)):
        return _no_pairs()
    # The tree rounds otherwise than the distances: let it find a little more.
    near = cKDTree(places[0]).query_ball_tree(cKDTree(places[1]), radius * (1 + 1e-9))
    index_a = np.repeat(np.arange(len(a)), [len(row) for row in near])
    index_b = np.array([i for row in near for i in row], dtype=int)
    separation = np.hypot(*(places[0][index_a] - places[1][index_b]).T)
    return _within(index_a, index_b, separation, radius)


def _near_on_sky(a, b, radius):
    skies = [_column(table, "sky_centroid") for table in (a, b)]
    _check_finite(*(angle.value for sky in skies for angle in (sky.ra, sky.dec)))
    if not (len(a) and len(b)):
        return _no_pairs()
    margin = radius * (1 + 1e-9) + 1e-9 * u.arcsec
    index_a, index_b, separation, _ = search_around_sky(*skies, margin)
    return _within(index_a, index_b, separation.to_value(u.arcsec), radius.to_value(u.arcsec))


def _within(index_a, index_b, separation, radius):
    keep = separation <= radius
    return index_a[keep], index_b[keep], separation[keep]


def _no_pairs():
    return np.zeros(0, dtype=int), np.zeros(0, dtype=int), np.zeros(0)


def _column(table, name):
    if name not in table.colnames:
        raise ValueError(f"no {name} to match by (has {', '.join(table.colnames)})")
    return table[name]


def _check_finite(*arrays):
    if not all(np.isfinite(array).all() for array in arrays):
        raise ValueError("some positions to match are not finite; leave those rows out")
