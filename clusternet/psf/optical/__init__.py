"""Point-spread functions from first principles."""

from clusternet.psf.optical.bands import TopHatBand, uvis_bands
from clusternet.psf.optical.core import OpticalPSF

__all__ = ["OpticalPSF", "TopHatBand", "uvis_bands"]
