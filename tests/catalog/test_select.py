"""Selections keep what passes every limit."""

from itertools import pairwise

import numpy as np
import pytest
from astropy import units as u
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clusternet.catalog import ClusterFlag, make_catalogue, select


def test_defaults_are_the_thresholds_of_the_paper(catalogue):
    chosen = select(catalogue)
    expected = (catalogue["class_cb"] > 0.95) & (catalogue["visibility"] > 2.5)
    assert np.array_equal(chosen["id"], catalogue["id"][expected])
    assert 0 < len(chosen) < len(catalogue)


def test_thresholds_themselves_do_not_pass(catalogue):
    chosen = select(catalogue, class_cb=catalogue["class_cb"][0], visibility=None)
    assert 1 not in chosen["id"]
    assert len(select(catalogue, class_cb=None, visibility=None)) == len(catalogue)


def test_ranges_are_half_open(catalogue):
    age = np.sort(catalogue["log_age"])
    chosen = select(catalogue, None, None, log_age=(age[3], age[9]))
    assert np.array_equal(np.sort(chosen["log_age"]), age[3:9])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(edges=st.lists(st.floats(6, 11), min_size=1, max_size=4).map(sorted))
def test_ranges_end_to_end_count_each_cluster_once(catalogue, edges):
    ends = [None, *edges, None]
    parts = [select(catalogue, None, None, log_age=pair)["id"] for pair in pairwise(ends)]
    assert sorted(np.concatenate(parts)) == catalogue["id"].tolist()


def test_ranges_take_units(catalogue):
    plain = select(catalogue, None, None, a_v=(1, 2), r_h=(None, 0.1))
    quantities = select(
        catalogue, None, None, a_v=(1000 * u.mmag, 2 * u.mag), r_h=(None, 100 * u.mas)
    )
    assert np.array_equal(plain["id"], quantities["id"])
    assert len(plain) > 0


def test_flags_can_be_shut_out(catalogue):
    bad = ClusterFlag.EDGE | ClusterFlag.A_V_AT_LIMIT
    chosen = select(catalogue, None, None, without=bad)
    assert np.array_equal(chosen["id"], catalogue["id"][(catalogue["flags"] & 17) == 0])
    assert 0 < len(chosen) < len(catalogue)


def test_nan_never_passes(make_values, wcs):
    values = make_values()
    for row, name in enumerate(("class_cb", "visibility", "log_age")):
        values[name][row] = np.nan
    chosen = select(make_catalogue(values, wcs), 0, 0, log_age=(None, None))
    assert chosen["id"].tolist() == list(range(4, 21))


def test_meta_keeps_account(catalogue):
    chosen = select(select(catalogue, visibility=2), without=ClusterFlag.EDGE, log_age=(None, 8))
    assert chosen.meta["selections"] == [
        {"class_cb": 0.95, "visibility": 2, "without": []},
        {"class_cb": 0.95, "visibility": 2.5, "without": ["EDGE"], "log_age": [None, 8]},
    ]
    assert "selections" not in catalogue.meta


def test_what_cannot_be_asked_is_a_clear_error(catalogue):
    with pytest.raises(ValueError, match="no column age in the table"):
        select(catalogue, age=(6, 7))
    with pytest.raises(ValueError, match=r"log_age = 7 is no range: pass \(lo, hi"):
        select(catalogue, log_age=7)
    with pytest.raises(ValueError, match="bits beyond those known"):
        select(catalogue, without=1024)
