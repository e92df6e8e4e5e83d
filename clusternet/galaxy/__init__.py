"""Galaxies: where they are, how they lie, and made-up ones to search."""

from .arms import SpiralArms
from .cluster_population import ClusterPopulation
from .contaminants import (
    BackgroundGalaxies,
    BadColumns,
    Blemish,
    CosmicRays,
    ForegroundStars,
    SkySources,
)
from .core import M83, Galaxy
from .dust_lane import DustLane, trace_dust_lane
from .miniature import miniature_galaxy
from .rotation import RotationCurve
from .spirals import LogarithmicSpiral, fit_logarithmic
from .structure import M83_STRUCTURE, GalaxyStructure
from .synthetic import SyntheticGalaxy

__all__ = ["M83", "M83_STRUCTURE", "BackgroundGalaxies", "BadColumns", "Blemish",
           "ClusterPopulation", "CosmicRays", "DustLane", "ForegroundStars", "Galaxy",
           "GalaxyStructure", "LogarithmicSpiral", "RotationCurve", "SkySources", "SpiralArms",
           "SyntheticGalaxy", "fit_logarithmic", "miniature_galaxy", "trace_dust_lane"]
