"""Tests of posteriors and classes notice what is wrong, and only that."""

import astropy.units as u
import numpy as np
import pytest
from astropy.table import QTable
from astropy.utils.masked import Masked
from hypothesis import given
from hypothesis import strategies as st

from clusternet.completeness.fractions import fractions
from clusternet.posterior import ParameterBins, Posterior
from clusternet.validation import (
    coverage,
    log_score,
    pit,
    reliability,
    sbc_ranks,
    tarp,
    true_values,
    uniformity,
)

BINS = ParameterBins(log_age=(6, 10, 20), a_v=(0, 3, 2), log_mass=(3, 5, 2), log_r_h=(-1, 0, 2),
                     log_visibility=(-1, 3, 2))
N = 3000


@pytest.fixture(scope="module")
def ages():
    """Posteriors of age that are right, and the truth."""
    rng = np.random.default_rng(1)
    p = rng.gamma(0.3, size=(N, 20)) + 1e-6
    posterior = Posterior(BINS, {"joint": p[:, :, None, None] * np.ones((N, 20, 2, 2)),
                                 "log_r_h": np.ones((N, 2)), "log_visibility": np.ones((N, 2))})
    draw = posterior.sample(1, rng=2)
    return posterior, QTable({"log_age": draw["log_age"][:, 0], "a_v": draw["a_v"][:, 0] * u.mag,
                              "visibility": 10 ** draw["log_visibility"][:, 0]})


def test_right_posteriors_pass_every_test(ages):
    posterior, truth = ages
    pits = pit(posterior, truth)
    assert pits.colnames == ["log_visibility", "log_age", "a_v"]
    table = coverage(pits)
    assert len(table) == 12
    error = np.abs(table["coverage"] - table["level"])
    assert (error < 4 * np.sqrt(table["level"] * (1 - table["level"]) / N)).all()
    draws = posterior.sample(99, rng=3)
    for test in (uniformity(pits), uniformity(sbc_ranks(draws, truth))):
        assert (test["p_ks"] > 1e-3).all()
        assert (test["p_chi2"] > 1e-3).all()
    curve = tarp(draws, truth, ("log_age", "a_v"), rng=4)
    assert np.abs(curve["coverage"] - curve["level"]).max() < 0.035
    assert curve["coverage"][[0, -1]].tolist() == [0, 1]


def test_wrong_posteriors_fail_every_test(ages):
    posterior, truth = ages
    wrong = truth.copy()
    wrong["log_age"] = np.clip(truth["log_age"] + 0.4, 6, 10)
    pits, draws = pit(posterior, wrong), posterior.sample(99, rng=3)
    for test in (uniformity(pits), uniformity(sbc_ranks(draws, wrong))):
        assert test["p_ks"][1] < 1e-6
        assert test["p_chi2"][1] < 1e-6
    draws["log_age"] = 8 + 0.4 * (draws["log_age"] - 8)
    curve = tarp(draws, truth, ("log_age", "a_v"), rng=4)
    assert np.abs(curve["coverage"] - curve["level"]).max() > 0.05
    scores = [log_score(posterior, table)["log_score"][1] for table in (truth, wrong)]
    assert scores[1] > scores[0] + 0.5


def test_joint_coverage_sees_what_single_parameters_hide():
    rng = np.random.default_rng(5)
    x = rng.normal(size=(N, 200))
    draws = {"log_age": x, "a_v": rng.normal(size=(N, 200))}  # predicted to be independent
    y = rng.normal(size=N)
    truth = QTable({"log_age": y, "a_v": 0.98 * y + 0.2 * rng.normal(size=N)})
    alone = tarp(draws, truth, ("a_v",), rng=1)
    both = tarp(draws, truth, ("log_age", "a_v"), rng=1)
    assert np.abs(alone["coverage"] - alone["level"]).max() < 0.035
    assert np.abs(both["coverage"] - both["level"]).max() > 0.05


def test_coverage_is_given_for_each_group():
    pits = QTable({"a_v": np.concatenate([np.full(30, 0.5), np.full(60, 0.001)])})
    table = coverage(pits, levels=[0.5], by={"log_age": np.arange(90.0)})
    assert table["by"].tolist() == ["all", "log_age", "log_age", "log_age"]
    assert table["n"].tolist() == [90, 30, 30, 30]
    assert table["coverage"].tolist() == pytest.approx([1 / 3, 1, 0, 0])
    assert table["by_hi"][1] == table["by_lo"][2]
    assert (table["coverage_lo"] <= table["coverage"] + 1e-12).all()
    assert (table["coverage_hi"] >= table["coverage"] - 1e-12).all()


