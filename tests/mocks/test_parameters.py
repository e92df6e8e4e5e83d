"""Parameters of mock clusters: ranges and grids of Paper III, Table 1."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare, kstest

from clusternet.mocks import ParameterSpace

SPACE = ParameterSpace()


@pytest.fixture(scope="module")
def drawn():
    return SPACE.draw(20_000, rng=1)


def test_grids_are_those_of_the_paper():
    np.testing.assert_allclose(SPACE.grid("log_age"), 6.6 + 0.05 * np.arange(71))
    np.testing.assert_allclose(SPACE.grid("a_v"), 0.1 * np.arange(31), atol=1e-12)
    assert (SPACE.log_mass, SPACE.log_r_h) == ((3.5, 5.5), (-1.4, -0.4))
    assert SPACE.magnitude_limits == {"F336W": 24.0, "F438W": 23.5, "F814W": 23.0}


@pytest.mark.parametrize("name", ["log_age", "a_v"])
def test_gridded_parameters_take_every_value_of_the_grid_alike(drawn, name):
    values, counts = np.unique(drawn[name], return_counts=True)
    np.testing.assert_array_equal(values, SPACE.grid(name))
    # Continuous draws are snapped, so the two ends get half the share of the others.
    share = np.ones(len(values))
    share[[0, -1]] = 0.5
    assert chisquare(counts, share / share.sum() * len(drawn)).pvalue > 0.01


@pytest.mark.parametrize("name", ["log_mass", "log_r_h"])
def test_mass_and_size_are_uniform_in_the_logarithm(drawn, name):
    low, high = getattr(SPACE, name)
    assert kstest((drawn[name] - low) / (high - low), "uniform").pvalue > 0.01


def test_parameters_are_independent(drawn):
    table = np.array([drawn[name] for name in drawn.colnames])
    correlation = np.corrcoef(table) - np.eye(len(table))
    assert np.abs(correlation).max() < 4 / np.sqrt(len(drawn))


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1), st.integers(1, 20))
def test_one_seed_gives_one_table(seed, n):
    first, again = SPACE.draw(n, seed), SPACE.draw(n, seed)
    assert all(np.array_equal(first[name], again[name]) for name in first.colnames)


def test_other_ranges_and_steps_hold():
    space = ParameterSpace(log_age=(7.0, 8.0, 0.25), a_v=(0.5, 0.5, 0.1), log_mass=(4.0, 4.0))
    table = space.draw(200, rng=2)
    assert set(table["log_age"]) == {7.0, 7.25, 7.5, 7.75, 8.0}
    assert set(table["a_v"]) == {0.5}
    assert set(table["log_mass"]) == {4.0}


def test_limits_the_wrong_way_round_are_refused():
    with pytest.raises(ValueError, match=r"log_mass runs from 5\.5 to 3\.5"):
        ParameterSpace(log_mass=(5.5, 3.5))
