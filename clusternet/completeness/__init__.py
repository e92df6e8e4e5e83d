"""How many clusters are missed: recall, the completeness function, corrected counts."""

from clusternet.completeness.completeness_function import CompletenessFunction
from clusternet.completeness.counts import corrected_counts
from clusternet.completeness.recovery import recall, recall_curve

__all__ = ["CompletenessFunction", "corrected_counts", "recall", "recall_curve"]
