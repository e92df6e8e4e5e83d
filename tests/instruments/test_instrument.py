"""Packaged instruments have the published calibration; an instrument is an ordered set of bands."""

import re
import subprocess
import sys

import numpy as np
import pytest
from astropy import units as u

from clusternet.instruments import Instrument, acs_wfc, nircam_long, nircam_short, wfc3_uvis

WFC3 = wfc3_uvis()
ACS = acs_wfc(["F435W", "F475W", "F555W", "F606W", "F625W", "F775W", "F814W", "F850LP"])


@pytest.mark.parametrize(
    ("band", "pivot", "tolerance"),
    [
        ("F336W", 3354.5, 0.5),
        ("F438W", 4326.2, 0.5),
        # the packaged F814W curve predates STScI's 2020 one (8039.1): 0.12 % bluer
        ("F814W", 8039.1, 10.0),
    ],
)
def test_pivots_are_those_of_stsci_for_uvis1(band, pivot, tolerance):
    assert WFC3[band].pivot.to_value(u.AA) == pytest.approx(pivot, abs=tolerance)


def test_zero_points_are_the_vega_ones_used_with_the_m83_products():
    assert WFC3.zero_points.tolist() == [23.46, 24.98, 24.67]


def test_acs_zero_points_are_the_published_ones():
    """Sirianni et al. (2005), table 10; Vega and throughputs have been revised since, by 0.02."""
    published = [25.779, 26.168, 25.724, 26.398, 25.731, 25.256, 25.501, 24.326]
    found = ACS.zero_points
    assert found == pytest.approx(published, abs=0.03)
    assert np.ptp(np.subtract(found, published)) < 0.015


@pytest.mark.parametrize(
    ("instrument", "pivots"),
    [
        (ACS, [4327, 4745, 5360, 5919, 6311, 7693, 8060, 9036]),
        (nircam_short(), [11540, 15010, 19880]),
        (nircam_long(), [27760, 35680, 44040]),
    ],
)
def test_pivots_of_acs_and_nircam_are_the_published_ones(instrument, pivots):
    found = [band.pivot.to_value(u.AA) for band in instrument]
    assert found == pytest.approx(pivots, rel=1e-3)


@pytest.mark.parametrize(
    ("read", "n_bands"), [(wfc3_uvis, 9), (acs_wfc, 8), (nircam_short, 9), (nircam_long, 11)]
)
def test_every_packaged_band_has_its_curve(read, n_bands):
    with pytest.raises(KeyError) as error:
        read(["none"])
    names = re.search(r"\(has (.*?)\)", str(error.value))[1].split(", ")
    assert len(names) == n_bands
    for band in read(names):
        number = int(re.search(r"\d+", band.name)[0])
        scale = 100 if "NIRCam" in read(names).name else 10
        assert band.pivot.to_value(u.AA) == pytest.approx(scale * number, rel=0.07)


def test_pixels_are_those_of_the_drizzled_images():
    scales = [read().pixel_scale.value for read in (acs_wfc, nircam_short, nircam_long)]
    assert scales == [0.05, 0.031, 0.063]


def test_two_channels_make_one_instrument():
    both = Instrument("NIRCam", [*nircam_short(), *nircam_long()], 0.04 * u.arcsec)
    assert both.bands[2:4] == ("F200W", "F277W")


@pytest.mark.parametrize("band", WFC3.bands)
def test_throughputs_are_total_ones(band):
    """A bare filter peaks near 1; with telescope and detector a quarter of the photons count."""
    throughput = WFC3[band].bandpass.flux.value
    assert 0.15 < throughput.max() < 0.30
    assert throughput[0] == throughput[-1] == 0.0


def test_mosaic_pixels():
    assert WFC3.pixel_scale == 0.0396 * u.arcsec


def test_select_keeps_the_order_asked():
    assert WFC3.select(["F814W", "F336W"]).bands == ("F814W", "F336W")
    assert list(wfc3_uvis(["F438W"])) == [WFC3["F438W"]]
    assert WFC3.select("F438W").bands == ("F438W",)


def test_an_unknown_band_is_named_with_those_there_are():
    with pytest.raises(KeyError, match=r"no F275W in WFC3/UVIS \(has F336W, F438W, F814W\)"):
        WFC3["F275W"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"bands": ()}, "has no bands"),
        ({"bands": (WFC3["F336W"], WFC3["F336W"])}, "has F336W more than once"),
        ({"pixel_scale": 0.04 * u.m}, "pixel scale of camera = 0.04 m is not an angle"),
        ({"pixel_scale": -0.04 * u.arcsec}, "pixel scale of camera"),
    ],
)
def test_impossible_instruments_are_refused(changes, message):
    good = {"name": "camera", "bands": WFC3, "pixel_scale": WFC3.pixel_scale}
    with pytest.raises(ValueError, match=message):
        Instrument(**(good | changes))


def test_pixel_scale_is_kept_in_arcsec():
    camera = Instrument("camera", WFC3, 1.1e-5 * u.deg)
    assert camera.pixel_scale.unit == u.arcsec
    assert camera.pixel_scale.value == pytest.approx(0.0396)


def test_band_passes_are_read_when_needed():
    """specutils takes seconds to import: not before a band pass is asked for."""
    code = (
        "import sys; from clusternet.instruments import wfc3_uvis; wfc3_uvis();"
        "sys.exit('specutils' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_wavelengths_ascend():
    for band in WFC3:
        assert (np.diff(band.bandpass.spectral_axis.value) > 0).all()


def test_lists_are_in_the_order_of_the_bands():
    camera = WFC3.select(["F814W", "F336W"])
    assert [band.name for band in camera] == list(camera.bands) == ["F814W", "F336W"]
    assert camera.zero_points.tolist() == [24.67, 23.46]
    assert list(camera.exposure_times) == [band.exposure_time for band in camera]
    expected = [b.read_noise * b.n_exposures**0.5 for b in camera]
    np.testing.assert_allclose(camera.read_noises, expected)


def test_magnitudes_of_all_bands_are_those_of_each():
    flux = np.array([[1.0, 10.0, 0.0], [100.0, 2.0, 5.0]])
    found = WFC3.magnitudes(flux)
    for i, band in enumerate(WFC3):
        np.testing.assert_array_equal(found[:, i], band.magnitude(flux[:, i]))
    assert found[0, 2] == np.inf


@pytest.mark.parametrize("name", ["name", "pixel_scale", "bands"])
def test_an_instrument_does_not_change(name):
    with pytest.raises(AttributeError):
        setattr(WFC3, name, None)
