"""How a network is made: recipes, training data, losses, the loop, calibration and scores."""

from clusternet.training.calibration import (
    CalibrationScores,
    KnownCandidates,
    calibrate,
    find_known,
    score_calibration,
)
from clusternet.training.conditions import (
    MODEL_CONDITIONS,
    WIDE_CONDITIONS,
    ObservingConditions,
)
from clusternet.training.data import TrainingData, make_training_data
from clusternet.training.domain import FittedDomain, fit_domain
from clusternet.training.model_card import DetectorScores, dense_model_card, window_model_card
from clusternet.training.recipe import DenseRecipe, Recipe, WindowRecipe
from clusternet.training.run import train, train_from_config
from clusternet.training.stages import DenseStage, Stage, WindowStage
from clusternet.training.stamps import Stamps
from clusternet.training.structures import MODEL_STRUCTURES, WIDE_STRUCTURES, StructurePrior

__all__ = ["MODEL_CONDITIONS", "MODEL_STRUCTURES", "WIDE_CONDITIONS", "WIDE_STRUCTURES",
           "CalibrationScores", "DenseRecipe", "DenseStage", "DetectorScores", "FittedDomain",
           "KnownCandidates", "ObservingConditions", "Recipe", "Stage", "Stamps", "StructurePrior",
           "TrainingData", "WindowRecipe", "WindowStage", "calibrate", "dense_model_card",
           "find_known", "fit_domain", "make_training_data", "score_calibration", "train",
           "train_from_config", "window_model_card"]
