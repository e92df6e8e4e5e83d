"""What a multi-band image is and gives."""

import copy
import pickle

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.nddata import NDData
from astropy.wcs import WCS
from hypothesis import given
from hypothesis import strategies as st

from clusternet.images import MultiBandImage, tiles
from clusternet.images.tiling import placed

BANDS = ("F336W", "F438W", "F814W")


def test_image_is_nddata_in_electrons_per_second(image):
    assert isinstance(image, NDData)
    assert image.unit == u.electron / u.s
    assert image.bands == BANDS
    assert image.shape == (3, 80, 100)
    assert image.data.dtype == np.float32
    assert u.isclose(image.pixel_scale, 0.0396 * u.arcsec)


def test_pixels_that_are_not_finite_are_masked_and_keep_their_values(image):
    assert [tuple(int(i) for i in where) for where in np.argwhere(image.mask)] == [
        (0, 3, 4), (1, 5, 6), (2, 7, 8)
    ]
    assert np.isnan(image.data[0, 3, 4])


def test_building_an_image_neither_copies_nor_changes_its_input(pixels, make_wcs):
    mask = np.zeros(pixels.shape[1:], dtype=bool)
    mask[0, 0] = True
    wcs = make_wcs()
    image = MultiBandImage(pixels, BANDS, wcs, mask=mask)
    assert np.shares_memory(image.data, pixels)
    assert image.mask[:, 0, 0].all()
    assert mask.sum() == 1
    assert wcs.array_shape is None


def test_filled_replaces_masked_pixels_only(image):
    filled = image.filled(-1.0)
    assert np.all(filled[image.mask] == -1)
    assert np.all(filled[~image.mask] == image.data[~image.mask])
    assert filled.dtype == np.float32


@pytest.mark.parametrize(("unit", "factor"), [("electron / min", 1 / 60), ("2 electron / s", 2)])
def test_other_rates_of_electrons_are_converted(pixels, make_wcs, unit, factor):
    plain = MultiBandImage(pixels, BANDS, make_wcs(), unit=unit)
    quantity = MultiBandImage(pixels * u.Unit(unit), BANDS, make_wcs())
    assert np.allclose(plain.data, factor * pixels)
    assert np.array_equal(plain.data, quantity.data)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": np.ones((2, 80, 100))}, r"shape \(2, 80, 100\) for 3 bands"),
        ({"data": np.ones((80, 100))}, "one image per band"),
        ({"data": np.ones((3, 0, 100))}, "one image per band"),
        ({"data": np.ma.ones((3, 80, 100))}, "pass its data and its mask apart"),
        ({"bands": ("F336W", "F438W", "F336W")}, "bands F336W, F438W, F336W recur"),
        ({"wcs": None}, "no celestial WCS"),
        ({"wcs": WCS(naxis=2)}, "no celestial WCS"),
        ({"mask": np.zeros((3, 80, 99))}, r"mask of shape \(3, 80, 99\) does not fit"),
        ({"unit": "mJy"}, r"not electron / s.*pass unit="),
        ({"data": np.full((3, 80, 100), np.nan)}, "band F336W has no good pixel: all are NaN"),
        ({"mask": np.ones((80, 100))}, "band F336W has no good pixel"),
    ],
)
def test_what_makes_no_image_is_a_clear_error(pixels, make_wcs, change, message):
    arguments = {"data": pixels, "bands": BANDS, "wcs": make_wcs(), **change}
    with pytest.raises(ValueError, match=message):
        MultiBandImage(**arguments)


def test_bands_can_be_picked_and_put_in_order(image):
    chosen = image.select(("F814W", "F336W"))
    assert chosen.bands == ("F814W", "F336W")
    assert np.array_equal(chosen.data, image.data[[2, 0]], equal_nan=True)
    assert np.array_equal(chosen.mask, image.mask[[2, 0]])
    assert np.shares_memory(image.select(BANDS).data, image.data)


def test_missing_band_names_what_there_is(image):
    with pytest.raises(ValueError, match=r"no F275W, F555W in the image \(has F336W, F438W, F814W"):
        image.select(["F275W", "F336W", "F555W"])


def test_window_has_its_centre_at_half_its_size(image):
    part = image.cutout((50.4, 39.6), 64)
    assert part.shape == (3, 64, 64)
    assert np.array_equal(part.data[:, 32, 32], image.data[:, 40, 50])
    assert np.shares_memory(part.data, image.data)


