"""Correcting posteriors that are known to be too wide, too narrow, or off."""

import numpy as np

from clusternet.posterior.histograms import quantile

__all__ = ["Calibration"]

#: Probabilities between which the map is linear.
_LEVELS = np.concatenate([[0, 0.01, 0.025], np.arange(1, 20) / 20, [0.975, 0.99, 1]])
_NODES = ("log_visibility", "log_age")
_FEWEST = 20  # objects a node
_SHARED = 10  # weight of all objects together at each node, so that none hangs on a few
_STEEPEST = 1e-4  # part of the map that is the identity: it can always be inverted


class Calibration:
    """A map from the probabilities that a network tells to those that hold.

    Where true values are known, so is which fraction of them lies below the quantile that a
    posterior gives for any probability (the distribution of the probability integral transform,
    PIT). The correction takes the quantile below which the wanted fraction lay: quantile
    recalibration (Kuleshov et al. 2018, ICML 80, 2796), here of each parameter, on a grid of the
    medians of visibility and age that the network tells, linear between the nodes.

    It moves values, monotonically, and leaves the dependence between parameters as it is.
    `~clusternet.posterior.Posterior` applies it; networks keep it in their metadata.

    Parameters
    ----------
    nodes : dict of str to array_like
        Ascending values of ``log_visibility`` and ``log_age`` at the nodes.
    levels : array_like, shape (level,)
        Probabilities that hold, from 0 to 1.
    quantiles : dict of str to array_like, shape (log_visibility, log_age, level)
        The probability that the network tells at each of them, for each parameter at each node;
        ascending from 0 to 1.
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
    >>> from clusternet.posterior import Posterior
    >>> from clusternet.posterior import ParameterBins
    >>> from clusternet.posterior.recalibration import Calibration
    >>> bins = ParameterBins()
    >>> rng = np.random.default_rng(1)
    >>> histograms = np.ones((2000, 2800)), np.ones((2000, 14)), np.ones((2000, 20))
    >>> posterior = Posterior(bins, *histograms)
    >>> calibration = Calibration.fit(posterior, {"log_r_h": rng.uniform(-1.15, -0.65, 2000)},
    ...                               nodes=1)
    >>> low, high = Posterior(bins, *histograms, calibration).interval("log_r_h", 0.9)
    >>> print(low[0].round(2), high[0].round(2))
    -1.12 -0.67
    """

    def __init__(self, nodes, levels, quantiles, fitted_to=""):
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
    def fit(cls, posterior, truth, nodes=5, *, fitted_to=""):
        """Find the correction from objects whose parameters are known.

        Parameters
        ----------
        posterior : `~clusternet.posterior.Posterior`
            As the network told it, without a correction.
        truth : dict of str to array_like, shape (object,)
            True values, in the units of the bins. Values that are not finite or outside of the
            range of the bins do not count; a parameter that is missing is left as it is.
        nodes : int, optional
            Nodes in visibility, and in age.
        fitted_to : str, optional
            Description of the objects.

        Returns
        -------
        `Calibration`
        """
        if posterior.calibration is not None:
            raise ValueError("the posterior is corrected already; fit one made without a "
                             "calibration")
        if nodes < 1:
            raise ValueError(f"nodes is {nodes}; give 1 or more")
        pits = {name: posterior.pit(name, values) for name, values in truth.items()}
        for name, values in pits.items():
            n = np.count_nonzero(np.isfinite(values))
            if n < _FEWEST * nodes**2:
                raise ValueError(f"{n} objects with a known {name}; {nodes} x {nodes} nodes need "
                                 f"{_FEWEST * nodes**2}: give more, or fewer nodes")
        medians = {name: posterior.median(name) for name in _NODES}
        parts = (np.arange(nodes) + 0.5) / nodes
        places = {name: np.unique(np.nanquantile(values, parts))
                  for name, values in medians.items()}
        weights = _weights(places, medians)
        quantiles = {}
        for name, values in pits.items():
            known = np.isfinite(values)
            order = np.flatnonzero(known)[np.argsort(values[known])]
            shared = _SHARED / len(order)
            rows = np.stack([_quantiles(values[order], weight + shared)
                             for weight in weights[order].T])
            quantiles[name] = rows.reshape(*(len(at) for at in places.values()), -1)
        return cls(places, _LEVELS, quantiles, fitted_to)

    def knots(self, histograms, edges):
        """The map of each object.

        Parameters
        ----------
        histograms : dict of str to numpy.ndarray, shape (n, bins)
            Of visibility and age, as the network told them.
        edges : dict of str to numpy.ndarray, shape (bins + 1,)
            Their edges.

        Returns
        -------
        dict of str to numpy.ndarray, shape (n, level)
            The probability that the network tells at each of ``levels``.
        """
        medians = {name: quantile(histograms[name], edges[name], 0.5) for name in _NODES}
        weights = _weights(self.nodes, medians)
        return {name: weights @ values.reshape(weights.shape[1], -1)
                for name, values in self.quantiles.items()}

    def to_dict(self):
        """What JSON can hold, for the metadata of a network."""
        return {"fitted_to": self.fitted_to,
                "nodes": {name: values.tolist() for name, values in self.nodes.items()},
                "levels": self.levels.tolist(),
                "quantiles": {name: values.round(7).tolist()
                              for name, values in self.quantiles.items()}}

    @classmethod
    def from_dict(cls, stored):
        """Inverse of `to_dict`."""
        return cls(**stored)


