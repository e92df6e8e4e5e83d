"""Scores of parameters and centres, on errors that are known."""

import numpy as np
import pytest
from astropy import units as u
from astropy.table import QTable
from hypothesis import given
from hypothesis import strategies as st

from clusternet.validation import centre_error, parameter_errors

errors = st.lists(st.floats(-3, 3), min_size=1, max_size=20)


def scores(table, selection, parameter):
    chosen = (table["selection"] == selection) & (table["parameter"] == parameter)
    assert chosen.sum() == 1
    return table[chosen][0]


def test_errors_of_the_clusters_found(matched):
    table = parameter_errors(matched)
    age = scores(table, "all", "log_age")
    assert (age["n"], age["rms"], age["bias"], age["mad"]) == pytest.approx((6, 0.1, 0.1, 0.1))
    assert age["null"] == pytest.approx(np.std(matched["log_age"][:6]))
    dust = scores(table, "all", "a_v")
    assert (dust["rms"], dust["bias"]) == pytest.approx((0.2, -0.2))


def test_selections_are_by_the_truth(matched):
    table = parameter_errors(matched)
    young, visible = matched["log_age"] < 8, matched["visibility"] > 2.5
    for selection, rows in (("all", matched["found"]), ("log_age < 8", young),
                            ("visibility > 2.5", visible),
                            ("log_age < 8, visibility > 2.5", young & visible)):
        assert scores(table, selection, "a_v")["n"] == (rows & matched["found"]).sum()
    other = parameter_errors(matched, visibility=10, log_age=7.5)
    assert set(other["selection"]) == {"all", "log_age < 7.5", "visibility > 10",
                                       "log_age < 7.5, visibility > 10"}
    del matched["visibility"]
    assert set(parameter_errors(matched, visibility=None)["selection"]) == {"all", "log_age < 8"}


def test_only_parameters_with_an_estimate_are_scored(matched):
    assert set(parameter_errors(matched)["parameter"]) == {"log_age", "a_v"}
    with pytest.raises(ValueError, match="no parameter with true and found values"):
        parameter_errors(matched["found", "log_age"], visibility=None)


def test_units_are_those_of_the_catalogue(matched):
    expected = parameter_errors(matched)
    matched["a_v_found"] = matched["a_v_found"].to(u.mmag)
    np.testing.assert_allclose(parameter_errors(matched)["rms"], expected["rms"])
    matched["a_v_found"] = matched["a_v_found"].value * u.pc
    with pytest.raises(ValueError, match="a_v_found is in pc; give it in mag"):
        parameter_errors(matched)


def test_estimates_that_are_nan_do_not_count(matched):
    matched["log_age_found"][0] = np.nan
    assert scores(parameter_errors(matched), "all", "log_age")["n"] == 5
    assert scores(parameter_errors(matched), "all", "a_v")["n"] == 6


def test_nothing_found_scores_nan(matched):
    matched["found"] = False
    table = parameter_errors(matched)
    assert not table["n"].any()
    assert np.isnan(table["rms"]).all()
    assert np.isnan(centre_error(matched))
    assert np.isnan(parameter_errors(matched[:0])["null"]).all()


@given(errors)
def test_the_numbers_agree_with_each_other(error):
    truth = np.linspace(7, 9, len(error))
    table = QTable({"found": np.ones(len(error), dtype=bool), "log_age": truth,
                    "log_age_found": truth + error})
    row = scores(parameter_errors(table, visibility=None), "all", "log_age")
    assert row["rms"] ** 2 == pytest.approx(row["bias"] ** 2 + np.var(error), abs=1e-9)
    assert row["mad"] <= np.abs(error).max() + 1e-9
    constant = table.copy()
    constant["log_age_found"] = truth.mean()
    null = scores(parameter_errors(constant, visibility=None), "all", "log_age")
    assert null["rms"] == pytest.approx(null["null"], abs=1e-9)


def test_centre_error_is_a_median_with_its_unit(matched):
    assert centre_error(matched) == np.median(np.arange(6) / 4)
    matched["separation"] = matched["separation"] * u.arcsec
    assert centre_error(matched) == np.median(np.arange(6) / 4) * u.arcsec
    with pytest.raises(ValueError, match="no column separation"):
        centre_error(matched["found", "log_age"])
