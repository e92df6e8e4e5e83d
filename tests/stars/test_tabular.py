"""Any table of stars makes isochrones."""

import numpy as np
import pytest
from astropy import units as u
from astropy.table import MaskedColumn, QTable, Table

from clusternet.instruments import wfc3_uvis
from clusternet.stars import (
    ExtinctionLaw,
    KroupaIMF,
    PadovaIsochrones,
    StellarPopulation,
    TabularIsochrones,
)

PADOVA = PadovaIsochrones()


def padova_table(*log_ages):
    rows = [PADOVA.isochrone(age) for age in log_ages]
    table = Table(
        {
            name: np.concatenate([getattr(one, name) for one in rows])
            for name in ("initial_mass", "label", "log_teff", "log_l", "log_g")
        }
    )
    table["logAge"] = np.concatenate([np.full(one.label.size, one.log_age) for one in rows])
    for band in PADOVA.bands:
        table[f"m_{band}"] = np.concatenate([one.magnitudes[band] for one in rows])
    return table


BANDS = {band: f"m_{band}" for band in PADOVA.bands}


def test_the_padova_grid_as_a_table_is_the_padova_grid():
    low, high = PADOVA.tabulated_log_ages[[8, 9]]
    table = padova_table(low, high)
    stars = TabularIsochrones(table, 0.0278, BANDS, columns={"log_age": "logAge"})
    between = 0.5 * (low + high)
    np.testing.assert_allclose(
        stars.isochrone(between).magnitudes["F438W"],
        PADOVA.isochrone(between).magnitudes["F438W"],
        atol=2e-3,  # ages are taken to 1e-4
    )


def test_it_makes_a_population():
    table = padova_table(PADOVA.tabulated_log_ages[5])
    stars = TabularIsochrones(table, 0.0278, BANDS, columns={"log_age": "logAge"})
    population = StellarPopulation(stars, KroupaIMF(), ExtinctionLaw(), wfc3_uvis(), 4.5 * u.Mpc)
    assert (population.draw(stars.log_age_range[0], 1e3, rng=1).flux.sum(axis=0) > 0).all()


def small(**changes):
    columns = {
        "age": [1.0, 1.0, 1.0, 10.0, 10.0, 10.0] * u.Gyr,
        "initial_mass": [0.5, 1.0, 2.0, 0.5, 0.8, 1.0] * u.Msun,
        "V": [9.0, 5.0, 0.5, 9.0, 6.0, 2.5] * u.mag,
    }
    return QTable(
        {name: column for name, column in (columns | changes).items() if column is not None}
    )


def test_units_are_converted():
    stars = TabularIsochrones(small(), 0.02, bands="V")
    plain = small(age=[1e9] * 3 + [1e10] * 3, initial_mass=small()["initial_mass"].to(u.kg))
    again = TabularIsochrones(plain, 0.02, bands=["V"])
    assert again.log_age_range == stars.log_age_range == (9.0, 10.0)
    np.testing.assert_allclose(again.isochrone(9.0).initial_mass, [0.5, 1.0, 2.0])


def test_without_labels_the_isochrone_is_one_phase_along_its_magnitudes():
    stars = TabularIsochrones(small(), 0.02, bands="V")
    middle = stars.isochrone(9.5)
    assert set(middle.label) == {-1}
    assert middle.log_teff is None
    assert middle.initial_mass[-1] == pytest.approx(np.sqrt(2.0))
    assert middle.magnitudes["V"][[0, -1]].tolist() == [9.0, 1.5]


def test_equal_points_are_matched():
    stars = TabularIsochrones(small(point=[1, 2, 3, 1, 2, 3]), 0.02, "V", columns={"eep": "point"})
    np.testing.assert_allclose(stars.isochrone(9.5).magnitudes["V"], [9.0, 5.5, 1.5])


@pytest.mark.parametrize(
    ("changes", "options", "message"),
    [
        ({}, {"bands": "I"}, r"no I in the table \(has V\)"),
        ({}, {"bands": []}, "no band asked of in the table"),
        ({}, {"columns": {"mass": "initial_mass"}}, "columns has mass; it may have age, log_age"),
        ({}, {"columns": {"log_age": "t"}}, "no column t in the table"),
        ({"age": None}, {}, "needs initial_mass and log_age or age"),
        ({"age": [1.0] * 6 * u.m}, {}, "column age is in m; it should be in yr"),
        ({"age": [0.0] * 6}, {}, "an age in column age is not positive"),
        ({"V": [np.nan] * 6}, {}, "column V must be of one dimension and hold finite numbers"),
        ({"V": ["faint"] * 6}, {}, "hold finite numbers"),
        ({"V": MaskedColumn([1.0] * 6, mask=[True] + [False] * 5)}, {}, "masked values"),
        ({}, {"metallicity": -1.0}, "metallicity is -1"),
        ({"label": [9] * 6}, {}, "labelled 0 to 8"),
        ({"initial_mass": [1.0] * 6}, {}, "give at least two"),
    ],
)
def test_tables_that_make_no_isochrones_are_refused(changes, options, message):
    with pytest.raises(ValueError, match=message):
        TabularIsochrones(small(**changes), **({"metallicity": 0.02, "bands": "V"} | options))
