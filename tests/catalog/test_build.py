"""Catalogues are built from arrays, by one schema."""

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.table import QTable
from astropy.wcs import WCS

import clusternet
from clusternet.catalog import (
    COLUMNS,
    PARAMETERS,
    check_catalogue,
    density,
    make_catalogue,
)
from clusternet.catalog.schema import column


def test_catalogue_has_the_columns_of_the_schema(catalogue):
    assert isinstance(catalogue, QTable)
    assert catalogue.colnames == [*(spec.name for spec in COLUMNS), "arm"]
    for spec in COLUMNS:
        assert catalogue[spec.name].info.description == spec.description
        assert spec.dtype is SkyCoord or catalogue[spec.name].unit == spec.unit
    check_catalogue(catalogue)


def test_ids_count_from_one_in_the_order_given(catalogue, make_values):
    assert catalogue["id"].tolist() == list(range(1, 21))
    assert np.array_equal(catalogue["x_centroid"], make_values()["x_centroid"])


def test_sky_positions_are_those_of_the_pixels(catalogue, wcs):
    x, y = wcs.world_to_pixel(catalogue["sky_centroid"])
    assert np.allclose(x, catalogue["x_centroid"], atol=1e-6)
    assert np.allclose(y, catalogue["y_centroid"], atol=1e-6)


def test_sky_positions_are_icrs_whatever_the_frame_of_the_image(make_values, wcs):
    other = wcs.deepcopy()
    other.wcs.radesys, other.wcs.equinox = "FK5", 2000.0
    catalogue = make_catalogue(make_values(), other)
    assert catalogue["sky_centroid"].frame.name == "icrs"
    back = other.world_to_pixel(catalogue["sky_centroid"])
    assert np.allclose(back[0], catalogue["x_centroid"], atol=1e-5)


def test_radii_and_density_follow_from_size_mass_and_distance(catalogue):
    assert u.allclose(catalogue["r_h"], 10 ** catalogue["log_r_h"] * u.arcsec)
    parsecs = (catalogue["r_h"] * 4.5 * u.Mpc).to(u.pc, u.dimensionless_angles())
    assert u.allclose(catalogue["r_h_pc"], parsecs)
    mass = 10 ** catalogue["log_mass"] * u.Msun
    rho = (mass / (4 / 3 * np.pi * parsecs**3)).to_value(u.Msun / u.pc**3)
    assert np.allclose(catalogue["log_density"], np.log10(rho))


def test_density_spans_what_the_paper_says():
    extremes = [3.5, 5.5], [-0.4, -1.4]
    assert np.allclose(density(*extremes, 4.5 * u.Mpc), [0.06, 5.06], atol=0.01)
    assert np.allclose(density(*extremes, 4.5 * u.Mpc, half_mass=True), [-0.24, 4.76], atol=0.01)


def test_half_of_the_mass_makes_half_of_the_density(make_values, wcs, catalogue):
    half = make_catalogue(make_values(), wcs, distance=4.5 * u.Mpc, half_mass=True)
    assert np.allclose(catalogue["log_density"] - half["log_density"], np.log10(2))
    assert half.meta["half_mass"] is True


def test_without_a_distance_what_needs_it_is_nan(make_values, wcs):
    catalogue = make_catalogue(make_values(), wcs)
    assert np.isnan(catalogue["r_h_pc"]).all()
    assert np.isnan(catalogue["log_density"]).all()
    assert catalogue.meta["distance"] is None


def test_meta_says_what_made_it(catalogue):
    assert catalogue.meta["clusternet"] == clusternet.__version__
    assert catalogue.meta["distance"] == 4.5 * u.Mpc
    assert catalogue.meta["thresholds"] == {"class_cb": 0.95, "sigma": 3}


def test_intervals_and_flags_may_be_left_out(make_values, wcs):
    values = {k: v for k, v in make_values().items() if k != "flags" and "_lo" not in k}
    catalogue = make_catalogue(values, wcs)
    assert np.isnan(catalogue["a_v_lo"]).all()
    assert not np.isnan(catalogue["a_v_hi"]).any()
    assert (catalogue["flags"] == 0).all()


def test_quantities_are_converted(make_values, wcs):
    values = make_values()
    expected = values["a_v"].copy()
    values["a_v"] = expected * 1000 * u.mmag
    assert u.allclose(make_catalogue(values, wcs)["a_v"], expected * u.mag)


def test_parameters_that_are_not_given_are_unknown(make_values, wcs):
    values = {name: make_values()[name] for name in ("x_centroid", "y_centroid", "class_cb")}
    catalogue = make_catalogue(values, wcs, distance=4.5 * u.Mpc)
    for parameter in PARAMETERS.values():
        assert np.isnan(catalogue[parameter.name]).all()
    assert np.isnan(catalogue["log_density"]).all()


def test_empty_catalogue(make_values, wcs):
    catalogue = make_catalogue(make_values(0), wcs, distance=4.5 * u.Mpc)
    assert len(catalogue) == 0
    assert len(catalogue["sky_centroid"]) == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y_centroid": None, "class_cb": None}, "no values for y_centroid, class_cb"),
        ({"log_density": [1.0] * 20}, "log_density follow from the other values; leave them out"),
        ({"a_v_lo": [1.0, 2.0]}, "2 values of a_v_lo for 20 clusters"),
        ({"arm": ["inner"]}, "1 values of arm for 20 clusters"),
    ],
)
def test_arrays_that_do_not_fit_are_a_clear_error(make_values, wcs, change, message):
    values = {k: v for k, v in {**make_values(), **change}.items() if v is not None}
    with pytest.raises(ValueError, match=message):
        make_catalogue(values, wcs)


@pytest.mark.parametrize(
    ("distance", "message"),
    [
        (4.5, "distance = 4.5 is not a length"),
        (4.5 * u.s, "is not a length: pass a Quantity, such as"),
        (-1 * u.Mpc, "finite and positive"),
        ([1, 2] * u.Mpc, "pass one value"),
    ],
)
def test_distance_must_be_a_length(make_values, wcs, distance, message):
    with pytest.raises(ValueError, match=message):
        make_catalogue(make_values(), wcs, distance=distance)


def test_image_without_sky_is_a_clear_error(make_values):
    with pytest.raises(ValueError, match="no celestial WCS"):
        make_catalogue(make_values(), WCS(naxis=2))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a_v", np.ones(20), "a_v of the table is in None, not mag"),
        ("log_age", np.ones(20) * u.yr, "log_age of the table is in yr, not plain numbers"),
        ("flags", np.ones(20), "flags of the table is of type float64, not int64"),
        ("class_cb", ["sure"] * 20, "class_cb of the table is of type <U4"),
        ("sky_centroid", np.ones(20), "sky_centroid of the table is no SkyCoord"),
    ],
)
def test_tables_are_checked_against_the_schema(catalogue, name, content, message):
    catalogue[name] = content
    with pytest.raises(ValueError, match=message):
        check_catalogue(catalogue)


def test_missing_columns_are_named(catalogue):
    catalogue.remove_columns(["id", "flags"])
    with pytest.raises(ValueError, match=r"a\.fits is no cluster catalogue: it has no id, flags"):
        check_catalogue(catalogue, "a.fits")


def test_unknown_column_names_those_there_are():
    with pytest.raises(ValueError, match=r"no column 'age' in a catalogue \(has id, x_centroid"):
        column("age")
