"""Flattened profiles: contours, circles on the sky, and samples agree."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import kstest

from clusternet.profiles import (
    EFFFamily,
    EFFProfile,
    EllipticalFamily,
    EllipticalProfile,
    KingFamily,
    KingProfile,
    PlummerFamily,
    PlummerProfile,
)

CIRCULAR = [
    EFFProfile(0.1, 2.5),
    EFFProfile(0.1, 2.2, truncation_radius=1.0),
    KingProfile(0.1, 1.0),
    PlummerProfile(0.1),
]
circular = st.sampled_from(CIRCULAR)
ellipticities = st.floats(0.0, 0.95)
angles = st.floats(-360.0, 360.0)


@given(circular, st.floats(0.0, 2.0))
def test_without_ellipticity_nothing_changes(profile, radius):
    flat = EllipticalProfile(profile, 0.0, 40.0)
    assert flat.number_fraction(radius) == pytest.approx(profile.number_fraction(radius), rel=1e-9)
    assert flat.surface_density(radius) == pytest.approx(profile.surface_density(radius), rel=1e-9)
    assert flat.half_number_radius == pytest.approx(profile.half_number_radius, rel=1e-9)


@given(circular, ellipticities, angles, st.floats(1e-3, 0.9))
def test_contours_are_ellipses_at_the_position_angle(profile, ellipticity, angle, radius):
    flat = EllipticalProfile(profile, ellipticity, angle)
    north, east = np.cos(np.deg2rad(angle)), -np.sin(np.deg2rad(angle))
    minor = radius * (1 - ellipticity)
    on_major = flat.density(radius * east, radius * north)
    on_minor = flat.density(minor * north, -minor * east)
    assert on_major == pytest.approx(on_minor, rel=1e-6)
    expected = profile.surface_density(radius) / (1 - ellipticity)
    assert on_major == pytest.approx(expected, rel=1e-6)


def test_position_angle_runs_from_up_towards_left():
    flat = EllipticalProfile(PlummerProfile(0.1), 0.8, position_angle=30.0)
    x, y = flat.sample(20_000, rng=1).T
    inner = np.hypot(x, y) < 0.2
    angle = 0.5 * np.arctan2(-2 * (x * y)[inner].mean(), (y**2 - x**2)[inner].mean())
    assert np.rad2deg(angle) == pytest.approx(30.0, abs=1.0)


@settings(max_examples=20)
@given(circular, ellipticities, st.floats(0.02, 0.8))
def test_number_fraction_is_the_integral_of_the_mean_over_circles(profile, ellipticity, radius):
    flat = EllipticalProfile(profile, ellipticity)
    integral, _ = quad(lambda r: 2 * np.pi * r * flat.surface_density(r), 0, radius, limit=200)
    assert flat.number_fraction(radius) == pytest.approx(integral, rel=1e-3)


@settings(max_examples=20)
@given(circular, st.floats(0.1, 0.9), st.floats(0.01, 0.5))
def test_mean_over_a_circle_is_that_of_the_density(profile, ellipticity, radius):
    flat = EllipticalProfile(profile, ellipticity, 20.0)
    turn = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    mean = flat.density(radius * np.cos(turn), radius * np.sin(turn)).mean()
    assert flat.surface_density(radius) == pytest.approx(mean, rel=3e-3)


@settings(max_examples=15)
@given(circular, ellipticities, angles, st.integers(0, 2**32 - 1))
def test_half_of_the_sampled_stars_lie_inside_the_half_number_radius(
    profile, ellipticity, angle, seed
):
    flat = EllipticalProfile(profile, ellipticity, angle, scale=2.0)
    inside = np.hypot(*flat.sample(10_000, seed).T) <= flat.half_number_radius
    assert inside.mean() == pytest.approx(0.5, abs=5 * 0.005)


@pytest.mark.parametrize("profile", CIRCULAR, ids=str)
def test_sampled_radii_follow_the_law_of_circles(profile):
    flat = EllipticalProfile(profile, 0.6, 70.0)
    radius = np.hypot(*flat.sample(5_000, rng=5).T)
    assert kstest(radius, flat.number_fraction).pvalue > 0.01


@settings(max_examples=30)
@given(st.floats(1e-3, 1e3), circular, ellipticities)
def test_profile_built_from_half_number_radius_has_it(r_h, profile, ellipticity):
    flat = EllipticalProfile.from_half_number_radius(r_h, profile, ellipticity, 15.0)
    assert flat.half_number_radius == pytest.approx(r_h, rel=1e-8)


@settings(max_examples=20)
@given(circular, ellipticities, st.lists(st.floats(0, 1), min_size=1, max_size=5))
def test_radius_of_fraction_inverts_number_fraction(profile, ellipticity, fractions):
    flat = EllipticalProfile(profile, ellipticity)
    radius = flat.radius_of_fraction(fractions)
    found = flat.number_fraction(np.where(np.isfinite(radius), radius, 1e9))
    np.testing.assert_allclose(found, fractions, atol=2e-4)


def test_ends_of_the_inverse_are_the_centre_and_the_edge():
    flat = EllipticalProfile(KingProfile(0.1, 1.0), 0.5, scale=3.0)
    assert flat.radius_of_fraction([0.0, 1.0]).tolist() == [0.0, 3.0]
    assert EllipticalProfile(PlummerProfile(0.1), 0.5).radius_of_fraction(1.0) == np.inf
    assert flat.radius_of_fraction(0.5) == pytest.approx(flat.half_number_radius, rel=1e-9)


def test_flattening_a_plummer_profile_shrinks_its_circle_as_published_integrals_say():
    # Stars inside a circle of radius r, integrated over the direction by hand.
    flat = EllipticalProfile(PlummerProfile(1.0), 0.5)
    r = flat.half_number_radius

    def inside(t):
        reach = r**2 / (np.cos(t) ** 2 + 0.25 * np.sin(t) ** 2)
        return reach / (1 + reach) / (2 * np.pi)

    assert quad(inside, 0, 2 * np.pi)[0] == pytest.approx(0.5, abs=1e-9)
    # The area-preserving circle would be 0.707 wide: the two definitions differ by 6 %.
    assert r == pytest.approx(0.7512, abs=1e-4)


@pytest.mark.parametrize("family", [EFFFamily(), KingFamily(), PlummerFamily()], ids=str)
def test_family_keeps_the_size_and_stays_in_its_ranges(family):
    rng = np.random.default_rng(1)
    flattened = EllipticalFamily(family, (0.1, 0.5), (20.0, 60.0))
    for r_h in (0.04, 0.1, 0.4):
        profile = flattened.draw(r_h, rng)
        assert profile.half_number_radius == pytest.approx(r_h, rel=1e-8)
        assert 0.1 <= profile.ellipticity <= 0.5
        assert 20 <= profile.position_angle <= 60


def test_family_draws_ellipticities_and_angles_uniformly():
    rng = np.random.default_rng(2)
    family = EllipticalFamily(PlummerFamily())
    drawn = [family.draw(0.1, rng) for _ in range(400)]
    assert kstest([p.ellipticity for p in drawn], "uniform", (0, 0.4)).pvalue > 0.01
    assert kstest([p.position_angle for p in drawn], "uniform", (0, 180)).pvalue > 0.01


def test_same_seed_gives_the_same_profile_and_stars():
    first, second = (EllipticalFamily(EFFFamily(), 0.3).draw(0.1, 7) for _ in range(2))
    assert repr(first) == repr(second)
    np.testing.assert_array_equal(first.sample(5, 7), second.sample(5, 7))
    assert first.sample(0, 7).shape == (0, 2)


def test_many_radii_at_once_keep_their_shape():
    flat = EllipticalProfile(PlummerProfile(0.1), 0.5)
    radius = np.linspace(0, 1, 6000).reshape(2, 3000)
    fraction = flat.number_fraction(radius)
    assert fraction.shape == (2, 3000)
    assert fraction[1, 7] == flat.number_fraction(radius[1, 7])
    assert flat.number_fraction([]).shape == (0,)


@pytest.mark.parametrize("ellipticity", [-0.1, 0.96, 1.0, np.nan])
def test_shapes_that_are_no_ellipses_are_refused(ellipticity):
    with pytest.raises(ValueError, match="ellipticity"):
        EllipticalProfile(PlummerProfile(0.1), ellipticity)
    with pytest.raises(ValueError, match="ellipticity"):
        EllipticalFamily(PlummerFamily(), ellipticity)


def test_other_nonsense_is_refused():
    flat = EllipticalProfile(PlummerProfile(0.1), 0.5)
    with pytest.raises(ValueError, match="elliptical already"):
        EllipticalProfile(flat, 0.5)
    with pytest.raises(ValueError, match="position_angle"):
        EllipticalProfile(PlummerProfile(0.1), 0.5, np.nan)
    with pytest.raises(ValueError, match="scale"):
        EllipticalProfile(PlummerProfile(0.1), 0.5, scale=0.0)
    with pytest.raises(ValueError, match="half_number_radius"):
        EllipticalProfile.from_half_number_radius(-1.0, PlummerProfile(0.1), 0.5)
    with pytest.raises(ValueError, match="position_angle"):
        EllipticalFamily(PlummerFamily(), position_angle=(90.0, 0.0))
    with pytest.raises(ValueError, match="ellipticity"):
        EllipticalFamily(PlummerFamily(), (0.5, 0.2))
    with pytest.raises(ValueError, match="radius"):
        flat.number_fraction(-1.0)
    with pytest.raises(ValueError, match="fraction"):
        flat.radius_of_fraction(-0.1)
    with pytest.raises(ValueError, match="n = -1"):
        flat.sample(-1)
