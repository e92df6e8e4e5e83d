"""Metallicity is a parameter: isochrones are interpolated in it."""

from pathlib import Path

import numpy as np
import pytest

from clusternet.stars import (
    Isochrone,
    IsochroneProvider,
    IsochroneSet,
    MetallicityInterpolated,
    PadovaIsochrones,
)

EXCERPT = Path(__file__).parent / "data" / "cmd37_ubvrijhk_excerpt.dat"
POOR_Z, RICH_Z = 0.0015467, 0.01471
POOR = PadovaIsochrones.read(EXCERPT, metallicity=POOR_Z)
RICH = PadovaIsochrones.read(EXCERPT, metallicity=RICH_Z)
LOG_AGE = next(
    age for age in POOR.tabulated_log_ages if np.abs(RICH.tabulated_log_ages - age).min() < 1e-3
)


def rows(metallicity, last_mass, magnitude, log_age=9.0, bands=("V",)):
    return Isochrone(
        log_age,
        metallicity,
        np.array([0.5, 1.0, last_mass]),
        {band: np.array([9.0, 5.0, magnitude]) for band in bands},
        np.array([1, 1, 1]),
    )


def test_half_way_in_log_z_masses_and_magnitudes_are_half_way():
    providers = [IsochroneSet([rows(0.01, 2.0, 0.0)]), IsochroneSet([rows(0.04, 1.8, 0.6)])]
    found = MetallicityInterpolated(providers, 0.02).isochrone(9.0)
    assert found.metallicity == 0.02
    assert found.initial_mass[-1] == pytest.approx(np.sqrt(2.0 * 1.8))
    assert found.magnitudes["V"][-1] == pytest.approx(0.3)


@pytest.mark.parametrize(("z", "provider"), [(POOR_Z, POOR), (RICH_Z, RICH)])
def test_at_the_metallicity_of_a_file_its_isochrones_come_back(z, provider):
    found = MetallicityInterpolated([RICH, POOR], z)
    assert found.isochrone(LOG_AGE) is provider.isochrone(LOG_AGE)


def test_two_files_give_the_metallicities_between():
    def turn_off(z):
        isochrone = MetallicityInterpolated([POOR, RICH], z).isochrone(LOG_AGE)
        assert (np.diff(isochrone.initial_mass) > 0).all()
        return float(isochrone.log_teff[isochrone.label <= 1].max())

    hottest = [turn_off(z) for z in (0.0016, 0.003, 0.006, 0.01, 0.0147)]
    assert (np.diff(hottest) < 0).all(), "metals make stars cooler"


def test_close_to_a_file_the_isochrone_is_close_to_its_own():
    near = MetallicityInterpolated([POOR, RICH], RICH_Z * 0.999).isochrone(LOG_AGE)
    own = RICH.isochrone(LOG_AGE)
    mass = np.geomspace(0.2, 0.8, 20)
    np.testing.assert_allclose(near.at(mass)["V"], own.at(mass)["V"], atol=0.01)


def test_of_many_the_two_neighbours_count():
    providers = [
        IsochroneSet([rows(z, 2.0, magnitude)])
        for z, magnitude in ((0.001, 9.0), (0.01, 1.0), (0.04, 2.0), (0.06, 9.0))
    ]
    found = MetallicityInterpolated(providers, 0.02).isochrone(9.0)
    assert found.magnitudes["V"][-1] == pytest.approx(1.5)


def test_what_is_not_common_is_left_out():
    poor = IsochroneSet([rows(0.01, 2.0, 0.0, age, ("V", "I")) for age in (8.0, 9.0)])
    rich = IsochroneSet([rows(0.02, 2.0, 0.0, age, ("I", "U")) for age in (8.5, 9.5)])
    found = MetallicityInterpolated([poor, rich], 0.015)
    assert found.bands == found.isochrone(8.7).bands == ("I",)
    assert found.log_age_range == (8.5, 9.0)
    with pytest.raises(ValueError, match=r"outside MetallicityInterpolated \(8.5 to 9\)"):
        found.isochrone(9.3)


def test_a_provider_that_says_no_metallicity_is_asked_for_an_isochrone():
    class Fixed(IsochroneProvider):
        bands = ("V",)

        def _isochrone(self, log_age):
            return rows(0.03, 2.0, 1.0)

    found = MetallicityInterpolated([Fixed((9.0, 9.0)), IsochroneSet([rows(0.01, 2.0, 0.0)])], 0.03)
    assert found.isochrone(9.0).magnitudes["V"][-1] == 1.0


def test_an_isochrone_is_made_once():
    found = MetallicityInterpolated([POOR, RICH], 0.01)
    assert found.isochrone(LOG_AGE) is found.isochrone(LOG_AGE)


@pytest.mark.parametrize(
    ("providers", "z", "message"),
    [
        ([POOR], POOR_Z, "1 metallicities given"),
        ([POOR, POOR], POOR_Z, "pass each once"),
        ([POOR, RICH], 0.03, r"metallicity is 0\.03, providers have 0\.0015467, 0\.01471"),
        ([POOR, RICH], 0.0001, "ask for one within"),
        (
            [POOR, IsochroneSet([rows(0.02, 2.0, 0.0, bands=("F336W",))])],
            0.01,
            "no band in common",
        ),
        ([POOR, IsochroneSet([rows(0.02, 2.0, 0.0, log_age=6.0)])], 0.01, "no age in common"),
        ([POOR, IsochroneSet([rows(0.0, 2.0, 0.0)])], 0.001, "needs a positive one"),
    ],
)
def test_impossible_interpolations_are_refused(providers, z, message):
    with pytest.raises(ValueError, match=message):
        MetallicityInterpolated(providers, z)
