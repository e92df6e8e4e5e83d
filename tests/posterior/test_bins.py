"""Bins: half-open, evenly wide, and the joint index is a number for every triple."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusternet.mocks import ParameterSpace
from clusternet.posterior import ParameterBins

BINS = ParameterBins()
names = st.sampled_from(BINS.names)


def test_numbers_of_bins_are_those_of_the_paper():
    assert BINS.joint_shape == (20, 10, 14)
    assert BINS.group_sizes == {"joint": 2800, "log_r_h": 14, "cluster": 2, "log_visibility": 20}


@pytest.mark.parametrize(
    ("name", "low", "high", "width"),
    [("log_age", 6.6, 10.1, 0.175), ("a_v", 0, 3, 0.3), ("log_mass", 3.5, 5.5, 0.1429),
     ("log_r_h", -1.4, -0.4, 0.0714), ("log_visibility", -1, 3, 0.2)],
)
def test_bins_divide_table_1_evenly(name, low, high, width):
    edges, centres = BINS.edges(name), BINS.centres(name)
    assert (edges[0], edges[-1]) == (low, high)
    np.testing.assert_allclose(np.diff(edges), width, rtol=1e-3)
    np.testing.assert_allclose(centres, edges[:-1] + width / 2, atol=1e-4)


@given(names, st.floats(0, 1))
def test_a_value_lies_in_its_bin(name, fraction):
    edges = BINS.edges(name)
    value = edges[0] + fraction * (edges[-1] - edges[0])
    index = int(BINS.index(name, value))
    slack = 1e-6 * (edges[1] - edges[0]) + 1e-12
    assert edges[index] - slack <= value <= edges[index + 1] + slack


@pytest.mark.parametrize("name", BINS.names)
def test_bins_are_half_open_and_the_last_one_is_closed(name):
    edges = BINS.edges(name)
    n = len(edges) - 1
    np.testing.assert_array_equal(BINS.index(name, edges), [*range(n), n - 1])
    np.testing.assert_array_equal(BINS.index(name, edges[1:] - 1e-4), range(n))


def test_every_extinction_of_the_grid_falls_where_it_should():
    tenths = np.arange(31)  # in units of 0.1 mag, three a bin
    np.testing.assert_array_equal(BINS.index("a_v", ParameterSpace().grid("a_v")),
                                  np.minimum(tenths // 3, 9))


def test_every_age_of_the_grid_falls_where_it_should():
    steps = np.arange(71)  # in units of 0.05 dex, seven in two bins
    np.testing.assert_array_equal(BINS.index("log_age", ParameterSpace().grid("log_age")),
                                  np.minimum(2 * steps // 7, 19))


@pytest.mark.parametrize("name", BINS.names)
def test_values_outside_fall_into_the_first_or_last_bin(name):
    edges = BINS.edges(name)
    outside = [edges[0] - 5, edges[-1] + 5]
    np.testing.assert_array_equal(BINS.index(name, outside), [0, len(edges) - 2])


@given(st.integers(0, 19), st.integers(0, 9), st.integers(0, 13))
def test_the_joint_index_is_that_of_a_c_order_histogram(age, a_v, mass):
    at = [BINS.centres(name)[i] for name, i in zip(BINS.joint, (age, a_v, mass), strict=True)]
    flat = BINS.joint_index(*at)
    assert flat == (age * 10 + a_v) * 14 + mass
    assert np.unravel_index(flat, BINS.joint_shape) == (age, a_v, mass)


def test_the_joint_index_is_one_to_one():
    triples = np.meshgrid(*(BINS.centres(name) for name in BINS.joint), indexing="ij")
    np.testing.assert_array_equal(BINS.joint_index(*triples).ravel(), np.arange(2800))


@pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
def test_indices_have_the_shape_of_the_values(shape):
    index = BINS.index("log_mass", np.full(shape, 4.0))
    assert index.shape == shape
    assert index.dtype == np.int64


def test_axes_round_trip():
    bins = ParameterBins(log_age=(6.0, 9.0, 6), log_r_h=(-2.0, 0.0, 4))
    assert ParameterBins.from_dict(bins.to_dict()) == bins
    assert bins.group_sizes["joint"] == 6 * 10 * 14


def test_bins_of_other_parameters_are_left_out():
    axes = BINS.to_dict()
    del axes["log_r_h"]
    bins = ParameterBins.from_dict(axes)
    assert bins.names == ("log_age", "a_v", "log_mass", "log_visibility")
    assert bins.group_sizes == {"joint": 2800, "log_visibility": 20, "cluster": 2}
    assert bins == ParameterBins(log_r_h=None)
    assert ParameterBins.from_dict(bins.to_dict()) == bins


def test_an_unknown_parameter_is_named():
    with pytest.raises(ValueError, match="no bins for 'metallicity'; there are log_age, a_v, "):
        BINS.edges("metallicity")
    with pytest.raises(ValueError, match="no bins for metallicity; there are"):
        ParameterBins(metallicity=(0, 1, 2))
