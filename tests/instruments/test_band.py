"""A band turns magnitudes into electrons and knows its own light path."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from astropy import units as u
from astropy.table import QTable
from hypothesis import given
from hypothesis import strategies as st
from specutils import Spectrum

from clusternet.instruments import wfc3_uvis

BAND = wfc3_uvis()["F438W"]


@given(st.floats(-5, 40))
def test_magnitude_undoes_flux(magnitude):
    assert BAND.magnitude(BAND.flux(magnitude)) == pytest.approx(magnitude, abs=1e-9)


def test_the_zero_point_gives_one_electron_per_second():
    assert BAND.flux(BAND.zero_point) == 1.0


def test_no_light_is_infinitely_faint_and_negative_light_has_no_magnitude():
    assert BAND.flux(np.inf) == 0.0
    np.testing.assert_array_equal(BAND.magnitude([0.0, -1.0]), [np.inf, np.nan])


def test_pivot_of_a_narrow_top_hat_is_its_middle():
    wavelength = np.linspace(5000, 5010, 11) * u.AA
    narrow = replace(BAND, throughput=Spectrum(spectral_axis=wavelength, flux=np.ones(11) * u.one))
    assert narrow.pivot.to_value(u.AA) == pytest.approx(5005, abs=0.01)


def test_a_band_survives_pickling_with_its_throughput_read_or_given():
    assert pickle.loads(pickle.dumps(BAND)) == BAND
    given_as_spectrum = pickle.loads(pickle.dumps(replace(BAND, throughput=BAND.bandpass)))
    assert given_as_spectrum.pivot == BAND.pivot


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"zero_point": np.nan}, "zero point of F438W is nan"),
        ({"exposure_time": 2 * u.m}, "exposure time of F438W = 2.0 m is not a time"),
        ({"exposure_time": 0 * u.s}, "exposure time of F438W"),
        ({"n_exposures": 0}, "F438W has 0 exposures"),
        ({"read_noise": -1.0}, "read noise of F438W is -1"),
        ({"sky": np.inf}, "sky of F438W is inf"),
    ],
)
def test_impossible_bands_are_refused_by_name(changes, message):
    with pytest.raises(ValueError, match=message):
        replace(BAND, **changes)


def test_a_throughput_file_without_its_columns_is_refused(tmp_path):
    path = tmp_path / "curve.ecsv"
    table = "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: a, datatype: float64}\na\n1.0\n"
    path.write_text(table)
    with pytest.raises(ValueError, match="no column throughput, wavelength"):
        _ = replace(BAND, throughput=path).bandpass


@pytest.mark.parametrize(
    ("wavelength", "throughput", "message"),
    [
        ([5000.0, 5010.0], [0.1, 0.2], "have the unit None; give a length"),
        ([1.0, 2.0] * u.s, [0.1, 0.2], "have the unit s; give a length"),
        ([5010.0, 5000.0] * u.AA, [0.1, 0.2], "not positive and ascending"),
        ([0.0, 5000.0] * u.AA, [0.1, 0.2], "not positive and ascending"),
        ([5000.0, np.nan] * u.AA, [0.1, 0.2], "not positive and ascending"),
        ([5000.0] * u.AA, [0.1], "at least two points"),
        (
            [5000.0, 5010.0] * u.AA,
            [20.0, 30.0],
            "goes from 20 to 30; give electrons out per photon",
        ),
        ([5000.0, 5010.0] * u.AA, [-0.1, 0.2], "between 0 and 1"),
        ([5000.0, 5010.0] * u.AA, [np.nan, 0.2], "between 0 and 1"),
        ([5000.0, 5010.0] * u.AA, [0.0, 0.0], "goes from 0 to 0"),
        ([5000.0, 5010.0] * u.AA, [0.1, 0.2] * u.cm**2, "is in cm2; give electrons out"),
    ],
)
def test_a_curve_that_is_none_is_refused_with_its_file(tmp_path, wavelength, throughput, message):
    path = tmp_path / "curve.ecsv"
    QTable({"wavelength": wavelength, "throughput": throughput}).write(path)
    with pytest.raises(ValueError, match=message) as error:
        _ = replace(BAND, throughput=path).bandpass
    assert "curve.ecsv" in str(error.value)


def test_wavelengths_may_be_in_any_unit_of_length(tmp_path):
    path = tmp_path / "curve.ecsv"
    QTable({"wavelength": [0.5, 0.501] * u.um, "throughput": [0.3, 0.3]}).write(path)
    assert replace(BAND, throughput=path).pivot.to_value(u.AA) == pytest.approx(5005, abs=0.1)
