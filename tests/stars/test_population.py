"""Stars of a cluster: their mass, their number, their colours, and what bundling leaves alone."""

import numpy as np
import pytest
from astropy import units as u
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare, kstest

from clusternet.instruments import Band, Instrument, wfc3_uvis
from clusternet.stars import ExtinctionLaw, KroupaIMF, PadovaIsochrones, StellarPopulation

ISOCHRONES, IMF, DUST, CAMERA = PadovaIsochrones(), KroupaIMF(), ExtinctionLaw(), wfc3_uvis()
MEAN_MASS = IMF.mean_mass
DISTANCE = 4.5 * u.Mpc
log_ages = st.integers(0, 70).map(lambda i: round(6.6 + 0.05 * i, 2))
seeds = st.integers(0, 2**32 - 1)


def population(**options):
    return StellarPopulation(ISOCHRONES, IMF, DUST, CAMERA, DISTANCE, **options)


@pytest.fixture(scope="module")
def bundled():
    return population()


@pytest.fixture(scope="module")
def star_by_star():
    return population(bundle_flux=0, bundle_fraction=0)


@settings(max_examples=12)
@given(log_ages, st.floats(300, 5e5), seeds)
def test_initial_mass_is_within_one_mean_star_of_the_target(bundled, log_age, mass, seed):
    assert bundled.draw(log_age, mass, rng=seed).total_mass == pytest.approx(mass, abs=MEAN_MASS)


def test_masses_of_the_stars_add_up_to_the_initial_mass(star_by_star):
    # Of the youngest clusters nearly all stars live; the dead ones are above the last row.
    stars = star_by_star.draw(6.6, 1e5, rng=1)
    dead = stars.n_stars - len(stars.mass)
    most_massive = ISOCHRONES.isochrone(6.6).initial_mass[-1]
    lacking = stars.total_mass - stars.mass.sum()
    # Within cells of 0.02 dex masses are drawn again, which scatters the sum by about 10 Msun.
    assert dead * most_massive - 60 < lacking < dead * IMF.mass_range[1] + 60


@settings(max_examples=12)
@given(log_ages, st.floats(0, 3), seeds)
def test_colours_are_those_of_the_isochrone(star_by_star, log_age, a_v, seed):
    stars = star_by_star.draw(log_age, 500.0, a_v, seed)
    absolute = ISOCHRONES.isochrone(log_age).at(stars.mass)
    modulus = 5 * np.log10(DISTANCE.to_value(u.pc) / 10)
    dust = DUST.coefficients(CAMERA)
    assert len(stars.mass) > 300
    for band, flux in zip(CAMERA, stars.flux.T, strict=True):
        expected = absolute[band.name] + modulus + a_v * dust[band.name]
        np.testing.assert_allclose(band.magnitude(flux), expected, atol=1e-3)


def test_distance_modulus_is_that_of_m83(bundled):
    assert bundled.distance_modulus == pytest.approx(28.266, abs=1e-3)


@settings(max_examples=12)
@given(log_ages, seeds)
def test_only_stars_that_the_isochrone_still_has_shine(star_by_star, log_age, seed):
    stars = star_by_star.draw(log_age, 500.0, rng=seed)
    assert stars.mass.max() <= ISOCHRONES.isochrone(log_age).initial_mass[-1]
    assert np.all(stars.flux > 0)
    assert np.all(stars.count == 1)
    assert len(stars.mass) <= stars.n_stars


def test_masses_follow_the_imf(star_by_star):
    mass = star_by_star.draw(6.6, 5e4, rng=2).mass
    top = ISOCHRONES.isochrone(6.6).initial_mass[-1]
    assert kstest(mass, lambda m: IMF.cdf(m) / IMF.cdf(top)).pvalue > 0.01


def test_numbers_of_massive_stars_follow_the_imf(star_by_star):
    edges = np.array([0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0])
    rng = np.random.default_rng(3)
    drawn = [star_by_star.draw(6.6, 1e4, rng=rng) for _ in range(30)]
    found, _ = np.histogram(np.concatenate([stars.mass for stars in drawn]), edges)
    expected = np.diff(IMF.cdf(edges))
    assert chisquare(found, expected / expected.sum() * found.sum()).pvalue > 0.01
    assert found[-1] > 10


def test_numbers_scatter_from_cluster_to_cluster_as_stars_of_a_given_mass_do(star_by_star):
    rng = np.random.default_rng(4)
    draws = [star_by_star.draw(6.6, 3000.0, rng=rng).mass for _ in range(150)]
    number = [np.count_nonzero(mass > 5) for mass in draws]
    # Poisson, minus the share of the fixed total: cov(number, mass)^2 / var(mass).
    mass = IMF.ppf((np.arange(1_000_000) + 0.5) / 1e6)
    massive = mass > 5
    fixed = np.mean(mass * massive) ** 2 / np.mean(mass**2) / massive.mean()
    assert 0.1 < fixed < 0.5
    assert np.var(number, ddof=1) / np.mean(number) == pytest.approx(1 - fixed, abs=0.3)


