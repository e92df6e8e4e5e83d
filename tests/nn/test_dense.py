"""The dense network: what it gives has the right shape, place and value, folded or not."""

import pickle

import numpy as np
import pytest
import torch
from astropy import units as u
from hypothesis import given, settings
from hypothesis import strategies as st

from clusternet.nn import (
    DenseClusterNet,
    DenseEngine,
    DenseNetwork,
    NetworkMetadata,
    WindowEngine,
    load_network,
    write_network,
)
from clusternet.nn.dense.net import peak_crops
from clusternet.posterior import ParameterBins

BANDS, ZERO_POINTS = ("F336W", "F438W", "F814W"), (23.46, 24.98, 24.67)


@pytest.fixture(scope="module")
def network():
    """Return a network with random weights whose batch norms do something."""
    torch.manual_seed(3)
    network = DenseNetwork(BANDS, 0.0396 * u.arcsec, ZERO_POINTS,
                           metadata=NetworkMetadata({"name": "test"}))
    for module in network.model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.0)
            torch.nn.init.normal_(module.bias, std=0.1)
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 2)
    torch.nn.init.normal_(network.model.maps.weight, std=0.3)
    network.model.eval()
    return network


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(0).gamma(0.3, 0.2, (3, 96, 128)).astype(np.float32)


def plain(network, pixels):
    with torch.inference_mode():
        features, logit, offset = network.model(network.normaliser(torch.from_numpy(pixels)[None]))
        return features, logit[0].sigmoid().numpy(), offset[0].numpy()


def test_it_is_a_resnet50_of_the_papers_widths():
    model = DenseClusterNet(ParameterBins().group_sizes)
    stages = [getattr(model, f"conv{i}_x") for i in (2, 3, 4, 5)]
    assert [len(stage) for stage in stages] == [3, 4, 6, 3]
    assert [stage[-1].conv3.out_channels for stage in stages] == [128, 256, 512, 1024]


def test_maps_have_the_size_of_the_image(network, pixels):
    features, class_cb, offset = plain(network, pixels)
    assert features.shape == (1, 64, 48, 64)
    assert class_cb.shape == (96, 128)
    assert offset.shape == (2, 48, 64)


def test_the_four_classes_of_a_cell_lie_where_its_pixels_lie():
    model = DenseClusterNet({"cluster": 2}).eval()
    torch.nn.init.zeros_(model.maps.weight)
    with torch.no_grad():
        model.maps.bias[:4] = torch.tensor([1.0, 2.0, 3.0, 4.0])
        _, logit, _ = model(torch.zeros(1, 3, 32, 32))
    assert torch.equal(logit[0, :2, :2], torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    assert torch.equal(logit[0, 30:, 30:], torch.tensor([[1.0, 2.0], [3.0, 4.0]]))


@given(st.integers(0, 31), st.integers(0, 47), st.integers(0, 1))
@settings(max_examples=30, deadline=None)
def test_crops_are_centred_on_the_cell_of_their_pixel(y, x, image):
    features = torch.arange(2 * 16 * 24, dtype=torch.float32).reshape(2, 1, 16, 24) + 1
    crop = peak_crops(features, *(torch.tensor([v]) for v in (image, y, x)))
    assert crop.shape == (1, 1, 16, 16)
    assert crop[0, 0, 8, 8] == features[image, 0, y // 2, x // 2]
    inside = max(0, 8 - y // 2)  # rows beyond the image
    assert (crop[0, 0, :inside] == 0).all()
    assert (crop[0, 0, inside, 8] > 0).all()


def test_folding_changes_nothing(network, pixels):
    engine = DenseEngine(network, precision="float32", device="cpu")
    features, class_cb, offset = plain(network, pixels)
    maps = engine(pixels)
    np.testing.assert_allclose(maps.class_cb, class_cb, atol=2e-6)
    np.testing.assert_allclose(maps.offset, offset, rtol=1e-4, atol=1e-4)
    y, x = [0, 40, 95], [127, 63, 5]
    with torch.inference_mode():
        logits = network.model.describe(features, torch.zeros(3, dtype=int), torch.tensor(y),
                                        torch.tensor(x))
    found = engine.describe(maps, y, x)
    assert list(found) == ["joint", "log_r_h", "cluster", "log_visibility"]
    for name, values in found.items():
        np.testing.assert_allclose(values, logits[name].softmax(1).numpy(), atol=2e-6)


def test_bfloat16_is_close(network, pixels):
    exact, fast = (DenseEngine(network, precision=p, device="cpu")(pixels)
                   for p in ("float32", "bfloat16"))
    assert 0 < np.abs(fast.class_cb - exact.class_cb).max() < 0.02


def test_peaks_are_described_alike_in_any_number(network, pixels):
    engine = DenseEngine(network, precision="float32", device="cpu")
    maps = engine(pixels)
    y, x = np.random.default_rng(1).integers(0, 96, (2, 70))
    together = engine.describe(maps, y, x)
    alone = engine.describe(maps, y[66:67], x[66:67])
    for name, values in together.items():
        np.testing.assert_allclose(values[66:67], alone[name], atol=1e-6)
    assert engine.describe(maps, [], [])["joint"].shape == (0, 2800)


def test_an_engine_can_be_sent_to_another_process(network, pixels):
    engine = DenseEngine(network, precision="float32", device="cpu")
    again = pickle.loads(pickle.dumps(engine))
    assert again.fingerprint == engine.fingerprint
    assert np.array_equal(again(pixels).class_cb, engine(pixels).class_cb)


def test_torch_keeps_its_threads(network, pixels):
    before = torch.get_num_threads()
    DenseEngine(network)(pixels)
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("shape", [(3, 95, 128), (3, 0, 32), (96, 128)])
def test_sides_must_fit_the_strides(network, shape):
    with pytest.raises(ValueError, match="multiples of 32"):
        DenseEngine(network)(np.zeros(shape, np.float32))


def test_unknown_precision(network):
    with pytest.raises(ValueError, match="'half'; choose one of auto, bfloat16, float32"):
        DenseEngine(network, precision="half")


def test_weights_round_trip(network, tmp_path):
    write_network(network, tmp_path / "dense.safetensors")
    again = load_network(tmp_path / "dense.safetensors")
    assert again.config == network.config
    for name, value in network.model.state_dict().items():
        expected = value.half().float() if value.is_floating_point() else value
        assert torch.equal(again.model.state_dict()[name], expected)


def test_an_engine_refuses_networks_of_another_class(network, blob_network):
    with pytest.raises(ValueError, match="is a WindowNetwork, and a DenseNetwork is needed; give"):
        DenseEngine(blob_network)
    with pytest.raises(ValueError, match="is a DenseNetwork, and a WindowNetwork is needed; give"):
        WindowEngine(network)


def test_each_band_needs_a_zero_point():
    with pytest.raises(ValueError, match="2 zero points for 3 bands"):
        DenseNetwork(BANDS, 0.0396 * u.arcsec, (23.5, 25.0))


def test_fluxes_are_scaled_onto_the_zero_points_of_the_network(network):
    deeper = {"F336W": 23.46 + 2.5 * np.log10(2), "F438W": 24.98, "F814W": 24.67}
    np.testing.assert_allclose(network.flux_scale(deeper)[:, 0, 0], [0.5, 1, 1], rtol=1e-6)
    np.testing.assert_array_equal(network.flux_scale(), np.ones((3, 1, 1)))
    with pytest.raises(ValueError, match="no zero point of F438W, F814W"):
        network.flux_scale({"F336W": 23.46})
