"""A network whose answers are known, and small images with blobs for it to find."""

import numpy as np
import pytest
import torch
from astropy import units as u
from astropy.table import QTable
from astropy.wcs import WCS

from clusternet.galaxy import M83
from clusternet.images import MultiBandImage
from clusternet.mocks import MockClusters, ParameterSpace
from clusternet.nn import DenseNetwork, WindowNetwork, write_network
from clusternet.nn.bottleneck import Bottleneck
from clusternet.psf import GaussianPSF

BANDS = ("F336W", "F438W", "F814W")
SCALE = 0.0396


class BlobModel(torch.nn.Module):
    """Finds clusters where the middle of the first band is bright; predicts the same bins."""

    def __init__(self, sizes, bins_of):
        super().__init__()
        self.sizes = sizes
        self.bins_of = bins_of
        self.offset = torch.nn.Parameter(torch.tensor(6.0))

    def forward(self, x):
        logits = {name: torch.zeros(len(x), size) for name, size in self.sizes.items()}
        brightness = 3 * x[:, 0, 30:35, 30:35].mean((1, 2)) - self.offset
        logits["cluster"] = torch.stack([-brightness, brightness], 1)
        for name, index in self.bins_of.items():
            logits[name][:, index] = 30
        return logits


@pytest.fixture(scope="session")
def blob_network():
    """A network of `BlobModel`: age 7.21, A_V 1.05, mass 4.29, size -1.08, visibility 12.6."""
    network = WindowNetwork(BANDS, SCALE * u.arcsec)
    bins = network.bins
    told = {"joint": int(bins.joint_index(7.2, 1.0, 4.3)), "log_r_h": 4, "log_visibility": 10}
    network.model = BlobModel(bins.group_sizes, told)
    return network


@pytest.fixture(scope="session")
def paper_network():
    """The network of the paper with random weights and lively batch norms."""
    torch.manual_seed(3)
    network = WindowNetwork(BANDS, SCALE * u.arcsec)
    for module in network.model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 2)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.1)
        if isinstance(module, Bottleneck):
            module.bn3.weight.data *= 0.3
    with torch.no_grad():
        network.model.groups.weight *= 0.3
    network.model.eval()
    return network


@pytest.fixture(scope="session")
def paper_weights(paper_network, tmp_path_factory):
    """A file with the weights of `paper_network`."""
    path = tmp_path_factory.mktemp("weights") / "random.safetensors"
    write_network(paper_network, path)
    return path


@pytest.fixture(scope="session")
def dense_network():
    """A dense network with random weights that sees a cluster almost anywhere."""
    torch.manual_seed(4)
    network = DenseNetwork(BANDS, SCALE * u.arcsec, (23.46, 24.98, 24.67))
    torch.nn.init.normal_(network.model.maps.weight, std=0.3)
    torch.nn.init.zeros_(network.model.maps.bias)
    return network


@pytest.fixture(scope="session")
def dense_weights(dense_network, tmp_path_factory):
    """A file with the weights of `dense_network`."""
    path = tmp_path_factory.mktemp("weights") / "dense.safetensors"
    write_network(dense_network, path)
    return path


@pytest.fixture(scope="session")
def make_field():
    """Return a function that makes an image of noise with round blobs at (x, y)."""

    def make(shape=(96, 104), blobs=(), bands=BANDS, scale=SCALE, spoil=None):
        y, x = np.mgrid[: shape[0], : shape[1]]
        data = np.random.default_rng(5).normal(0, 0.1, (len(bands), *shape))
        for x0, y0 in blobs:
            data += 3 * np.exp(-((x - x0) ** 2 + (y - y0) ** 2) / 8)
        if spoil is not None:
            spoil(data)
        wcs = WCS(naxis=2)
        wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
        wcs.wcs.crval, wcs.wcs.crpix = (204.25, -29.87), (50.5, 40.5)
        wcs.wcs.cdelt = [-scale / 3600, scale / 3600]
        return MultiBandImage(data, bands, wcs)

    return make


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


@pytest.fixture(scope="session")
def mocks():
    small = ParameterSpace(log_mass=(3.5, 4.0), log_age=(7.0, 8.0, 0.5), a_v=(0.0, 0.5, 0.1))
    return MockClusters(psf=GaussianPSF(0.08 * u.arcsec), parameters=small)


@pytest.fixture(scope="session")
def make_empty(mocks):
    """Return a function that makes an image of sky and noise, without clusters."""

    def make(shape=(300, 340), mask=None, bands=mocks.instrument.bands,
             scale=SCALE * u.arcsec):
        pixels = np.random.default_rng(5).normal(0.02, 0.01, (len(bands), *shape))
        return MultiBandImage(pixels, bands, M83.wcs(shape, scale), mask=mask)

    return make


@pytest.fixture(scope="session")
def empty(make_empty):
    return make_empty()
