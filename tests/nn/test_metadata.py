"""The record that travels with the weights: read, written, and used."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from scipy.special import expit

import clusternet.nn
from clusternet.nn import ClassWeights, DenseNetwork, NetworkMetadata, WindowNetwork


def test_the_class_is_the_weighted_sum_of_log_odds():
    assert ClassWeights()(0.9, 0.9) == pytest.approx(0.9)
    assert ClassWeights()(0.2, 0.8) == pytest.approx(0.5)
    weights = ClassWeights(constant=1.0, map=0.0, head=2.0)
    odds = np.exp(1) * (0.7 / 0.3) ** 2
    assert weights(0.1, 0.7) == pytest.approx(odds / (1 + odds))
    assert 0 < weights(0.0, 0.0) < weights(1.0, 1.0) < 1


def test_weights_of_the_class_are_found_again():
    rng = np.random.default_rng(1)
    class_map, class_head = expit(rng.normal(0, 2, (2, 20_000)))
    made = ClassWeights(constant=-0.5, map=0.3, head=0.9)
    found = ClassWeights.fit(class_map, class_head,
                             rng.random(20_000) < made(class_map, class_head), fitted_to="a test")
    assert found.fitted_to == "a test"
    for name in ("constant", "map", "head"):
        assert getattr(found, name) == pytest.approx(getattr(made, name), abs=0.06)


@pytest.mark.parametrize("kind", [WindowNetwork, DenseNetwork])
def test_the_shipped_configuration_is_read_whole(kind):
    path = Path(clusternet.nn.__file__).parent / "weights" / kind.shipped_file
    with safe_open(path, "pt") as opened:
        stored = json.loads(opened.metadata()["config"])
    network = kind.shipped()
    assert type(network) is kind
    assert network.config == stored
    assert f"{network.metadata.recipe['name']}.safetensors" == kind.shipped_file


def test_what_is_fitted_to_the_shipped_dense_network_is_typed():
    metadata = DenseNetwork.shipped().metadata
    assert metadata.class_weights.head == pytest.approx(0.658, abs=1e-3)
    for fitted in (metadata.class_weights, metadata.calibration, metadata.domain):
        assert "fields of synthetic galaxies" in fitted.fitted_to


def test_unknown_entries_are_refused():
    with pytest.raises(ValueError, match="metadata of a network with why; there are only recipe"):
        NetworkMetadata.from_dict({"why": "test"})
    with pytest.raises(ValueError, match="class weights of a network with hat; there are only c"):
        NetworkMetadata.from_dict({"verdict": {"hat": 1}})


def test_a_record_without_anything_is_stored_as_nothing():
    assert NetworkMetadata().to_dict() == {}
    assert replace(NetworkMetadata(), scores={"auc": 1.0}).to_dict() == {"scores": {"auc": 1.0}}
