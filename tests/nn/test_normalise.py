"""The window normaliser: what it makes of any window, and what it leaves alone."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from clusternet.nn import WindowNormaliser

WINDOWS = torch.from_numpy(
    np.random.default_rng(1).gamma(0.4, size=(3, 2, 64, 64)).astype(np.float32))


@given(st.floats(0.1, 10))
def test_before_the_arcsinh_every_band_has_mean_zero_and_standard_deviation_one(softening):
    scaled = torch.sinh(WindowNormaliser(softening)(WINDOWS)) * softening
    np.testing.assert_allclose(scaled.mean((2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std((2, 3), correction=0), 1, rtol=1e-4)


@settings(max_examples=30)
@given(st.floats(1e-3, 1e3), st.floats(-1, 1))
def test_unit_and_level_do_not_matter(scale, level):
    normaliser = WindowNormaliser()
    np.testing.assert_allclose(normaliser(scale * (WINDOWS + level)), normaliser(WINDOWS),
                               atol=1e-3)


def test_windows_and_bands_are_scaled_one_by_one():
    whole = WindowNormaliser()(WINDOWS)
    for i in range(3):
        for b in range(2):
            alone = WindowNormaliser()(WINDOWS[i:i + 1, b:b + 1])
            np.testing.assert_allclose(whole[i:i + 1, b:b + 1], alone, atol=1e-6)


def test_the_order_of_pixels_is_kept():
    whole = WindowNormaliser()(WINDOWS)
    order = WINDOWS[0, 0].flatten().argsort()
    assert torch.all(whole[0, 0].flatten()[order].diff() >= 0)


@pytest.mark.parametrize("value", [0.0, 1.0, 0.1, 123.456, -2.0])
def test_a_band_without_variation_stays_without_and_finite(value):
    windows = WINDOWS.clone()
    windows[1, 0] = value
    normalised = WindowNormaliser()(windows)
    assert torch.isfinite(normalised).all()
    assert normalised[1, 0].unique().numel() == 1
    assert normalised[1, 0].abs().max() < 0.89
    np.testing.assert_allclose(normalised[1, 1], WindowNormaliser()(WINDOWS)[1, 1])


def test_softening_is_where_it_turns_logarithmic():
    hard, soft = (WindowNormaliser(s)(WINDOWS).max() for s in (0.1, 10.0))
    assert hard > soft
    small = WindowNormaliser(100.0)(WINDOWS) * 100
    plain = (WINDOWS - WINDOWS.mean((2, 3), keepdim=True)) / WINDOWS.std(
        (2, 3), correction=0, keepdim=True)
    np.testing.assert_allclose(small, plain, rtol=1e-2, atol=1e-4)


def test_memory_format_and_shape_stay():
    windows = WINDOWS.contiguous(memory_format=torch.channels_last)
    normalised = WindowNormaliser()(windows)
    assert normalised.shape == windows.shape
    np.testing.assert_allclose(normalised, WindowNormaliser()(WINDOWS), atol=1e-6)


@pytest.mark.parametrize("softening", [0.0, -1.0, float("nan")])
def test_softening_must_be_positive(softening):
    with pytest.raises(ValueError, match=r"softening is .* must be positive"):
        WindowNormaliser(softening)
