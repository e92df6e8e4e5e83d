"""Mass functions, distributions, and profiles across arms and radii."""

from clusternet.analysis.arms import arm_profile
from clusternet.analysis.distributions import distribution
from clusternet.analysis.drift import DriftRate, drift_rate, peak_position
from clusternet.analysis.groups import split_by
from clusternet.analysis.mass_fit import MassFit, compare_fits, fit_power_law, fit_schechter
from clusternet.analysis.radial import radial_profile

__all__ = [
    "DriftRate",
    "MassFit",
    "arm_profile",
    "compare_fits",
    "distribution",
    "drift_rate",
    "fit_power_law",
    "fit_schechter",
    "peak_position",
    "radial_profile",
    "split_by",
]
