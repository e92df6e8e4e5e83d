"""What does it say? Mass functions, distributions, and profiles across arms and radii."""

from .arm_profile import arm_profile
from .distribution import distribution
from .drift import DriftRate, drift_rate, peak_position
from .groups import split_by
from .mass_fit import MassFit, compare_fits, fit_power_law, fit_schechter
from .mass_function import ClusterMassFunction, PowerLawMass, SchechterMass
from .radial_profile import radial_profile

__all__ = [
    "ClusterMassFunction",
    "DriftRate",
    "MassFit",
    "PowerLawMass",
    "SchechterMass",
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
