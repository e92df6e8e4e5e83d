"""Training: it follows its recipe, keeps a log, and resumes after a kill as if nothing happened."""

import csv
import logging

import numpy as np
import pytest
import torch
from astropy import units as u
from PIL import Image

from clusternet.nn import WindowNetwork, load_network
from clusternet.training import (
    Recipe,
    TrainingData,
    WindowRecipe,
    WindowStage,
    train,
    train_from_config,
)
from clusternet.training.kinds import BACKGROUND, CLUSTER, KINDS
from clusternet.training.window import WindowTraining

# Two stages of one epoch, on crops so small that a step takes a tenth of a second.
RECIPE = WindowRecipe(
    name="tiny", seed=5, steps_per_epoch=2, warm_up=3, precision="32",
    stages=(WindowStage(epochs=1, crop=16, batch=3, learning_rate=(1e-3, 1e-3),
                  fractions={CLUSTER: 0.7, BACKGROUND: 0.3}),
            WindowStage(epochs=1, crop=32, batch=2, learning_rate=(1e-3, 0.0))))


class Killed(Exception):
    """Stands for the end of the process."""


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(1)
    table = np.zeros(5, dtype=[(n, float) for n in ("log_age", "a_v", "log_mass", "log_r_h")])
    for name, low, high in (("log_age", 6.6, 10.1), ("a_v", 0, 3), ("log_mass", 3.5, 5.5),
                            ("log_r_h", -1.4, -0.4)):
        table[name] = rng.uniform(low, high, 5)
    images = np.zeros((5, 3, 64, 64), dtype=np.float16)
    images[:, :, 30:35, 30:35] = rng.gamma(1.0, size=(5, 3, 5, 5))
    backgrounds = [rng.normal(1, 0.1, (3, 100, 100)).astype(np.float32)]
    return TrainingData({kind: (table if kind is CLUSTER else None, images)
                         for kind in KINDS if kind.has_stamps}, backgrounds)


@pytest.fixture(scope="module")
def run(data):
    """Return a function that trains on made-up windows, and is killed after some batches."""

    def run(folder, recipe=RECIPE, draws=None, **options):
        drawn, left = WindowTraining.draw, iter(range(draws or 0))

        def draw(self, rng):
            if draws is not None and next(left, None) is None:
                raise Killed
            return drawn(self, rng)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(WindowTraining, "draw", draw)
            return train(recipe, folder, progress=False, **{"data": data, **options})

    return run


