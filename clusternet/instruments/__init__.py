"""Instruments: through which bands, with which pixels and which noise a galaxy is seen."""

from clusternet.instruments.band import Band
from clusternet.instruments.instrument import Instrument
from clusternet.instruments.wfc3 import wfc3_uvis

__all__ = ["Band", "Instrument", "wfc3_uvis"]
