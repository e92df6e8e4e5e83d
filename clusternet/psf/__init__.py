"""How one star looks: point-spread functions, pixel integration included."""

from clusternet.psf.core import PSFProvider
from clusternet.psf.gaussian import GaussianPSF
from clusternet.psf.optical import OpticalPSF, TopHatBand
from clusternet.psf.tinytim import TinyTimImage, TinyTimPSF

__all__ = [
    "GaussianPSF",
    "OpticalPSF",
    "PSFProvider",
    "TinyTimImage",
    "TinyTimPSF",
    "TopHatBand",
]
