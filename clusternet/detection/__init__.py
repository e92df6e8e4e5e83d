"""Where are clusters? Value maps of an image, and candidates at their peaks."""

from clusternet.detection.core import Detector, MapDetector
from clusternet.detection.dense import DenseDetector
from clusternet.detection.map_store import MapStore
from clusternet.detection.maps import ValueMaps
from clusternet.detection.peaks import PeakFinder
from clusternet.detection.sliding_window import SlidingWindowDetector
from clusternet.detection.star_finder import StarFinderDetector

__all__ = ["DenseDetector", "Detector", "MapDetector", "MapStore", "PeakFinder",
           "SlidingWindowDetector", "StarFinderDetector", "ValueMaps"]