def test_cutout_keeps_its_place_on_the_sky(image):
    x, y = 60.25, 30.75
    part = image.cutout((x, y), (20, 30))
    sky = image.wcs.pixel_to_world(x, y)
    assert np.allclose(part.wcs.world_to_pixel(sky), (x - 45, y - 21), atol=1e-6)
    same = image.cutout(sky, (20 * 0.0396, 30 * 0.0396) * u.arcsec)
    assert np.array_equal(same.data, part.data, equal_nan=True)
    assert part.wcs.array_shape == (20, 30)


def test_cutout_beyond_the_image_is_an_error_or_filled(image):
    with pytest.raises(ValueError, match=r"64 x 64 px .* beyond the image of 100 x 80 px.*fill"):
        image.cutout((10, 10), 64)
    part = image.cutout((10, 10), 64, fill=True)
    assert np.array_equal(part.data[:, 22:, 22:], image.data[:, :42, :42], equal_nan=True)
    assert part.mask[:, :22].all()
    assert part.mask[:, :, :22].all()
    sky = image.wcs.pixel_to_world(10, 10)
    assert np.allclose(part.wcs.world_to_pixel(sky), (32, 32), atol=1e-6)
    assert image.cutout((-500, 900), 8, fill=True).mask.all()


@pytest.mark.parametrize("position", [(np.nan, 3), SkyCoord(24.25, 29.87, unit="deg")])
def test_cutout_where_there_is_no_image_is_an_error(image, position):
    with pytest.raises(ValueError, match="does not lie on the image"):
        image.cutout(position, 4)


def test_cutout_without_pixels_is_an_error(image):
    with pytest.raises(ValueError, match="size 0 holds no pixel"):
        image.cutout((10, 10), 0)


def test_wholly_masked_part_is_allowed(image):
    assert image.cutout((8, 7), 1).select("F814W").mask.all()


def test_pixel_scale_is_checked_to_a_tolerance(image, make_wcs, pixels):
    image.check_pixel_scale(0.0396 * u.arcsec)
    image.check_pixel_scale(0.041 * u.arcsec)
    with pytest.raises(ValueError, match=r"0\.0396 x 0\.0396 arcsec.* 0\.05 arcsec .* 5 %"):
        image.check_pixel_scale(0.05 * u.arcsec)
    oblong = make_wcs()
    oblong.wcs.cd = np.diag([-1.2e-5, 1.1e-5 * 1.1 / 1.2])
    with pytest.raises(ValueError, match="expected"):
        MultiBandImage(pixels, BANDS, oblong).check_pixel_scale(0.0396 * u.arcsec)


def test_image_smaller_than_a_window_is_an_error(image):
    image.check_size(80)
    with pytest.raises(ValueError, match="100 x 80 px is smaller than a window of 81 x 81 px"):
        image.check_size(81)


@pytest.mark.parametrize("remake", [copy.deepcopy, lambda i: pickle.loads(pickle.dumps(i))])
def test_images_can_be_sent_to_another_process(image, remake):
    again = remake(image)
    assert again.bands == image.bands
    assert np.array_equal(again.data, image.data, equal_nan=True)
    assert np.array_equal(again.mask, image.mask)


def test_repr_says_what_it_is_in_a_line(image):
    assert repr(image) == str(image)
    assert repr(image) == (
        "MultiBandImage(F336W, F438W, F814W; 100 x 80 px of 0.0396 arcsec; 3 masked)"
    )


@given(
    shape=st.tuples(st.integers(1, 30), st.integers(1, 30)),
    size=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    halo=st.integers(0, 9),
)
def test_cores_fill_the_image_once_and_halos_reach_as_far_as_they_can(shape, size, halo):
    count = np.zeros(shape, dtype=int)
    index = np.arange(count.size).reshape(shape)
    for tile in tiles(shape, size, halo):
        count[tile.core] += 1
        assert np.array_equal(index[tile.padded][tile.inner], index[tile.core])
        for core, padded, n in zip(tile.core, tile.padded, shape, strict=True):
            assert padded.start == max(core.start - halo, 0)
            assert padded.stop == min(core.stop + halo, n)
    assert np.all(count == 1)


def test_tiles_of_an_image(image):
    assert len(list(image.tiles(64, halo=32))) == 4
    with pytest.raises(ValueError, match="hold no pixel"):
        next(image.tiles(0))
    with pytest.raises(ValueError, match="halo = -1 px is negative"):
        next(image.tiles(8, halo=-1))


@given(
    start=st.integers(-20, 20), size=st.integers(1, 15), n=st.integers(1, 15)
)
def test_shared_pixels_are_those_of_both(start, size, n):
    (source,), (target,) = placed((start,), (size,), (n,))
    rectangle = np.arange(start, start + size)
    shared = np.intersect1d(rectangle, np.arange(n))
    assert np.array_equal(np.arange(n)[source], shared)
    assert np.array_equal(rectangle[target], shared)
