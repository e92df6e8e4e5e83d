"""Galaxies: where they are, how they lie, and made-up ones to search."""

from .contaminants import (
    BackgroundGalaxies,
    BadColumns,
    Blemish,
    CosmicRays,
    ForegroundStars,
    SkySources,
)
from .core import M83, Galaxy
from .structure import GalaxyStructure
from .synthetic import SyntheticGalaxy

__all__ = ["M83", "BackgroundGalaxies", "BadColumns", "Blemish", "CosmicRays", "ForegroundStars",
           "Galaxy", "GalaxyStructure", "SkySources", "SyntheticGalaxy"]
