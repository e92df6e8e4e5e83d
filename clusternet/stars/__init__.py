"""Stars: what shines in a cluster, and how much of it dust lets through."""

from clusternet.stars.extinction import ExtinctionLaw
from clusternet.stars.imf import BrokenPowerLawIMF, InitialMassFunction, KroupaIMF
from clusternet.stars.isochrones import Isochrone, IsochroneProvider
from clusternet.stars.padova import PadovaIsochrones
from clusternet.stars.population import Stars, StellarPopulation

__all__ = [
    "BrokenPowerLawIMF",
    "ExtinctionLaw",
    "InitialMassFunction",
    "Isochrone",
    "IsochroneProvider",
    "KroupaIMF",
    "PadovaIsochrones",
    "Stars",
    "StellarPopulation",
]
