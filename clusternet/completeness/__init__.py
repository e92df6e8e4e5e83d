"""How far may we trust it? Artificial clusters: put in, searched for, counted and compared."""

from clusternet.completeness.inject import inject
from clusternet.completeness.match import match
from clusternet.completeness.recall import recall, recall_curve
from clusternet.completeness.scores import centre_error, parameter_errors

__all__ = ["centre_error", "inject", "match", "parameter_errors", "recall", "recall_curve"]
