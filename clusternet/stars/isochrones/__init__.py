"""Isochrones: their sources, files, queries and interpolation."""

from clusternet.stars.isochrones.core import Isochrone, IsochroneProvider
from clusternet.stars.isochrones.isochrone_set import IsochroneSet
from clusternet.stars.isochrones.metallicity import MetallicityInterpolated
from clusternet.stars.isochrones.mist import MISTIsochrones
from clusternet.stars.isochrones.padova import PadovaIsochrones
from clusternet.stars.isochrones.tabular import TabularIsochrones

__all__ = [
    "Isochrone",
    "IsochroneProvider",
    "IsochroneSet",
    "MISTIsochrones",
    "MetallicityInterpolated",
    "PadovaIsochrones",
    "TabularIsochrones",
]
