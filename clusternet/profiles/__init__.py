"""Spatial profiles: distributions of the stars of a cluster on the sky."""

from clusternet.profiles.core import ProfileFamily, SpatialProfile
from clusternet.profiles.eff import EFFFamily, EFFProfile
from clusternet.profiles.elliptical import EllipticalFamily, EllipticalProfile
from clusternet.profiles.king import KingFamily, KingProfile
from clusternet.profiles.plummer import PlummerFamily, PlummerProfile

__all__ = [
    "EFFFamily",
    "EFFProfile",
    "EllipticalFamily",
    "EllipticalProfile",
    "KingFamily",
    "KingProfile",
    "PlummerFamily",
    "PlummerProfile",
    "ProfileFamily",
    "SpatialProfile",
]
