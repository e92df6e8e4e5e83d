"""Mock clusters, what they stand on, what only looks like them, and stores of all that."""

from .backgrounds import BackgroundSampler
from .bank import StampBank
from .clusters import MockClusters
from .negatives import BrightStars, LooseAssociations
from .parameters import ParameterSpace
from .visibility import visibility

__all__ = ["BackgroundSampler", "BrightStars", "LooseAssociations", "MockClusters",
           "ParameterSpace", "StampBank", "visibility"]
