"""Accuracy and memory of the training: the numbers that trade one for the other."""

__all__ = ["BLUR_EXTENT", "FALSE_PEAKS", "NOISE_EXTENT", "PEAK_STEP", "SCENE_MARGIN"]

#: Pixels beyond the border of a scene in which clusters are placed whose light reaches it; 12.
SCENE_MARGIN = 12

#: Standard deviations at which the Gaussian that widens the PSF of a scene is cut off; 3.5.
BLUR_EXTENT = 3.5

#: Standard deviations at which the Gaussian that correlates noise is cut off; 3.
NOISE_EXTENT = 3

#: Least ratio of false peaks to true ones that the peak head of the dense network learns from; 1/3.
FALSE_PEAKS = 1 / 3

#: Peaks per batch are rounded up to a multiple of this: few different sizes keep the memory of the
#: allocator small; 64.
PEAK_STEP = 64
