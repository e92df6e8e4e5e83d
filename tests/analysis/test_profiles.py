"""Profiles across arms and radii, groups, histograms and drift, on points that are known."""

import astropy.units as u
import numpy as np
import pytest
from astropy.stats import poisson_conf_interval
from astropy.table import MaskedColumn, QTable
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from clusternet.analysis import (
    arm_profile,
    distribution,
    drift_rate,
    peak_position,
    radial_profile,
    split_by,
)

values = hnp.arrays(float, st.integers(0, 40), elements=st.floats(-3, 3) | st.just(np.nan))


@settings(max_examples=40)
@given(values, st.integers(0, 99))
def test_windows_count_what_is_in_them(distance, seed):
    rng = np.random.default_rng(seed)
    weights, young = rng.uniform(0, 5, len(distance)), rng.random(len(distance)) < 0.5
    at = np.array([-1.0, 0.05, 0.8])
    profile = arm_profile(distance * u.kpc, {"young": young, "old": ~young}, window=0.5 * u.kpc,
                          at=at * u.kpc, weights=weights)
    assert profile["group"].tolist() == ["young"] * 3 + ["old"] * 3
    for row, group, x in zip(profile, [young] * 3 + [~young] * 3, [*at, *at], strict=True):
        inside = group & (distance >= x - 0.25) & (distance < x + 0.25)
        assert row["n"] == inside.sum()
        assert row["count"] == pytest.approx(weights[inside].sum(), abs=1e-9)
        assert row["count_lo"] <= row["count"] + 1e-9
        assert row["count"] < row["count_hi"]


def test_bands_are_poisson_intervals():
    distance = np.repeat([0.0, 1.0], [7, 0]) * u.kpc
    profile = arm_profile(distance, at=[0, 1] * u.kpc)
    low, high = poisson_conf_interval([7, 0], "frequentist-confidence")
    np.testing.assert_allclose(profile["count_lo"], low, rtol=1e-3, atol=1e-9)
    np.testing.assert_allclose(profile["count_hi"], high, rtol=1e-3)
    heavy = arm_profile(distance, at=[0] * u.kpc, weights=np.full(7, 3.0))
    assert heavy["count_hi"][0] == pytest.approx(3 * profile["count_hi"][0])


def test_profiles_have_default_places_and_units():
    profile = arm_profile([400, 500] * u.pc)
    assert len(profile) == 51
    assert profile["distance"].unit == u.kpc
    assert profile["distance"][[0, -1]].value.tolist() == [-1.0, 1.5]
    assert profile["n"].max() == 2
    assert len(arm_profile([] * u.kpc)) == 51


@pytest.mark.parametrize(("call", "message"), [
    (lambda: arm_profile([1] * u.arcsec), "distance is in arcsec"),
    (lambda: arm_profile([1] * u.kpc, window=0 * u.kpc), "window is 0"),
    (lambda: arm_profile([1] * u.kpc, weights=[1, 2]), "weights must be 1"),
    (lambda: arm_profile([1] * u.kpc, {"a": [1]}), "group 'a'"),
    (lambda: arm_profile([1] * u.kpc, {"a": np.array([True, False])}), "group 'a'"),
    (lambda: arm_profile([1] * u.kpc, level=0), "level is 0"),
    (lambda: radial_profile([1] * u.kpc, [1, 2]), "1 radii and 2 values"),
    (lambda: radial_profile([1] * u.kpc, [[1]]), "one value per cluster"),
    (lambda: distribution([1], [1]), "edges are"), (lambda: distribution([1], [2, 1]), "edges are"),
    (lambda: split_by(QTable({"a": [1]}), "b", [1]), "no column b"),
    (lambda: split_by(QTable({"a": [1]}), "a", [2, 1]), "edges for a"),
    (lambda: split_by(QTable({"a": [1]}), "a", []), "edges for a"),
    (lambda: peak_position([9] * u.kpc), "none of 1 clusters"),
    (lambda: peak_position([1] * u.kpc, limits=[1, 0] * u.kpc), "ascending lengths"),
    (lambda: drift_rate([1] * u.kpc, [7, 8]), "1 distances and 2 ages"),
    (lambda: drift_rate([1] * u.kpc, [7]), "0 of 5 groups"),
    (lambda: drift_rate([1] * u.kpc, [7], edges=[6, 7]), "three or more")])