def hats(values, nodes):
    """Weights of nodes in linear interpolation, shape (value, node); constant beyond the ends."""
    place = np.interp(values, nodes, np.arange(len(nodes)))
    return np.clip(1 - np.abs(place[:, None] - np.arange(len(nodes))), 0, 1)


def corrected(below, knots, levels):
    """Probabilities that hold, of those told, shape (n, any), by maps of shape (n, level)."""
    if not len(knots):
        return below
    # One interpolation for all: every row has a range of its own.
    row = 2.0 * np.arange(len(knots))[:, None]
    return np.interp((below + row).ravel(), (knots + row).ravel(),
                     np.tile(levels, len(knots))).reshape(below.shape)


def moved(told, cdf):
    """How much of each bin goes to each bin as one cumulative distribution becomes another.

    Both have shape (n, bins + 1); the result has shape (n, bins told, bins).
    """
    low = np.maximum(told[:, :-1, None], cdf[:, None, :-1])
    high = np.minimum(told[:, 1:, None], cdf[:, None, 1:])
    size = np.diff(told)[:, :, None]
    return np.divide(np.clip(high - low, 0, None), size, out=np.zeros_like(low), where=size != 0)


def _weights(nodes, medians):
    """Weights of the nodes of the grid for each object, shape (object, node)."""
    along = []
    for name, at in nodes.items():
        values = medians[name]
        # An unknown value stands in the middle: its posterior is NaN, others' need not be.
        along.append(hats(np.where(np.isfinite(values), values, np.median(at)), at))
    grid = np.einsum("ni,nj->nij", *along)
    return grid.reshape(len(grid), grid.shape[1] * grid.shape[2])


def _quantiles(values, weights):
    """Weighted quantiles of ascending values at the levels."""
    below = (np.cumsum(weights) - weights / 2) / weights.sum()
    result = np.interp(_LEVELS, below, values)
    result[[0, -1]] = 0, 1
    return (1 - _STEEPEST) * result + _STEEPEST * _LEVELS


def _ascending(what, values, probabilities=False):
    values = np.asarray(values, dtype=float)
    if values.ndim != 1 or not len(values) or not np.all(np.diff(values) > 0):
        raise ValueError(f"{what} are {values}; give ascending numbers")
    if probabilities and (values[0] != 0 or values[-1] != 1):
        raise ValueError(f"{what} go from {values[0]} to {values[-1]}; they must go from 0 to 1")
    return values
