"""A training recipe is checked when it is read, and says what happens at every epoch."""

from importlib.resources import files

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from clusternet.nn.recipe import Recipe, Stage

STAGES = (Stage(epochs=3, crop=32), Stage(epochs=0), Stage(epochs=2, batch=8))


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a recipe file."""

    def write(text):
        path = tmp_path / "recipe.yaml"
        path.write_text(text)
        return path

    return write


def test_a_recipe_round_trips_through_yaml(write):
    recipe = Recipe(name="odd", seed=7, clusters=12, softening=0.5, loss={"ranked": 2.0},
                    stages=STAGES, precision="32")
    assert Recipe.read(write(yaml.safe_dump(recipe.to_dict()))) == recipe


def test_a_recipe_without_settings_is_the_default(write):
    assert Recipe.read(write("{}")) == Recipe()


def test_numbers_are_read_as_numbers(write):
    # YAML 1.1 takes 1e-3 for a string.
    recipe = Recipe.read(write("stages:\n- {epochs: 1, learning_rate: [1e-3, 0]}"))
    assert recipe.stages[0].learning_rate == (0.001, 0.0)


@pytest.mark.parametrize("path", sorted(
    (files("clusternet.nn") / "recipes").iterdir(), key=str), ids=lambda path: path.name)
def test_shipped_recipes_are_valid_and_end_on_whole_windows(path):
    recipe = Recipe.read(path)
    assert recipe.name == path.name.removesuffix(".yaml")
    assert recipe.stages[-1].crop == 64
    assert recipe.stages[-1].fractions["cluster"] == 0.5


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
     ("stages:\n- {fractions: {cluster: 0.7}}", "must name only cluster, background"),
     ("stages:\n- {fractions: {comet: 1.0}}", "must name only cluster, background")],
)
def test_what_is_wrong_is_named(write, text, message):
    with pytest.raises(ValueError, match=message):
        Recipe.read(write(text))


def test_epochs_follow_each_other_through_the_stages():
    recipe = Recipe(stages=STAGES)
    assert recipe.epochs == 5
    assert [recipe.at(epoch) for epoch in range(5)] == [(STAGES[0], 0)] * 3 + [(STAGES[2], 3)] * 2


def test_after_the_end_the_last_stage_goes_on():
    assert Recipe(stages=STAGES).at(5) == (STAGES[2], 3)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=5))
def test_every_epoch_is_within_its_stage(lengths):
    recipe = Recipe(stages=tuple(Stage(epochs=n) for n in lengths))
    for epoch in range(recipe.epochs):
        stage, first = recipe.at(epoch)
        assert first <= epoch < first + stage.epochs


def test_a_recipe_stays_as_it_is():
    with pytest.raises(AttributeError):
        Recipe().seed = 2
