"""Mock clusters put into images, searched for, and matched with what was found."""

from clusternet.injection.artificial import ArtificialClusters, artificial_cluster_test
from clusternet.injection.background import local_background
from clusternet.injection.core import inject
from clusternet.injection.trial import Trial, run_trial

__all__ = ["ArtificialClusters", "Trial", "artificial_cluster_test", "inject", "local_background",
           "run_trial"]
