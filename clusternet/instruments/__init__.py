"""Instruments: bands, pixels and noise."""

from clusternet.instruments.band import Band
from clusternet.instruments.instrument import Instrument
from clusternet.instruments.noise import noise_std
from clusternet.instruments.packaged import acs_wfc, nircam_long, nircam_short, wfc3_uvis

__all__ = ["Band", "Instrument", "acs_wfc", "nircam_long", "nircam_short", "noise_std", "wfc3_uvis"]
