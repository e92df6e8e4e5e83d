"""Recalibration of posteriors that are too wide, too narrow, or biased."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from clusternet.posterior.accuracy import FEWEST_PER_NODE, IDENTITY, SHARED_WEIGHT
from clusternet.posterior.histograms import quantile

if TYPE_CHECKING:
    from clusternet.posterior.core import Posterior

__all__ = ["Calibration"]

#: Probabilities between which the map is linear.
_LEVELS = np.concatenate([[0, 0.01, 0.025], np.arange(1, 20) / 20, [0.975, 0.99, 1]])
_NODES = ("log_visibility", "log_age")


class Calibration:
    """A map from the probabilities that a network predicts to those that hold.

    Where true values are known, so is which fraction of them lies below the quantile that a
    posterior gives for any probability (the distribution of the probability integral transform,
    PIT). The correction takes the quantile below which the wanted fraction lay: quantile
    recalibration (Kuleshov et al. 2018, ICML 80, 2796), here of each parameter, on a grid of the
    predicted medians of visibility and age, linear between the nodes.

    It maps values monotonically and does not change the dependence between parameters.
    `~clusternet.posterior.Posterior` applies it; networks keep it in their metadata.

    Parameters
    ----------
    nodes : dict of str to array_like
        Ascending values of ``log_visibility`` and ``log_age`` at the nodes.
    levels : array_like, shape (level,)
        Probabilities that hold, from 0 to 1.
    quantiles : dict of str to array_like, shape (log_visibility, log_age, level)
        The predicted probability at each of them, for each parameter at each node; ascending
        from 0 to 1.
    fitted_to : str, optional
        Description of the objects that it was fitted to.

    Raises
    ------
    ValueError
        If shapes do not fit, or something does not ascend.

    Examples
    --------
    Posteriors that are twice as wide as the errors:

    >>> import numpy as np
    >>> from clusternet.posterior import Calibration, ParameterBins, Posterior
    >>> bins = ParameterBins()
    >>> rng = np.random.default_rng(1)
    >>> flat = {name: np.ones((2000, n)) for name, n in bins.group_sizes.items()}
    >>> truth = {"log_r_h": rng.uniform(-1.15, -0.65, 2000)}
    >>> calibration = Calibration.fit(Posterior(bins, flat), truth, nodes=1)
    >>> lo, hi = Posterior(bins, flat, calibration=calibration).interval("log_r_h", 0.9)
    >>> print(lo[0].round(2), hi[0].round(2))
    -1.12 -0.67
    """

    def __init__(self, nodes: Mapping[str, ArrayLike], levels: ArrayLike,
                 quantiles: Mapping[str, ArrayLike], *, fitted_to: str = "") -> None:
        self.fitted_to = str(fitted_to)
        self.nodes = {name: _ascending(f"nodes of {name}", nodes[name]) for name in _NODES}
        self.levels = _ascending("levels", levels, probabilities=True)
        shape = (*(len(values) for values in self.nodes.values()), len(self.levels))
        self.quantiles = {}
        for name, values in quantiles.items():
            values = np.asarray(values, dtype=float)
            if values.shape != shape:
                raise ValueError(f"quantiles of {name} have shape {values.shape}, the nodes and "
                                 f"levels {shape}")
            for row in values.reshape(-1, shape[-1]):
                _ascending(f"quantiles of {name}", row, probabilities=True)
            self.quantiles[name] = values

    @classmethod
    def fit(cls, posterior: "Posterior", truth: Mapping[str, ArrayLike], *, nodes: int = 5,
            fitted_to: str = "") -> Self:
        """Fit the calibration to objects whose parameters are known.

        Parameters
        ----------
        posterior : `~clusternet.posterior.Posterior`
            As the network predicts it, without a calibration.
        truth : dict of str to array_like, shape (object,)
            True values, in the units of the bins. Values that are not finite or outside of the
            range of the bins do not count; parameters without true values are not corrected.
        nodes : int, optional
            Nodes in visibility, and in age.
        fitted_to : str, optional
            Description of the objects.

        Returns
        -------
        `Calibration`
        """
        if posterior.calibration is not None:
            raise ValueError("the posterior has a calibration already; fit one made without")
        if nodes < 1:
            raise ValueError(f"nodes is {nodes}; give 1 or more")
        pits = {name: posterior.pit(name, values) for name, values in truth.items()}
        for name, values in pits.items():
            n = np.count_nonzero(np.isfinite(values))
            if n < FEWEST_PER_NODE * nodes**2:
                raise ValueError(f"{n} objects with a known {name}; {nodes} x {nodes} nodes need "
                                 f"{FEWEST_PER_NODE * nodes**2}: give more, or fewer nodes")
        medians = {name: posterior.median(name) for name in _NODES}
        fractions = (np.arange(nodes) + 0.5) / nodes
        places = {name: np.unique(np.nanquantile(values, fractions))
                  for name, values in medians.items()}
        weights = _weights(places, medians)
        quantiles = {}
        for name, values in pits.items():
            known = np.isfinite(values)
            order = np.flatnonzero(known)[np.argsort(values[known])]
            shared = SHARED_WEIGHT / len(order)
            rows = np.stack([_quantiles(values[order], weight + shared)
                             for weight in weights[order].T])
            quantiles[name] = rows.reshape(*(len(at) for at in places.values()), -1)
        return cls(places, _LEVELS, quantiles, fitted_to=fitted_to)

    def knots(self, histograms: Mapping[str, np.ndarray], edges: Mapping[str, np.ndarray]
              ) -> dict[str, np.ndarray]:
        """Map of each object, interpolated between the nodes.

        Parameters
        ----------
        histograms : dict of str to numpy.ndarray, shape (n, bins)
            Predicted histograms of visibility and age, without a calibration.
        edges : dict of str to numpy.ndarray, shape (bins + 1,)
            Their edges.

        Returns
        -------
        dict of str to numpy.ndarray, shape (n, level)
            The predicted probability at each of ``levels``, for each parameter.
        """
        medians = {name: quantile(histograms[name], edges[name], 0.5) for name in _NODES}
        weights = _weights(self.nodes, medians)
        return {name: weights @ values.reshape(weights.shape[1], -1)
                for name, values in self.quantiles.items()}

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and lists for JSON, as in the metadata of a network."""
        return {"fitted_to": self.fitted_to,
                "nodes": {name: values.tolist() for name, values in self.nodes.items()},
                "levels": self.levels.tolist(),
                "quantiles": {name: values.round(7).tolist()
                              for name, values in self.quantiles.items()}}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Self:
        """Inverse of `to_dict`."""
        return cls(**stored)