@pytest.fixture(scope="module")
def trained(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    return folder, run(folder)


def log_of(folder):
    with open(folder / "log.csv", newline="") as file:
        return list(csv.DictReader(file))


def weights_of(folder):
    return (folder / "tiny.safetensors").read_bytes()


def test_training_writes_weights_that_load(trained):
    folder, network = trained
    loaded = load_network(folder / "tiny.safetensors")
    for name, value in network.model.state_dict().items():
        expected = value.to(torch.float16).float() if value.is_floating_point() else value
        assert torch.equal(loaded.model.state_dict()[name], expected)
    assert loaded.bands == ("F336W", "F438W", "F814W")
    assert loaded.metadata.recipe == RECIPE.to_dict()
    assert not network.model.training


def test_the_log_has_a_row_an_epoch_and_a_picture(trained):
    rows = log_of(trained[0])
    assert [(row["epoch"], row["step"], row["crop"]) for row in rows] == [
        ("0", "2", "16"), ("1", "4", "32")]
    parts = {"loss", "cluster", "joint", "log_r_h", "log_visibility", "ranked_a_v",
             "ranked_log_age", "ranked_log_mass", "ranked_log_r_h", "ranked_log_visibility"}
    for row in rows:
        assert parts < row.keys()
        assert all(np.isfinite(float(row[name])) for name in parts)
    with Image.open(trained[0] / "log.png") as picture:
        assert picture.size[0] > 500


def test_one_recipe_gives_one_network(run, trained, tmp_path):
    run(tmp_path)
    assert weights_of(tmp_path) == weights_of(trained[0])


# Two batches an epoch: killed before the first is done, within and between the two epochs.
@pytest.mark.parametrize("draws", [1, 2, 3])
def test_a_killed_training_resumes_to_the_same_weights(run, trained, tmp_path, draws):
    with pytest.raises(Killed):
        run(tmp_path, draws=draws)
    assert not (tmp_path / "tiny.safetensors").exists()
    assert (tmp_path / "checkpoints" / "last.ckpt").exists() == (draws >= 2)
    run(tmp_path)
    assert weights_of(tmp_path) == weights_of(trained[0])
    without = [{k: v for k, v in row.items() if k != "seconds"} for row in log_of(tmp_path)]
    assert without == [{k: v for k, v in row.items() if k != "seconds"}
                       for row in log_of(trained[0])]


def test_an_epoch_that_was_logged_but_not_kept_is_logged_once(run, trained, tmp_path, monkeypatch):
    def killed_at_the_second(rows, path):
        if len(rows) == 2:
            raise Killed

    with monkeypatch.context() as patch:
        # Drawn after the log is written and before the checkpoint is.
        patch.setattr("clusternet.training.loop.plot_log", killed_at_the_second)
        with pytest.raises(Killed):
            run(tmp_path)
    assert len(log_of(tmp_path)) == 2
    run(tmp_path)
    assert [row["epoch"] for row in log_of(tmp_path)] == ["0", "1"]
    assert weights_of(tmp_path) == weights_of(trained[0])


def test_what_was_done_is_not_done_again(run, trained):
    folder = trained[0]
    before = weights_of(folder)
    # Not one window is drawn.
    run(folder, draws=0)
    assert weights_of(folder) == before


def test_training_can_start_from_weights(run, tmp_path):
    torch.manual_seed(9)
    start = WindowNetwork(("F336W", "F438W", "F814W"), 0.0396 * u.arcsec)
    before = [parameter.detach().clone() for parameter in start.model.parameters()]
    stage = WindowStage(epochs=1, crop=16, batch=2, learning_rate=(0.0, 0.0))
    still = WindowRecipe(**{**vars(RECIPE), "stages": (stage,)})
    network = run(tmp_path, recipe=still, start=start)
    assert network is start
    # Nothing moves at a learning rate of zero.
    for parameter, value in zip(network.model.parameters(), before, strict=True):
        assert torch.equal(parameter, value)


def test_training_keeps_quiet(run, tmp_path, capsys, caplog):
    level = logging.getLogger("lightning.pytorch").level
    with caplog.at_level(logging.INFO):
        short = WindowRecipe(**{**vars(RECIPE), "stages": RECIPE.stages[:1]})
        run(tmp_path, recipe=short)
    assert capsys.readouterr() == ("", "")
    assert caplog.records == []
    assert logging.getLogger("lightning.pytorch").level == level


def test_the_learning_rate_warms_up_and_falls_by_half_a_cosine():
    recipe = WindowRecipe(steps_per_epoch=10, warm_up=5, stages=(
        WindowStage(epochs=4, learning_rate=(1.0, 0.2)),
        WindowStage(epochs=2, learning_rate=(0.2, 0.0))))
    module = WindowTraining(WindowNetwork(("F438W",), 0.04 * u.arcsec), recipe, None)
    rates = np.array([module.learning_rate(step) for step in range(60)])
    cosine = 0.2 + 0.8 * 0.5 * (1 + np.cos(np.pi * np.arange(40) / 40))
    np.testing.assert_allclose(rates[5:40], cosine[5:])
    np.testing.assert_allclose(rates[:5], cosine[:5] * np.arange(1, 6) / 5)
    assert rates[20] == pytest.approx(0.6)
    assert rates[40] == pytest.approx(0.2)
    assert np.all(np.diff(rates[40:]) < 0)
    assert rates[59] < 0.01


def test_biases_and_norms_do_not_decay():
    module = WindowTraining(WindowNetwork(("F438W",), 0.04 * u.arcsec),
                            WindowRecipe(weight_decay=0.3), None)
    decaying, rest = module.configure_optimizers().param_groups
    assert (decaying["weight_decay"], rest["weight_decay"]) == (0.3, 0.0)
    assert all(p.ndim > 1 for p in decaying["params"])
    assert all(p.ndim == 1 for p in rest["params"])
    assert len(decaying["params"]) + len(rest["params"]) == len(list(module.parameters()))


def test_large_gradients_are_clipped_and_small_ones_left():
    module = WindowTraining(WindowNetwork(("F438W",), 0.04 * u.arcsec),
                            WindowRecipe(clip=2.0), None)
    for size, expected in ((5.0, 2.0), (0.5, 0.5)):
        for parameter in module.parameters():
            parameter.grad = torch.ones_like(parameter)
        norm = np.sqrt(sum(p.numel() for p in module.parameters()))
        for parameter in module.parameters():
            parameter.grad *= size / norm
        module.on_before_optimizer_step(None)
        after = np.sqrt(sum(p.grad.double().square().sum().item() for p in module.parameters()))
        assert after == pytest.approx(expected, rel=1e-3)


def test_a_yaml_file_says_it_all(tmp_path, monkeypatch, capsys):
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\nstages:\n- {epochs: 3}\n")
    asked = []
    monkeypatch.setattr("clusternet.training.run.train",
                        lambda *args, **options: asked.append((args, options)))
    train_from_config(path)
    train_from_config(path, tmp_path / "elsewhere", progress=False)
    recipe = WindowRecipe(name="mine", stages=(WindowStage(epochs=3),))
    assert asked == [((recipe, tmp_path / "mine"), {"progress": True}),
                     ((recipe, tmp_path / "elsewhere"), {"progress": False})]
    assert "mine.safetensors" in capsys.readouterr().out


def test_an_output_folder_that_is_a_file_is_refused(run, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError, match="choose another folder"):
        run(tmp_path / "file")


def test_windows_take_one_set_of_data(run, data, tmp_path):
    with pytest.raises(ValueError, match="2 sets of training data; windows take one"):
        run(tmp_path, data=[data, data])


def test_a_recipe_of_no_network_is_refused(tmp_path):
    with pytest.raises(TypeError, match="recipe is a Recipe; give a WindowRecipe or a DenseRecipe"):
        train(Recipe(stages=(WindowStage(),)), tmp_path)


def test_no_data_are_refused(tmp_path):
    with pytest.raises(ValueError, match="data is empty; give one TrainingData"):
        train(WindowRecipe(), tmp_path, data=[], progress=False)
