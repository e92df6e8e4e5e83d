"""Tests of posteriors by draws from them: ranks, and coverage in many dimensions."""

from collections.abc import Mapping, Sequence

import numpy as np
from astropy.table import QTable, Table
from numpy.typing import ArrayLike

from clusternet.catalog import GROUPS, INTRINSIC
from clusternet.completeness.fractions import fractions
from clusternet.validation.calibration import true_values

__all__ = ["sbc_ranks", "tarp"]

_JOINT = tuple(name for group in GROUPS.values() for name in group if name in INTRINSIC)


def sbc_ranks(draws: Mapping[str, ArrayLike], truth: Table) -> QTable:
    """Ranks of true values among draws from their posteriors: simulation-based calibration.

    The ranks are evenly distributed if the posteriors are right (Talts et al. 2018,
    arXiv:1804.06788).

    Parameters
    ----------
    draws : dict of str to array_like, shape (object, draw)
        From `clusternet.posterior.Posterior.sample`; 99 draws give ranks from 0 to 99.
    truth : `~astropy.table.Table`
        True parameters, row by row; see `true_values`.

    Returns
    -------
    `~astropy.table.QTable`
        Number of draws below the true value, a column for each parameter; masked where
        nothing is known. ``meta["draws"]`` is the number of draws.

    Examples
    --------
    >>> import numpy as np
    >>> from astropy.table import QTable
    >>> from clusternet.validation import sbc_ranks
    >>> ranks = sbc_ranks({"log_age": np.array([[7.0, 8.0, 9.0]])}, QTable({"log_age": [8.5]}))
    >>> ranks["log_age"].tolist()
    [2]
    """
    ranks = QTable()
    for name, values in true_values(truth).items():
        if name in draws:
            drawn = _drawn(name, draws[name], values)
            known = np.isfinite(values) & np.isfinite(drawn).all(axis=1)
            rank = np.count_nonzero(drawn < values[:, None], axis=1)
            ranks[name] = np.ma.array(rank, mask=~known) if not known.all() else rank
            ranks.meta = {"draws": drawn.shape[1]}
    return ranks


def tarp(draws: Mapping[str, ArrayLike], truth: Table, names: Sequence[str] = _JOINT, *,
         levels: int = 20, rng: int | np.random.Generator | None = None) -> QTable:
    """Coverage of joint posteriors, by the distance from random points (TARP).

    For each object a point is drawn at random. The fraction of posterior draws that are nearer
    to it than the truth is evenly distributed if the posteriors are right, in all dimensions at
    once (Lemos et al. 2023, ICML 202, 19256). Distances are Euclidean, each parameter scaled by
    the range of its true values, from which the points are drawn.

    Parameters
    ----------
    draws : dict of str to array_like, shape (object, draw)
        From `clusternet.posterior.Posterior.sample`.
    truth : `~astropy.table.Table`
        True parameters, row by row; see `true_values`.
    names : sequence of str, optional
        Parameters that are taken together.
    levels : int, optional
        Steps of the level from 0 to 1.
    rng : int or `numpy.random.Generator`, optional
        Source of the points.

    Returns
    -------
    `~astropy.table.QTable`
        ``level``, ``n``, ``coverage`` (fraction of truths within the region of this level) and
        its binomial 1 sigma interval.

    Raises
    ------
    ValueError
        If a parameter is missing.

    Examples
    --------
    >>> import numpy as np
    >>> from astropy.table import QTable
    >>> from clusternet.validation import tarp
    >>> rng = np.random.default_rng(1)
    >>> draws = {"log_age": rng.normal(8, 0.5, (2000, 100))}
    >>> curve = tarp(draws, QTable({"log_age": rng.normal(8, 0.5, 2000)}), ["log_age"], rng=2)
    >>> bool(np.abs(curve["coverage"] - curve["level"]).max() < 0.04)
    True
    """
    rng = np.random.default_rng(rng)
    values = true_values(truth)
    missing = [name for name in names if name not in values or name not in draws]
    if missing:
        raise ValueError(f"no true values or draws of {', '.join(missing)}; give both, or other "
                         "names")
    of_draws, of_truth = [], []
    for name in names:
        drawn = _drawn(name, draws[name], values[name])
        low, high = np.nanmin(values[name]), np.nanmax(values[name])
        point = rng.uniform(low, high, len(values[name]))
        scale = high - low or 1.0
        of_draws.append(((drawn - point[:, None]) / scale) ** 2)
        of_truth.append(((values[name] - point) / scale) ** 2)
    of_draws, of_truth = np.sum(of_draws, axis=0), np.sum(of_truth, axis=0)
    known = np.isfinite(of_truth) & np.isfinite(of_draws).all(axis=1)
    fraction = np.mean(of_draws < of_truth[:, None], axis=1)[known]
    at = np.linspace(0, 1, levels + 1)
    # A truth as far as the k-th of n draws lies anywhere between k / (n + 1) and (k + 1) / (n + 1).
    n = of_draws.shape[1]
    fraction = (fraction * n + rng.random(len(fraction))) / (n + 1)
    counts = np.full(len(at), len(fraction))
    table = QTable({"level": at, "n": counts})
    table["coverage"], table["coverage_lo"], table["coverage_hi"] = fractions(
        np.sum(fraction[:, None] <= at, axis=0), counts)
    return table


def _drawn(name: str, draws: ArrayLike, values: np.ndarray) -> np.ndarray:
    drawn = np.asarray(draws, dtype=float)
    if drawn.ndim != 2 or len(drawn) != len(values) or not drawn.shape[1]:
        raise ValueError(f"draws of {name} have shape {drawn.shape}; expected ({len(values)}, "
                         "draws)")
    return drawn
