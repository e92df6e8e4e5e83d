"""Visibility is the flux of a cluster in an aperture over the scatter of its background."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusternet.instruments import wfc3_uvis
from clusternet.mocks import visibility
from clusternet.mocks.visibilities import APERTURE_RADIUS

RNG = np.random.default_rng(1)
CLUSTER = RNG.gamma(1.0, size=(4, 3, 64, 64))
BACKGROUND = RNG.normal(5.0, [[[0.5]], [[1.0]], [[2.0]]], (4, 3, 64, 64))


def test_it_is_the_mean_over_bands_of_flux_per_aperture_over_standard_deviation():
    expected = np.mean(
        [
            [c.sum() / (np.pi * 10**2) / b.std() for c, b in zip(cs, bs, strict=True)]
            for cs, bs in zip(CLUSTER, BACKGROUND, strict=True)
        ],
        axis=1,
    )
    np.testing.assert_allclose(visibility(CLUSTER, BACKGROUND), expected)
    assert visibility(CLUSTER[0], BACKGROUND[0]) == pytest.approx(expected[0])


@given(st.floats(1e-3, 1e3), st.floats(1e-3, 1e3), st.floats(-10, 10))
def test_it_follows_the_flux_and_the_scatter_and_ignores_the_level(flux, scatter, level):
    found = visibility(flux * CLUSTER[0], scatter * BACKGROUND[0] + level)
    assert found == pytest.approx(visibility(CLUSTER[0], BACKGROUND[0]) * flux / scatter)


def test_its_range_is_that_of_the_paper():
    # The faintest cluster of Table 1 on a rough background, a bright one on a smooth one.
    band = wfc3_uvis()["F438W"]
    area = np.pi * APERTURE_RADIUS**2
    assert band.flux(23.5) / area / 0.1 == pytest.approx(0.12, abs=0.01)
    assert band.flux(16.5) / area / 0.01 == pytest.approx(790, abs=50)
