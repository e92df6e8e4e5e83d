"""Value maps hold one NDData a quantity, and survive a file."""

import numpy as np
import pytest
from astropy import units as u
from astropy.nddata import NDData
from astropy.wcs import WCS

from clusternet.detection import ValueMaps


@pytest.fixture
def wcs():
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval = (204.2537917123456, -29.8657611)
    wcs.wcs.cdelt = [-1.1e-5, 1.1e-5]
    return wcs


@pytest.fixture
def maps(wcs):
    values = np.random.default_rng(1).uniform(size=(2, 6, 5)).astype(np.float32)
    values[:, 0, 0] = np.nan
    return ValueMaps({"class_cb": values[0], "a_v": values[1], "flags": np.ones((6, 5))}, wcs,
                     meta={"step": 1, "bands": ["F336W"]})


def test_a_map_is_nddata_with_the_sky_and_a_unit(maps, wcs):
    assert isinstance(maps["a_v"], NDData)
    assert maps["a_v"].unit == u.mag
    assert maps["class_cb"].unit is None
    assert "Extinction" in maps["a_v"].meta["description"]
    assert maps["a_v"].wcs.wcs.compare(wcs.wcs)
    assert np.argwhere(maps["a_v"].mask).tolist() == [[0, 0]]


def test_maps_are_a_mapping_in_the_order_of_the_schema(maps):
    assert list(maps) == ["class_cb", "a_v", "flags"]
    assert maps.shape == (6, 5)
    with pytest.raises(KeyError, match=r"log_age.*class_cb, a_v, flags"):
        maps["log_age"]


def test_maps_survive_a_file(maps, tmp_path):
    maps.write(tmp_path / "maps.fits")
    read = ValueMaps.read(tmp_path / "maps.fits")
    assert list(read) == list(maps)
    for name in maps:
        np.testing.assert_array_equal(read[name].data, maps[name].data)
        assert read[name].data.dtype == maps[name].data.dtype
        assert read[name].unit == maps[name].unit
    assert read.meta == maps.meta
    sky, expected = (m.wcs.pixel_to_world(4, 5) for m in (read, maps))
    assert sky.separation(expected) < 1e-9 * u.arcsec


def test_equal_maps_make_equal_files(maps, tmp_path):
    for name in ("a.fits", "b.fits"):
        maps.write(tmp_path / name)
    assert (tmp_path / "a.fits").read_bytes() == (tmp_path / "b.fits").read_bytes()


def test_writing_to_a_missing_folder_leaves_nothing_behind(maps, tmp_path):
    with pytest.raises(OSError, match="no folder"):
        maps.write(tmp_path / "missing" / "maps.fits")
    assert not list(tmp_path.iterdir())


def test_a_file_of_something_else_is_refused(make_field, tmp_path):
    make_field().write(tmp_path / "image.fits")
    with pytest.raises(ValueError, match="holds no value maps"):
        ValueMaps.read(tmp_path / "image.fits")


@pytest.mark.parametrize(("arrays", "message"), [
    ({"a_v": np.ones((3, 3))}, "class_cb is needed"),
    ({"class_cb": np.ones((3, 3)), "colour": np.ones((3, 3))}, "value maps of class_cb, colour"),
    ({"class_cb": np.ones((3, 3)), "a_v": np.ones((3, 4))}, r"a_v has shape \(3, 4\)"),
    ({"class_cb": np.ones(3)}, r"class_cb has shape \(3,\)")])
def test_maps_that_make_no_sense_are_refused(arrays, message, wcs):
    with pytest.raises(ValueError, match=message):
        ValueMaps(arrays, wcs)
