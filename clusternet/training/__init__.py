"""How a network is made: recipes, training data, losses, the loop, and scores."""

from clusternet.training.dense import train_dense
from clusternet.training.recipe import DenseRecipe, DenseStage, Recipe, WindowRecipe, WindowStage
from clusternet.training.window import train, train_from_config

__all__ = ["DenseRecipe", "DenseStage", "Recipe", "WindowRecipe", "WindowStage", "train",
           "train_dense", "train_from_config"]
