"""Dust: extinction laws, and where the dust lies."""

from clusternet.stars.dust.extinction import ExtinctionLaw
from clusternet.stars.dust.geometry import (
    ExtinctionSpread,
    ForegroundScreen,
    LogNormalSpread,
    MixedSlab,
)

__all__ = [
    "ExtinctionLaw",
    "ExtinctionSpread",
    "ForegroundScreen",
    "LogNormalSpread",
    "MixedSlab",
]
