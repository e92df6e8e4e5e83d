"""Galaxies: positions, orientations, spiral arms, and synthetic galaxies to search."""

from clusternet.galaxy.arms.core import SpiralArms
from clusternet.galaxy.arms.dust_lane import DustLane, trace_dust_lane
from clusternet.galaxy.arms.spirals import LogarithmicSpiral, fit_logarithmic
from clusternet.galaxy.core import M83, Galaxy
from clusternet.galaxy.mass_functions import ClusterMassFunction, PowerLawMass, SchechterMass
from clusternet.galaxy.rotation import RotationCurve
from clusternet.galaxy.synthetic.cluster_population import ClusterPopulation
from clusternet.galaxy.synthetic.contaminants import (
    BackgroundGalaxies,
    BadColumns,
    Blemish,
    CosmicRays,
    ForegroundStars,
    SkySources,
)
from clusternet.galaxy.synthetic.core import SyntheticGalaxy
from clusternet.galaxy.synthetic.miniature import miniature_galaxy
from clusternet.galaxy.synthetic.structure import M83_STRUCTURE, GalaxyStructure

__all__ = ["M83", "M83_STRUCTURE", "BackgroundGalaxies", "BadColumns", "Blemish",
           "ClusterMassFunction", "ClusterPopulation", "CosmicRays", "DustLane",
           "ForegroundStars", "Galaxy",
           "GalaxyStructure", "LogarithmicSpiral", "PowerLawMass", "RotationCurve",
           "SchechterMass", "SkySources", "SpiralArms",
           "SyntheticGalaxy", "fit_logarithmic", "miniature_galaxy", "trace_dust_lane"]
