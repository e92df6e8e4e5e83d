"""Recall: counts that can be counted by hand, and laws that hold for all tables."""

import numpy as np
import pytest
from astropy import units as u
from astropy.stats import binom_conf_interval
from astropy.table import MaskedColumn, QTable
from hypothesis import given
from hypothesis import strategies as st

from clusternet.catalog import match
from clusternet.completeness import recall, recall_curve

rows = st.lists(st.tuples(st.booleans(), st.floats(-5, 5), st.floats(-5, 5)), max_size=20)
edges = st.lists(st.integers(-5, 5), min_size=2, max_size=6, unique=True).map(sorted)


def test_overall_recall_has_its_interval(matched):
    table = recall(matched)
    assert (table["n"][0], table["n_found"][0], table["recall"][0]) == (8, 6, 0.75)
    low, high = binom_conf_interval(6, 8, 0.6827, "wilson")
    assert (table["recall_lo"][0], table["recall_hi"][0]) == (low, high)
    wide = recall(matched, level=0.95, interval="jeffreys")
    assert wide["recall_lo"][0] < low < 0.75 < high < wide["recall_hi"][0]


def test_bins_hold_their_lower_edge_and_the_last_its_upper(matched):
    table = recall(matched, {"log_age": [7.0, matched["log_age"][3], 9.0]})
    assert table["n"].tolist() == [3, 5]
    assert table["n_found"].tolist() == [3, 3]
    assert table["log_age_lo"].tolist() == [7.0, matched["log_age"][3]]
    assert table["log_age_hi"].tolist() == [matched["log_age"][3], 9.0]


def test_two_columns_make_a_map(matched):
    table = recall(matched, {"log_age": [7, 8, 9], "log_mass": [3.5, 4.5, 5.5, 6.0]})
    assert table["recall"].reshape(2, 3).shape == (2, 3)
    np.testing.assert_array_equal(table["n"].reshape(2, 3), [[4, 0, 0], [0, 4, 0]])
    np.testing.assert_array_equal(table["recall"].reshape(2, 3),
                                  [[1, np.nan, np.nan], [np.nan, 0.5, np.nan]])
    assert (table["recall_lo"][1], table["recall_hi"][1]) == (0, 1)
    assert table["log_mass_lo"].tolist() == 2 * [3.5, 4.5, 5.5]


def test_units_of_edges_are_understood(matched):
    plain = recall(matched, {"a_v": [0, 1.5, 3]})
    other = recall(matched, {"a_v": [0, 1500, 3000] * u.mmag})
    assert plain["a_v_lo"].unit == other["a_v_lo"].unit == u.mag
    np.testing.assert_array_equal(plain["n_found"], other["n_found"])
    with pytest.raises(ValueError, match=r"edges for a_v are in pc; give them in mag"):
        recall(matched, {"a_v": [0, 1] * u.pc})


def test_the_last_bin_may_be_open(matched):
    matched["crowding"] = np.array([1.0, 5, 9, 20, 50, 70, np.inf, np.nan])
    table = recall(matched, {"crowding": [0, 10, np.inf]})
    assert table["n"].tolist() == [3, 4]


def test_masked_values_are_in_no_bin(matched):
    matched["arm"] = MaskedColumn(np.ones(8, dtype=int), mask=np.arange(8) < 3)
    assert recall(matched, {"arm": [0, 2]})["n"].tolist() == [5]


def test_no_clusters_have_no_recall(matched):
    table = recall(matched[:0])
    assert (len(table), table["n"][0]) == (1, 0)
    assert np.isnan(table["recall"][0])


@pytest.mark.parametrize("bad", [[1.0], [2, 1], [1, 1], [[1, 2], [3, 4]], [0, np.nan], 3])
def test_edges_must_ascend(matched, bad):
    with pytest.raises(ValueError, match="edges for log_age"):
        recall(matched, {"log_age": bad})


def test_missing_columns_are_named(matched):
    with pytest.raises(ValueError, match="no column radius in the table"):
        recall(matched, {"radius": [0, 1]})
    with pytest.raises(ValueError, match="no column found"):
        recall(matched["log_age", "log_mass"])


