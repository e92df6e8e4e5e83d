"""A training recipe is checked when it is read, and says what happens at every epoch."""

from importlib.resources import files

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from clusternet.training import (
    WIDE_CONDITIONS,
    WIDE_STRUCTURES,
    DenseRecipe,
    DenseStage,
    ObservingConditions,
    Recipe,
    WindowRecipe,
    WindowStage,
)
from clusternet.training.kinds import BACKGROUND, CLUSTER, STARS

STAGES = (WindowStage(epochs=3, crop=32), WindowStage(epochs=0), WindowStage(epochs=2, batch=8))


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a recipe file."""

    def write(text):
        path = tmp_path / "recipe.yaml"
        path.write_text(text)
        return path

    return write


def test_a_recipe_round_trips_through_yaml(write):
    recipe = WindowRecipe(name="odd", seed=7, clusters=12, softening=0.5, loss={"ranked": 2.0},
                    stages=STAGES, precision="32")
    assert Recipe.read(write(yaml.safe_dump(recipe.to_dict()))) == recipe


def test_a_recipe_is_written_as_it_is_read(tmp_path):
    stages = (DenseStage(conditions=WIDE_CONDITIONS, structure=WIDE_STRUCTURES),
              DenseStage(conditions=ObservingConditions(zero_point=0.1, noise=(1, 2))))
    recipe = DenseRecipe(name="written", stages=stages)
    recipe.write(tmp_path / "recipe.yaml")
    assert Recipe.read(tmp_path / "recipe.yaml") == recipe


def test_names_in_a_file_stand_for_ready_made_objects(write):
    stage = Recipe.read(write("network: dense\nstages:\n- {conditions: wide, structure: wide}")
                        ).stages[0]
    assert stage.conditions is WIDE_CONDITIONS
    assert stage.structure is WIDE_STRUCTURES
    text = "stages:\n- {fractions: {cluster: 0.5, background: 0.3, stars: 0.2}}"
    assert Recipe.read(write(text)).stages[0].fractions == {
        CLUSTER: 0.5, BACKGROUND: 0.3, STARS: 0.2}


def test_conditions_can_be_given_one_by_one(write):
    text = "network: dense\nstages:\n- conditions: {zero_point: 0.2, noise: [1, 1]}"
    assert Recipe.read(write(text)).stages[0].conditions == ObservingConditions(
        zero_point=0.2, noise=(1, 1))


def test_the_numbers_of_stamps_are_by_kind():
    numbers = WindowRecipe(clusters=7, aliased=3).numbers
    assert {kind.name: n for kind, n in numbers.items()} == {
        "cluster": 7, "stars": 5000, "association": 4000, "offcentre": 5000, "aliased": 3}


def test_a_recipe_without_settings_is_the_default(write):
    assert Recipe.read(write("{}")) == WindowRecipe()


def test_numbers_are_read_as_numbers(write):
    # YAML 1.1 takes 1e-3 for a string.
    recipe = Recipe.read(write("stages:\n- {epochs: 1, learning_rate: [1e-3, 0]}"))
    assert recipe.stages[0].learning_rate == (0.001, 0.0)


SHIPPED = sorted((files("clusternet.training") / "recipes").iterdir(), key=str)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_recipes_are_valid_and_end_on_whole_windows(path):
    recipe = Recipe.read(path)
    assert recipe.name == path.name.removesuffix(".yaml")
    if recipe.network == "window":
        assert recipe.stages[-1].crop == 64
        assert recipe.stages[-1].fractions[CLUSTER] == 0.5
    assert recipe.stages[-1].learning_rate[1] == 0


def test_a_recipe_says_for_which_network_it_is(write):
    recipe = DenseRecipe(name="wide", stamp_size=96, stages=(
        DenseStage(epochs=2, crop=64, batch=4, conditions=WIDE_CONDITIONS),))
    assert Recipe.read(write(yaml.safe_dump(recipe.to_dict()))) == recipe


@pytest.mark.parametrize(
    ("text", "message"),
    [("clutsers: 5", "unknown recipe setting clutsers; there are name, seed, clusters"),
     ("stages:\n- {epoch: 5}", "unknown stage setting epoch; there are epochs, crop"),
     ("- 1", r"recipe is \[1\]; expected a mapping"),
     ("stages: [5]", "stage is 5; expected a mapping"),
     ("stages: []", "the recipe has no stages"),
     ("precision: double", "precision is 'double'; give auto, bf16-mixed or 32"),
     ("stages:\n- {batch: 0}", "batches of 0"),
     ("stages:\n- {epochs: -1}", "a stage of -1 epochs"),
     ("stages:\n- {learning_rate: [0.1]}", r"learning_rate is \[0\.1\]; give those at the start"),
     ("stages:\n- {learning_rate: [0.1, -0.1]}", "neither negative"),
     ("stages:\n- {fractions: {cluster: 0.7}}", r"fractions {'cluster': 0\.7} must .* add up to 1"),
     ("network: dense\nstages:\n- {conditions: foggy}",
      r"no conditions called 'foggy' \(there are model, wide\)"),
     ("network: dense\nstages:\n- {conditions: {fog: 1}}", "unknown conditions setting fog"),
     ("stages:\n- {structure: ring}", r"no structure called 'ring' \(there are model, wide\)"),
     ("network: deep", "network is 'deep'; there are window, dense"),
     ("network: dense\nstamp_size: 64", "stamp_size is 64 px; it must be even and more than 64"),
     ("network: dense\noffcentre: 5", "unknown recipe setting offcentre"),
     ("stages:\n- {fractions: {comet: 1.0}}", "no kind of windows called 'comet'")],
)
def test_what_is_wrong_is_named(write, text, message):
    with pytest.raises(ValueError, match=message):
        Recipe.read(write(text))


def test_epochs_follow_each_other_through_the_stages():
    recipe = WindowRecipe(stages=STAGES)
    assert recipe.epochs == 5
    assert [recipe.at(epoch) for epoch in range(5)] == [(STAGES[0], 0)] * 3 + [(STAGES[2], 3)] * 2


def test_after_the_end_the_last_stage_goes_on():
    assert WindowRecipe(stages=STAGES).at(5) == (STAGES[2], 3)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=5))
def test_every_epoch_is_within_its_stage(lengths):
    recipe = WindowRecipe(stages=tuple(WindowStage(epochs=n) for n in lengths))
    for epoch in range(recipe.epochs):
        stage, first = recipe.at(epoch)
        assert first <= epoch < first + stage.epochs


def test_a_recipe_stays_as_it_is():
    with pytest.raises(AttributeError):
        WindowRecipe().seed = 2
