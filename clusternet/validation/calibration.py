"""Coverage, probability integral transforms and scores of posteriors, from true parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from astropy.table import QTable, Table
from numpy.typing import ArrayLike
from scipy.stats import chisquare, kstest

from clusternet.catalog import PARAMETERS, numbers
from clusternet.completeness.fractions import fractions

if TYPE_CHECKING:
    from clusternet.posterior import Posterior

__all__ = ["coverage", "log_score", "pit", "true_values", "uniformity"]

_LEVELS = (0.5, 0.68, 0.9, 0.95)


def true_values(truth: Table) -> dict[str, np.ndarray]:
    """True parameters as plain arrays, named and in the units that posteriors have.

    Parameters
    ----------
    truth : `~astropy.table.Table`
        Columns of `clusternet.catalog.PARAMETERS`, or some of them.

    Returns
    -------
    dict of str to numpy.ndarray
        NaN where masked; ``log_visibility`` stands for ``visibility``.

    Raises
    ------
    ValueError
        If there is none of them, or one has a wrong unit.

    Examples
    --------
    >>> import astropy.units as u
    >>> from astropy.table import QTable
    >>> from clusternet.validation import true_values
    >>> true_values(QTable({"visibility": [100.0], "a_v": [0.5] * u.mag}))
    {'log_visibility': array([2.]), 'a_v': array([0.5])}
    """
    names = [name for name in PARAMETERS if name in truth.colnames]
    if not names:
        raise ValueError(f"no true parameters in the table (has {', '.join(truth.colnames)}); "
                         f"it needs some of {', '.join(PARAMETERS)}")
    found = [PARAMETERS[name] for name in names]
    return {p.binned: p.to_bins(numbers(truth, p.name, p.unit)) for p in found}


def pit(posterior: Posterior, truth: Table) -> QTable:
    """Probability integral transform: the posterior probability below the true values.

    Parameters
    ----------
    posterior : `~clusternet.posterior.Posterior`
        Posteriors of the objects.
    truth : `~astropy.table.Table`
        Their true parameters, row by row; see `true_values`.

    Returns
    -------
    `~astropy.table.QTable`
        A column for each parameter, from 0 to 1; evenly distributed if the posteriors are
        calibrated. NaN where the truth is unknown or outside of the range of the bins.

    Raises
    ------
    ValueError
        If the numbers of objects differ, or for lack of columns.

    Examples
    --------
    >>> import numpy as np
    >>> from astropy.table import QTable
    >>> from clusternet.validation import pit
    >>> from clusternet.posterior import ParameterBins, Posterior
    >>> bins = ParameterBins()
    >>> posterior = Posterior(bins, {name: np.ones((2, n)) for name, n in bins.group_sizes.items()})
    >>> values = pit(posterior, QTable({"log_mass": [3.5, 5.0]}))
    >>> values["log_mass"].round(3).tolist()
    [0.0, 0.75]
    """
    return QTable({name: posterior.pit(name, values)
                   for name, values in true_values(truth).items()})


def coverage(pits: Table, *, levels: float | Sequence[float] = _LEVELS,
             by: Mapping[str, ArrayLike] | None = None, parts: int = 3) -> QTable:
    """How often central intervals hold the true value.

    Parameters
    ----------
    pits : `~astropy.table.Table`
        From `pit`.
    levels : sequence of float, optional
        Probabilities of the intervals.
    by : dict of str to array_like, optional
        Values of the objects, by each of which they are also divided into ``parts`` groups of
        equal number. Groups by true values may differ in coverage even where posteriors are
        right, as these hold for all objects that look alike; groups by estimates may not.
    parts : int, optional
        Number of groups.

    Returns
    -------
    `~astropy.table.QTable`
        A row for each parameter, group and level: ``parameter``, ``by`` ("all" for all objects),
        ``by_lo`` and ``by_hi`` (limits of the group), ``level``, ``n``, ``coverage``, and its
        binomial 1 sigma interval from ``coverage_lo`` to ``coverage_hi``.

    Raises
    ------
    ValueError
        If a level is no probability, or the numbers of objects differ.

    Examples
    --------
    >>> import numpy as np
    >>> from astropy.table import QTable
    >>> from clusternet.validation import coverage
    >>> pits = QTable({"log_age": (np.arange(200) + 0.5) / 200})
    >>> print(coverage(pits)["level", "n", "coverage"])
    level  n  coverage
    ----- --- --------
      0.5 200      0.5
     0.68 200     0.68
      0.9 200      0.9
     0.95 200     0.95
    """
    probabilities = np.atleast_1d(np.asarray(levels, dtype=float))
    if not np.all((probabilities >= 0) & (probabilities <= 1)):
        raise ValueError(f"levels are {probabilities}; probabilities go from 0 to 1")
    rows, counts = [], []
    for name in pits.colnames:
        values = numbers(pits, name)
        for group in _groups(by, parts, np.isfinite(values)):
            off = np.abs(values[group.chosen] - 0.5)
            rows += [(name, group.by, group.lo, group.hi, level) for level in probabilities]
            counts += [(np.count_nonzero(off <= level / 2 + 1e-12), len(off))
                       for level in probabilities]
    table = QTable(rows=rows, names=("parameter", "by", "by_lo", "by_hi", "level"))
    k, n = np.array(counts).T
    table["n"] = n
    table["coverage"], table["coverage_lo"], table["coverage_hi"] = fractions(k, n)
    return table


def uniformity(pits: Table, *, bins: int = 20) -> QTable:
    """Test whether the probability integral transforms are evenly distributed.

    Parameters
    ----------
    pits : `~astropy.table.Table`
        From `pit`, or ranks from `sbc_ranks`.
    bins : int, optional
        Number of bins of the histogram for the chi-squared test; for ranks it should divide the
        number of draws plus 1.

    Returns
    -------
    `~astropy.table.QTable`
        For each ``parameter``: ``n``; ``ks``, the largest distance from the even distribution,
        and its probability ``p_ks``; ``chi2`` and ``p_chi2``. NaN without objects.

    Examples
    --------
    >>> import numpy as np
    >>> from astropy.table import QTable
    >>> from clusternet.validation import uniformity
    >>> test = uniformity(QTable({"log_age": np.random.default_rng(1).random(1000) ** 2}))
    >>> bool(test["p_ks"][0] < 1e-6)
    True
    """
    draws = dict(pits.meta or {}).get("draws")
    rows = []
    for name in pits.colnames:
        values = numbers(pits, name)
        values = values[np.isfinite(values)]
        if draws is not None:
            values = (values + 0.5) / (draws + 1)
        if len(values):
            counts = np.histogram(values, bins, (0, 1))[0]
            rows.append((name, len(values), *kstest(values, "uniform"), *chisquare(counts)))
        else:
            rows.append((name, 0, *[np.nan] * 4))
    return QTable(rows=rows, names=("parameter", "n", "ks", "p_ks", "chi2", "p_chi2"))


def log_score(posterior: Posterior, truth: Table) -> QTable:
    """Mean negative logarithm of the probability of the true bin; lower is better.

    Parameters
    ----------
    posterior : `~clusternet.posterior.Posterior`
        Posteriors of the objects.
    truth : `~astropy.table.Table`
        Their true parameters, row by row; see `true_values`.

    Returns
    -------
    `~astropy.table.QTable`
        ``parameter``, ``n`` and ``log_score`` (natural logarithm), for each parameter, and for
        the ``joint`` of age, extinction and mass where all three are known. Truths outside of
        the range of the bins do not count.

    Examples
    --------
    >>> import numpy as np
    >>> from astropy.table import QTable
    >>> from clusternet.validation import log_score
    >>> from clusternet.posterior import ParameterBins, Posterior
    >>> bins = ParameterBins()
    >>> flat = Posterior(bins, {name: np.ones((1, n)) for name, n in bins.group_sizes.items()})
    >>> score = log_score(flat, QTable({"log_r_h": [-1.0]}))["log_score"]
    >>> print(np.exp(score).round(3))
    [14.]
    """
    bins, values = posterior.bins, true_values(truth)
    rows, there = [], {}
    for name, value in values.items():
        there[name] = np.isfinite(posterior.pit(name, value))
        objects = np.flatnonzero(there[name])
        probability = posterior.marginal(name)[objects, bins.index(name, value[objects])]
        rows.append((name, len(objects), _mean_log(probability)))
    if all(name in there for name in bins.joint):
        objects = np.flatnonzero(np.all([there[name] for name in bins.joint], axis=0))
        cell = bins.joint_index(*(values[name][objects] for name in bins.joint))
        parts = np.array_split(np.arange(len(objects)), len(objects) // 500 + 1)
        probability = np.concatenate([
            posterior[objects[part]].joint.reshape(len(part), -1)[np.arange(len(part)), cell[part]]
            for part in parts])
        rows.append(("joint", len(objects), _mean_log(probability)))
    return QTable(rows=rows, names=("parameter", "n", "log_score"))


def _mean_log(probability: np.ndarray) -> float:
    if not len(probability):
        return np.nan
    return float(-np.log(np.maximum(probability, 1e-12)).mean())


class _Group(NamedTuple):
    """Objects with values between two limits."""

    by: str
    lo: float
    hi: float
    chosen: np.ndarray


def _groups(by: Mapping[str, ArrayLike] | None, parts: int, known: np.ndarray) -> Iterator[_Group]:
    yield _Group("all", np.nan, np.nan, known)
    for label, given in (by or {}).items():
        values = np.asarray(given, dtype=float)
        if len(values) != len(known):
            raise ValueError(f"{len(values)} values of {label} for {len(known)} objects")
        inside = known & np.isfinite(values)
        if not inside.any():
            continue
        edges = np.quantile(values[inside], np.linspace(0, 1, parts + 1))
        part = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, parts - 1)
        for i in range(parts):
            yield _Group(label, edges[i], edges[i + 1], inside & (part == i))