def test_impossible_requests(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@settings(max_examples=40)
@given(values, st.integers(0, 99), st.floats(-1e3, 1e3))
def test_running_means(radius, seed, level):
    rng = np.random.default_rng(seed)
    density, weights = rng.normal(level, 1, len(radius)), rng.uniform(0.1, 5, len(radius))
    profile = radial_profile(radius * u.kpc, density, window=1 * u.kpc, at=[0.2] * u.kpc,
                             weights=weights)
    inside = (radius >= -0.3) & (radius < 0.7)
    assert profile["n"][0] == inside.sum()
    if inside.any():
        mean = np.average(density[inside], weights=weights[inside])
        scatter = np.sqrt(np.average((density[inside] - mean) ** 2, weights=weights[inside]))
        assert profile["mean"][0] == pytest.approx(mean, rel=1e-9, abs=1e-6)
        assert profile["std"][0] == pytest.approx(scatter, abs=1e-5)
    else:
        assert np.isnan(profile["mean"][0])


def test_errors_of_the_mean_without_weights():
    density = np.array([1.0, 2.0, 4.0])
    profile = radial_profile([1, 1, 1] * u.kpc, density, at=[1] * u.kpc)
    assert profile["mean_err"][0] == pytest.approx(density.std(ddof=1) / np.sqrt(3))


def test_parameters_without_a_value_do_not_count():
    column = MaskedColumn([1.0, 5.0, np.nan], mask=[False, True, False])
    profile = radial_profile([1, 1, 1] * u.kpc, column, at=[1] * u.kpc)
    assert profile["n"][0] == 1
    assert profile["mean"][0] == 1


@settings(max_examples=40)
@given(values)
def test_groups_part_the_clusters(log_age):
    groups = split_by(QTable({"log_age": log_age}), "log_age", [-1, 0.5])
    total = np.sum(list(groups.values()), axis=0) if len(log_age) else np.zeros(0)
    np.testing.assert_array_equal(total, ~np.isnan(log_age))
    assert (log_age[groups["log_age < -1"]] < -1).all()
    assert (log_age[groups["log_age >= 0.5"]] >= 0.5).all()


def test_groups_of_columns_with_units_and_masks():
    table = QTable({"a_v": [0.5, 1.0] * u.mag, "b": MaskedColumn([1.0, 3.0], mask=[True, False])})
    assert [g.tolist() for g in split_by(table, "a_v", [1]).values()] == [[True, False],
                                                                          [False, True]]
    assert [g.tolist() for g in split_by(table, "b", [2]).values()] == [[False, False],
                                                                        [False, True]]


def test_histograms_by_groups():
    log_r_h = np.array([-1.2, -0.9, -0.9, np.nan, -5, -0.5])
    old = np.array([True, True, False, True, True, False])
    table = distribution(log_r_h, [-1.5, -1.0, -0.5], {"old": old, "young": ~old},
                         weights=np.full(6, 2.0))
    assert table["n"].tolist() == [1, 1, 0, 2]
    assert table["count"].tolist() == [2, 2, 0, 4]
    assert (table["count_lo"] <= table["count"]).all()
    assert (table["count_hi"] > table["count"]).all()


def clusters(rate, seed, n=3000):
    """Ages, and distances of clusters born at 0.3 kpc that drift; a fifth are anywhere."""
    rng = np.random.default_rng(seed)
    log_age = rng.uniform(6.6, 8.5, n)
    distance = rng.normal(0.3, 0.15, n) + rate * 10 ** (log_age - 6) / 1000
    anywhere = rng.random(n) < 0.2
    distance[anywhere] = rng.uniform(-1.5, 2.5, anywhere.sum())
    return distance * u.kpc, log_age


@pytest.mark.parametrize("rate", [0, 6, 13, 20])
def test_drift_is_recovered(rate):
    pulls = []
    for seed in range(4):
        drift = drift_rate(*clusters(rate, seed), rng=seed)
        pulls.append((drift.rate.to_value(u.pc / u.Myr) - rate) / drift.rate_err.value)
        assert abs(drift.start.value - 0.3) < 4 * drift.start_err.value
        assert drift.rate.unit == u.pc / u.Myr
        assert len(drift.peaks) == 5
    assert np.abs(pulls).max() < 3
    assert np.sqrt(np.mean(np.square(pulls))) < 1.7


def test_old_groups_too_few_clusters_and_seeds():
    distance, log_age = clusters(13, 1)
    few = log_age < 6.8
    keep = ~few | (np.cumsum(few) <= 5)
    drift = drift_rate(distance[keep], log_age[keep], rng=2)
    assert len(drift.peaks) == 4
    again = drift_rate(distance[keep], log_age[keep], rng=2)
    assert again.rate == drift.rate
    assert again.rate_err == drift.rate_err


def test_weights_move_the_peak():
    distance = np.concatenate([np.full(50, 0.2), np.full(60, 0.9)]) * u.kpc
    assert abs(peak_position(distance, rng=1)[0].value - 0.9) < 0.011
    weights = np.repeat([2.0, 1.0], [50, 60])
    assert abs(peak_position(distance, weights, rng=1)[0].value - 0.2) < 0.011


def test_clusters_beyond_the_limits_do_not_make_a_peak_at_the_edge():
    rng = np.random.default_rng(3)
    distance = np.concatenate([rng.normal(0.4, 0.1, 300), rng.uniform(1.45, 5, 200)]) * u.kpc
    peak, error = peak_position(distance, rng=1)
    assert abs(peak.value - 0.4) < 0.05
    assert 0 < error.value < 0.05
