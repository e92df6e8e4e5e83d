"""Coverage, ranks and reliability of posteriors and classes; errors, controls and trends."""

from clusternet.validation.calibration import coverage, log_score, pit, true_values, uniformity
from clusternet.validation.class_reliability import reliability
from clusternet.validation.controls import empty_field, prior_null, shuffled_labels
from clusternet.validation.errors import centre_error, parameter_errors
from clusternet.validation.simulation_based import sbc_ranks, tarp
from clusternet.validation.trends import running_means, selection_effect

__all__ = ["centre_error", "coverage", "empty_field", "log_score", "parameter_errors", "pit",
           "prior_null", "reliability", "running_means", "sbc_ranks", "selection_effect",
           "shuffled_labels", "tarp", "true_values", "uniformity"]
