"""The domain: mocks score as mocks do, what leaves their space scores high."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from astropy import units as u
from hypothesis import given
from hypothesis import strategies as st

from clusternet.catalog import ClusterFlag
from clusternet.catalog.schema import column
from clusternet.detection import DenseDetector
from clusternet.nn import (
    OUT_OF_DOMAIN,
    DenseEngine,
    DenseNetwork,
    DenseTiles,
    Domain,
    NetworkMetadata,
    load_network,
    write_network,
)
from clusternet.posterior import ClassWeights

N = 40
MIXING = np.random.default_rng(0).normal(size=(3, N))


def mocks(n, seed):
    """Activations that vary along three axes, and a little beside them."""
    rng = np.random.default_rng(seed)
    return np.exp(rng.normal(size=(n, 3)) @ MIXING + 4 + 0.1 * rng.normal(size=(n, N)))


@pytest.fixture(scope="module")
def domain():
    return Domain.fit(mocks(3000, 1), mocks(3000, 2), n_axes=3, fitted_to="a test")


def test_one_in_a_hundred_mocks_is_flagged(domain):
    flagged = np.count_nonzero(domain(mocks(5000, 3)) >= OUT_OF_DOMAIN)
    assert 25 < flagged < 80


def test_scores_of_mocks_are_even(domain):
    counts, _ = np.histogram(domain(mocks(5000, 4)), bins=5, range=(0, 1))
    assert np.abs(counts - 1000).max() < 150


def test_what_leaves_the_space_of_the_axes_scores_high(domain):
    rng = np.random.default_rng(5)
    assert (domain(mocks(50, 6) * np.exp(rng.normal(size=(50, N)))) > OUT_OF_DOMAIN).all()
    # Along an axis a mock may lie anywhere.
    far = np.exp(4 + np.array([[5.0, 0, 0]]) @ MIXING)
    far_off = far * np.exp(rng.normal(size=N))
    assert domain.distance(far) < domain.distance(far_off)


@given(st.integers(1, 20), st.integers(0, 1000))
def test_scores_rise_with_the_distance_from_0_to_1(domain, n, seed):
    there = np.random.default_rng(seed).gamma(0.2, 100, (n, N))
    score, order = domain(there), np.argsort(domain.distance(there))
    assert ((score >= 0) & (score <= 1)).all()
    assert (np.diff(score[order]) >= 0).all()
    assert np.allclose([domain(row[None])[0] for row in there], score, atol=1e-5)


def test_plain_values_and_back(domain):
    again = Domain.from_dict(domain.to_dict())
    assert again.fitted_to == "a test"
    assert np.array_equal(again(mocks(100, 7)), domain(mocks(100, 7)))


def test_no_candidates_and_no_numbers(domain):
    assert domain(np.zeros((0, N))).shape == (0,)
    assert np.isnan(domain(np.full((1, N), np.nan))).all()


def test_activations_of_another_network(domain):
    with pytest.raises(ValueError, match=r"shape \(2, 7\); expected \(n, 40\)"):
        domain(np.ones((2, 7)))


def test_too_few_mocks():
    with pytest.raises(ValueError, match="10 mocks for 3 axes and 3000 for the scale; give 12"):
        Domain.fit(mocks(10, 1), mocks(3000, 2), n_axes=3)


def test_bad_statistics():
    with pytest.raises(ValueError, match="have shapes"):
        Domain(np.zeros(5), np.zeros((2, 4)), [0, 1])
    with pytest.raises(ValueError, match="not finite"):
        Domain(np.full(5, np.nan), np.zeros((2, 5)), [0, 1])


@pytest.fixture(scope="module")
def network():
    """Return a network with random weights, that finds candidates, and no statistics."""
    torch.manual_seed(1)
    network = DenseNetwork(("F336W", "F438W", "F814W"), 0.0396 * u.arcsec, (23.46, 24.98, 24.67))
    torch.nn.init.normal_(network.model.maps.weight, std=0.3)
    torch.nn.init.zeros_(network.model.maps.bias)
    network.model.eval()
    return network


@pytest.fixture(scope="module")
def taught(network, make_field, tmp_path_factory):
    """Return the network with statistics, from a file."""
    engine = DenseEngine(network, precision="float32", device="cpu")
    y, x = np.random.default_rng(3).integers(0, 96, (2, 120))
    there = engine.activations(engine(np.float32(make_field((96, 96)).data)), y, x)
    metadata = NetworkMetadata(class_weights=ClassWeights(head=0.4),
                               domain=Domain.fit(there, there, 4))
    path = tmp_path_factory.mktemp("taught") / "dense.safetensors"
    write_network(replace(network, metadata=metadata), path)
    again = load_network(path)
    assert again.metadata.to_dict() == metadata.to_dict()
    assert len(str(metadata.to_dict())) < 5e5
    return again


def test_activations_are_those_behind_the_groups(network, make_field):
    engine = DenseEngine(network, precision="float32", device="cpu")
    maps = engine(np.float32(make_field((64, 96)).data))
    y, x = [5, 60], [90, 3]
    there = engine.activations(maps, y, x)
    assert there.shape == (2, 512 + 1024)
    assert (there >= 0).all()
    with torch.inference_mode():
        logits = network.model.groups(torch.from_numpy(there[:, 512:]))
    joint = logits[:, :network.bins.group_sizes["joint"]].softmax(1).numpy()
    np.testing.assert_allclose(engine.describe(maps, y, x)["joint"], joint, atol=1e-6)
    assert engine.activations(maps, [], []).shape == (0, 1536)


def test_an_engine_gives_the_score(network, taught, make_field):
    pixels = np.float32(make_field((64, 96)).data)
    engine = DenseEngine(taught, precision="float32", device="cpu")
    maps = engine(pixels)
    score = engine.describe(maps, [5, 60], [90, 3])["out_of_domain"]
    there = engine.activations(maps, [5, 60], [90, 3])
    np.testing.assert_array_equal(score, taught.metadata.domain(there))
    assert engine.describe(maps, [], [])["out_of_domain"].shape == (0,)
    engine = DenseEngine(network, precision="float32", device="cpu")
    assert "out_of_domain" not in engine.describe(maps, [5], [9])


def test_a_catalogue_has_the_score_and_the_flag(taught, make_field):
    field = make_field((96, 104))

    def detector_with(quantiles):
        domain = taught.metadata.domain
        domain = Domain(domain.mean, domain.axes, quantiles)
        return DenseDetector(replace(taught, metadata=NetworkMetadata(domain=domain)), threshold=0,
                             tile=96, precision="float32", device="cpu")

    # One half of what is on this field is to be flagged.
    score = detector_with([0, 1e6])(field, progress=False)["out_of_domain"]
    detector = detector_with([0, np.median(score) * 1e6 / OUT_OF_DOMAIN])
    found = detector(field, progress=False)
    score, flagged = found["out_of_domain"], found["flags"] & ClusterFlag.OUT_OF_DOMAIN != 0
    assert np.array_equal(flagged, score >= OUT_OF_DOMAIN)
    assert 0.4 < flagged.mean() < 0.6
    assert detector.meta["domain"] == detector.network.metadata.domain.fingerprint
    again = pickle.loads(pickle.dumps(detector))(field, progress=False)
    assert np.array_equal(again["out_of_domain"], score)


def test_tiles_give_the_activations_of_any_pixels(network, make_field):
    def spoil(data):
        data[1, 70, 80] = np.nan

    engine = DenseEngine(network, precision="float32", device="cpu")
    tiles = DenseTiles(make_field((96, 128), spoil=spoil), engine, network.flux_scale(), tile=64,
                       halo=64)
    y, x = np.array([5, 70, 90, 200]), np.array([120, 80, 3, 5])
    found = tiles.activations(y, x)
    assert np.isnan(found).all(axis=1).tolist() == [False, True, False, True]
    for tile, i in ((tiles.plan[1], 0), (tiles.plan[2], 2)):
        maps, _ = tiles(tile)
        there = engine.activations(maps, y[[i]] - tile.padded[0].start,
                                   x[[i]] - tile.padded[1].start)
        np.testing.assert_array_equal(found[[i]], there)
    groups = tiles.describe(y, x)
    joint = torch.from_numpy(found[[0, 2], 512:])
    with torch.inference_mode():
        expected = network.model.groups(joint)[:, :2800].softmax(1)
    np.testing.assert_allclose(groups["joint"][[0, 2]], expected, atol=1e-6)
    assert np.isnan(groups["cluster"][[1, 3]]).all()


def test_without_statistics_there_is_no_score_and_no_flag(network, make_field):
    found = DenseDetector(network, threshold=0, tile=96)(make_field((96, 104)), progress=False)
    assert len(found)
    assert np.isnan(found["out_of_domain"]).all()
    assert not (found["flags"] & ClusterFlag.OUT_OF_DOMAIN).any()


def test_the_flag_is_explained():
    assert "128 OUT_OF_DOMAIN" in column("flags").description
