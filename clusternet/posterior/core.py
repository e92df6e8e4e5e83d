"""Posterior probabilities of parameters, as histograms."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike

from clusternet.catalog import PARAMETERS, ClusterFlag
from clusternet.posterior.bins import ParameterBins
from clusternet.posterior.histograms import marginals, mean, quantile
from clusternet.posterior.recalibration import Calibration, linear_weights, recalibrated, transfer

__all__ = ["Interval", "Posterior"]

_ONE_SIGMA = 0.6827


class Interval(NamedTuple):
    """A central interval of each object."""

    lo: np.ndarray
    """Lower ends, shape (n,)."""
    hi: np.ndarray
    """Upper ends, shape (n,)."""


class Posterior:
    """Posterior probabilities of the parameters of a number of objects.

    Age, extinction and mass have one joint histogram per object, which carries the degeneracy
    between them; size and visibility have one each. Inside a bin probability is spread evenly.

    A calibration maps the values of each parameter monotonically, so that its quantiles hold;
    marginals, quantiles, draws and the joint histogram all agree with it. The dependence between
    parameters does not change.

    Parameters
    ----------
    bins : `~clusternet.posterior.ParameterBins`
        The bins.
    groups : dict of str to array_like, shape (n, bins)
        Probabilities of each object, for each group of `~clusternet.catalog.GROUPS`: ``joint``
        (also of shape (n, log_age, a_v, log_mass)), ``log_r_h`` and ``log_visibility``. Each
        histogram is scaled to a sum of one; NaN where nothing is known. Others are ignored.
    calibration : `~clusternet.posterior.Calibration`, optional
        Correction of the histograms; none when not given.

    Raises
    ------
    ValueError
        If a group is missing, shapes do not fit the bins, or a probability is negative.

    Examples
    --------
    A mass known to lie in the first of two bins, and nothing else:

    >>> from clusternet.posterior import ParameterBins, Posterior
    >>> bins = ParameterBins(log_age=(6, 10, 1), a_v=(0, 3, 1), log_mass=(3, 5, 2),
    ...                      log_r_h=(-1, 0, 1), log_visibility=(0, 2, 1))
    >>> posterior = Posterior(bins, {"joint": [[1.0, 0.0]], "log_r_h": [[1.0]],
    ...                              "log_visibility": [[1.0]]})
    >>> print(posterior.median("log_mass"), posterior.median("log_age"))
    [3.5] [8.]
    >>> lo, hi = posterior.interval("log_mass", 0.5)
    >>> print(lo, hi)
    [3.25] [3.75]
    """

    def __init__(self, bins: ParameterBins, groups: Mapping[str, ArrayLike], *,
                 calibration: Calibration | None = None) -> None:
        names = ("joint", *bins.single)
        missing = [name for name in names if name not in groups]
        if missing:
            raise ValueError(f"no histograms of {', '.join(missing)}; give those of "
                             f"{', '.join(names)}")
        self.bins = bins
        self.calibration = calibration
        self._groups = {name: _normalised(name, np.asarray(groups[name]), bins.group_sizes[name])
                        for name in names}
        lengths = {len(values) for values in self._groups.values()}
        if len(lengths) > 1:
            raise ValueError(f"histograms of {sorted(lengths)} objects; each needs all of them")

    def __len__(self) -> int:
        return len(self._groups["joint"])

    def __getitem__(self, index: Any) -> Self:
        """Take the posteriors of some objects: an integer, a slice, or an array of either kind."""
        index = [index] if isinstance(index, (int, np.integer)) else index
        return type(self)(self.bins, {name: values[index] for name, values in self._groups.items()},
                          calibration=self.calibration)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} objects)"

    @property
    def joint(self) -> np.ndarray:
        """Joint probability of log_age, a_v and log_mass, shape (n, log_age, a_v, log_mass)."""
        joint = self._groups["joint"].reshape(len(self), *self.bins.joint_shape)
        if not self._knots:
            return joint
        transfers = (transfer(cdf, self._recalibrated(name, cdf))
                     for name in self.bins.joint for cdf in [_cdf(self._uncorrected(name))])
        return np.einsum("nijk,nia,njb,nkc->nabc", joint,
                         *(matrix.astype(joint.dtype) for matrix in transfers), optimize=True)

    def marginal(self, name: str) -> np.ndarray:
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
            return self._uncorrected(name)
        return np.diff(self._recalibrated(name, _cdf(self._uncorrected(name))), axis=1)

    def quantile(self, name: str, q: float) -> np.ndarray:
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
        below: ArrayLike = q
        if self.calibration is not None and name in self._knots:
            weights = linear_weights(np.array([q]), self.calibration.levels)[0]
            below = np.clip(self._knots[name] @ weights, 0, 1)
        return quantile(self._uncorrected(name), self.bins.edges(name), below)

    def pit(self, name: str, values: ArrayLike) -> np.ndarray:
        """Probability that each object's parameter is less than a value.

        Of true values this is the probability integral transform: evenly distributed from 0 to
        1 if the posteriors are calibrated.

        Parameters
        ----------
        name : str
            A parameter, as for `marginal`.
        values : array_like, shape (n,)
            One value per object, in the unit of the bins.

        Returns
        -------
        numpy.ndarray, shape (n,)
            NaN where nothing is known, and for values outside of the range of the bins, which
            the histograms say nothing about.

        Examples
        --------
        >>> import numpy as np
        >>> from clusternet.posterior import ParameterBins, Posterior
        >>> bins = ParameterBins()
        >>> flat = Posterior(bins, {name: np.ones((3, n)) for name, n in bins.group_sizes.items()})
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
        cdf = _cdf(self._uncorrected(name))
        lo, hi = cdf[known, bin_], cdf[known, bin_ + 1]
        below = np.full(len(self), np.nan)
        below[known] = lo + (place - bin_) * (hi - lo)
        return self._recalibrated(name, below[:, None])[:, 0]

    def median(self, name: str) -> np.ndarray:
        """Median of a parameter, shape (n,)."""
        return self.quantile(name, 0.5)

    def interval(self, name: str, level: float = _ONE_SIGMA) -> Interval:
        """Central interval that holds the parameter with a given probability.

        Parameters
        ----------
        name : str
            A parameter, as for `marginal`.
        level : float, optional
            The probability; by default that of one sigma, from the 16th to the 84th percentile.

        Returns
        -------
        Interval
            Its ends ``lo`` and ``hi``.
        """
        if not 0 <= level <= 1:
            raise ValueError(f"level is {level}; a probability is from 0 to 1")
        return Interval(*(self.quantile(name, 0.5 + side * level / 2) for side in (-1, 1)))

    def mean(self, name: str) -> np.ndarray:
        """Mean of a parameter, shape (n,)."""
        return mean(self.marginal(name), self.bins.edges(name))

    def sample(self, n: int, *, rng: int | np.random.Generator | None = None
               ) -> dict[str, np.ndarray]:
        """Draw parameters from the posterior of each object.

        Parameters
        ----------
        n : int
            Draws per object.
        rng : `numpy.random.Generator` or int, optional
            Source of randomness.

        Returns
        -------
        dict of numpy.ndarray
            Shape (objects, n), of every parameter; the age, extinction and mass of a draw belong
            together. NaN where nothing is known.
        """
        rng = np.random.default_rng(rng)
        cells = {name: _drawn(values, n, rng) for name, values in self._groups.items()}
        joint = np.unravel_index(cells.pop("joint"), self.bins.joint_shape)
        draws = {}
        for name, cell in (dict(zip(self.bins.joint, joint, strict=True)) | cells).items():
            edges = self.bins.edges(name)
            draws[name] = edges[cell] + rng.random(cell.shape) * np.diff(edges)[cell]
            if self.calibration is not None and name in self._knots:
                for row, cdf, knots in zip(draws[name], _cdf(self._uncorrected(name)),
                                           self._knots[name], strict=True):
                    below = np.interp(np.interp(row, edges, cdf), self.calibration.levels, knots)
                    row[:] = np.interp(below, cdf, edges)
            draws[name][np.isnan(self._uncorrected(name)[:, 0])] = np.nan
        return draws

    def columns(self) -> dict[str, np.ndarray]:
        """Columns of a catalogue: medians, 16th and 84th percentiles, and flags.

        Returns
        -------
        dict of numpy.ndarray
            NAME, NAME_lo and NAME_hi of each of `clusternet.catalog.PARAMETERS`, in the units of
            `clusternet.catalog.COLUMNS`, NaN for parameters without bins, and ``flags``: which
            medians lie in the first or the last bin.
        """
        columns = {"flags": np.zeros(len(self), dtype=np.int64)}
        for parameter in PARAMETERS.values():
            name = parameter.binned
            if name not in self.bins.names:
                columns |= {column: np.full(len(self), np.nan) for column in parameter.columns}
                continue
            values = self.median(name), *self.interval(name)
            edges = self.bins.edges(name)
            at_limit = (values[0] < edges[1]) | (values[0] > edges[-2])
            columns["flags"] |= np.where(at_limit, ClusterFlag[parameter.flag], 0)
            for column, value in zip(parameter.columns, values, strict=True):
                columns[column] = parameter.from_bins(value)
        return columns

    @cached_property
    def _marginals(self) -> dict[str, np.ndarray]:
        return marginals(self.bins, self._groups)

    def _uncorrected(self, name: str) -> np.ndarray:
        """Histogram of a parameter without the calibration."""
        self.bins.edges(name)  # which knows the names, and says so
        return self._marginals[name]

    @cached_property
    def _knots(self) -> dict[str, np.ndarray]:
        """Probabilities predicted at the calibration's levels, of the parameters it corrects."""
        if self.calibration is None:
            return {}
        return self.calibration.knots(
            self._marginals, {name: self.bins.edges(name) for name in self.bins.names})

    def _recalibrated(self, name: str, below: np.ndarray) -> np.ndarray:
        """Calibrated probabilities, of predicted ones of a parameter, shape (n, any)."""
        if self.calibration is None or name not in self._knots:
            return below
        return recalibrated(below, self._knots[name], self.calibration.levels)


