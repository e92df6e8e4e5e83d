"""Posteriors: medians, intervals, draws and flags follow from their histograms."""

import numpy as np
import pytest

from clusternet.catalog import GROUPS, PARAMETERS, ClusterFlag, decode_flags
from clusternet.posterior import ParameterBins, Posterior

BINS = ParameterBins()


@pytest.fixture
def posterior():
    """Five objects with histograms at random."""
    rng = np.random.default_rng(7)
    return histograms(rng.gamma(0.05, size=(5, 2800)), rng.gamma(0.3, size=(5, 14)),
                      rng.gamma(0.3, size=(5, 20)))


def histograms(*groups):
    return Posterior(BINS, dict(zip(GROUPS, groups, strict=True)))


def certain(log_age=7.0, a_v=1.0, log_mass=4.0, log_r_h=-1.0, log_visibility=0.5):
    joint = np.zeros((1, 2800))
    joint[0, BINS.joint_index(log_age, a_v, log_mass)] = 1
    single = [np.zeros((1, 14)), np.zeros((1, 20))]
    single[0][0, BINS.index("log_r_h", log_r_h)] = 1
    single[1][0, BINS.index("log_visibility", log_visibility)] = 1
    return histograms(joint, *single)


def test_what_is_certain_comes_back_to_half_a_bin():
    known = certain()
    for name, value in (("log_age", 7.0), ("a_v", 1.0), ("log_mass", 4.0), ("log_r_h", -1.0),
                        ("log_visibility", 0.5)):
        width = np.diff(BINS.edges(name))[0]
        assert abs(known.median(name)[0] - value) <= width / 2 + 1e-9
        low, high = known.interval(name)
        assert high - low == pytest.approx(0.6827 * width)


def test_probabilities_are_scaled_to_one(posterior):
    assert posterior.joint.shape == (5, 20, 10, 14)
    np.testing.assert_allclose(posterior.joint.sum(axis=(1, 2, 3)), 1)
    for name in BINS.names:
        np.testing.assert_allclose(posterior.marginal(name).sum(axis=1), 1)


def test_samples_follow_the_posterior(posterior):
    draws = posterior.sample(20000, rng=1)
    for name, values in draws.items():
        low, high = posterior.interval(name)
        inside = np.mean((values > low[:, None]) & (values < high[:, None]), axis=1)
        np.testing.assert_allclose(inside, 0.6827, atol=0.015)
        np.testing.assert_allclose(values.mean(axis=1), posterior.mean(name), atol=0.02)


def test_samples_keep_age_extinction_and_mass_together():
    joint = np.zeros((1, 2800))
    joint[0, BINS.joint_index([6.7, 9.9], [0.1, 2.9], [3.6, 5.4])] = 0.5
    draws = histograms(joint, np.ones((1, 14)), np.ones((1, 20))).sample(500, rng=2)
    young = draws["log_age"] < 8
    assert 150 < young.sum() < 350
    assert np.array_equal(young, draws["a_v"] < 1)
    assert np.array_equal(young, draws["log_mass"] < 4.5)


def test_the_same_seed_draws_the_same(posterior):
    first, again = posterior.sample(3, rng=9), posterior.sample(3, rng=9)
    assert all(np.array_equal(first[name], again[name]) for name in first)


def test_columns_are_medians_and_the_16th_to_the_84th_percentile(posterior):
    columns = posterior.columns()
    for name in PARAMETERS:
        assert np.all(columns[f"{name}_lo"] <= columns[name])
        assert np.all(columns[name] <= columns[f"{name}_hi"])
    np.testing.assert_allclose(columns["log_age_lo"], posterior.quantile("log_age", 0.15865))
    np.testing.assert_allclose(columns["visibility"], 10 ** posterior.median("log_visibility"))


@pytest.mark.parametrize(("at", "names"), [
    ({}, []),
    ({"log_age": 6.6}, ["LOG_AGE_AT_LIMIT"]),
    ({"log_age": 10.1, "a_v": 0.0}, ["LOG_AGE_AT_LIMIT", "A_V_AT_LIMIT"]),
    ({"log_mass": 5.5}, ["LOG_MASS_AT_LIMIT"]),
    ({"log_r_h": -0.4}, ["LOG_R_H_AT_LIMIT"]),
    ({"log_visibility": -1}, ["VISIBILITY_AT_LIMIT"])])
def test_medians_in_an_outermost_bin_are_flagged(at, names):
    assert decode_flags(certain(**at).columns()["flags"]) == [names]


def test_what_is_not_known_is_nan_and_not_flagged(posterior):
    unknown = histograms(np.zeros((1, 2800)), np.full((1, 14), np.nan), np.ones((1, 20)))
    columns = unknown.columns()
    assert np.isnan(columns["log_age"])
    assert np.isnan(columns["log_r_h_hi"])
    assert columns["flags"][0] == ClusterFlag(0)
    assert np.isnan(unknown.sample(4, rng=1)["a_v"]).all()
    assert np.isfinite(unknown.sample(4, rng=1)["log_visibility"]).all()


def test_parameters_without_bins_are_nan_in_the_catalogue():
    bins = ParameterBins(log_r_h=None)
    columns = Posterior(bins, {name: np.ones((2, n)) for name, n in bins.group_sizes.items()}
                        ).columns()
    assert np.isnan([columns[name] for name in PARAMETERS["log_r_h"].columns]).all()
    np.testing.assert_allclose(columns["a_v"], 1.5)
    assert not columns["flags"].any()


def test_nothing_is_known_of_unknown_objects():
    unknown = Posterior(BINS, BINS.unknown(3))
    assert len(unknown) == 3
    assert all(np.isnan(unknown.median(name)).all() for name in BINS.names)


def test_objects_can_be_taken_out(posterior):
    assert len(posterior[1]) == 1
    assert len(posterior[-1]) == 1
    assert len(posterior[2:]) == 3
    chosen = posterior[np.array([4, 0])]
    np.testing.assert_array_equal(chosen.median("a_v"), posterior.median("a_v")[[4, 0]])
    assert repr(chosen) == "Posterior(2 objects)"


@pytest.mark.parametrize(("arrays", "message"), [
    ((np.ones((2, 2799)), np.ones((2, 14)), np.ones((2, 20))), r"joint have shape \(2, 2799\)"),
    ((np.ones((2, 2800)), np.ones((1, 14)), np.ones((2, 20))), r"histograms of \[1, 2\] objects"),
    ((np.ones((1, 2800)), -np.ones((1, 14)), np.ones((1, 20))), "log_r_h hold -1")])
def test_histograms_that_do_not_fit_are_refused(arrays, message):
    with pytest.raises(ValueError, match=message):
        histograms(*arrays)


def test_a_missing_histogram_is_named():
    with pytest.raises(ValueError, match="no histograms of log_r_h, log_visibility"):
        Posterior(BINS, {"joint": np.ones((1, 2800))})


def test_asking_for_an_unknown_parameter_names_the_known_ones(posterior):
    with pytest.raises(ValueError, match="no bins for 'colour'; there are log_age"):
        posterior.median("colour")
    with pytest.raises(ValueError, match="level is 68"):
        posterior.interval("a_v", 68)
