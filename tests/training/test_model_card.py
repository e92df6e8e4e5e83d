"""Model cards say what the metadata of a network hold."""

import json
from dataclasses import replace

import pytest
from astropy.table import Table

from clusternet.nn import DenseNetwork, NetworkMetadata, WindowNetwork
from clusternet.training import DenseRecipe, DetectorScores, dense_model_card, window_model_card


@pytest.fixture
def scores(tmp_path):
    (tmp_path / "settings.json").write_text(json.dumps(
        {"clusters": 1000, "seed": 3, "psf": "sharp", "structure": "model"}))
    Table({"detector": ["dense"] * 3, "false_density": [0.5, 2.0, 5.0],
           "recall": [0.6, 0.7, 0.8]}).write(tmp_path / "curves-3px.ecsv")
    Table({"selection": ["all"], "parameter": ["log_age"], "detector": ["dense"], "n": [1234],
           "rms": [0.25], "bias": [-0.01], "mad": [0.1], "null": [0.75]}
          ).write(tmp_path / "errors-own.ecsv")
    return DetectorScores.read(tmp_path)


def test_the_window_card_counts_windows_and_quotes_scores():
    network = WindowNetwork.shipped()
    lines = window_model_card(network).splitlines()
    text = "\n".join(lines)
    recipe = network.metadata.recipe
    windows = sum(s["epochs"] * s["batch"] for s in recipe["stages"]) * recipe["steps_per_epoch"]
    assert f"{windows:,} windows composed on the fly from 60,000 mock clusters" in text
    detection = network.metadata.scores["detection"]
    assert f"| recall at class > 0.95 | {detection['recall']:.4f} |" in lines
    mass = network.metadata.scores["parameters"]["all"]["log_mass"]
    assert any(line.startswith(f"| log_mass | {mass['rms']:.3f} | ") for line in lines)
    assert "log mass 3.5 to 5.5" in text


def test_the_dense_card_has_best_recall_below_each_density_and_all_that_was_fitted(scores):
    network = DenseNetwork.shipped()
    text = dense_model_card(network, scores, remarks="resumed once")
    assert "| dense | - | 0.600 | 0.700 | 0.800 |" in text
    assert "| log_age | dense | 1,234 | 0.250 | -0.010 | 0.100 | 0.750 |" in text
    assert "The recipe (resumed once):" in text
    for fitted in (network.metadata.calibration, network.metadata.class_weights,
                   network.metadata.domain):
        assert fitted.fitted_to in text


def test_a_card_without_scores_has_no_section_of_them(dense_network):
    network = replace(dense_network, metadata=NetworkMetadata(recipe=DenseRecipe().to_dict()))
    text = dense_model_card(network)
    assert "## Scores" not in text
    assert not any(line.startswith(("Class of", "Posteriors are", "Out-of-domain"))
               for line in text.splitlines())
    assert text.startswith("# dense\n")


def test_a_network_of_unknown_training_has_no_card(paper_network):
    with pytest.raises(ValueError, match="no recipe in its metadata"):
        window_model_card(paper_network)
