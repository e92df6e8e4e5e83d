"""Stars: what shines in a cluster, and how much of it dust lets through."""

from clusternet.stars.dust.extinction import ExtinctionLaw
from clusternet.stars.dust.geometry import (
    ExtinctionSpread,
    ForegroundScreen,
    LogNormalSpread,
    MixedSlab,
)
from clusternet.stars.imf.chabrier import ChabrierIMF
from clusternet.stars.imf.core import InitialMassFunction
from clusternet.stars.imf.power_law import BrokenPowerLawIMF, KroupaIMF, SalpeterIMF
from clusternet.stars.imf.sampling import OptimalSampling
from clusternet.stars.isochrones.core import Isochrone, IsochroneProvider
from clusternet.stars.isochrones.isochrone_set import IsochroneSet
from clusternet.stars.isochrones.metallicity import MetallicityInterpolated
from clusternet.stars.isochrones.mist import MISTIsochrones
from clusternet.stars.isochrones.padova import PadovaIsochrones
from clusternet.stars.isochrones.tabular import TabularIsochrones
from clusternet.stars.population import Stars, StellarPopulation

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
