"""Clusters that formed in the arms: the laws that the settings promise, and where they are seen."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from astropy import units as u
from astropy.table import QTable
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from clusternet.galaxy import M83, ClusterPopulation, GalaxyStructure

#: Every spread and every loss switched off: each cluster is where the closed form has it.
SHARP = ClusterPopulation(number=4000, arm_fraction=1.0, birth_width=0.0, drift_spread=0.0,
                          size_spread=0.0, natal_a_v=0.0)
STRUCTURE = GalaxyStructure()


def draw(population, rng=1, structure=STRUCTURE):
    return population.draw(structure, M83, rng)


def across_arm(radius, azimuth, structure=STRUCTURE):
    """Distance from the spine of the nearest arm, kpc, positive where azimuth is larger."""
    pitch = np.radians(structure.pitch_angle)
    phase = azimuth - np.log(radius / structure.disc_scale) / np.tan(pitch)
    turn = 2 * np.pi / structure.n_arms
    return ((phase + turn / 2) % turn - turn / 2) * radius * np.sin(pitch)


@settings(max_examples=15, deadline=None)
@given(st.floats(-80, 80), st.floats(-0.3, 0.3))
def test_clusters_are_where_birth_and_drift_have_put_them(drift, offset):
    born = draw(replace(SHARP, drift=drift, birth_offset=offset, radius=(1.0, 7.0)))
    np.testing.assert_allclose(across_arm(born["radius"], born["birth_azimuth"]),
                               M83.rotation * offset, atol=1e-9)
    gone = born["radius"] * (born["azimuth"] - born["birth_azimuth"]) * M83.rotation
    np.testing.assert_allclose(gone, drift * 1e-3 * 10 ** (born["log_age"] - 6), atol=1e-9)


def test_without_drift_clusters_of_all_ages_are_on_the_arm():
    found = draw(replace(SHARP, drift=0.0, birth_width=0.1))
    across = across_arm(found["radius"], found["azimuth"])
    np.testing.assert_array_equal(found["azimuth"], found["birth_azimuth"])
    young = found["log_age"] < 7.5
    assert across[young].mean() == pytest.approx(across[~young].mean(), abs=0.02)
    assert across.std() == pytest.approx(0.1, abs=0.01)


def test_drift_may_follow_a_function_of_radius_or_the_rotation_curve():
    found = draw(replace(SHARP, drift=np.sqrt))
    np.testing.assert_allclose(found["drift"], np.sqrt(found["radius"]))
    found = draw(replace(SHARP, drift=None))
    np.testing.assert_allclose(found["drift"], M83.drift(found["radius"] * u.kpc).value)
    near = np.argmin(abs(found["radius"] - 2.5))
    assert found["drift"][near] == pytest.approx(51, abs=3)  # (160 - 110) km/s


def test_some_clusters_are_born_anywhere():
    found = draw(replace(SHARP, arm_fraction=0.3, number=20_000))
    on_arm = abs(across_arm(found["radius"], found["birth_azimuth"])) < 1e-9
    assert on_arm.mean() == pytest.approx(0.3, abs=0.015)
    assert kstest(found["birth_azimuth"][~on_arm] / (2 * np.pi), "uniform").pvalue > 1e-3


@pytest.mark.parametrize(("slope", "cut"), [(-2.0, 1e5), (-2.0, np.inf), (-1.7, 3e4),
                                            (-1.0, np.inf)])
def test_masses_follow_a_schechter_function(slope, cut):
    population = replace(SHARP, number=20_000, mass_slope=slope, mass_cut=cut)
    masses = 10 ** draw(population)["log_mass"]
    grid = np.geomspace(10**3.5, 10**6, 20_001)
    density = grid**slope * np.exp(-grid / cut)
    cdf = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) * np.diff(grid))])
    assert kstest(masses, lambda m: np.interp(m, grid, cdf / cdf[-1])).pvalue > 1e-3


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0])
def test_ages_follow_their_power_law_on_their_grid(slope):
    population = replace(SHARP, number=20_000, age_slope=slope, log_age=(6.6, 9.0, 0.01))
    log_age = draw(population)["log_age"]
    np.testing.assert_allclose(log_age, 6.6 + 0.01 * np.round((log_age - 6.6) / 0.01), atol=1e-6)
    lo, hi = 10**6.6, 10**9
    for edge in (7.005, 8.005, 8.805):
        t = 10**edge
        part = (np.log(t / lo) / np.log(hi / lo) if slope == 1
                else (t**(1 - slope) - lo**(1 - slope)) / (hi**(1 - slope) - lo**(1 - slope)))
        assert np.mean(log_age < edge) == pytest.approx(part, abs=0.015)


def test_radii_follow_the_disc():
    radius = draw(replace(SHARP, number=20_000))["radius"]
    grid = np.linspace(0.3, 7, 20_001)
    cdf = np.cumsum(grid * np.exp(-grid / STRUCTURE.disc_scale))
    assert kstest(radius, lambda r: np.interp(r, grid, cdf / cdf[-1])).pvalue > 1e-3


def test_ninety_per_cent_may_be_lost_in_each_dex():
    even = replace(SHARP, number=50_000, log_age=(7.0, 9.0, 0.01), survival_per_dex=0.1)
    log_age = draw(even)["log_age"]
    first, second = (np.sum((log_age > lo) & (log_age < lo + 0.5)) for lo in (7.0, 8.0))
    assert second / first == pytest.approx(0.1, abs=0.012)


def test_light_clusters_may_dissolve_first():
    mortal = replace(SHARP, lifetime=100.0, lifetime_slope=0.6)
    found = draw(mortal)
    everyone = draw(SHARP)
    age = 10 ** (everyone["log_age"] - 6)
    alive = age < 100 * (10 ** everyone["log_mass"] / 1e4) ** 0.6
    np.testing.assert_array_equal(found["log_mass"], everyone["log_mass"][alive])
    assert 0 < alive.sum() < len(alive)


def test_old_clusters_are_compact_towards_the_centre():
    found = draw(replace(SHARP, size=2.0, size_mass=0.2, size_age=-0.05, size_gradient=(0, 0.1)))
    expected = (np.log10(2) + 0.2 * (found["log_mass"] - 4) - 0.05 * (found["log_age"] - 8)
                + 0.1 * np.clip((found["log_age"] - 7) / 2, 0, 1) * (found["radius"] - 2.4))
    np.testing.assert_allclose(found["log_r_h"], expected)


def test_extinction_by_the_dust_of_birth_clears():
    population = ClusterPopulation(natal_a_v=1.0, natal_time=5.0)
    a_v = population.natal_extinction(np.repeat([6.6, 8.0], 20_000), np.random.default_rng(1))
    assert a_v[:20_000].mean() == pytest.approx(np.exp(-(10**0.6) / 5), rel=0.03)
    assert a_v[20_000:].max() < 1e-6


@pytest.mark.parametrize(("wrong", "message"), [
    ({"log_mass": (5.0, 4.0)}, "log_mass runs from 5.0 to 4.0"),
    ({"radius": (np.nan, 4.0)}, "radius runs from nan"),
    ({"arm_fraction": 1.2}, "arm_fraction is 1.2; give a fraction"),
    ({"birth_width": -0.1}, "birth_width is -0.1; it cannot be negative"),
    ({"mass_cut": np.nan}, "mass_cut is nan"),
    ({"natal_time": 0.0}, "natal_time is 0.0; give a positive"),
    ({"number": -1}, "number is -1"),
])
def test_settings_that_make_no_sense_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        ClusterPopulation(**wrong)


def test_a_galaxy_must_turn_one_way_or_the_other():
    with pytest.raises(ValueError, match="sense of rotation of M83 is not known"):
        SHARP.draw(STRUCTURE, replace(M83, rotation=None))


def test_no_clusters_at_all():
    assert all(len(values) == 0 for values in draw(replace(SHARP, number=0)).values())


# On the image of a galaxy: 300 x 280 pixels around the centre, 0.12 kpc from it to each side.

SHAPE = 280, 300
MIDDLE = ClusterPopulation(number=60, radius=(0.02, 0.2), log_mass=(3.5, 4.0),
                           log_age=(7.0, 8.0, 0.5))


@pytest.fixture(scope="module")
def make(make_galaxy):
    def make(clusters=MIDDLE, shape=SHAPE, cluster_density=0, **options):
        return make_galaxy(shape, clusters=clusters, cluster_density=cluster_density, **options)

    return make


@pytest.fixture(scope="module")
def formed(make):
    return make()


def test_the_same_seed_gives_the_same_galaxy(formed, make):
    again = make()
    other = make(rng=2)
    np.testing.assert_array_equal(formed.truth()["log_mass"], again.truth()["log_mass"])
    np.testing.assert_array_equal(formed.pixels(200, 90, 60, 60), again.pixels(200, 90, 60, 60))
    assert not np.array_equal(formed.truth()["x_centroid"], other.truth()["x_centroid"])


def test_a_part_shows_the_same_as_the_whole(formed, make):
    whole = formed.pixels()
    alone = pickle.loads(pickle.dumps(formed)).pixels(200, 210, 90, 60)
    np.testing.assert_array_equal(alone, whole[:, 210:270, 200:290])


def test_field_stars_and_other_clusters_stay_as_they_are(make):
    plain, with_formed = (make(c, cluster_density=300) for c in (None, MIDDLE))
    n = len(plain._block(0, 0)[0][0])
    for a, b in zip(with_formed._block(0, 0)[0], plain._block(0, 0)[0], strict=True):
        np.testing.assert_array_equal(a[:n], b)
    none = make(replace(MIDDLE, number=0), cluster_density=300)
    part = (200, 200, 80, 80)
    np.testing.assert_array_equal(none.pixels(*part), plain.pixels(*part))


def test_clusters_are_seen_where_they_lie_in_the_disc(formed):
    truth = formed.truth()
    assert 10 < len(truth) < 60
    sky = truth["sky_centroid"].transform_to(M83.centre.skyoffset_frame())
    radius, azimuth = M83.deproject(sky.lon.arcsec, sky.lat.arcsec)
    np.testing.assert_allclose(radius * M83.parsecs_per_arcsec / 1000,
                               truth["radius"].to_value(u.kpc), rtol=1e-4)
    turned = azimuth - truth["azimuth"].to_value(u.rad)
    np.testing.assert_allclose(np.cos(turned), 1, atol=1e-6)
    assert truth["drift"].unit == u.pc / u.Myr
    assert all(truth[name].info.description for name in truth.colnames)


def test_extinction_is_at_most_that_of_the_disc_and_of_birth(make):
    clear = make(replace(MIDDLE, natal_a_v=0.0))
    truth = clear.truth()
    dust = clear._disc.surface(truth["x_centroid"], truth["y_centroid"])[2]
    assert np.all((truth["a_v"].value > 0) & (truth["a_v"].value < dust))
    part = truth["a_v"].value / dust
    assert kstest(part, "uniform").pvalue > 1e-3


def test_clusters_of_both_kinds_share_a_truth_table(make):
    truth = make(cluster_density=300).truth()
    assert 0 < np.isnan(truth["radius"]).sum() < len(truth)
    empty = make(replace(MIDDLE, number=0), (64, 64)).truth()
    assert (len(empty), empty.colnames) == (0, truth.colnames)


def test_limits_of_brightness_can_be_set(make, formed):
    bright = make(replace(MIDDLE, magnitude_limits={"F438W": 22.0})).truth()
    everyone = formed.truth()
    chosen = everyone["mag_F438W"] < 22 * u.mag
    assert 0 < chosen.sum() < len(everyone)
    np.testing.assert_array_equal(bright["log_mass"], everyone["log_mass"][chosen])


def test_the_truth_is_written_with_the_image(formed, tmp_path):
    formed.write(tmp_path, progress=False)
    found = QTable.read(tmp_path / "truth.ecsv")
    np.testing.assert_array_equal(found["birth_azimuth"], formed.truth()["birth_azimuth"])
