"""Matches pair clusters one to one, nearest first."""

import numpy as np
import pytest
from astropy import units as u
from astropy.table import QTable
from hypothesis import given, settings
from hypothesis import strategies as st

from clusternet.catalog import cross_match, make_catalogue

# A coarse grid, so that equal distances and equal places are common.
_PLACES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=12)


def table(places):
    places = np.array(places, dtype=float).reshape(-1, 2)
    return QTable({"x_centroid": places[:, 0], "y_centroid": places[:, 1]})


def greedy(a, b, radius):
    """The rule, written out: take the closest free pair until none is left."""
    pairs = sorted(
        (float(np.hypot(xa - xb, ya - yb)), i, j)
        for i, (xa, ya) in enumerate(a)
        for j, (xb, yb) in enumerate(b)
    )
    taken = []
    for distance, i, j in pairs:
        if distance <= radius and all(i != k and j != m for k, m in taken):
            taken.append((i, j))
    return sorted(taken)


@given(a=_PLACES, b=_PLACES, radius=st.sampled_from([0, 1, 2**0.5, 3, 7.5]))
def test_matches_are_one_to_one_and_nearest_first(a, b, radius):
    pairs = cross_match(table(a), table(b), radius)
    found = list(zip(pairs["index_a"].tolist(), pairs["index_b"].tolist(), strict=True))
    assert found == greedy(a, b, radius)
    assert len({i for i, _ in found}) == len({j for _, j in found}) == len(found)
    distances = [np.hypot(*np.subtract(a[i], b[j])) for i, j in found]
    assert np.allclose(pairs["separation"], distances)
    assert all(distance <= radius for distance in pairs["separation"])


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(0, 30), m=st.integers(0, 30))
def test_matching_on_the_sky_agrees_with_matching_in_pixels(wcs, make_values, seed, n, m):
    a = make_catalogue(make_values(n, seed), wcs)
    b = make_catalogue(make_values(m, seed + 1), wcs)
    in_pixels = cross_match(a, b, 30)
    on_sky = cross_match(a, b, 30 * 0.0396 * u.arcsec)
    assert in_pixels["index_a"].tolist() == on_sky["index_a"].tolist()
    assert in_pixels["index_b"].tolist() == on_sky["index_b"].tolist()
    assert on_sky["separation"].unit == u.arcsec
    assert np.allclose(on_sky["separation"].value / 0.0396, in_pixels["separation"], rtol=1e-5)


def test_catalogue_matches_itself(catalogue):
    for radius in (3, 3 * u.pix, 0.1 * u.arcsec, 0 * u.arcsec):
        pairs = cross_match(catalogue, catalogue, radius)
        assert pairs["index_a"].tolist() == pairs["index_b"].tolist() == list(range(20))


def test_two_on_one_leaves_the_farther_out():
    pairs = cross_match(table([(0, 0), (2, 0)]), table([(1.5, 0)]), 3)
    assert pairs["index_a"].tolist() == [1]
    assert pairs["separation"].tolist() == [0.5]


def test_radius_itself_is_allowed():
    assert len(cross_match(table([(0, 0)]), table([(3, 0)]), 3)) == 1
    assert len(cross_match(table([(0, 0)]), table([(3.001, 0)]), 3)) == 0


@pytest.mark.parametrize("radius", [3, 0.1 * u.arcsec])
def test_empty_catalogues_give_no_pairs(catalogue, radius):
    for a, b in ((catalogue[:0], catalogue), (catalogue, catalogue[:0])):
        pairs = cross_match(a, b, radius)
        assert len(pairs) == 0
        assert pairs["index_a"].dtype.kind == "i"


@pytest.mark.parametrize(
    ("radius", "message"),
    [
        (3 * u.s, "radius = 3.0 s is neither a number of pixels nor an angle"),
        (-1, "radius = -1: pass one that is finite and not negative"),
        (np.nan, "finite and not negative"),
        ([1, 2], "radius = .*pass one"),
    ],
)
def test_radius_must_be_a_distance(catalogue, radius, message):
    with pytest.raises(ValueError, match=message):
        cross_match(catalogue, catalogue, radius)


def test_missing_column_or_position_is_a_clear_error(catalogue):
    with pytest.raises(ValueError, match=r"no x_centroid to match by \(has ra"):
        cross_match(catalogue, QTable({"ra": [1.0]}), 3)
    with pytest.raises(ValueError, match="not finite; leave those rows out"):
        cross_match(catalogue, table([(np.nan, 0)]), 3)
