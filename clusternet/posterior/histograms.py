"""Histograms over parameter bins: marginals, quantiles and means, with numpy alone."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from clusternet.posterior.bins import ParameterBins

__all__ = ["marginals", "mean", "neighbour_weights", "quantile"]


def marginals(bins: ParameterBins, groups: Mapping[str, Any]) -> dict[str, Any]:
    """Histogram of each parameter.

    Parameters
    ----------
    bins : `~clusternet.posterior.ParameterBins`
        The bins.
    groups : dict of str to numpy.ndarray or torch.Tensor, shape (n, group size)
        Probabilities of each group of `~clusternet.catalog.GROUPS`.

    Returns
    -------
    dict of str to numpy.ndarray or torch.Tensor, shape (n, bins)
        Probabilities of each parameter of ``bins.names``, in that order.
    """
    joint = groups["joint"]
    cube = joint.reshape(len(joint), *bins.joint_shape)
    axes = range(1, cube.ndim)
    summed = {name: cube.sum(axis=tuple(a for a in axes if a != axis))
              for axis, name in zip(axes, bins.joint, strict=True)}
    return summed | {name: groups[name] for name in bins.single}


def quantile(probabilities: ArrayLike, edges: np.ndarray, q: ArrayLike) -> np.ndarray:
    """Quantile of histograms, interpolated linearly inside the bins.

    Parameters
    ----------
    probabilities : array_like
        Shape (..., bins); each histogram is scaled to a sum of one.
    edges : numpy.ndarray
        Bin edges, ascending, shape (bins + 1,).
    q : float or array_like, shape (...)
        Probability from 0 to 1 below the value sought; 0.5 for the median.

    Returns
    -------
    numpy.ndarray
        Shape (...), in the unit of ``edges``; NaN for histograms with a NaN or without content.

    Examples
    --------
    Half of the probability lies below the middle of the second bin:

    >>> import numpy as np
    >>> from clusternet.posterior.histograms import quantile
    >>> print(quantile(np.array([0.25, 0.5, 0.25]), np.array([0.0, 1.0, 2.0, 3.0]), 0.5))
    1.5
    """
    q = np.asarray(q)
    if not np.all((q >= 0) & (q <= 1)):
        raise ValueError(f"q = {q} is no probability; give one from 0 to 1")
    probabilities = np.asarray(probabilities, dtype=float)
    cdf = np.cumsum(probabilities, axis=-1)
    total = cdf[..., -1:]
    target = q[..., None] * total
    # The first bin that holds content and reaches the target, so that empty bins are passed over.
    index = np.argmax((cdf >= target) & (probabilities > 0), axis=-1)[..., None]
    inside = np.take_along_axis(probabilities, index, -1)
    below = np.take_along_axis(cdf, index, -1) - inside
    with np.errstate(divide="ignore", invalid="ignore"):
        fraction = np.where(total > 0, np.clip((target - below) / inside, 0, 1), np.nan)
    return (edges[index] + fraction * (edges[index + 1] - edges[index]))[..., 0]


def mean(probabilities: ArrayLike, edges: np.ndarray) -> np.ndarray:
    """Mean of histograms whose bins are evenly filled.

    Parameters
    ----------
    probabilities : array_like
        Shape (..., bins); each histogram is scaled to a sum of one.
    edges : numpy.ndarray
        Bin edges, ascending, shape (bins + 1,).

    Returns
    -------
    numpy.ndarray
        Shape (...), in the unit of ``edges``; NaN for histograms without content.
    """
    probabilities = np.asarray(probabilities, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        return probabilities @ (0.5 * (edges[1:] + edges[:-1])) / probabilities.sum(axis=-1)


def neighbour_weights(class_cb: np.ndarray, *, sigma: float = 1.5) -> np.ndarray:
    """Weights of the pixels around a peak, by their class and their distance from it.

    Paper III, section 3.2, averages "using each pixel's class value, as well as its distance
    from said peak in a 5 x 5 window, as the weight", and does not give the function. Here it is
    ``class_cb * exp(-r^2 / (2 sigma^2))``.

    Parameters
    ----------
    class_cb : numpy.ndarray
        Class of each pixel, shape (..., k, k), k odd, the peak in the middle. Pixels without
        value (NaN) get no weight.
    sigma : float, optional
        In pixels.

    Returns
    -------
    numpy.ndarray
        Of the same shape; the weights of a peak sum to one, or are all zero where no pixel has a
        value.
    """
    offset = np.arange(class_cb.shape[-1]) - class_cb.shape[-1] // 2
    near = np.exp(-(offset[:, None] ** 2 + offset**2) / (2 * sigma**2))
    # The floor gives means to places where the class is zero throughout.
    weights = np.nan_to_num(np.maximum(class_cb, 1e-6), nan=0.0) * near
    total = weights.sum(axis=(-2, -1), keepdims=True)
    return np.divide(weights, total, out=np.zeros_like(weights, dtype=float), where=total > 0)
