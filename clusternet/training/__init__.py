"""How a network is made: recipes, training data, losses, the loop, calibration and scores."""

from clusternet.training.conditions import (
    MODEL_CONDITIONS,
    WIDE_CONDITIONS,
    ObservingConditions,
)
from clusternet.training.data import TrainingData, make_training_data
from clusternet.training.recipe import DenseRecipe, Recipe, WindowRecipe
from clusternet.training.run import train, train_from_config
from clusternet.training.stages import DenseStage, Stage, WindowStage
from clusternet.training.stamps import Stamps
from clusternet.training.structures import MODEL_STRUCTURES, WIDE_STRUCTURES, StructurePrior

__all__ = ["MODEL_CONDITIONS", "MODEL_STRUCTURES", "WIDE_CONDITIONS", "WIDE_STRUCTURES",
           "DenseRecipe", "DenseStage", "ObservingConditions", "Recipe", "Stage", "Stamps",
           "StructurePrior", "TrainingData", "WindowRecipe", "WindowStage", "make_training_data",
           "train", "train_from_config"]
