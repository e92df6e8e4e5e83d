"""The packaged isochrones are PARSEC's, and stay so between the tabulated ages."""

import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusternet.stars import Isochrone, KroupaIMF, PadovaIsochrones
from clusternet.stars.isochrones.interpolation import between_ages

STARS = PadovaIsochrones()
BANDS = ("F336W", "F438W", "F814W")

log_ages = st.floats(*STARS.log_age_range)


def magnitudes(isochrone):
    """(n, band) absolute magnitudes."""
    return np.column_stack([isochrone.magnitudes[band] for band in BANDS])


def population_magnitudes(isochrone):
    """Absolute magnitudes of a Kroupa population, per star born."""
    edges = np.union1d(np.geomspace(0.1, 120, 2000), isochrone.initial_mass)
    edges = edges[(edges >= 0.1) & (edges <= 120)]
    number = np.diff(KroupaIMF().cdf(edges))
    stars = isochrone.at(np.sqrt(edges[1:] * edges[:-1]))
    return np.array([-2.5 * np.log10((number * 10 ** (-0.4 * stars[b])).sum()) for b in BANDS])


class TestAgainstIndependentTables:
    """PARSEC tables for exactly Z = 0.03 (ours: 0.0278), same offsets from Johnson to WFC3."""

    def test_main_sequence_of_10_myr(self):
        found = [float(STARS.isochrone(7.0).at(13.18)[band]) for band in BANDS]
        assert found == pytest.approx([-5.46, -3.92, -3.45], abs=0.15)

    def test_red_supergiant_tip_of_10_myr(self):
        assert magnitudes(STARS.isochrone(7.0))[-1] == pytest.approx(
            [-0.26, -1.42, -7.31], abs=0.15
        )

    def test_turn_off_of_1_gyr(self):
        isochrone = STARS.isochrone(9.0)
        last = np.flatnonzero(isochrone.label == 1)[-1]
        assert isochrone.initial_mass[last] == pytest.approx(2.21, rel=0.01)
        assert magnitudes(isochrone)[last] == pytest.approx([0.86, 0.69, 0.13], abs=0.1)

    def test_giants_of_1_gyr(self):
        """F336W at the tip of the red giant branch differs more, by 0.16 mag: see the guide."""
        isochrone = STARS.isochrone(9.0)
        tip = magnitudes(isochrone)[isochrone.label == 3][-1]
        assert tip[1:] == pytest.approx([0.99, -2.02], abs=0.1)
        assert tip[0] == pytest.approx(2.87, abs=0.2)
        brightest = isochrone.magnitudes["F814W"][isochrone.label >= 7].min()
        assert brightest == pytest.approx(-4.86, abs=0.05)


def test_tabulated_ages_come_back_untouched():
    for log_age in STARS.tabulated_log_ages:
        isochrone = STARS.isochrone(log_age)
        assert isochrone.log_age == pytest.approx(log_age, abs=1e-9)
        # single precision, as packaged, but for what is spread: interpolation leaves other digits
        mass = isochrone.initial_mass
        np.testing.assert_allclose(mass, mass.astype(np.float32), rtol=1.2e-7)
        assert (mass == mass.astype(np.float32)).mean() > 0.9


@given(log_ages)
@settings(deadline=None, max_examples=50)
def test_isochrones_are_functions_of_mass_at_every_age(log_age):
    isochrone = STARS.isochrone(log_age)
    assert (np.diff(isochrone.initial_mass) > 0).all()
    assert np.isfinite(magnitudes(isochrone)).all()
    assert set(isochrone.label) <= set(range(9))


def test_older_clusters_have_lost_more_of_their_massive_stars():
    ages = np.arange(6.6, 10.1, 0.05)
    last = [STARS.isochrone(age).initial_mass[-1] for age in ages]
    assert (np.diff(last) < 0).all()


def test_close_to_a_tabulated_age_the_population_is_the_tabulated_one():
    for log_age in STARS.tabulated_log_ages[1:-1:4]:
        exact = population_magnitudes(STARS.isochrone(log_age))
        for near in (log_age - 2e-4, log_age + 2e-4):
            assert population_magnitudes(STARS.isochrone(near)) == pytest.approx(exact, abs=0.01)


def test_left_out_ages_are_recovered_from_their_neighbours():
    """Across twice the step; the limits are those that `between_ages` documents."""
    ages = STARS.tabulated_log_ages
    errors = np.array(
        [
            population_magnitudes(
                between_ages(STARS.isochrone(before), STARS.isochrone(after), age)
            )
            - population_magnitudes(STARS.isochrone(age))
            for before, age, after in zip(ages, ages[1:], ages[2:], strict=False)
        ]
    )
    assert (np.abs(errors).max(axis=0) <= [0.15, 0.29, 0.76]).all()
    assert (np.abs(errors[ages[1:-1] > 7.0]).max(axis=0) <= [0.05, 0.11, 0.20]).all()


