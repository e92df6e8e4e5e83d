"""Field stars: however the light is split into stars and a smooth part, it stays the same."""

import numpy as np
import pytest
from scipy.stats import kstest

from clusternet.galaxy.synthetic.fieldstars import FieldPopulation

LOG_AGES = (7.0, 8.0, 9.5)
WEIGHTS = (1.0, 2.0, 5.0)


@pytest.fixture(scope="module")
def population(mocks):
    return mocks.population


@pytest.mark.parametrize("limit", [0.01, 0.15, 2.0])
def test_light_of_a_solar_mass_does_not_depend_on_the_limit(population, limit):
    field = FieldPopulation(population, LOG_AGES, WEIGHTS, limit)
    all_smooth = FieldPopulation(population, LOG_AGES, WEIGHTS, 1e9)
    stars = field.draw(400_000, np.random.default_rng(1))
    light = field.smooth_flux + field.star_rate * stars.mean(0)
    # Cells hold the mean of their edges as smooth light, and a mean in the logarithm as stars.
    error = field.star_rate * stars.std(0) / np.sqrt(len(stars))
    assert np.all(np.abs(light - all_smooth.smooth_flux)
                  < 4 * error + 5e-3 * all_smooth.smooth_flux)
    assert np.all(error < 0.02 * all_smooth.smooth_flux)
    assert all_smooth.star_rate == 0
    assert all_smooth.draw(0, np.random.default_rng(1)).shape == (0, 3)


def test_all_smooth_light_is_that_of_the_ages_in_their_parts(population):
    parts = [FieldPopulation(population, [age], [1.0], 1e9).smooth_flux for age in LOG_AGES]
    mixed = FieldPopulation(population, LOG_AGES, WEIGHTS, 1e9).smooth_flux
    np.testing.assert_allclose(mixed, np.average(parts, axis=0, weights=WEIGHTS))


def test_a_cluster_of_many_stars_has_the_light_of_a_solar_mass_times_its_mass(population):
    smooth = FieldPopulation(population, [9.5], [1.0], 1e9).smooth_flux
    stars = population.draw(9.5, 3e6, rng=1)
    np.testing.assert_allclose(stars.flux.sum(0), 3e6 * smooth, rtol=0.05)


def test_stars_drawn_are_bright(population):
    field = FieldPopulation(population, LOG_AGES, WEIGHTS, 0.15)
    flux = field.draw(100_000, np.random.default_rng(2))
    # Cells count as bright by the mean of their edges; one edge may be below the limit.
    assert np.mean(flux.max(1) > 0.15) > 0.98
    assert flux.max(1).min() > 0.03


def test_number_of_bright_stars_is_that_of_the_imf(population):
    field = FieldPopulation(population, [9.5], [1.0], 0.15)
    stars = population.draw(9.5, 2e6, rng=3)
    bright = np.count_nonzero(stars.flux.max(1) / stars.count > 0.15)
    assert bright == pytest.approx(2e6 * field.star_rate, abs=5 * np.sqrt(bright))


def test_cells_are_chosen_by_their_rate(population):
    field = FieldPopulation(population, [9.5], [1.0], 0.15)
    band = 2
    drawn = np.sort(field.draw(4000, np.random.default_rng(4))[:, band])
    again = np.sort(field.draw(40_000, np.random.default_rng(5))[:, band])
    assert kstest(drawn, lambda f: np.searchsorted(again, f) / len(again)).pvalue > 0.01


def test_one_seed_gives_the_same_stars(population):
    field = FieldPopulation(population, LOG_AGES, WEIGHTS, 0.15)
    first, again = (field.draw(50, np.random.default_rng(6)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
