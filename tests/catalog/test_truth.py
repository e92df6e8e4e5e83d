"""Every cluster gets at most one candidate, every candidate at most one cluster."""

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.table import QTable
from hypothesis import given
from hypothesis import strategies as st

from clusternet.catalog import match, select_found
from clusternet.injection import inject

places = st.lists(st.tuples(st.floats(0, 30), st.floats(0, 30)), max_size=12)


def table(positions, **columns):
    x, y = np.reshape(np.array(positions, dtype=float), (-1, 2)).T
    return QTable({"x_centroid": x, "y_centroid": y, **columns})


@pytest.fixture
def truth():
    return table([(10, 10), (40, 40), (70, 70)], log_age=[7.0, 8.0, 9.0],
                 a_v=[0.0, 1.0, 2.0] * u.mag)


@pytest.fixture
def found():
    return table([(71, 70), (10, 12), (10, 11), (200, 200)], class_cb=[0.9, 0.8, 0.7, 0.6],
                 log_age=[9.1, 7.2, 7.3, 6.6], log_age_lo=[9.0, 7.0, 7.1, 6.5],
                 log_age_hi=[9.2, 7.4, 7.5, 6.7], a_v=[2.5, 0.1, 0.2, 0.3] * u.mag)


def test_the_nearest_candidates_are_taken_over(truth, found):
    matched, unmatched = match(truth, found, radius=3)
    assert matched["found"].tolist() == [True, False, True]
    np.testing.assert_array_equal(matched["separation"], [1, np.nan, 1])
    np.testing.assert_array_equal(matched["class_cb"], [0.7, np.nan, 0.9])
    np.testing.assert_array_equal(matched["log_age_found"], [7.3, np.nan, 9.1])
    np.testing.assert_array_equal(matched["log_age_found_lo"], [7.1, np.nan, 9.0])
    np.testing.assert_array_equal(matched["log_age_found_hi"], [7.5, np.nan, 9.2])
    np.testing.assert_array_equal(matched["a_v_found"].value, [0.2, np.nan, 2.5])
    assert matched["a_v_found"].unit == u.mag
    assert unmatched["class_cb"].tolist() == [0.8, 0.6]
    assert all(matched[name].info.description for name in matched.colnames if "found" in name)


def test_tables_given_stay_as_they_are(truth, found):
    names = truth.colnames, found.colnames
    match(truth, found)
    assert (truth.colnames, found.colnames) == names


def test_what_candidates_do_not_have_is_left_out(truth):
    matched, _ = match(truth, table([(10, 10)]))
    assert matched.colnames == [*truth.colnames, "found", "separation"]


def test_further_columns_of_candidates_are_taken_over(truth, found):
    found["sharpness"] = [0.1, 0.2, 0.3, 0.4]
    found["sharpness"].info.description = "Sharpness of the candidate"
    found["ellipse"] = [1.0, 2.0, 3.0, 4.0] * u.arcsec
    found["kind"] = ["a", "b", "c", "d"]
    matched, unmatched = match(truth, found)
    np.testing.assert_array_equal(matched["sharpness_found"], [0.3, np.nan, 0.1])
    assert matched["sharpness_found"].info.description.endswith("Sharpness of the candidate")
    assert matched["ellipse_found"].unit == u.arcsec
    assert matched["kind_found"].tolist() == ["c", None, "a"]
    assert unmatched.colnames == found.colnames
    sharp = select_found(matched, None, None, sharpness=(0.2, None))
    assert sharp["found"].tolist() == [True, False, False]


def test_an_angle_matches_on_the_sky(truth, found):
    for some in (truth, found):
        some["sky_centroid"] = SkyCoord(some["x_centroid"] * u.arcsec,
                                        some["y_centroid"] * u.arcsec)
    matched, unmatched = match(truth, found, radius=1.5 * u.arcsec)
    assert matched["found"].tolist() == [True, False, True]
    assert matched["separation"].unit == u.arcsec
    assert len(unmatched) == 2


def test_without_candidates_none_is_found(truth, found):
    matched, unmatched = match(truth, found[:0])
    assert not matched["found"].any()
    assert np.isnan(matched["log_age_found"]).all()
    assert len(unmatched) == 0


def test_without_clusters_all_candidates_are_left(truth, found):
    matched, unmatched = match(truth[:0], found)
    assert len(matched) == 0
    assert "log_age_found" in matched.colnames
    assert len(unmatched) == len(found)


def test_a_matched_table_can_be_matched_again(truth, found):
    again = match(match(truth, found, radius=1)[0], found[:0])[0]
    assert again.colnames == match(truth, found)[0].colnames
    assert not again["found"].any()


def test_bad_positions_and_radii_are_refused(truth, found):
    with pytest.raises(ValueError, match="radius = -1"):
        match(truth, found, radius=-1)
    with pytest.raises(ValueError, match="no x_centroid"):
        match(truth, found["class_cb", "log_age"])
    truth["x_centroid"][0] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        match(truth, found)


@given(places, places, st.floats(0, 20))
def test_matches_are_one_to_one_and_within_the_radius(a, b, radius):
    matched, unmatched = match(table(a), table(b), radius)
    assert matched["found"].sum() + len(unmatched) == len(b)
    assert np.all(matched["separation"][matched["found"]] <= radius)
    assert np.isnan(matched["separation"][~matched["found"]]).all()
    more = match(table(a), table(b), 30 + radius)[0]
    assert matched["found"].sum() <= more["found"].sum()


def test_injected_clusters_are_found_where_they_are(empty, mocks):
    truth = inject(empty, mocks, spacing=60, rng=1, progress=False)[1]
    moved = truth["x_centroid", "y_centroid"]
    moved["x_centroid"] += 2
    matched, unmatched = match(truth, moved)
    assert matched["found"].all()
    np.testing.assert_allclose(matched["separation"], 2)
    assert len(unmatched) == 0
