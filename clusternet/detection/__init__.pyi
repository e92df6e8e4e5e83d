from .core import Detector as Detector
from .core import MapDetector as MapDetector
from .dense import DenseDetector as DenseDetector
from .map_store import MapStore as MapStore
from .maps import ValueMaps as ValueMaps
from .peaks import PeakFinder as PeakFinder
from .sliding_window import SlidingWindowDetector as SlidingWindowDetector
from .star_finder import StarFinderDetector as StarFinderDetector