def test_bundles_stand_for_the_same_stars_with_the_same_light(bundled, star_by_star):
    for log_age in (6.8, 8.0, 9.7):
        one = star_by_star.draw(log_age, 1e5, 1.0, rng=6)
        many = bundled.draw(log_age, 1e5, 1.0, rng=6)
        # One seed draws the same numbers of stars; only the places within cells differ.
        assert many.n_stars == one.n_stars
        assert many.total_mass == one.total_mass
        assert len(many.mass) < 0.2 * len(one.mass)
        assert many.count.sum() == pytest.approx(one.count.sum())
        assert many.mass @ many.count == pytest.approx(one.mass.sum(), rel=3e-3)
        np.testing.assert_allclose(many.flux.sum(0), one.flux.sum(0), rtol=0.01)


@settings(max_examples=12)
@given(log_ages, st.floats(3.5, 5.5), seeds)
def test_no_bundle_is_brighter_than_the_larger_limit(bundled, log_age, log_mass, seed):
    stars = bundled.draw(log_age, 10**log_mass, rng=seed)
    limit = np.maximum(0.01, 3e-5 * stars.flux.sum(0))
    several = stars.count > 1
    # A bundle's light is that of one drawn mass of its cell: up to 15 % from the cell's mean.
    assert np.all(stars.flux[several] <= 1.15 * limit)


@settings(max_examples=8)
@given(log_ages, st.floats(0, 3), seeds)
def test_extinction_dims_every_star_alike(bundled, log_age, a_v, seed):
    # With one limit in flux the bundles would differ: ask for single stars.
    stars = population(bundle_flux=0, bundle_fraction=0)
    stars._cached_cells = bundled._cached_cells
    bare, dusty = (stars.draw(log_age, 200.0, extinction, seed) for extinction in (0.0, a_v))
    magnitudes = -2.5 * np.log10(dusty.flux / bare.flux)
    expected = np.broadcast_to(a_v * bundled.band_extinction, magnitudes.shape)
    np.testing.assert_allclose(magnitudes, expected, atol=1e-9)


def test_one_seed_gives_one_cluster(bundled):
    first, again, other = (bundled.draw(8.0, 1e4, 0.3, rng=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.flux, again.flux)
    np.testing.assert_array_equal(first.mass, again.mass)
    assert first.flux.shape != other.flux.shape or not np.allclose(first.flux, other.flux)


def test_a_cluster_fainter_than_any_limit_is_none(bundled):
    brighter = CAMERA.magnitudes(bundled.draw(8.0, 1e4, rng=1).flux.sum(0)) + 0.05
    assert bundled.draw(8.0, 1e4, rng=1, magnitude_limits=brighter) is not None
    for band in range(3):
        limits = brighter.copy()
        limits[band] -= 0.1
        assert bundled.draw(8.0, 1e4, rng=1, magnitude_limits=limits) is None


def test_limits_change_nothing_but_which_clusters_pass(bundled):
    free = bundled.draw(7.5, 1e4, rng=5)
    limited = bundled.draw(7.5, 1e4, rng=5, magnitude_limits=[24.0, 23.5, 23.0])
    np.testing.assert_array_equal(free.flux, limited.flux)


@pytest.mark.parametrize("log_age", [6.6, 8.0, 10.1])
def test_cells_hold_all_stars_of_the_imf(bundled, log_age):
    cells = bundled.cells(log_age)
    assert cells.number.sum() == pytest.approx(1)
    assert (cells.lower[0], cells.upper[-1]) == IMF.mass_range
    np.testing.assert_allclose(cells.upper[:-1], cells.lower[1:])
    assert np.log10(cells.upper / cells.lower).max() < 0.0201
    assert cells.mean_mass == pytest.approx(MEAN_MASS, rel=1e-3)


def test_smallest_cluster_has_a_star(bundled):
    assert bundled.draw(7.0, 0.01, rng=1).n_stars == 1


def test_a_band_without_isochrones_is_named():
    near_uv = Band("F275W", 22.6, CAMERA["F336W"].throughput, 2500 * u.s, 3.1, 3, 0.003)
    camera = Instrument("WFC3/UVIS", (*CAMERA, near_uv), CAMERA.pixel_scale)
    with pytest.raises(ValueError, match=r"no F275W in PadovaIsochrones \(has F336W"):
        StellarPopulation(ISOCHRONES, IMF, DUST, camera, DISTANCE)


def test_bands_keep_the_order_of_the_instrument():
    camera = CAMERA.select(["F814W", "F336W"])
    other = StellarPopulation(ISOCHRONES, IMF, DUST, camera, DISTANCE, bundle_flux=0.0,
                              bundle_fraction=0.0)
    a = other.draw(7.0, 300.0, 0.5, rng=8).flux
    b = population(bundle_flux=0, bundle_fraction=0).draw(7.0, 300.0, 0.5, rng=8).flux
    np.testing.assert_allclose(a, b[:, [2, 0]])
