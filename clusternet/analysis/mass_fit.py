"""Mass functions fitted by maximum likelihood."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from astropy.table import QTable
from numpy.typing import ArrayLike
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import chi2

from clusternet.analysis.accuracy import DETECTED_QUANTILES
from clusternet.analysis.groups import as_values, as_weights
from clusternet.catalog import numbers
from clusternet.galaxy import ClusterMassFunction, PowerLawMass, SchechterMass

__all__ = ["MassFit", "compare_fits", "fit_power_law", "fit_schechter"]


@dataclass(frozen=True)
class MassFit:
    """A fitted mass function.

    Parameters
    ----------
    law : `~clusternet.galaxy.ClusterMassFunction`
        The most likely one.
    parameters : dict of str to float
        Values of the fitted parameters.
    intervals : dict of str to tuple of float
        Their intervals by profile likelihood; infinite where the data set no limit.
    log_likelihood : float
        Natural logarithm, up to a constant that is the same for all laws.
    n : float
        Clusters used; for weighted ones their effective number.
    """

    law: ClusterMassFunction
    parameters: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    log_likelihood: float
    n: float

    @property
    def aic(self) -> float:
        """Akaike information criterion: lower is better."""
        return 2 * len(self.parameters) - 2 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Bayesian information criterion: lower is better."""
        return len(self.parameters) * np.log(self.n) - 2 * self.log_likelihood


def fit_schechter(masses: ArrayLike, minimum: float, maximum: float = np.inf, *,
                  slope: float | None = -2.0, weights: ArrayLike | None = None,
                  detected: Callable[[np.ndarray], ArrayLike] | None = None,
                  level: float = 0.6827) -> MassFit:
    r"""Fit :math:`dN/dM \propto M^{slope} \exp(-M/M_*)` to clusters above a limit.

    Parameters
    ----------
    masses : array_like, shape (n,)
        Solar masses; NaN and those outside the limits do not count.
    minimum, maximum : float
        Limits in solar masses; above the minimum the sample is complete, or its completeness is
        known.
    slope : float or None, optional
        Fixed, by default at -2 as in Paper III; None fits it.
    weights : array_like, shape (n,), optional
        Weight of each cluster, such as one over the probability that it is found. Intervals take
        the effective number of clusters and are approximate.
    detected : callable, optional
        In place of weights: the probability that clusters are found, as a function of their
        masses (an array of solar masses). This is exact, and better where the probability is small.
    level : float, optional
        Probability of the intervals.

    Returns
    -------
    `MassFit`
        Parameters ``m_star`` and, if fitted, ``slope``.

    Raises
    ------
    ValueError
        There are fewer than two masses within the limits, or an argument is impossible.

    Examples
    --------
    >>> from clusternet.analysis import fit_schechter
    >>> from clusternet.galaxy import SchechterMass
    >>> masses = SchechterMass(1.6e5, minimum=5e3).sample(3000, rng=1)
    >>> fit = fit_schechter(masses, minimum=5e3)
    >>> lo, hi = fit.intervals["m_star"]
    >>> bool(lo < 1.6e5 < hi)
    True
    """
    data = _Sample(masses, minimum, maximum, weights, detected)
    bounds = {"m_star": (np.log10(minimum) - 2, np.log10(data.masses.max()) + 4)}
    if slope is None:
        bounds["slope"] = (-6.0, 3.0)

    def law(m_star: float, slope: float = -2.0 if slope is None else slope) -> SchechterMass:
        return SchechterMass(10**m_star, slope, minimum, maximum)

    return _fit(data, law, bounds, level)


def fit_power_law(masses: ArrayLike, minimum: float, maximum: float = np.inf, *,
                  truncated: bool = False, weights: ArrayLike | None = None,
                  detected: Callable[[np.ndarray], ArrayLike] | None = None,
                  level: float = 0.6827) -> MassFit:
    r"""Fit :math:`dN/dM \propto M^{slope}` to clusters above a limit.

    Parameters
    ----------
    masses, minimum, weights, detected, level
        As for `fit_schechter`.
    maximum : float, optional
        Upper limit in solar masses, if known.
    truncated : bool, optional
        Fit the maximum as well. The most likely one is the largest mass.

    Returns
    -------
    `MassFit`
        Parameters ``slope`` and, if fitted, ``maximum``.

    Raises
    ------
    ValueError
        As for `fit_schechter`.

    Examples
    --------
    >>> from clusternet.analysis import fit_power_law
    >>> from clusternet.galaxy import PowerLawMass
    >>> masses = PowerLawMass(-2, 5e3).sample(3000, rng=1)
    >>> lo, hi = fit_power_law(masses, minimum=5e3).intervals["slope"]
    >>> bool(lo < -2 < hi)
    True
    """
    data = _Sample(masses, minimum, maximum, weights, detected)
    steepest, flattest = -6.0, -1.001 if np.isinf(maximum) and not truncated else 3.0
    bounds = {"slope": (steepest, flattest)}
    if not truncated:
        return _fit(data, lambda slope: PowerLawMass(slope, minimum, maximum), bounds, level)
    largest = np.log10(data.masses.max())
    bounds["maximum"] = (largest, min(largest + 4, np.log10(maximum)))

    def law_up_to(slope: float, maximum: float) -> PowerLawMass:
        # The largest mass must not fall out by rounding.
        return PowerLawMass(slope, minimum, max(10**maximum, data.masses.max()))

    return _fit(data, law_up_to, bounds, level)