def test_values_outside_of_the_bins_and_unknown_ones_do_not_count(ages):
    posterior, truth = ages
    posterior, few = posterior[:4], truth[:4].copy()
    few["visibility"] = [1e5, 0, np.nan, 10]
    few["a_v"] = Masked([1, 1, 1, 1] * u.mag, mask=[True, False, False, False])
    pits = pit(posterior, few)
    assert np.isfinite(pits["log_visibility"]).tolist() == [False, False, False, True]
    assert np.isfinite(pits["a_v"]).tolist() == [False, True, True, True]
    assert coverage(pits, levels=0.9)["n"].tolist() == [1, 4, 3]
    assert uniformity(pits)["n"].tolist() == [1, 4, 3]
    score = log_score(posterior, few)
    assert dict(zip(score["parameter"], score["n"], strict=True)) == {
        "log_visibility": 1, "log_age": 4, "a_v": 3}
    ranks = sbc_ranks(posterior.sample(9, rng=1), few)
    assert ranks["log_visibility"].mask.tolist() == [False, True, True, False]


def test_nothing_known_gives_numbers_that_say_so():
    pits = QTable({"log_age": [np.nan, np.nan]})
    table = coverage(pits, by={"a_v": [1, 2]})
    assert table["n"].tolist() == [0] * 4
    assert np.isnan(table["coverage"]).all()
    assert np.isnan(uniformity(pits)["p_ks"]).all()
    empty = reliability([], [])
    assert empty["n"].sum() == 0
    assert np.isnan(empty.meta["ece"])


def test_the_joint_score_is_that_of_the_right_cell(ages):
    posterior, truth = ages
    posterior, few = posterior[:3], truth[:3].copy()
    few["log_mass"] = 3.5
    joint = posterior.joint
    cell = [BINS.index("log_age", few["log_age"]), BINS.index("a_v", few["a_v"].value), [0] * 3]
    expected = -np.log(joint[np.arange(3), *cell]).mean()
    score = log_score(posterior, few)
    assert score["parameter"][-1] == "joint"
    assert score["log_score"][-1] == pytest.approx(expected)


def test_bad_input_is_named(ages):
    posterior, truth = ages
    with pytest.raises(ValueError, match="levels are"):
        coverage(QTable({"a_v": [0.5]}), levels=[68])
    with pytest.raises(ValueError, match="2 values of log_age for 1 objects"):
        coverage(QTable({"a_v": [0.5]}), by={"log_age": [1, 2]})
    with pytest.raises(ValueError, match=r"no true parameters in the table \(has x\)"):
        true_values(QTable({"x": [1]}))
    with pytest.raises(ValueError, match="a_v is in m"):
        true_values(QTable({"a_v": [1] * u.m}))
    with pytest.raises(ValueError, match=r"values of log_age have shape \(2,\)"):
        pit(posterior, QTable({"log_age": [7, 8]}))
    with pytest.raises(ValueError, match="no true values or draws of log_mass, log_r_h"):
        tarp(posterior[:5].sample(3), truth[:5])
    with pytest.raises(ValueError, match="draws of log_age have shape"):
        sbc_ranks({"log_age": np.ones((2, 3))}, truth[:3])
    with pytest.raises(ValueError, match="classes have shape"):
        reliability([0.5], [True, False])
    with pytest.raises(ValueError, match=r"classes go from 0\.5 to 1\.5"):
        reliability([0.5, 1.5], [True, False])


def test_a_class_that_means_what_it_says_is_reliable():
    rng = np.random.default_rng(1)
    class_cb = rng.random(20000)
    there = rng.random(20000) < class_cb
    right, sure = reliability(class_cb, there), reliability(class_cb**0.3, there)
    assert right.meta["ece"] < 0.02 < 0.1 < sure.meta["ece"]
    assert right["n"].sum() == 20000
    inside = (right["fraction_lo"] <= right["class_cb"]) & (right["class_cb"]
                                                          <= right["fraction_hi"])
    assert inside.sum() >= 4
    nan = reliability([*class_cb, np.nan], [*there, True])
    assert nan.meta["ece"] == right.meta["ece"]


def test_a_class_of_one_counts_in_the_last_bin():
    assert reliability([1.0, 0.0], [True, False], bins=4)["n"].tolist() == [1, 0, 0, 1]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=5))
def test_fractions_lie_in_their_intervals(counts):
    k, n = np.array([sorted(pair) for pair in counts]).T
    fraction, low, high = fractions(k, n)
    some = n > 0
    assert (low[some] <= fraction[some] + 1e-12).all()
    assert (fraction[some] <= high[some] + 1e-12).all()
    assert np.isnan(fraction[~some]).all()
