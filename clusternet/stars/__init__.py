"""Stars: what shines in a cluster, and how much of it dust lets through."""

from clusternet.stars.dust import (
    ExtinctionLaw,
    ExtinctionSpread,
    ForegroundScreen,
    LogNormalSpread,
    MixedSlab,
)
from clusternet.stars.imf import (
    BrokenPowerLawIMF,
    ChabrierIMF,
    InitialMassFunction,
    KroupaIMF,
    OptimalSampling,
    SalpeterIMF,
)
from clusternet.stars.isochrones import (
    Isochrone,
    IsochroneProvider,
    IsochroneSet,
    MetallicityInterpolated,
    MISTIsochrones,
    PadovaIsochrones,
    TabularIsochrones,
)
from clusternet.stars.population import Cells, Stars, StellarPopulation

__all__ = [
    "BrokenPowerLawIMF",
    "Cells",
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
