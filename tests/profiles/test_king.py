"""King (1962) profiles: the published law, its integral, its inverse, and its samples."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import kstest

from clusternet.profiles import KingFamily, KingProfile

lengths = st.floats(1e-3, 1e3)
concentrations = st.floats(-1.0, 5.0)


@st.composite
def profiles(draw):
    core = draw(lengths)
    return KingProfile(core, core * 10 ** draw(st.floats(-0.99, 4.99)))


def test_surface_density_is_the_published_law():
    profile = KingProfile(0.2, 2.0)
    radius = np.array([0.0, 0.1, 0.5, 1.9])
    edge = 1 / np.sqrt(1 + 100)
    law = (1 / np.sqrt(1 + (radius / 0.2) ** 2) - edge) ** 2
    density = profile.surface_density(radius)
    np.testing.assert_allclose(density / density[0], law / (1 - edge) ** 2, rtol=1e-12)


def test_number_fraction_is_the_published_integral():
    profile = KingProfile(0.2, 2.0)

    def enclosed(radius):
        x, edge = (radius / 0.2) ** 2, 100.0
        root = np.sqrt(1 + edge)
        return np.log(1 + x) - 4 * (np.sqrt(1 + x) - 1) / root + x / (1 + edge)

    radius = np.array([0.05, 0.2, 0.6, 2.0])
    expected = enclosed(radius) / enclosed(2.0)
    np.testing.assert_allclose(profile.number_fraction(radius), expected, rtol=1e-12)


@settings(max_examples=25)
@given(profiles(), st.floats(0.01, 1.5))
def test_number_fraction_is_the_integral_of_surface_density(profile, part):
    radius = part * profile.tidal_radius
    # In equal steps of asinh, as the core may be tiny against the edge.
    core = profile.core_radius
    top = np.arcsinh(min(radius, profile.tidal_radius) / core)

    def shell(t):
        r = core * np.sinh(t)
        return 2 * np.pi * r * profile.surface_density(r) * core * np.cosh(t)

    integral, _ = quad(shell, 0, top, epsabs=1e-12)
    assert profile.number_fraction(radius) == pytest.approx(integral, rel=1e-6)


@given(profiles(), st.lists(st.floats(0.0, 1.0), min_size=1, max_size=20))
def test_tabulated_inverse_is_exact_to_a_billionth_of_the_stars(profile, fractions):
    found = profile.number_fraction(profile.radius_of_fraction(fractions))
    np.testing.assert_allclose(found, fractions, atol=1e-9)


@given(profiles())
def test_inverse_goes_from_the_centre_to_the_edge_without_turning_back(profile):
    radius = profile.radius_of_fraction(np.linspace(0, 1, 501))
    assert radius[0] == 0
    assert radius[-1] == profile.tidal_radius
    assert np.all(np.diff(radius) > 0)


@given(lengths, concentrations)
def test_profile_built_from_half_number_radius_has_it(r_h, concentration):
    profile = KingProfile.from_half_number_radius(r_h, concentration)
    assert profile.half_number_radius == pytest.approx(r_h, rel=1e-9)
    assert profile.concentration == pytest.approx(concentration, abs=1e-9)


@given(st.floats(1e-2, 1e2), profiles())
def test_law_has_no_scale_but_its_core_radius(factor, profile):
    larger = KingProfile(factor * profile.core_radius, factor * profile.tidal_radius)
    assert larger.half_number_radius == pytest.approx(factor * profile.half_number_radius, rel=1e-9)


@pytest.mark.parametrize("concentration", [-1.0, 0.3, 1.0, 3.0])
def test_sampled_radii_and_angles_follow_the_law(concentration):
    profile = KingProfile.from_half_number_radius(0.2, concentration)
    x, y = profile.sample(20_000, rng=5).T
    assert kstest(np.hypot(x, y), profile.number_fraction).pvalue > 0.01
    assert kstest(np.arctan2(y, x) / (2 * np.pi) + 0.5, "uniform").pvalue > 0.01
    assert np.hypot(x, y).max() <= profile.tidal_radius


def test_nothing_lies_beyond_the_tidal_radius():
    profile = KingProfile(0.1, 1.0)
    assert profile.surface_density(1.01) == 0
    assert profile.surface_density(1.0) == 0
    assert profile.number_fraction([1.0, np.inf]).tolist() == [1.0, 1.0]


@given(lengths, st.integers(0, 2**32 - 1))
def test_family_keeps_the_size_and_stays_in_its_range(r_h, seed):
    profile = KingFamily().draw(r_h, seed)
    assert profile.half_number_radius == pytest.approx(r_h, rel=1e-9)
    assert 0.5 - 1e-9 <= profile.concentration <= 2.5 + 1e-9


def test_family_draws_concentrations_uniformly():
    rng = np.random.default_rng(2)
    family = KingFamily((0.5, 2.5))
    drawn = [family.draw(0.1, rng).concentration for _ in range(1000)]
    assert kstest(drawn, "uniform", (0.5, 2.0)).pvalue > 0.01
    assert KingFamily(1.5).draw(0.1, rng).concentration == pytest.approx(1.5)


@pytest.mark.parametrize("length", [0.0, -1.0, np.nan, np.inf])
def test_lengths_that_are_none_are_refused(length):
    with pytest.raises(ValueError, match="core_radius"):
        KingProfile(length, 1.0)
    with pytest.raises(ValueError, match="tidal_radius"):
        KingProfile(1.0, length)
    with pytest.raises(ValueError, match="half_number_radius"):
        KingFamily().draw(length)


@pytest.mark.parametrize("concentration", [-1.5, 5.5, np.nan])
def test_concentrations_outside_the_table_are_refused(concentration):
    with pytest.raises(ValueError, match="concentration"):
        KingProfile.from_half_number_radius(0.1, concentration)
    with pytest.raises(ValueError, match="concentration"):
        KingFamily((concentration, 6.0))
    with pytest.raises(ValueError, match="concentration"):
        KingProfile(1.0, 1e-3)


def test_reversed_range_and_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="reversed"):
        KingFamily((2.0, 1.0))
    profile = KingProfile(0.1, 1.0)
    with pytest.raises(ValueError, match="radius"):
        profile.surface_density(-0.1)
    with pytest.raises(ValueError, match="radius"):
        profile.number_fraction(np.nan)
    with pytest.raises(ValueError, match="fraction"):
        profile.radius_of_fraction(1.1)
    with pytest.raises(ValueError, match="n = -1"):
        profile.sample(-1)
