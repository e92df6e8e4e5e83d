"""Where the stars of a cluster are: profiles of their positions on the sky."""

from clusternet.profiles.core import ProfileFamily, SpatialProfile
from clusternet.profiles.eff import EFFFamily, EFFProfile

__all__ = ["EFFFamily", "EFFProfile", "ProfileFamily", "SpatialProfile"]
