"""Training of the dense network: labels are right, and a kill changes nothing."""

import numpy as np
import pytest
import torch
from astropy import units as u

from clusternet.nn import DenseNetwork, NetworkMetadata, load_network
from clusternet.posterior import ClassWeights
from clusternet.training import DenseRecipe, DenseStage, TrainingData, train, train_from_config
from clusternet.training.dense import DenseTraining, labels
from clusternet.training.kinds import ASSOCIATION, CLUSTER, STARS

RECIPE = DenseRecipe(name="tiny", seed=5, steps_per_epoch=2, warm_up=3, precision="32", stages=(
    DenseStage(epochs=1, crop=64, batch=2, learning_rate=(1e-3, 1e-3)),
    DenseStage(epochs=1, crop=32, batch=3, learning_rate=(1e-3, 0.0))))


class Killed(Exception):
    """Stands for the end of the process."""


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(1)
    table = np.zeros(5, dtype=[(name, float) for name in (
        "x", "y", "log_age", "a_v", "log_mass", "log_r_h")])
    for name, low, high in (("log_age", 6.6, 10.1), ("a_v", 0, 3), ("log_mass", 3.5, 5.5),
                            ("log_r_h", -1.4, -0.4), ("x", 63, 65), ("y", 63, 65)):
        table[name] = rng.uniform(low, high, 5)
    images = np.zeros((5, 3, 128, 128), dtype=np.float16)
    images[:, :, 62:67, 62:67] = rng.gamma(1.0, size=(5, 3, 5, 5))
    foregrounds = {CLUSTER: (table, images), STARS: (np.zeros(5), images),
                   ASSOCIATION: (np.zeros(5), images)}
    return [TrainingData(foregrounds, [rng.gamma(1.0, size=(3, 80, 80)).astype(np.float32)])] * 2


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    return folder, train(RECIPE, folder, progress=False, data=data)


def weights_of(folder):
    return (folder / "tiny.safetensors").read_bytes()


def test_training_writes_weights_that_load(trained):
    folder, network = trained
    loaded = load_network(folder / "tiny.safetensors")
    assert loaded.metadata.recipe == RECIPE.to_dict()
    assert loaded.zero_points == network.zero_points == (23.46, 24.98, 24.67)
    assert not network.model.training


@pytest.mark.parametrize("draws", [1, 2, 3])
def test_a_killed_training_resumes_to_the_same_weights(data, trained, tmp_path, monkeypatch, draws):
    drawn = DenseTraining.draw
    left = iter(range(draws))

    def draw(self, rng):
        if next(left, None) is None:
            raise Killed
        return drawn(self, rng)

    with monkeypatch.context() as patch:
        patch.setattr(DenseTraining, "draw", draw)
        with pytest.raises(Killed):
            train(RECIPE, tmp_path, progress=False, data=data)
    assert not (tmp_path / "tiny.safetensors").exists()
    train(RECIPE, tmp_path, progress=False, data=data)
    assert weights_of(tmp_path) == weights_of(trained[0])


def test_nothing_fitted_to_the_starting_weights_is_kept(data, tmp_path):
    start = DenseNetwork(("F336W", "F438W", "F814W"), 0.0396 * u.arcsec, (23.46, 24.98, 24.67))
    start.metadata = NetworkMetadata(class_weights=ClassWeights(constant=1.0), scores={"recall": 1})
    network = train(DenseRecipe(name="tiny", stages=(DenseStage(epochs=0),)), tmp_path, start=start,
                    data=data, progress=False)
    assert network is start
    assert network.metadata.class_weights == ClassWeights()
    assert network.metadata.scores is None


