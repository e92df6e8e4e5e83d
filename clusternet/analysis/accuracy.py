"""Accuracy of drift rates and of fits with incomplete samples."""

__all__ = ["DETECTED_QUANTILES", "PEAK_STEP"]

#: Step of peak positions and of the counts that they are found on, kpc.
PEAK_STEP = 0.01

#: Quantiles of a mass function over which the probability of being found is averaged.
DETECTED_QUANTILES = 2000
