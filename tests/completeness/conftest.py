"""Small clusters through a Gaussian PSF, and a noisy field to put them into."""

import numpy as np
import pytest
from astropy import units as u
from astropy.table import QTable

from clusternet.galaxy import M83
from clusternet.images import MultiBandImage
from clusternet.mocks import MockClusters, ParameterSpace
from clusternet.psf import GaussianPSF

SCALE = 0.0396 * u.arcsec


@pytest.fixture(scope="session")
def mocks():
    small = ParameterSpace(log_mass=(3.5, 4.0), log_age=(7.0, 8.0, 0.5), a_v=(0.0, 0.5, 0.1))
    return MockClusters(psf=GaussianPSF(0.08 * u.arcsec), parameters=small)


@pytest.fixture(scope="session")
def make_empty(mocks):
    """Return a function that makes an image of sky and noise, without clusters."""

    def make(shape=(300, 340), mask=None, bands=mocks.instrument.band_names, scale=SCALE):
        pixels = np.random.default_rng(5).normal(0.02, 0.01, (len(bands), *shape))
        return MultiBandImage(pixels, bands, M83.wcs(shape, scale), mask=mask)

    return make


@pytest.fixture(scope="session")
def empty(make_empty):
    return make_empty()


@pytest.fixture
def matched():
    """Eight clusters, six of them found; errors of age 0.1, of extinction -0.2 mag."""
    n = 8
    table = QTable({"found": np.arange(n) < 6, "log_age": np.linspace(7, 9, n),
                    "log_mass": np.linspace(3.6, 5.4, n), "a_v": np.linspace(0, 3, n) * u.mag,
                    "visibility": np.geomspace(0.5, 60, n)})
    table["separation"] = np.where(table["found"], np.arange(n) / 4, np.nan)
    table["log_age_found"] = np.where(table["found"], table["log_age"] + 0.1, np.nan)
    table["a_v_found"] = np.where(table["found"], table["a_v"].value - 0.2, np.nan) * u.mag
    return table
