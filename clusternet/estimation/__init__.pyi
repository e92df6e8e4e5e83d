from .aperture import AperturePhotometry as AperturePhotometry
from .aperture import Photometry as Photometry
from .core import ParameterEstimator as ParameterEstimator
from .dense import DenseEstimator as DenseEstimator
from .library import ClusterLibrary as ClusterLibrary
from .network import NetworkEstimator as NetworkEstimator
from .photometric import PhotometricEstimator as PhotometricEstimator
from .size_curve import SizeCurve as SizeCurve