def rows(log_age, phases, shift=0.0):
    """Isochrone with the rows (label, mass, log Teff, log L) of `phases`."""
    label, mass, log_teff, log_l = np.array(phases, dtype=float).T
    return Isochrone(
        log_age=log_age,
        metallicity=0.02,
        initial_mass=mass * 10**-shift,
        magnitudes={"V": 5 - 2.5 * log_l},
        label=label.astype(int),
        log_teff=log_teff,
        log_l=log_l,
        log_g=np.full(mass.size, 4.0),
    )


MAIN_SEQUENCE = [(1, 1.0, 3.8, 0.0), (1, 2.0, 3.9, 1.0), (1, 4.0, 4.0, 2.0)]
GIANTS = [(3, 4.1, 3.7, 2.0), (3, 4.2, 3.6, 3.0)]
CLUMP = [(4, 4.3, 3.65, 2.2), (4, 4.4, 3.66, 2.3)]


def test_matching_rows_are_interpolated_in_log_mass_and_magnitude():
    young, old = rows(8.0, MAIN_SEQUENCE + GIANTS), rows(8.2, MAIN_SEQUENCE + GIANTS, shift=0.1)
    middle = between_ages(young, old, 8.1)
    np.testing.assert_allclose(middle.initial_mass, young.initial_mass * 10**-0.05)
    np.testing.assert_allclose(middle.magnitudes["V"], young.magnitudes["V"])
    np.testing.assert_array_equal(middle.label, young.label)


def test_no_row_mixes_phases():
    """Between a main sequence and its giants lies a jump in temperature that no star crosses."""
    older = [(label, mass * 0.8, teff, log_l) for label, mass, teff, log_l in MAIN_SEQUENCE]
    older += [(3, 3.29, 3.7, 2.0), (3, 3.3, 3.65, 2.5), (3, 3.4, 3.6, 3.0)]
    middle = between_ages(rows(8.0, MAIN_SEQUENCE + GIANTS), rows(8.2, older), 8.1)
    assert (middle.log_teff[middle.label == 3] <= 3.7).all()
    assert (middle.log_teff[middle.label == 1] >= 3.8).all()


def test_a_phase_that_only_one_age_has_shrinks_away():
    young = rows(8.0, MAIN_SEQUENCE + GIANTS + CLUMP)
    old = rows(8.2, MAIN_SEQUENCE + GIANTS)

    quarter = between_ages(young, old, 8.05)
    clump = quarter.label == 4
    assert np.ptp(np.log(quarter.initial_mass[clump])) == pytest.approx(0.75 * np.log(4.4 / 4.3))
    np.testing.assert_allclose(quarter.magnitudes["V"][clump], young.magnitudes["V"][-2:])
    assert between_ages(young, old, 8.199).initial_mass[-1] == pytest.approx(4.2, rel=1e-3)


def test_no_light_from_dead_stars_and_from_below_the_table():
    isochrone = STARS.isochrone(9.0)
    alive = isochrone.at([0.01, 1.0, 3.0])["F814W"]
    np.testing.assert_array_equal(np.isfinite(alive), [False, True, False])


def test_magnitudes_at_a_tabulated_mass_are_the_tabulated_ones():
    isochrone = STARS.isochrone(8.0)
    for band, values in isochrone.at(isochrone.initial_mass).items():
        np.testing.assert_allclose(values, isochrone.magnitudes[band], rtol=0, atol=1e-9)


def test_an_isochrone_is_made_once():
    assert STARS.isochrone(7.51) is STARS.isochrone(7.51)
    assert PadovaIsochrones().isochrone(7.51) is not STARS.isochrone(7.51)


def test_the_provider_survives_pickling():
    again = pickle.loads(pickle.dumps(STARS)).isochrone(7.33)
    np.testing.assert_array_equal(again.initial_mass, STARS.isochrone(7.33).initial_mass)


@pytest.mark.parametrize("log_age", [6.5, 10.2, np.nan])
def test_ages_outside_are_refused(log_age):
    with pytest.raises(ValueError, match=r"outside PadovaIsochrones \(6.6 to 10.1\)"):
        STARS.isochrone(log_age)


@pytest.mark.parametrize(
    ("isochrones", "message"),
    [
        ([], "no isochrones given"),
        ([rows(8.0, GIANTS), rows(8.0, GIANTS)], "same log age"),
        ([rows(8.0, [(9, 1, 4, 1), (9, 2, 4, 1)])], "labelled 0 to 8"),
    ],
)
def test_unusable_sets_of_isochrones_are_refused(isochrones, message):
    with pytest.raises(ValueError, match=message):
        PadovaIsochrones(isochrones)


@pytest.mark.parametrize("masses", [[2.0, 1.0], [1.0, 1.0], [1.0, np.nan], [0.0, 1.0], [1.0]])
def test_masses_must_ascend(masses):
    with pytest.raises(ValueError, match=r"log age 8\.0"):
        Isochrone(8.0, 0.02, np.array(masses), {"V": np.zeros(len(masses))}, np.zeros(len(masses)))


def test_columns_must_have_one_value_per_mass():
    with pytest.raises(ValueError, match=r"magnitudes\['V'\] .* shape \(3,\)"):
        Isochrone(8.0, 0.02, np.array([1.0, 2.0]), {"V": np.zeros(3)}, np.zeros(2))
