"""Background windows come from every usable place of an image, and from no other."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusternet.mocks import BackgroundSampler


def numbered(ny, nx, n_bands=2):
    """An image whose pixel values tell their place."""
    plane = 1.0 + np.arange(ny * nx).reshape(ny, nx)
    return np.stack([plane + 0.25 * band for band in range(n_bands)])


def corners(windows, nx):
    """Rows and columns of the first pixels of windows from a `numbered` image."""
    return np.divmod(windows[:, 0, 0, 0].astype(int) - 1, nx)


def test_windows_are_parts_of_the_image():
    image = numbered(90, 100)
    windows = BackgroundSampler(image, size=16).draw(50, rng=1)
    assert windows.dtype == np.float32
    for window, y, x in zip(windows, *corners(windows, 100), strict=True):
        np.testing.assert_array_equal(window, image[:, y:y + 16, x:x + 16])


def test_every_place_is_as_likely_as_any_other():
    windows = BackgroundSampler(numbered(10, 11), size=8).draw(6000, rng=2)
    y, x = corners(windows, 11)
    counts = np.bincount(y * 4 + x, minlength=12)
    assert np.all(np.abs(counts - 500) < 5 * np.sqrt(500))


def test_larger_images_give_more_windows():
    small, large = numbered(12, 12), -numbered(12, 42)
    windows = BackgroundSampler([small, large], size=10).draw(4000, rng=3)
    # 3 x 3 places and 3 x 33.
    assert np.mean(windows[:, 0, 0, 0] < 0) == pytest.approx(33 / 36, abs=0.02)


@settings(max_examples=30)
@given(st.sampled_from(["mask", "nan", "infinite", "blank"]), st.integers(0, 29),
       st.integers(0, 39), st.integers(1, 8), st.integers(0, 1000))
def test_no_window_touches_a_bad_pixel(kind, y, x, extent, seed):
    image, mask = numbered(30, 40), np.zeros((30, 40), dtype=bool)
    bad = slice(y, y + extent), slice(x, x + extent)
    if kind == "mask":
        mask[bad] = True
    elif kind == "nan":
        image[1][bad] = np.nan
    elif kind == "infinite":
        image[0][bad] = np.inf
    else:
        image[:, *bad] = 0
    windows = BackgroundSampler(image, mask, size=8).draw(60, rng=seed)
    assert np.isfinite(windows).all()
    spoilt = np.zeros((30, 40), dtype=bool)
    spoilt[bad] = True
    for row, column in zip(*corners(windows, 40), strict=True):
        assert not spoilt[row:row + 8, column:column + 8].any()


def test_zero_in_one_band_is_no_blank():
    image = numbered(16, 16)
    image[0] = 0
    assert BackgroundSampler(image, size=16).draw(1).shape == (1, 2, 16, 16)


def test_bad_pixels_are_filled_with_the_median_of_the_good_ones():
    image = numbered(16, 16)
    image[1, 3, 5] = np.nan
    window = BackgroundSampler(image, size=16, max_bad=0.01).draw(1)[0]
    good = np.ones((16, 16), dtype=bool)
    good[3, 5] = False
    np.testing.assert_array_equal(window[:, good], image[:, good])
    np.testing.assert_array_equal(window[:, 3, 5], np.median(image[:, good], axis=1))


def test_a_window_without_any_good_pixel_is_never_used():
    image = numbered(16, 32)
    image[:, :, :16] = np.nan
    windows = BackgroundSampler(image, size=16, max_bad=1.0).draw(200, rng=4)
    assert np.isfinite(windows).all()


def test_one_seed_gives_the_same_windows():
    sampler = BackgroundSampler([numbered(30, 30), numbered(40, 30)], size=16)
    np.testing.assert_array_equal(sampler.draw(9, rng=5), sampler.draw(9, rng=5))
    assert not np.array_equal(sampler.draw(9, rng=5), sampler.draw(9, rng=6))


def test_the_image_itself_stays_as_it_was():
    image = numbered(20, 20)
    image[0, 0, 0] = np.nan
    before = image.copy()
    BackgroundSampler(image, size=16, max_bad=0.1).draw(20, rng=7)
    np.testing.assert_array_equal(image, before)


def test_an_image_smaller_than_a_window_is_refused():
    with pytest.raises(ValueError, match="image 1 of 63 x 70 pixels is smaller than a window of"):
        BackgroundSampler([numbered(64, 64), numbered(70, 63)])


def test_an_image_without_a_usable_window_is_refused():
    image = numbered(80, 80)
    image[0, 40, 40] = np.nan
    with pytest.raises(ValueError, match="image 0 has no window of 64 pixels with at most 0% bad"):
        BackgroundSampler(image)
    BackgroundSampler(image, max_bad=0.001)


def test_an_image_without_a_band_axis_is_refused():
    with pytest.raises(ValueError, match=r"image 0 has shape \(80, 80\); expected \(band, y, x\)"):
        BackgroundSampler([np.ones((80, 80))])
