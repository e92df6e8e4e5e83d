"""Mock clusters, backgrounds, sources that look like clusters, and stores of stamps."""

from clusternet.mocks.backgrounds import BackgroundSampler
from clusternet.mocks.bank import StampBank
from clusternet.mocks.cluster import Cluster
from clusternet.mocks.clusters import MockClusters
from clusternet.mocks.negatives import BrightStars, LooseAssociations
from clusternet.mocks.parameters import ParameterSpace
from clusternet.mocks.visibilities import visibility

__all__ = ["BackgroundSampler", "BrightStars", "Cluster", "LooseAssociations", "MockClusters",
           "ParameterSpace", "StampBank", "visibility"]
