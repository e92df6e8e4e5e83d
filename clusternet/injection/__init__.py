"""Mock clusters put into images, searched for, and matched with the candidates."""

from clusternet.injection.artificial import artificial_cluster_test
from clusternet.injection.background import local_background
from clusternet.injection.core import inject
from clusternet.injection.result import ArtificialClusters
from clusternet.injection.trial import run_trial

__all__ = ["ArtificialClusters", "artificial_cluster_test", "inject", "local_background",
           "run_trial"]
