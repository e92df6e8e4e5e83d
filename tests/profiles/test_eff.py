"""EFF profiles: their laws agree with each other, with quadrature, and with their samples."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import kstest

from clusternet.profiles import EFFFamily, EFFProfile

slopes = st.floats(2.1, 8.0)
lengths = st.floats(1e-3, 1e3)


@st.composite
def profiles(draw):
    scale = draw(lengths)
    if draw(st.booleans()):
        return EFFProfile(scale, draw(slopes))
    return EFFProfile(
        scale, draw(st.floats(0.5, 8.0)), truncation_radius=scale * draw(st.floats(0.1, 1e3))
    )


@pytest.mark.parametrize(
    ("gamma", "ratio"), [(2.2, 32.0), (2.5, 3.87), (3.0, 1.73), (3.5, 1.23), (4.0, 1.00)]
)
def test_half_number_radius_has_the_published_ratio_to_the_scale_radius(gamma, ratio):
    assert EFFProfile(1.0, gamma).half_number_radius == pytest.approx(ratio, rel=3e-3)


@given(lengths, slopes)
def test_half_number_radius_follows_the_closed_form(scale, gamma):
    expected = scale * np.sqrt(2 ** (2 / (gamma - 2)) - 1)
    assert EFFProfile(scale, gamma).half_number_radius == pytest.approx(expected, rel=1e-9)


@given(lengths, slopes)
def test_profile_built_from_half_number_radius_has_it(r_h, gamma):
    profile = EFFProfile.from_half_number_radius(r_h, gamma)
    assert profile.half_number_radius == pytest.approx(r_h, rel=1e-9)


@given(lengths, st.floats(1.2, 6.0), st.floats(1.5, 1e3))
def test_truncated_profile_built_from_half_number_radius_has_it(r_h, gamma, edge):
    # Below a slope of 2 the stars pile up at the edge: even a point core leaves r_h near it.
    assume(gamma >= 2 or edge * 0.5 ** (1 / (2 - gamma)) < 0.9)
    profile = EFFProfile.from_half_number_radius(r_h, gamma, truncation_radius=edge * r_h)
    assert profile.half_number_radius == pytest.approx(r_h, rel=1e-8)


@given(profiles(), st.floats(0.0, 0.999))
def test_radius_of_fraction_inverts_number_fraction(profile, fraction):
    radius = profile.radius_of_fraction(fraction)
    assume(np.isfinite(radius))
    assert profile.number_fraction(radius) == pytest.approx(fraction, abs=1e-9)


@settings(max_examples=25)
@given(profiles(), st.floats(0.1, 5.0))
def test_number_fraction_is_the_integral_of_surface_density(profile, ratio):
    radius = ratio * profile.scale_radius
    edge = min(radius, profile.truncation_radius or np.inf)
    integral, _ = quad(lambda r: 2 * np.pi * r * profile.surface_density(r), 0, edge)
    assert profile.number_fraction(radius) == pytest.approx(integral, rel=1e-6)


@given(st.floats(-1e-6, 1e-6))
def test_nothing_jumps_where_the_slope_passes_two(step):
    near = EFFProfile(1.0, 2.0 + step, truncation_radius=30.0)
    at = EFFProfile(1.0, 2.0, truncation_radius=30.0)
    assert near.half_number_radius == pytest.approx(at.half_number_radius, rel=1e-5)


@pytest.mark.parametrize(
    "profile",
    [
        EFFProfile(0.1, 2.5),
        EFFProfile(0.1, 4.0),
        EFFProfile(0.1, 2.0, truncation_radius=2.0),
        EFFProfile(0.1, 1.0, truncation_radius=0.5),
    ],
    ids=str,
)
def test_sampled_radii_and_angles_follow_the_law(profile):
    x, y = profile.sample(20_000, rng=5).T
    assert kstest(np.hypot(x, y), profile.number_fraction).pvalue > 0.01
    assert kstest(np.arctan2(y, x) / (2 * np.pi) + 0.5, "uniform").pvalue > 0.01


@settings(max_examples=20)
@given(profiles(), st.integers(0, 2**32 - 1))
def test_half_of_the_sampled_stars_lie_inside_the_half_number_radius(profile, seed):
    inside = np.hypot(*profile.sample(10_000, seed).T) <= profile.half_number_radius
    assert inside.mean() == pytest.approx(0.5, abs=5 * 0.005)


def test_no_star_lies_beyond_the_truncation():
    profile = EFFProfile(0.1, 2.2, truncation_radius=0.3)
    assert np.hypot(*profile.sample(10_000, rng=0).T).max() <= 0.3
    assert profile.surface_density(0.31) == 0
    assert profile.number_fraction(np.inf) == 1


def test_same_seed_gives_the_same_stars_and_a_generator_moves_on():
    profile = EFFProfile(0.1, 3.0)
    np.testing.assert_array_equal(profile.sample(5, 7), profile.sample(5, 7))
    rng = np.random.default_rng(7)
    assert not np.array_equal(profile.sample(5, rng), profile.sample(5, rng))
    assert profile.sample(0, 7).shape == (0, 2)


@given(lengths, st.integers(0, 2**32 - 1))
def test_family_keeps_the_size_and_stays_in_its_range(r_h, seed):
    profile = EFFFamily().draw(r_h, seed)
    assert profile.half_number_radius == pytest.approx(r_h, rel=1e-9)
    assert 2.5 <= profile.gamma <= 4.0


def test_family_draws_slopes_uniformly():
    rng = np.random.default_rng(2)
    family = EFFFamily((2.5, 4.0))
    drawn = [family.draw(0.1, rng).gamma for _ in range(2000)]
    assert kstest(drawn, "uniform", (2.5, 1.5)).pvalue > 0.01


def test_truncated_family_scales_the_edge_with_the_size():
    profile = EFFFamily((1.8, 3.0), truncation=20.0).draw(0.2, 4)
    assert profile.truncation_radius == pytest.approx(4.0)
    assert profile.half_number_radius == pytest.approx(0.2, rel=1e-8)


@pytest.mark.parametrize("gamma", [2.0, 1.0, np.nan, np.inf])
def test_slope_without_a_finite_number_of_stars_is_refused(gamma):
    with pytest.raises(ValueError, match="gamma"):
        EFFProfile(0.1, gamma)
    with pytest.raises(ValueError, match="gamma"):
        EFFProfile.from_half_number_radius(0.1, gamma)
    with pytest.raises(ValueError, match="gamma"):
        EFFFamily((gamma, 4.0))


@pytest.mark.parametrize("length", [0.0, -1.0, np.nan, np.inf])
def test_lengths_that_are_none_are_refused(length):
    with pytest.raises(ValueError, match="scale_radius"):
        EFFProfile(length, 3.0)
    with pytest.raises(ValueError, match="truncation_radius"):
        EFFProfile(0.1, 3.0, truncation_radius=length)
    with pytest.raises(ValueError, match="half_number_radius"):
        EFFFamily().draw(length)


def test_half_number_radius_that_does_not_fit_the_truncation_is_refused():
    with pytest.raises(ValueError, match=r"0\.707 of the truncation"):
        EFFProfile.from_half_number_radius(0.8, 3.0, truncation_radius=1.0)
    with pytest.raises(ValueError, match="raise gamma"):
        EFFProfile.from_half_number_radius(0.01, 1.0, truncation_radius=1.0)
    with pytest.raises(ValueError, match="half_number_radius"):
        EFFFamily((2.5, 4.0), truncation=1.2)


def test_reversed_range_negative_counts_and_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="reversed"):
        EFFFamily((4.0, 2.5))
    profile = EFFProfile(0.1, 3.0)
    with pytest.raises(ValueError, match="n = -1"):
        profile.sample(-1)
    with pytest.raises(ValueError, match="radius"):
        profile.surface_density([-0.1, 0.1])
    with pytest.raises(ValueError, match="radius"):
        profile.number_fraction(np.nan)
    with pytest.raises(ValueError, match="fraction"):
        profile.radius_of_fraction(1.1)
