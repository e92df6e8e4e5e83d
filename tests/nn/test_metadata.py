"""The record that travels with the weights: read, written, and used."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors import safe_open

import clusternet.nn
from clusternet.nn import DenseNetwork, NetworkMetadata, WindowNetwork


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
