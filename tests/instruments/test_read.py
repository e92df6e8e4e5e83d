"""A YAML file and throughput curves make an instrument, and only if nothing in them is wrong."""

import numpy as np
import pytest
from astropy import units as u
from astropy.table import QTable

from clusternet.instruments import Instrument

GOOD = """
name: my camera
pixel_scale: 0.05 arcsec
bands:
  V:
    throughput: curves/v.ecsv
    zero_point: 25.5
    exposure_time: 30 min
    read_noise: 4
    n_exposures: 3
    sky: 0.03
  R:
    throughput: curves/v.ecsv
    zero_point: 26
    exposure_time: 1800 s
    read_noise: 4.0
    n_exposures: 3
    sky: 0.05
"""


@pytest.fixture
def described(tmp_path):
    """A function that writes a description, and its path."""
    (tmp_path / "curves").mkdir()
    curve = QTable(
        {"wavelength": np.linspace(5000, 6000, 11) * u.AA, "throughput": np.full(11, 0.3)}
    )
    curve.write(tmp_path / "curves" / "v.ecsv")

    def write(text):
        path = tmp_path / "camera.yaml"
        path.write_text(text)
        return path

    return write


def test_what_the_file_says_is_what_the_instrument_has(described):
    camera = Instrument.read(described(GOOD))
    assert camera.name == "my camera"
    assert camera.bands == ("V", "R")
    assert camera.pixel_scale == 0.05 * u.arcsec
    assert camera["V"].exposure_time == 1800 * u.s
    assert (camera["V"].zero_point, camera["V"].read_noise, camera["V"].sky) == (25.5, 4.0, 0.03)
    assert camera["V"].pivot.to_value(u.AA) == pytest.approx(5492, abs=1)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("pixel_scale:", "pixelscale:", "unknown key pixelscale, no pixel_scale in .*camera.yaml"),
        ("    sky: 0.05\n", "", r"no sky in .*camera\.yaml, band R; give throughput, zero_point"),
        ("    sky: 0.05\n", "    sky: 0.05\n    gain: 2\n", "unknown key gain in .*band R"),
        ("  R:", "  V:", "V given twice"),
        ("sky: 0.03", "sky: 0.03\n    sky: 0.04", "sky given twice"),
        ("zero_point: 25.5", "zero_point: bright", r"zero_point in .*band V is 'bright'; give a n"),
        ("zero_point: 25.5", "zero_point: .nan", "zero point of V is nan"),
        ("zero_point: 25.5", "zero_point: true", "zero_point in .* is True; give a number"),
        ("n_exposures: 3", "n_exposures: 2.5", r"n_exposures in .* is 2\.5; give a whole number"),
        ("n_exposures: 3", "n_exposures: 0", "V has 0 exposures"),
        (
            "exposure_time: 30 min",
            "exposure_time: 1800",
            r"is 1800; give it with a unit, as '1\.5 s'",
        ),
        ("exposure_time: 30 min", "exposure_time: 1 m", "exposure_time in .* is '1 m'"),
        ("exposure_time: 30 min", "exposure_time: long", "exposure_time in .* is 'long'"),
        ("0.05 arcsec", "0.05", "pixel_scale in .* is 0.05; give it with a unit, as '1.5 arcsec'"),
        ("0.05 arcsec", "-1 arcsec", "pass one value, finite and positive"),
        ("read_noise: 4\n", "read_noise: -4\n", "read noise of V is -4"),
        ("name: my camera", "name: 5", "name in .* is 5; give a text"),
        ("  V:", "  606:", "name of a band in .* is 606; give a text"),
        ("throughput: curves/v.ecsv", "throughput: 0.3", "throughput in .* is 0.3; give a text"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_place(described, old, new, message):
    assert old in GOOD
    with pytest.raises(ValueError, match=message):
        Instrument.read(described(GOOD.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "camera.yaml holds None; give name, pixel_scale, bands"),
        ("- a\n- b\n", r"holds \['a', 'b'\]"),
        ("name: [", "camera.yaml is not YAML"),
        ("name: a\npixel_scale: 1 arcsec\nbands:\n", "bands in .* is None; give a mapping"),
        ("name: a\npixel_scale: 1 arcsec\nbands: {V: 1}\n", "band V holds 1; give throughput"),
        ("name: !!python/object/apply:os.getcwd []\n", "is not YAML"),
    ],
)
def test_another_file_is_refused(described, text, message):
    with pytest.raises(ValueError, match=message):
        Instrument.read(described(text))


def test_a_missing_file_or_curve_is_named(described, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nothing\.yaml"):
        Instrument.read(tmp_path / "nothing.yaml")
    with pytest.raises(
        FileNotFoundError, match=r"no throughput .*none\.ecsv .*camera\.yaml, band V"
    ):
        Instrument.read(described(GOOD.replace("v.ecsv", "none.ecsv", 1)))