def linear_weights(values: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """Weights of nodes in linear interpolation, shape (value, node); constant beyond the ends."""
    place = np.interp(values, nodes, np.arange(len(nodes)))
    return np.clip(1 - np.abs(place[:, None] - np.arange(len(nodes))), 0, 1)


def recalibrated(below: np.ndarray, knots: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Calibrated probabilities of predicted ones, shape (n, any), by maps of shape (n, level)."""
    if not len(knots):
        return below
    # One interpolation for all: every row has a range of its own.
    row = 2.0 * np.arange(len(knots))[:, None]
    return np.interp((below + row).ravel(), (knots + row).ravel(),
                     np.tile(levels, len(knots))).reshape(below.shape)


def transfer(predicted: np.ndarray, calibrated: np.ndarray) -> np.ndarray:
    """Fraction of each bin that goes to each bin as one distribution becomes another.

    Both are cumulative distributions of shape (n, bins + 1); the result has shape
    (n, predicted bin, calibrated bin).
    """
    lo = np.maximum(predicted[:, :-1, None], calibrated[:, None, :-1])
    hi = np.minimum(predicted[:, 1:, None], calibrated[:, None, 1:])
    size = np.diff(predicted)[:, :, None]
    return np.divide(np.clip(hi - lo, 0, None), size, out=np.zeros_like(lo), where=size != 0)


def _weights(nodes: Mapping[str, np.ndarray], medians: Mapping[str, np.ndarray]) -> np.ndarray:
    """Weights of the nodes of the grid for each object, shape (object, node)."""
    along = []
    for name, at in nodes.items():
        values = medians[name]
        # An unknown value stands in the middle: its posterior is NaN, others' need not be.
        along.append(linear_weights(np.where(np.isfinite(values), values, np.median(at)), at))
    grid = np.einsum("ni,nj->nij", *along)
    return grid.reshape(len(grid), grid.shape[1] * grid.shape[2])


def _quantiles(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted quantiles of ascending values at the levels."""
    below = (np.cumsum(weights) - weights / 2) / weights.sum()
    result = np.interp(_LEVELS, below, values)
    result[[0, -1]] = 0, 1
    return (1 - IDENTITY) * result + IDENTITY * _LEVELS


def _ascending(what: str, values: ArrayLike, *, probabilities: bool = False) -> np.ndarray:
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or not len(values) or not np.all(np.diff(values) > 0):
        raise ValueError(f"{what} are {values}; give ascending numbers")
    if probabilities and (values[0] != 0 or values[-1] != 1):
        raise ValueError(f"{what} go from {values[0]} to {values[-1]}; they must go from 0 to 1")
    return values