@given(rows, edges, edges)
def test_bins_share_out_the_clusters_inside(values, first, second):
    found, a, b = np.array(values, dtype=float).reshape(-1, 3).T
    matched = QTable({"found": found == 1, "a": a, "b": b})
    table = recall(matched, {"a": first, "b": second})
    counts = np.histogram2d(a, b, (first, second))[0]
    np.testing.assert_array_equal(table["n"].reshape(counts.shape), counts)
    some = table[table["n"] > 0]
    assert np.all((some["recall_lo"] <= some["recall"] + 1e-12)
                  & (some["recall"] <= some["recall_hi"] + 1e-12))
    assert np.all((table["n_found"] >= 0) & (table["n_found"] <= table["n"]))


@pytest.fixture
def field():
    """100 clusters, 80 of them found, and 40 false candidates, less certain on the whole."""
    rng = np.random.default_rng(2)
    x, y = (v.ravel().astype(float) for v in np.meshgrid(np.arange(10) * 50, np.arange(10) * 50))
    truth = QTable({"x_centroid": x, "y_centroid": y})
    found = QTable({"x_centroid": np.r_[x[:80] + 1, np.full(40, 25) + 50 * np.arange(40)],
                    "y_centroid": np.r_[y[:80], np.full(40, 700.0)],
                    "class_cb": np.r_[rng.uniform(0.5, 1, 80), rng.uniform(0.4, 0.9, 40)]})
    return truth, found


def test_the_curve_counts_at_each_threshold(field):
    truth, found = field
    curve = recall_curve(truth, found, 4 * u.arcmin**2, thresholds=[0.6, 0.9, 0.0])
    assert curve["threshold"].tolist() == [0.9, 0.6, 0.0]
    for row in curve:
        above = found["class_cb"] > row["threshold"]
        assert row["n_found"] == above[:80].sum()
        assert row["n_false"] == above[80:].sum()
        assert row["false_density"] == above[80:].sum() / (4 * u.arcmin**2)
        assert row["recall"] == above[:80].sum() / 100
    assert curve["false_density"].unit == u.arcmin**-2


def test_thresholds_run_through_the_false_detections(field):
    curve = recall_curve(*field, 1 * u.arcmin**2)
    assert curve["n_false"][0] == 0
    assert curve["n_false"][1] == 1
    assert curve["n_false"][-1] == 40
    assert curve["n_found"][-1] == 80
    assert np.all(np.diff(curve["threshold"]) < 0)
    assert np.all(np.diff(curve["n_false"]) >= 0)
    assert np.all(np.diff(curve["recall"]) >= 0)


def test_a_better_detector_lies_above(field):
    truth, found = field
    worse = found[np.arange(120) % 4 > 0]
    better, below = (recall_curve(truth, some, 1 * u.arcmin**2, thresholds=[0.7])["recall"][0]
                     for some in (found, worse))
    assert better > below


def test_candidates_above_the_threshold_are_matched_anew():
    truth = QTable({"x_centroid": [10.0], "y_centroid": [10.0]})
    # The nearer candidate is the less certain one.
    found = QTable({"x_centroid": [12.0, 10.0], "y_centroid": [10.0, 10.0],
                    "class_cb": [0.9, 0.6]})
    curve = recall_curve(truth, found, 1 * u.arcmin**2, thresholds=[0.8, 0.5])
    assert curve["recall"].tolist() == [1, 1]
    assert curve["n_false"].tolist() == [0, 1]
    assert match(truth, found)[0]["class_cb"][0] == 0.6


def test_without_candidates_the_curve_is_a_point(field):
    truth, found = field
    curve = recall_curve(truth, found[:0], 1 * u.arcmin**2)
    assert (len(curve), curve["recall"][0], curve["n_false"][0]) == (1, 0, 0)
    only_true = recall_curve(truth, found[:80], 1 * u.arcmin**2)
    assert only_true["recall"].tolist() == [0.8]


def test_the_area_must_be_one(field):
    for bad in (3, 2 * u.arcmin, -1 * u.arcmin**2, np.nan * u.arcmin**2, [1, 2] * u.arcmin**2):
        with pytest.raises(ValueError, match="area = "):
            recall_curve(*field, bad)
    steradian = recall_curve(*field, (1 * u.arcmin**2).to(u.sr), thresholds=[0.5])
    plain = recall_curve(*field, 1 * u.arcmin**2, thresholds=[0.5])
    assert steradian["false_density"][0].value == pytest.approx(plain["false_density"][0].value)


def test_the_class_is_needed(field):
    truth, found = field
    with pytest.raises(ValueError, match="no column class_cb"):
        recall_curve(truth, found["x_centroid", "y_centroid"], 1 * u.arcmin**2)
