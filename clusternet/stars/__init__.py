"""Stars: what shines in a cluster, and how much of it dust lets through."""

from clusternet.stars.chabrier_imf import ChabrierIMF
from clusternet.stars.dust_geometry import (
    ExtinctionSpread,
    ForegroundScreen,
    LogNormalSpread,
    MixedSlab,
)
from clusternet.stars.extinction import ExtinctionLaw
from clusternet.stars.imf import InitialMassFunction
from clusternet.stars.isochrone_set import IsochroneSet
from clusternet.stars.isochrones import Isochrone, IsochroneProvider
from clusternet.stars.metallicity import MetallicityInterpolated
from clusternet.stars.mist import MISTIsochrones
from clusternet.stars.padova import PadovaIsochrones
from clusternet.stars.population import Stars, StellarPopulation
from clusternet.stars.power_law_imf import BrokenPowerLawIMF, KroupaIMF, SalpeterIMF
from clusternet.stars.sampling import OptimalSampling
from clusternet.stars.tabular import TabularIsochrones

__all__ = [
    "BrokenPowerLawIMF",
    "ChabrierIMF",
    "ExtinctionLaw",
    "ExtinctionSpread",
    "ForegroundScreen",
    "InitialMassFunction",
    "Isochrone",
    "IsochroneProvider",
    "IsochroneSet",
    "KroupaIMF",
    "LogNormalSpread",
    "MISTIsochrones",
    "MetallicityInterpolated",
    "MixedSlab",
    "OptimalSampling",
    "PadovaIsochrones",
    "SalpeterIMF",
    "Stars",
    "StellarPopulation",
    "TabularIsochrones",
]
