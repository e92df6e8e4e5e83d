"""Point-spread functions: the image of one star, pixel integration included."""

from clusternet.psf.core import PSFProvider
from clusternet.psf.drizzled import DrizzledPSF
from clusternet.psf.gaussian import GaussianPSF
from clusternet.psf.gridded import GriddedPSF
from clusternet.psf.mean import MeanPSF
from clusternet.psf.moffat import MoffatPSF
from clusternet.psf.optical import OpticalPSF, TopHatBand, uvis_bands
from clusternet.psf.tinytim import TinyTim, TinyTimImage, TinyTimPSF, TinyTimRequest

__all__ = [
    "DrizzledPSF",
    "GaussianPSF",
    "GriddedPSF",
    "MeanPSF",
    "MoffatPSF",
    "OpticalPSF",
    "PSFProvider",
    "TinyTim",
    "TinyTimImage",
    "TinyTimPSF",
    "TinyTimRequest",
    "TopHatBand",
    "uvis_bands",
]
