"""What is known of the parameters of each object, as histograms."""

import math
from functools import cached_property

import numpy as np

from clusternet.catalog import PARAMETERS, ClusterFlag
from clusternet.posterior.histograms import joint_marginals, mean, quantile
from clusternet.posterior.recalibration import corrected, hats, moved

__all__ = ["Posterior"]

_ONE_SIGMA = 0.6827


class Posterior:
    """Posterior probabilities of the parameters of a number of objects.

    Age, extinction and mass have one joint histogram an object, which carries the degeneracy
    between them; size and visibility have one each. Inside a bin probability is spread evenly.

    A calibration moves the values of each parameter monotonically, so that its quantiles are
    where they ought to be; all that is asked of the posterior agrees with that, and the
    dependence between parameters stays as it was.

    Parameters
    ----------
    bins : `~clusternet.posterior.ParameterBins`
        The bins.
    joint : array_like, shape (n, joint bins) or (n, log_age, a_v, log_mass)
        Probabilities of each object; scaled to a sum of one. NaN where nothing is known.
    log_r_h, log_visibility : array_like, shape (n, bins)
        The same, of these parameters.
    calibration : `~clusternet.posterior.recalibration.Calibration`, optional
        Correction of the histograms; they hold as they are when not given.

    Raises
    ------
    ValueError
        If shapes do not fit the bins, or a probability is negative.

    Examples
    --------
    A mass known to lie in the first of two bins, and nothing else:

    >>> import numpy as np
    >>> from clusternet.posterior import Posterior
    >>> from clusternet.posterior import ParameterBins
    >>> bins = ParameterBins(log_age=(6, 10, 1), a_v=(0, 3, 1), log_mass=(3, 5, 2),
    ...                      log_r_h=(-1, 0, 1), log_visibility=(0, 2, 1))
    >>> posterior = Posterior(bins, [[1.0, 0.0]], [[1.0]], [[1.0]])
    >>> print(posterior.median("log_mass"), posterior.median("log_age"))
    [3.5] [8.]
    >>> low, high = posterior.interval("log_mass", 0.5)
    >>> print(low, high)
    [3.25] [3.75]
    """

    def __init__(self, bins, joint, log_r_h, log_visibility, calibration=None):
        self.bins = bins
        self.calibration = calibration
        joint = np.asarray(joint)
        self._joint = _normalised("joint", joint.reshape(len(joint), math.prod(joint.shape[1:])),
                                  bins.group_sizes["joint"])
        self._single = {name: _normalised(name, np.asarray(values), len(bins.centres(name)))
                        for name, values in (("log_r_h", log_r_h),
                                             ("log_visibility", log_visibility))}
        lengths = {len(self._joint), *(len(values) for values in self._single.values())}
        if len(lengths) > 1:
            raise ValueError(f"histograms of {sorted(lengths)} objects; each needs all of them")

    def __len__(self):
        return len(self._joint)

    def __getitem__(self, index):
        """Take the posteriors of some objects: an integer, a slice, or an array of either kind."""
        index = [index] if isinstance(index, (int, np.integer)) else index
        return type(self)(self.bins, self._joint[index],
                          *(values[index] for values in self._single.values()),
                          self.calibration)

    def __repr__(self):
        return f"{type(self).__name__}({len(self)} objects)"

    @property
    def joint(self):
        """Joint probability of log_age, a_v and log_mass, shape (n, log_age, a_v, log_mass)."""
        joint = self._joint.reshape(len(self), *self.bins.joint_shape)
        if not self._knots:
            return joint
        told = {name: _cdf(self._told(name)) for name in self.bins.joint}
        moves = (moved(cdf, self._corrected(name, cdf)) for name, cdf in told.items())
        return np.einsum("nijk,nia,njb,nkc->nabc", joint,
                         *(move.astype(joint.dtype) for move in moves), optimize=True)

    def marginal(self, name):
        """Probability in each bin of one parameter.

        Parameters
        ----------
        name : str
            ``log_age``, ``a_v``, ``log_mass``, ``log_r_h`` or ``log_visibility``.

        Returns
        -------
        numpy.ndarray, shape (n, bins)
            The edges of the bins are ``bins.edges(name)``.
        """
        if name not in self._knots:
            return self._told(name)
        return np.diff(self._corrected(name, _cdf(self._told(name))), axis=1)

    def quantile(self, name, q):
        """Value below which the parameter lies with probability q.

        Parameters
        ----------
        name : str
            A parameter, as for `marginal`.
        q : float
            From 0 to 1.

        Returns
        -------
        numpy.ndarray, shape (n,)
            Interpolated linearly inside the bins; NaN where nothing is known.
        """
        if not 0 <= q <= 1:
            raise ValueError(f"q = {q} is no probability; give one from 0 to 1")
        if name in self._knots:
            q = np.clip(self._knots[name] @ hats([q], self.calibration.levels)[0], 0, 1)
        return quantile(self._told(name), self.bins.edges(name), q)

    def pit(self, name, values):
        """Probability that each object's parameter is less than a value.

        Of true values this is the probability integral transform: evenly distributed from 0 to
        1 if the posteriors are calibrated.

        Parameters
        ----------
        name : str
            A parameter, as for `marginal`.
        values : array_like, shape (n,)
            One value an object, in the unit of the bins.

        Returns
        -------
        numpy.ndarray, shape (n,)
            NaN where nothing is known, and for values outside of the range of the bins, which
            the histograms say nothing about.

        Examples
        --------
        >>> import numpy as np
        >>> from clusternet.posterior import Posterior
        >>> from clusternet.posterior import ParameterBins
        >>> flat = Posterior(ParameterBins(), *(np.ones((3, n)) for n in (2800, 14, 20)))
        >>> print(flat.pit("a_v", [0.0, 1.5, 3.3]))
        [0.  0.5 nan]
        """
        edges = self.bins.edges(name)
        values = np.asarray(values, dtype=float)
        if values.shape != (len(self),):
            raise ValueError(f"values of {name} have shape {values.shape}; there are "
                             f"{len(self)} objects")
        place = (values - edges[0]) / (edges[1] - edges[0])
        # Limits are met to rounding.
        place[~((place >= -1e-6) & (place <= len(edges) - 1 + 1e-6))] = np.nan
        known = np.flatnonzero(np.isfinite(place))
        place = np.clip(place[known], 0, len(edges) - 1)
        bin_ = np.minimum(place.astype(int), len(edges) - 2)
        cdf = _cdf(self._told(name))
        low, high = cdf[known, bin_], cdf[known, bin_ + 1]
        below = np.full(len(self), np.nan)
        below[known] = low + (place - bin_) * (high - low)
        return self._corrected(name, below[:, None])[:, 0]

    def median(self, name):
        """Median of a parameter, shape (n,)."""
        return self.quantile(name, 0.5)

    def interval(self, name, level=_ONE_SIGMA):
        """Central interval that holds the parameter with a given probability.

        Parameters
        ----------
        name : str
            A parameter, as for `marginal`.
        level : float, optional
            The probability; by default that of one sigma, from the 16th to the 84th percentile.

        Returns
        -------
        low, high : numpy.ndarray, shape (n,)
            The ends.
        """
        if not 0 <= level <= 1:
            raise ValueError(f"level is {level}; a probability is from 0 to 1")
        return tuple(self.quantile(name, 0.5 + side * level / 2) for side in (-1, 1))

    def mean(self, name):
        """Mean of a parameter, shape (n,)."""
        return mean(self.marginal(name), self.bins.edges(name))

    def sample(self, n, rng=None):
        """Draw parameters from the posterior of each object.

        Parameters
        ----------
        n : int
            Draws an object.
        rng : `numpy.random.Generator` or int, optional
            Source of randomness.

        Returns
        -------
        dict of numpy.ndarray
            Shape (objects, n), of every parameter; the age, extinction and mass of a draw belong
            together. NaN where nothing is known.
        """
        rng = np.random.default_rng(rng)
        cells = _drawn(self._joint, n, rng)
        unravelled = np.unravel_index(cells, self.bins.joint_shape)
        index = dict(zip(self.bins.joint, unravelled, strict=True))
        index.update({name: _drawn(values, n, rng) for name, values in self._single.items()})
        draws = {}
        for name, cell in index.items():
            edges = self.bins.edges(name)
            draws[name] = edges[cell] + rng.random(cell.shape) * np.diff(edges)[cell]
            if name in self._knots:
                for row, cdf, knots in zip(draws[name], _cdf(self._told(name)),
                                           self._knots[name], strict=True):
                    told = np.interp(np.interp(row, edges, cdf), self.calibration.levels, knots)
                    row[:] = np.interp(told, cdf, edges)
            draws[name][np.isnan(self._told(name)[:, 0])] = np.nan
        return draws

    def columns(self):
        """Columns of a catalogue: medians, 16th and 84th percentiles, and flags.

        Returns
        -------
        dict of numpy.ndarray
            NAME, NAME_lo and NAME_hi of each of `clusternet.catalog.PARAMETERS`, in the units of
            `clusternet.catalog.COLUMNS`, and ``flags``: which medians lie in the first or the
            last bin.
        """
        columns = {"flags": np.zeros(len(self), dtype=np.int64)}
        for parameter in PARAMETERS:
            name = "log_visibility" if parameter == "visibility" else parameter
            values = self.median(name), *self.interval(name)
            edges = self.bins.edges(name)
            at_limit = (values[0] < edges[1]) | (values[0] > edges[-2])
            columns["flags"] |= np.where(at_limit, ClusterFlag[f"{parameter.upper()}_AT_LIMIT"], 0)
            for ending, value in zip(("", "_lo", "_hi"), values, strict=True):
                columns[parameter + ending] = 10**value if name == "log_visibility" else value
        return columns


    @cached_property
    def _marginals(self):
        return {**joint_marginals(self.bins, self._joint), **self._single}

    def _told(self, name):
        """Histogram of a parameter without the calibration."""
        self.bins.edges(name)  # which knows the names, and says so
        return self._marginals[name]

    @cached_property
    def _knots(self):
        """Probabilities told at the calibration's levels, of the parameters it corrects."""
        if self.calibration is None:
            return {}
        return self.calibration.knots(
            self._marginals, {name: self.bins.edges(name) for name in self.bins.names})

    def _corrected(self, name, below):
        """Corrected probabilities of being less than a value, from those told; shape (n, any)."""
        if name not in self._knots:
            return below
        return corrected(below, self._knots[name], self.calibration.levels)


def _cdf(histograms):
    """Probability below each edge, shape (n, bins + 1)."""
    cdf = np.zeros((len(histograms), histograms.shape[1] + 1))
    np.cumsum(histograms, axis=1, dtype=float, out=cdf[:, 1:])
    return np.clip(cdf / cdf[:, -1:], 0, 1)


def _normalised(name, values, size):
    if values.ndim != 2 or values.shape[1] != size:
        raise ValueError(f"histograms of {name} have shape {values.shape}; expected (n, {size})")
    values = values.astype(np.result_type(values, np.float32), copy=False)
    if np.any(values < 0):
        raise ValueError(f"histograms of {name} hold {np.nanmin(values):.3g}; a probability is "
                         "not negative")
    total = values.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return np.where(total > 0, values / total, values.dtype.type(np.nan))


def _drawn(probabilities, n, rng):
    """Indices drawn from each row, shape (rows, n)."""
    cells = np.empty((len(probabilities), n), dtype=np.int64)
    for row, probability in zip(cells, probabilities, strict=True):
        cdf = np.cumsum(probability, dtype=float)
        row[:] = np.searchsorted(cdf, rng.random(n) * cdf[-1], side="right")
    return np.minimum(cells, probabilities.shape[1] - 1)
