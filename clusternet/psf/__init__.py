"""How one star looks: point-spread functions, pixel integration included."""

from clusternet.psf.core import PSFProvider
from clusternet.psf.drizzled import DrizzledPSF
from clusternet.psf.gaussian import GaussianPSF
from clusternet.psf.gridded import GriddedPSF
from clusternet.psf.mean import MeanPSF
from clusternet.psf.moffat import MoffatPSF
from clusternet.psf.optical.bands import TopHatBand, uvis_bands
from clusternet.psf.optical.core import OpticalPSF
from clusternet.psf.tinytim.core import TinyTimPSF
from clusternet.psf.tinytim.file import TinyTimImage
from clusternet.psf.tinytim.program import TinyTim
from clusternet.psf.tinytim.request import TinyTimRequest

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
