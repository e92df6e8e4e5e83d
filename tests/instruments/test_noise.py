"""Photon and read noise are those of counted electrons."""

import numpy as np
import pytest

from clusternet.instruments import noise_std


def test_noise_is_that_of_counted_electrons():
    rng = np.random.default_rng(1)
    rate, time, read = 0.4, 500.0, 6.0
    counted = rng.poisson(rate * time, 200_000) + rng.normal(0, read, 200_000)
    assert noise_std(rate, time, read) == pytest.approx((counted / time).std(), rel=0.01)


def test_each_band_has_its_exposure_and_negative_rates_have_read_noise_only():
    time = np.array([100.0, 400.0])[:, None, None]
    found = noise_std(np.full((3, 2, 4, 4), [[[1.0]], [[-1.0]]]), time, 8.0)
    np.testing.assert_allclose(found[:, 0], np.hypot(0.1, 0.08))
    np.testing.assert_allclose(found[:, 1], 0.02)


@pytest.mark.parametrize("read", [0.0, np.zeros(3, dtype=np.float32)])
def test_single_precision_stays(read):
    time = np.ones(3, dtype=np.float32)
    assert noise_std(np.ones(3, dtype=np.float32), time, read).dtype == np.float32
