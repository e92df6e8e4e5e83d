"""Initial mass functions, and how masses are drawn from them."""

from clusternet.stars.imf.chabrier import ChabrierIMF
from clusternet.stars.imf.core import InitialMassFunction
from clusternet.stars.imf.power_law import BrokenPowerLawIMF, KroupaIMF, SalpeterIMF
from clusternet.stars.imf.sampling import OptimalSampling

__all__ = [
    "BrokenPowerLawIMF",
    "ChabrierIMF",
    "InitialMassFunction",
    "KroupaIMF",
    "OptimalSampling",
    "SalpeterIMF",
]
