"""The windows of an image: which there are, and what is in them."""

import numpy as np
import pytest

from clusternet.images import ImageWindows, tiles


def strip_of(image, **options):
    windows = ImageWindows(image, 64, **options)
    return windows, windows.strip(0, image.shape[1])


def test_a_window_has_its_centre_at_pixel_32(make_field):
    image = make_field()
    windows, strip = strip_of(image)
    assert (windows.y_range, windows.x_range) == (range(32, 65), range(32, 73))
    y, x = np.array([32, 64, 40]), np.array([32, 72, 51])
    taken = strip(y, x)
    for window, row, column in zip(taken, y, x, strict=True):
        part = image.data[:, row - 32:row + 32, column - 32:column + 32]
        np.testing.assert_array_equal(np.moveaxis(window, -1, 0), part)


@pytest.mark.parametrize("size", [13, 32, 50])
def test_windows_do_not_depend_on_the_patch_they_are_in(make_field, size):
    def spoil(data):
        data[1, 60:66, 50:53] = np.nan
        data[0, 30:80, 99:] = np.nan
        data[2, :90, :40] = 0.25

    image = make_field((130, 121), spoil=spoil)
    windows, whole = strip_of(image)
    usable, masked = np.zeros((2, *windows.shape), bool)
    for tile in tiles(windows.shape, size):
        patch = windows.patch(*tile.core)
        usable[tile.core], masked[tile.core] = patch.usable, patch.masked
        y, x = (part[:40] for part in np.nonzero(patch.usable))
        y, x = y + patch.rows.start, x + patch.columns.start
        assert patch.can_take(y, x).all()
        if len(y):
            np.testing.assert_array_equal(patch(y, x), whole(y, x))
    np.testing.assert_array_equal(usable[32:99], whole.usable)
    np.testing.assert_array_equal(masked[32:99], whole.masked)
    assert not usable[:32].any()
    assert not usable[99:].any()


def test_nothing_can_be_taken_beyond_a_patch(make_field):
    windows, _ = strip_of(make_field())
    patch = windows.patch(slice(30, 40), slice(70, 104))
    y, x = np.array([31, 32, 39, 40, 35, 35]), np.array([70, 70, 72, 70, 69, 73])
    assert patch.can_take(y, x).tolist() == [False, True, True, False, False, False]
    assert not windows.patch(slice(0, 20), slice(0, 104)).usable.any()


def test_masked_pixels_take_the_median_of_the_good_ones_near_by(make_field):
    def spoil(data):
        data[2] += np.arange(data.shape[2])
        data[2, 50:53, 50:53] = np.nan

    image = make_field(spoil=spoil)
    _, strip = strip_of(image)
    near = image.data[2, 0:96, 0:96]
    window = strip(np.array([51]), np.array([51]))[0, :, :, 2]
    np.testing.assert_allclose(window[31:34, 31:34], np.nanmedian(near))
    assert np.isfinite(window).all()


def test_windows_with_masked_pixels_are_found(make_field):
    def spoil(data):
        data[0, 10, 10] = np.nan

    _, strip = strip_of(make_field(spoil=spoil))
    assert strip.usable[:, 32:73].all()
    assert strip.masked[:11, 32:43].all()
    assert strip.masked.sum() == 11 * 11


def test_windows_with_too_many_masked_pixels_cannot_be_used(make_field):
    def spoil(data):
        data[1, :, :20] = np.nan

    image = make_field(spoil=spoil)
    # A window around column x holds 52 - x masked columns of 64.
    for max_masked, first in ((0, 52), (0.1, 46), (0.25, 36)):
        _, strip = strip_of(image, max_masked=max_masked)
        assert np.flatnonzero(strip.usable.any(axis=0))[0] == first


def test_windows_in_which_a_band_is_constant_cannot_be_used(make_field):
    def spoil(data):
        data[1, :, :70] = 0.25

    _, strip = strip_of(make_field(spoil=spoil))
    # The window around column 39 reaches to column 70.
    assert np.flatnonzero(strip.usable.any(axis=0))[0] == 39


def test_nothing_can_be_taken_beyond_the_image(make_field):
    _, strip = strip_of(make_field())
    y, x = np.array([31, 32, 64, 65, 40, 40]), np.array([40, 40, 40, 40, 31, 500])
    assert strip.can_take(y, x).tolist() == [False, True, True, False, False, False]


def test_images_smaller_than_a_window_are_refused(make_field):
    with pytest.raises(ValueError, match=r"104 x 63 px is smaller than a window of 64 x 64"):
        ImageWindows(make_field((63, 104)), 64)


def test_a_window_may_have_a_quarter_of_its_pixels_masked_at_most(make_field):
    with pytest.raises(ValueError, match=r"max_masked is 0\.3"):
        ImageWindows(make_field(), 64, max_masked=0.3)