def test_labels_are_what_they_say():
    rng = np.random.default_rng(3)
    n, size = 2, 32
    truth = {"scene": rng.integers(n, size=9), "x": rng.uniform(-0.5, size - 0.5, 9),
             "y": rng.uniform(-0.5, size - 0.5, 9)}
    label, cells, offset = labels(truth, n, size)
    y, x = np.mgrid[:size, :size]
    cy, cx = 2 * np.mgrid[:size // 2, :size // 2] + 0.5
    expected = []
    for scene in range(n):
        here = truth["scene"] == scene
        distance = np.hypot(y[..., None] - truth["y"][here], x[..., None] - truth["x"][here]).min(2)
        assert np.array_equal(label[scene] == 1, distance <= 1.5)
        assert np.array_equal(label[scene] == 0, distance > 3)
        dy, dx = truth["y"][here] - cy[..., None], truth["x"][here] - cx[..., None]
        nearest = np.hypot(dy, dx).argmin(2)[..., None]
        dy, dx = (np.take_along_axis(d, nearest, 2)[..., 0] for d in (dy, dx))
        row, column = np.nonzero(np.hypot(dy, dx) <= 3)
        expected += [(scene, r, c, dx[r, c], dy[r, c]) for r, c in zip(row, column, strict=True)]
    np.testing.assert_allclose(np.column_stack([cells, offset]), expected)


def test_scenes_without_clusters_have_no_labels():
    none = np.zeros(0)
    label, cells, offset = labels({"scene": none.astype(int), "x": none, "y": none}, 2, 32)
    assert not label.any()
    assert cells.shape == (0, 3)
    assert offset.shape == (0, 2)


def module():
    return DenseTraining(DenseNetwork(("F438W",), 0.04 * u.arcsec, (25.0,)), RECIPE, None)


def batch(peaks):
    """Two empty scenes with some clusters."""
    n = len(peaks)
    truth = {"scene": np.array([p[0] for p in peaks], dtype=int),
             "x": np.array([p[2] for p in peaks], dtype=float),
             "y": np.array([p[1] for p in peaks], dtype=float)}
    label, cells, offset = labels(truth, 2, 64)
    where = tuple(torch.tensor([p[i] for p in peaks], dtype=torch.long) for i in range(3))
    names = ("log_age", "a_v", "log_mass", "log_r_h", "log_visibility")
    return {"images": torch.rand(2, 1, 64, 64), "label": torch.from_numpy(label),
            "cells": torch.from_numpy(cells), "offset": torch.from_numpy(offset).float(),
            "peaks": where, "target": {name: torch.zeros(n, dtype=torch.long) for name in names}}


@pytest.mark.parametrize("peaks", [[], [(0, 5, 63)], [(0, 5, 6), (1, 30, 30), (1, 31, 40)]])
def test_any_number_of_clusters_can_be_learned_from(peaks):
    loss, parts = module().losses(batch(peaks))
    assert torch.isfinite(loss)
    loss.backward()
    assert {"search", "offset", "cluster"} <= parts.keys()


def test_false_peaks_are_high_and_away_from_clusters():
    logit = torch.zeros(2, 40, 40)
    logit[0, 10, 10] = 5  # a cluster's
    logit[1, 20, 20] = 3
    logit[1, 21, 21] = 2  # no maximum
    logit[0, 30, 5] = 1
    label = torch.zeros(2, 40, 40, dtype=torch.int8)
    label[0, 9:12, 9:12] = 1
    image, y, x = DenseTraining._false_peaks(logit, label, 2)
    assert list(zip(image.tolist(), y.tolist(), x.tolist(), strict=True)) == [
        (1, 20, 20), (0, 30, 5)]


def test_the_loss_falls_where_the_map_is_right():
    torch.manual_seed(0)
    training, given = module(), batch([(0, 20, 20), (1, 40, 41)])
    _, before = training.losses(given)
    optimiser = torch.optim.Adam(training.parameters(), 3e-3)
    for _ in range(12):
        optimiser.zero_grad()
        loss, after = training.losses(given)
        loss.backward()
        optimiser.step()
    for name in ("search", "offset", "joint"):
        assert after[name] < 0.9 * before[name]


def test_a_yaml_file_says_it_all(tmp_path, monkeypatch, capsys):
    path = tmp_path / "mine.yaml"
    path.write_text("network: dense\nname: mine\nstages:\n- {epochs: 3}\n")
    called = []
    monkeypatch.setattr("clusternet.training.run.train",
                        lambda recipe, folder, progress: called.append((recipe, folder)))
    train_from_config(path, progress=False)
    assert called == [(DenseRecipe(name="mine", stages=(DenseStage(epochs=3),)), tmp_path / "mine")]
    assert '"epochs": 3' in capsys.readouterr().out
