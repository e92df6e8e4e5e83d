"""Mock clusters, what they stand on, what only looks like them, and stores of all that."""

from clusternet.mocks.backgrounds import BackgroundSampler
from clusternet.mocks.bank import StampBank
from clusternet.mocks.cluster import Cluster
from clusternet.mocks.clusters import MockClusters
from clusternet.mocks.negatives import BrightStars, LooseAssociations
from clusternet.mocks.parameters import ParameterSpace
from clusternet.mocks.visibilities import visibility

__all__ = ["BackgroundSampler", "BrightStars", "Cluster", "LooseAssociations", "MockClusters",
           "ParameterSpace", "StampBank", "visibility"]
