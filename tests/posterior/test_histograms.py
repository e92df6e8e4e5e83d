"""Quantiles, means, marginals and weights are what they should be by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from clusternet.posterior import ParameterBins
from clusternet.posterior.histograms import marginals, mean, neighbour_weights, quantile

EDGES = np.linspace(2.0, 4.0, 6)
histograms = arrays(float, 5, elements=st.floats(0, 1)).filter(lambda h: h.sum() > 1e-3)


def test_an_even_histogram_has_the_quantiles_of_a_uniform_distribution():
    for q in (0, 0.16, 0.5, 0.84, 1):
        assert quantile(np.full(5, 0.2), EDGES, q) == pytest.approx(2 + 2 * q)


def test_all_in_one_bin_has_its_median_in_the_middle_of_it():
    assert quantile(np.array([0, 0, 1.0, 0, 0]), EDGES, 0.5) == pytest.approx(3.0)


def test_quantiles_do_not_fall_into_empty_bins():
    halves = np.array([0.5, 0, 0, 0, 0.5])
    assert quantile(halves, EDGES, 0.5) == pytest.approx(EDGES[1])
    assert quantile(halves, EDGES, 0.5 + 1e-9) == pytest.approx(EDGES[4])


def test_histograms_without_content_have_no_quantile_and_no_mean():
    unknown = np.array([[0, 0, 0, 0, 0], [np.nan, 1, 0, 0, 0]])
    assert np.isnan(quantile(unknown, EDGES, 0.5)).all()
    assert np.isnan(mean(unknown, EDGES)).all()


def test_a_quantile_needs_a_probability():
    with pytest.raises(ValueError, match=r"q = 1\.2"):
        quantile(np.ones(5), EDGES, 1.2)


@given(histograms, st.floats(0, 1), st.floats(0, 1))
def test_quantiles_rise_with_probability_and_stay_inside(histogram, a, b):
    low, high = (quantile(histogram, EDGES, q) for q in sorted((a, b)))
    assert 2 <= low <= high <= 4


@given(histograms, st.floats(0.01, 100))
def test_quantiles_do_not_depend_on_the_scale(histogram, scale):
    assert quantile(histogram * scale, EDGES, 0.5) == pytest.approx(
        quantile(histogram, EDGES, 0.5), abs=1e-6)


def test_marginals_sum_the_other_parameters_away():
    bins = ParameterBins()
    joint = np.zeros((2, 2800))
    joint[0, bins.joint_index(7.0, 0.4, 4.0)] = 1
    joint[1] = 1 / 2800
    found = marginals(bins, {"joint": joint, "log_r_h": np.ones((2, 14)),
                             "log_visibility": np.ones((2, 20))})
    assert list(found) == list(bins.names)
    for name, value in (("log_age", 7.0), ("a_v", 0.4), ("log_mass", 4.0)):
        assert found[name][0, bins.index(name, value)] == 1
        np.testing.assert_allclose(found[name][1], 1 / len(bins.centres(name)))


def test_weights_are_class_times_gaussian_and_sum_to_one():
    class_cb = np.random.default_rng(1).uniform(0.1, 1, (3, 5, 5))
    weights = neighbour_weights(class_cb, sigma=1.5)
    np.testing.assert_allclose(weights.sum(axis=(1, 2)), 1)
    expected = class_cb[0, 2, 4] / class_cb[0, 2, 2] * np.exp(-4 / 4.5)
    assert weights[0, 2, 4] / weights[0, 2, 2] == pytest.approx(expected)


def test_pixels_without_class_have_no_weight():
    class_cb = np.full((2, 5, 5), np.nan)
    class_cb[0, 1, 1] = 0.0
    weights = neighbour_weights(class_cb)
    assert weights[0, 1, 1] == 1
    assert weights.sum() == 1
