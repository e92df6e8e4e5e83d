"""A cluster is its parameters and its stars."""

import astropy.units as u
import numpy as np
import pytest

from clusternet.mocks import MockClusters
from clusternet.psf import GaussianPSF

ROW = {"log_age": 8.0, "log_mass": 4.5, "a_v": 0.2, "log_r_h": -1.0}


@pytest.fixture(scope="module")
def mocks():
    return MockClusters(psf=GaussianPSF(0.08 * u.arcsec))


def test_a_cluster_keeps_its_parameters_and_nothing_else(mocks):
    cluster = mocks.build({**ROW, "x": 3.0}, rng=1)
    assert cluster.parameters == ROW
    assert len(cluster.stars.flux) == len(cluster.offsets)


def test_magnitudes_are_those_of_all_its_light(mocks):
    cluster = mocks.build(ROW, rng=1)
    found = cluster.magnitudes(mocks.instrument)
    assert list(found) == ["mag_F336W", "mag_F438W", "mag_F814W"]
    light = mocks.render([cluster], [256.0], [256.0], (512, 512))[0].sum((1, 2))
    # A few per cent of the stars are in the halo, outside the image.
    np.testing.assert_allclose(mocks.instrument.magnitudes(light), list(found.values()), atol=0.05)


def test_a_cluster_that_is_too_faint_is_none(mocks):
    brightest = list(mocks.build(ROW, rng=1).magnitudes(mocks.instrument).values())
    assert mocks.build(ROW, rng=1, magnitude_limits=np.add(brightest, 0.1)) is not None
    assert mocks.build(ROW, rng=1, magnitude_limits=np.subtract(brightest, 0.1)) is None
