"""Constants that trade accuracy, memory and speed of the networks."""

__all__ = ["DOMAIN_LEVELS", "PEAKS_TOGETHER", "WINDOWS_TOGETHER"]

#: Number of quantiles that hold the distances of mock clusters in a `Domain` (401): the score
#: has steps of 1 / 400 where it is not interpolated.
DOMAIN_LEVELS = 401

#: Peaks that the dense network describes together (64): activations stay in the processor's cache.
PEAKS_TOGETHER = 64

#: Windows that go through a stage of the window network together (8, 8, 16, all, all): few where
#: activations are large, so that they stay in the processor's cache, and all where weights are,
#: so that these are read once.
WINDOWS_TOGETHER = {"conv1": 8, "conv2_x": 8, "conv3_x": 16, "conv4_x": None, "conv5_x": None}
