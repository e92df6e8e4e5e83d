"""Where a galaxy's stars and dust are: the laws that the settings promise."""

import numpy as np
import pytest
from astropy import units as u
from hypothesis import given, settings
from hypothesis import strategies as st

from clusternet.galaxy import GalaxyStructure
from clusternet.galaxy.synthetic.structure import RandomField

M83_LIKE = GalaxyStructure()
radii = st.floats(0.3, 8.0)


def test_old_stars_are_an_exponential_disc_and_bulge():
    only_disc = GalaxyStructure(bulge_density=0)
    assert only_disc.old(0.0) == only_disc.disc_density
    assert only_disc.old(4.8) / only_disc.old(2.4) == pytest.approx(np.exp(-1))
    assert M83_LIKE.old(0.0) == M83_LIKE.disc_density + M83_LIKE.bulge_density


@settings(max_examples=15)
@given(st.floats(8, 40), st.floats(0, 90), st.sampled_from([-1, 1]))
def test_young_stars_are_densest_along_a_curve_of_constant_pitch(pitch, phase, sense):
    structure = GalaxyStructure(pitch_angle=sense * pitch, arm_phase=phase, n_arms=1)
    radius = np.linspace(2.0, 5.0, 40)[:, None]
    azimuth = np.linspace(0, 2 * np.pi, 20_001)
    ridge = np.unwrap(azimuth[structure.young(radius, azimuth, 0.0).argmax(1)])
    tangent = np.gradient(np.log(radius[:, 0]), ridge)[1:-1]
    np.testing.assert_allclose(np.degrees(np.arctan(tangent)), sense * pitch, rtol=0.02)
    at_scale = np.interp(structure.disc_scale, radius[:, 0], ridge)
    assert np.cos(at_scale - np.radians(phase)) == pytest.approx(1, abs=1e-4)


def test_the_spine_is_that_of_the_spiral():
    arm = M83_LIKE.spine((1 * u.kpc, 6 * u.kpc))
    radius = np.linspace(1, 6, 9)
    np.testing.assert_allclose(arm.azimuth(radius * u.kpc).value, M83_LIKE.spine_azimuth(radius))
    np.testing.assert_allclose(arm.radius(arm.azimuth(radius * u.kpc)).value, radius)


@settings(max_examples=30)
@given(radii, st.integers(0, 1))
def test_young_stars_lie_on_arms(radius, arm):
    scale = M83_LIKE.young_density * np.exp(1 - radius / 2.4) * np.exp(-0.5 * 0.8**2)
    on = M83_LIKE.young(radius, M83_LIKE.spine_azimuth(radius) + arm * np.pi, 0.0)
    assert on == pytest.approx(0.4 * M83_LIKE.arm_contrast * scale)


def test_between_the_arms_there_are_fewer():
    between = M83_LIKE.spine_azimuth(6.0) + np.pi / 2
    scale = M83_LIKE.young_density * np.exp(1 - 6.0 / 2.4) * np.exp(-0.5 * 0.8**2)
    assert M83_LIKE.young(6.0, between, 0.0) == pytest.approx(0.4 * scale, rel=0.02)


@settings(max_examples=30)
@given(st.floats(2.0, 8.0), st.floats(-0.3, 0.3))
def test_arms_have_the_width_asked_for(radius, across):
    # A step along the circle is sin(pitch) as far from the spine of a logarithmic spiral.
    step = across / (radius * np.sin(np.radians(M83_LIKE.pitch_angle)))
    ridge = M83_LIKE._arm(radius, M83_LIKE.spine_azimuth(radius) + step)
    assert ridge == pytest.approx(np.exp(-0.5 * (across / M83_LIKE.arm_width) ** 2), rel=1e-6)


@given(st.integers(1, 5), radii, st.floats(-10, 10))
def test_arms_repeat_around_the_galaxy(n_arms, radius, azimuth):
    structure = GalaxyStructure(n_arms=n_arms)
    first, next_arm = (structure.young(radius, azimuth + turn, 0.3)
                       for turn in (0, 2 * np.pi / n_arms))
    assert first == pytest.approx(next_arm, rel=1e-6)


def test_dust_lanes_lie_inside_the_arms():
    lane = M83_LIKE.spine_azimuth(4.0 + M83_LIKE.dust_offset)
    scale = M83_LIKE.dust * np.exp(1 - 4.0 / 2.4) * np.exp(-0.5 * 0.8**2)
    assert M83_LIKE.a_v(4.0, lane, 0.0) == pytest.approx(3.4 * scale)
    # The lane crosses the azimuth of the arm's spine at a smaller radius.
    radius = np.linspace(2, 6, 4001)
    at = M83_LIKE.spine_azimuth(4.0)
    arm = radius[np.argmax(M83_LIKE._arm(radius, at))]
    dust = radius[np.argmax(M83_LIKE._arm(radius, at, M83_LIKE.dust_offset))]
    assert arm - dust == pytest.approx(M83_LIKE.dust_offset, abs=2e-3)


@given(radii, st.floats(-10, 10), st.floats(-6, 6))
def test_extinction_is_positive_and_bounded(radius, azimuth, field):
    assert 0 < M83_LIKE.a_v(radius, azimuth, field) <= 6


def test_clumps_leave_the_mean_as_it_is():
    field = np.random.default_rng(1).standard_normal(400_000)
    clumpy = M83_LIKE.young(3.0, 0.0, field).mean()
    smooth = GalaxyStructure(clumping=0).young(3.0, 0.0, 0.0)
    assert clumpy == pytest.approx(smooth, rel=0.01)


def test_a_random_field_has_mean_zero_and_variance_one():
    x, y = np.random.default_rng(2).uniform(-5000, 5000, (2, 20_000))
    values = np.concatenate([RandomField(seed, (1, 40))(x, y) for seed in range(3)])
    assert values.mean() == pytest.approx(0, abs=0.02)
    assert values.std() == pytest.approx(1, abs=0.03)


def test_a_random_field_is_the_same_wherever_it_is_asked_for():
    x, y = np.meshgrid(np.linspace(0, 10, 20), np.linspace(0, 10, 20))
    whole = RandomField([3, 1], (1, 40))(x, y)
    np.testing.assert_array_equal(RandomField([3, 1], (1, 40))(x[5:9], y[5:9]), whole[5:9])
    assert not np.allclose(RandomField([4, 1], (1, 40))(x, y), whole)


def test_a_random_field_is_smooth_below_its_shortest_wavelength():
    field = RandomField(5, (1.0, 40.0))
    x = np.linspace(0, 100, 2000)
    near, far = (np.abs(field(x + step, 0) - field(x, 0)).mean() for step in (0.02, 20.0))
    assert near < 0.1 * far