def compare_fits(fits: Mapping[str, MassFit]) -> QTable:
    """Compare fits to the same clusters by their information criteria.

    Parameters
    ----------
    fits : dict of str to `MassFit`
        Fits by name.

    Returns
    -------
    `~astropy.table.QTable`
        The best by AIC first: ``name``, ``n_parameters``, ``log_likelihood``, ``aic``, ``bic``,
        and their differences from the lowest, ``delta_aic`` and ``delta_bic``.

    Raises
    ------
    ValueError
        There is no fit, or the fits are not to the same number of clusters.

    Examples
    --------
    >>> from clusternet.analysis import compare_fits, fit_power_law, fit_schechter
    >>> from clusternet.galaxy import SchechterMass
    >>> masses = SchechterMass(5e4, minimum=5e3).sample(3000, rng=1)
    >>> table = compare_fits({"power law": fit_power_law(masses, 5e3),
    ...                       "Schechter": fit_schechter(masses, 5e3)})
    >>> table["name"].tolist()
    ['Schechter', 'power law']
    """
    if len({round(fit.n, 6) for fit in fits.values()}) != 1:
        raise ValueError(f"fits to {[fit.n for fit in fits.values()]} clusters; compare one or "
                         "more fits to the same clusters, with the same limits and weights")
    table = QTable(rows=[(name, len(fit.parameters), fit.log_likelihood, fit.aic, fit.bic)
                         for name, fit in fits.items()],
                   names=("name", "n_parameters", "log_likelihood", "aic", "bic"))
    for name in ("aic", "bic"):
        values = numbers(table, name)
        table[f"delta_{name}"] = values - values.min()
    table.sort("aic")
    return table


class _Sample:
    """Masses within the limits, their weights, and the likelihood of laws."""

    def __init__(self, masses: ArrayLike, minimum: float, maximum: float,
                 weights: ArrayLike | None,
                 detected: Callable[[np.ndarray], ArrayLike] | None) -> None:
        masses = as_values(masses, name="masses")
        if weights is not None and detected is not None:
            raise ValueError("weights and detected both given; they correct for the same")
        weights = as_weights(weights, len(masses))
        use = (masses >= minimum) & (masses <= maximum) & (weights > 0)
        self.masses, weights = masses[use], weights[use]
        if len(np.unique(self.masses)) < 2:
            raise ValueError(f"{use.sum()} of {len(masses)} masses from {minimum:g} to "
                             f"{maximum:g} solar masses; a fit needs two different ones")
        self.weights = weights * weights.sum() / (weights**2).sum()
        self.n = float(self.weights.sum())
        self._detected = detected

    def minus_log_likelihood(self, law: ClusterMassFunction) -> float:
        value = self.n * law.log_norm - self.weights @ law.log_shape(self.masses)
        if self._detected is not None:
            quantiles = (np.arange(DETECTED_QUANTILES) + 0.5) / DETECTED_QUANTILES
            found = np.asarray(self._detected(law.ppf(quantiles)), dtype=float)
            if not ((found >= 0) & (found <= 1)).all() or not found.any():
                raise ValueError("detected gives values that are no probabilities, or all zero")
            value += self.n * np.log(found.mean())
        return value


def _fit(data: _Sample, make: Callable[..., ClusterMassFunction],
         bounds: Mapping[str, tuple[float, float]], level: float) -> MassFit:
    """Fit one or two parameters, and find where the profile likelihood falls by enough."""
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; give a probability between 0 and 1")
    names = list(bounds)

    def cost(name: str, value: float) -> tuple[float, float | None]:
        """Least cost with one parameter held, and the value of the other."""
        rest = [other for other in names if other != name]
        if not rest:
            return data.minus_log_likelihood(make(**{name: value})), None
        best = _lowest(lambda other: data.minus_log_likelihood(
            make(**{name: value, rest[0]: other})), *bounds[rest[0]])
        return best[1], best[0]

    first = names[0]
    value, lowest = _lowest(lambda x: cost(first, x)[0], *bounds[first])
    best = {first: value}
    other = cost(first, value)[1]
    if other is not None:
        best[names[1]] = other
    allowed = lowest + chi2.ppf(level, 1) / 2
    intervals = {}
    for name in names:
        ends = []
        for edge, side in zip(bounds[name], (-1, 1), strict=True):
            if side * (edge - best[name]) <= 1e-6:
                ends.append(best[name])  # the value is at its limit
            elif cost(name, edge)[0] <= allowed:
                ends.append(side * np.inf)
            else:
                ends.append(brentq(lambda x, name=name: cost(name, x)[0] - allowed, best[name],
                                   edge, xtol=1e-5))
        intervals[name] = (ends[0], ends[1])
    shown = {name: (lambda x: x) if name == "slope" else lambda x: 10**x for name in names}
    return MassFit(make(**best), {name: float(shown[name](best[name])) for name in names},
                   {name: (float(shown[name](lo)), float(shown[name](hi)))
                    for name, (lo, hi) in intervals.items()}, float(-lowest), data.n)


def _lowest(function: Callable[[float], float], lo: float, hi: float, *, coarse: int = 17
            ) -> tuple[float, float]:
    """Position and value of the minimum of a function that has only one."""
    grid = np.linspace(lo, hi, coarse)
    costs = [function(x) for x in grid]
    i = int(np.argmin(costs))
    found = minimize_scalar(function, bounds=(grid[max(i - 1, 0)], grid[min(i + 1, coarse - 1)]),
                            method="bounded", options={"xatol": 1e-6})
    return (float(found.x), float(found.fun)) if found.fun < costs[i] else (grid[i], costs[i])
