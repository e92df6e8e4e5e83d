"""Point-spread functions from TinyTim, run or read."""

from clusternet.psf.tinytim.core import TinyTimPSF
from clusternet.psf.tinytim.file import TinyTimImage
from clusternet.psf.tinytim.program import TinyTim
from clusternet.psf.tinytim.request import TinyTimRequest

__all__ = ["TinyTim", "TinyTimImage", "TinyTimPSF", "TinyTimRequest"]
