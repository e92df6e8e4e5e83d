"""How far may we trust it? Artificial clusters: put in, searched for, counted and compared."""

from clusternet.completeness.artificial import ArtificialClusters, artificial_cluster_test
from clusternet.completeness.background import local_background
from clusternet.completeness.calibration import (
    coverage,
    log_score,
    pit,
    true_values,
    uniformity,
)
from clusternet.completeness.completeness_function import CompletenessFunction
from clusternet.completeness.controls import empty_field, prior_null, shuffled_labels
from clusternet.completeness.counts import corrected_counts
from clusternet.completeness.inject import inject
from clusternet.completeness.match import match, select_found
from clusternet.completeness.recall import recall, recall_curve
from clusternet.completeness.reliability import reliability
from clusternet.completeness.scores import centre_error, parameter_errors
from clusternet.completeness.simulation_based import sbc_ranks, tarp
from clusternet.completeness.trends import running_means, selection_effect

__all__ = [
    "ArtificialClusters",
    "CompletenessFunction",
    "artificial_cluster_test",
    "centre_error",
    "corrected_counts",
    "coverage",
    "empty_field",
    "inject",
    "local_background",
    "log_score",
    "match",
    "parameter_errors",
    "pit",
    "prior_null",
    "recall",
    "recall_curve",
    "reliability",
    "running_means",
    "sbc_ranks",
    "select_found",
    "selection_effect",
    "shuffled_labels",
    "tarp",
    "true_values",
    "uniformity",
]