def _cdf(histograms: np.ndarray) -> np.ndarray:
    """Probability below each edge, shape (n, bins + 1)."""
    cdf = np.zeros((len(histograms), histograms.shape[1] + 1))
    np.cumsum(histograms, axis=1, dtype=float, out=cdf[:, 1:])
    return np.clip(cdf / cdf[:, -1:], 0, 1)


def _normalised(name: str, values: np.ndarray, size: int) -> np.ndarray:
    if name == "joint":
        values = values.reshape(len(values), int(np.prod(values.shape[1:])))
    if values.ndim != 2 or values.shape[1] != size:
        raise ValueError(f"histograms of {name} have shape {values.shape}; expected (n, {size})")
    values = values.astype(np.result_type(values, np.float32), copy=False)
    if np.any(values < 0):
        raise ValueError(f"histograms of {name} hold {np.nanmin(values):.3g}; a probability is "
                         "not negative")
    total = values.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        return np.where(total > 0, values / total, values.dtype.type(np.nan))


def _drawn(probabilities: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Indices drawn from each row, shape (rows, n)."""
    cells = np.empty((len(probabilities), n), dtype=np.int64)
    for row, probability in zip(cells, probabilities, strict=True):
        cdf = np.cumsum(probability, dtype=float)
        row[:] = np.searchsorted(cdf, rng.random(n) * cdf[-1], side="right")
    return np.minimum(cells, probabilities.shape[1] - 1)
