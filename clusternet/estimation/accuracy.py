"""Accuracy of estimators: what trades precision and memory against time."""

__all__ = [
    "CANDIDATES_AT_ONCE",
    "CURVE_SIZES",
    "CURVE_STAMP",
    "LIBRARY_REACH",
    "LIBRARY_WIDENINGS",
    "ROWS_AT_ONCE",
]

#: Candidates whose windows are evaluated together (200: 57 MB of histograms).
CANDIDATES_AT_ONCE = 200

#: Rows of the image, in pixels, from which the windows evaluated together come (64).
ROWS_AT_ONCE = 64

#: Standard deviations in a band beyond which entries of a library do not count (5).
LIBRARY_REACH = 5

#: Times that all errors of an object are doubled to find enough entries in a library (6).
LIBRARY_WIDENINGS = 6

#: Sizes at which concentration and aperture correction of mock clusters are measured (11).
CURVE_SIZES = 11

#: Side, in pixels, of the stamps on which they are measured (64).
CURVE_STAMP = 64
