"""Plummer profiles against the closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from clusternet.profiles import EFFProfile, PlummerFamily, PlummerProfile

lengths = st.floats(1e-3, 1e3)


@given(lengths, st.floats(0, 100))
def test_laws_are_those_of_plummer(scale, ratio):
    profile, radius = PlummerProfile(scale), ratio * scale
    expected = (1 + ratio**2) ** -2 / (np.pi * scale**2)
    assert profile.surface_density(radius) == pytest.approx(expected, rel=1e-9)
    assert profile.number_fraction(radius) == pytest.approx(ratio**2 / (1 + ratio**2), abs=1e-12)


@given(lengths)
def test_half_number_radius_is_the_scale_radius(scale):
    assert PlummerProfile(scale).half_number_radius == pytest.approx(scale, rel=1e-12)
    built = PlummerProfile.from_half_number_radius(scale)
    assert built.scale_radius == pytest.approx(scale, rel=1e-12)


@given(lengths, st.floats(1.5, 1e3))
def test_truncated_profile_built_from_half_number_radius_has_it(r_h, edge):
    profile = PlummerProfile.from_half_number_radius(r_h, truncation_radius=edge * r_h)
    assert type(profile) is PlummerProfile
    assert profile.half_number_radius == pytest.approx(r_h, rel=1e-8)
    assert profile.truncation_radius == edge * r_h


def test_it_is_the_eff_profile_of_slope_four():
    radius = np.linspace(0, 5, 11)
    np.testing.assert_array_equal(
        PlummerProfile(0.3).number_fraction(radius), EFFProfile(0.3, 4.0).number_fraction(radius)
    )


def test_samples_follow_the_law():
    profile = PlummerProfile(0.1)
    radius = np.hypot(*profile.sample(20_000, rng=5).T)
    assert kstest(radius, lambda r: r**2 / (r**2 + 0.01)).pvalue > 0.01


@given(lengths)
def test_family_keeps_the_size(r_h):
    assert PlummerFamily().draw(r_h).half_number_radius == pytest.approx(r_h, rel=1e-9)
    truncated = PlummerFamily(truncation=10.0).draw(r_h, 3)
    assert truncated.half_number_radius == pytest.approx(r_h, rel=1e-8)
    assert truncated.truncation_radius == pytest.approx(10 * r_h)


def test_bad_lengths_are_refused():
    with pytest.raises(ValueError, match="scale_radius"):
        PlummerProfile(-1.0)
    with pytest.raises(ValueError, match="truncation_radius"):
        PlummerProfile(1.0, truncation_radius=0.0)
    with pytest.raises(ValueError, match="half_number_radius"):
        PlummerFamily().draw(np.nan)
    with pytest.raises(ValueError, match="half_number_radius"):
        PlummerFamily(truncation=1.2)
