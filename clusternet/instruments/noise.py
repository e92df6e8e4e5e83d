"""Noise of an exposure."""

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["noise_std"]


def noise_std(
    expected: ArrayLike, exposure_time: ArrayLike, read_noise: ArrayLike = 0.0
) -> np.ndarray:
    r"""Return the standard deviation of photon and read noise in a count rate.

    :math:`\sqrt{\max(f, 0) / t + (r / t)^2}`: Poisson noise of :math:`f t` electrons and read
    noise of :math:`r` electrons, over the exposure time.

    Parameters
    ----------
    expected : array_like, shape (band, ...) or (..., band, y, x)
        Count rate without noise, e-/s; negative rates have no photon noise.
    exposure_time : array_like
        Total exposure time, in seconds, of a shape that broadcasts against ``expected``.
    read_noise : array_like, optional
        Electrons per pixel of all exposures together, of the same shape.

    Returns
    -------
    std : `~numpy.ndarray`
        e-/s, of the type of number that ``expected`` and ``exposure_time`` give together.

    Examples
    --------
    >>> from clusternet.instruments import noise_std
    >>> print(noise_std(4.0, exposure_time=100.0, read_noise=15.0))
    0.25
    """
    photon_variance = np.divide(np.maximum(expected, 0), exposure_time)
    return np.sqrt(photon_variance + np.divide(read_noise, exposure_time) ** 2)
