"""Mock clusters through a Gaussian PSF, which is made at once."""

import pytest
from astropy import units as u

from clusternet.mocks import MockClusters
from clusternet.psf import GaussianPSF


@pytest.fixture(scope="session")
def mocks():
    return MockClusters(psf=GaussianPSF(0.08 * u.arcsec))
