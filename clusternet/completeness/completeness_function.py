"""Probability that a cluster is found, as a smooth function of its parameters and place."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import astropy.units as u
import numpy as np
from astropy.table import QTable
from numpy.typing import ArrayLike
from scipy.special import expit
from scipy.stats import norm

from clusternet._files import atomic_write
from clusternet.catalog import INTRINSIC, numbers
from clusternet.completeness.bins import add_fractions
from clusternet.completeness.legendre import legendre_terms, term_degrees
from clusternet.completeness.logistic import fit_logistic, log_loss

__all__ = ["CompletenessFunction"]

_FORMAT = "clusternet-completeness-1"
_NAMES = (*INTRINSIC, "log_background")


class CompletenessFunction:
    r"""Smooth probability that a cluster is found, given its parameters and surroundings.

    A logistic regression, :math:`\mathrm{logit}\, p = \sum_k \beta_k \phi_k`, on products of
    Legendre polynomials of the columns, each scaled to the range it was fitted on, up to a total
    degree. A quadratic penalty, stronger for terms of higher degree, keeps it smooth; how strong
    it is cross-validation decides. `fit` and `read` make the object.

    Outside of the range of the fit there is no information: such values are clipped to its
    end, and `outside` marks the rows that have one. NaN in a column gives NaN.

    It is a function of *true* parameters. In a catalogue there are estimates in their place, and
    the result is as uncertain, and as biased, as they are.

    Attributes
    ----------
    names : tuple of str
        Columns it depends on.
    units : tuple of str or None
        Unit of each.
    ranges : numpy.ndarray, shape (column, 2)
        Range of each column in the fit.
    degree : int
        Highest total degree of a term.
    penalty : float
        Strength of the penalty.
    coefficients : numpy.ndarray, shape (term,)
        Weight of each term.
    covariance : numpy.ndarray, shape (term, term)
        Covariance of the coefficients, from the curvature of the penalised likelihood.
    summary : dict
        Numbers of the fit: ``n``, ``n_found``, and of predictions for rows left out in turn
        ``log_loss``, ``brier`` and ``brier_constant`` (of always predicting the fraction found).

    Examples
    --------
    >>> import numpy as np
    >>> from astropy.table import QTable
    >>> from clusternet.completeness import CompletenessFunction
    >>> rng = np.random.default_rng(1)
    >>> log_mass = rng.uniform(3.5, 5.5, 2000)
    >>> found = rng.random(2000) < 1 / (1 + np.exp(-6 * (log_mass - 4)))
    >>> completeness = CompletenessFunction.fit(QTable({"log_mass": log_mass, "found": found}))
    >>> completeness({"log_mass": [3.6, 4.0, 5.0]}).round(1).tolist()
    [0.1, 0.5, 1.0]
    """

    def __init__(self, names: Sequence[str], units: Sequence[str | None], ranges: ArrayLike,
                 degree: int, penalty: float, coefficients: ArrayLike, covariance: ArrayLike,
                 summary: Mapping[str, float]) -> None:
        self.names, self.units, self.summary = tuple(names), tuple(units), dict(summary)
        self.ranges = np.asarray(ranges, dtype=float)
        self.degree, self.penalty = int(degree), float(penalty)
        self.coefficients = np.asarray(coefficients, dtype=float)
        self.covariance = np.asarray(covariance, dtype=float)
        n = len(term_degrees(len(self.names), self.degree))
        if self.coefficients.shape != (n,) or self.covariance.shape != (n, n):
            raise ValueError(f"{len(self.coefficients)} coefficients for {len(self.names)} columns "
                             f"and degree {self.degree}; there must be {n}")

    @classmethod
    def fit(cls, matched: QTable, names: Sequence[str] | None = None, *, degree: int = 3,
            penalties: ArrayLike | None = None, folds: int = 5,
            rng: int | np.random.Generator | None = 0) -> "CompletenessFunction":
        """Fit the function to artificial clusters.

        Parameters
        ----------
        matched : `~astropy.table.QTable`
            From `artificial_cluster_test` or `match`: true parameters and ``found``. Rows with
            NaN in a column are left out.
        names : sequence of str, optional
            Columns that the probability depends on; ``log_age``, ``log_mass``, ``a_v``,
            ``log_r_h`` and ``log_background``, those of them in the table, when not given.
        degree : int, optional
            Highest total degree of a term.
        penalties : array_like, optional
            Strengths of the penalty to choose from.
        folds : int, optional
            Number of subsets that are left out in turn to choose it.
        rng : int or `numpy.random.Generator`, optional
            Divides the rows into these subsets.

        Returns
        -------
        CompletenessFunction

        Raises
        ------
        ValueError
            If there are too few rows, all or none were found, or a column is missing or has one
            value only.
        """
        names = tuple(name for name in _NAMES if name in matched.colnames
                      ) if names is None else tuple(names)
        if not names:
            raise ValueError(f"none of {', '.join(_NAMES)} in the table (has "
                             f"{', '.join(matched.colnames)}); pass names")
        if degree < 1 or folds < 2:
            raise ValueError(f"degree = {degree} and folds = {folds}; give 1 or more, 2 or more")
        columns = np.stack([numbers(matched, name) for name in names], axis=1)
        known = np.isfinite(columns).all(axis=1)
        columns, found = columns[known], (numbers(matched, "found") == 1)[known]
        degrees = term_degrees(len(names), degree)
        if len(found) < max(len(degrees), 2 * folds):
            raise ValueError(f"{len(found)} clusters with all of {', '.join(names)} for "
                             f"{len(degrees)} terms; put in more, or lower the degree")
        if found.all() or not found.any():
            raise ValueError(f"{'all' if found.all() else 'none'} of {len(found)} clusters were "
                             "found; put in fainter or brighter ones too")
        ranges = np.stack([columns.min(axis=0), columns.max(axis=0)], axis=1)
        alike = [name for name, (low, high) in zip(names, ranges, strict=True) if low == high]
        if alike:
            raise ValueError(f"one value only of {', '.join(alike)}; leave it out of names")
        design = legendre_terms(columns, ranges, degrees)
        roughness = degrees.sum(axis=1) ** 2.0
        penalties = np.logspace(2, -2, 9) if penalties is None else np.sort(penalties)[::-1]
        fold_of = np.random.default_rng(rng).permutation(len(found)) % folds
        predicted = np.empty((len(penalties), len(found)))
        for fold in range(folds):
            beta = None
            for i, penalty in enumerate(penalties):
                beta, _ = fit_logistic(design[fold_of != fold], found[fold_of != fold],
                                       penalty * roughness, beta)
                predicted[i, fold_of == fold] = expit(design[fold_of == fold] @ beta)
        losses = [log_loss(p, found) for p in predicted]
        best = int(np.argmin(losses))
        beta, covariance = fit_logistic(design, found, penalties[best] * roughness)
        units = [str(unit) if (unit := getattr(matched[name], "unit", None)) else None
                 for name in names]
        summary = {"n": len(found), "n_found": int(found.sum()), "log_loss": losses[best],
                   "brier": float(np.mean((predicted[best] - found) ** 2)),
                   "brier_constant": float(found.mean() * (1 - found.mean()))}
        return cls(names, units, ranges, degree, penalties[best], beta, covariance, summary)

    def __call__(self, catalogue: QTable | Mapping[str, ArrayLike]) -> np.ndarray:
        """Probability that each cluster is found.

        Parameters
        ----------
        catalogue : `~astropy.table.QTable` or dict of str to array_like
            With the columns in ``names``. For ``log_background`` of a catalogue see
            `local_background`.

        Returns
        -------
        numpy.ndarray
            NaN where a column is.

        Raises
        ------
        ValueError
            If a column is missing, or in another kind of unit.
        """
        return expit(self.design(catalogue) @ self.coefficients)

    def interval(self, catalogue: QTable | Mapping[str, ArrayLike], *, level: float = 0.6827,
                 ) -> tuple[np.ndarray, np.ndarray]:
        """Ends of a central interval of the probability, from the uncertainty of the fit.

        Parameters
        ----------
        catalogue
            As for a call.
        level : float, optional
            Probability that the interval is to hold.

        Returns
        -------
        lower, upper : numpy.ndarray
        """
        design = self.design(catalogue)
        middle = design @ self.coefficients
        std = np.sqrt(np.einsum("ij,jk,ik->i", design, self.covariance, design))
        width = norm.ppf(0.5 + level / 2) * std
        return expit(middle - width), expit(middle + width)

    def outside(self, catalogue: QTable | Mapping[str, ArrayLike]) -> np.ndarray:
        """Whether a cluster has a value outside of the range of the fit.

        Parameters
        ----------
        catalogue
            As for a call.

        Returns
        -------
        numpy.ndarray of bool
        """
        values = self._values(catalogue)
        return np.any((values < self.ranges[:, 0]) | (values > self.ranges[:, 1]), axis=1)

    def design(self, catalogue: QTable | Mapping[str, ArrayLike]) -> np.ndarray:
        """Terms of the regression.

        Parameters
        ----------
        catalogue
            As for a call.

        Returns
        -------
        numpy.ndarray, shape (cluster, term)
        """
        return legendre_terms(self._values(catalogue), self.ranges,
                              term_degrees(len(self.names), self.degree))

    def score(self, matched: QTable, bins: int | ArrayLike = 10) -> QTable:
        """Compare with artificial clusters, best with ones that were not used for the fit.

        Parameters
        ----------
        matched : `~astropy.table.QTable`
            As for `fit`.
        bins : int or array_like, optional
            How many bins of probability, with equally many clusters; or their edges.

        Returns
        -------
        `~astropy.table.QTable`
            A row per bin: its edges ``p_lo`` and ``p_hi``, mean probability ``p``, ``n``,
            ``n_found``, ``recall``, ``recall_lo`` and ``recall_hi``. ``meta`` has over all
            clusters ``n``, ``brier`` (mean squared difference), ``brier_constant`` (that of
            always predicting the fraction found), ``log_loss``, and ``calibration_error`` (mean
            over clusters of the difference between ``p`` and ``recall`` of their bin).

        Raises
        ------
        ValueError
            If there is no cluster with a known probability, or a column is missing.
        """
        p, found = self(matched), numbers(matched, "found") == 1
        known = np.isfinite(p)
        p, found = p[known], found[known]
        if not len(p):
            raise ValueError(f"no cluster with all of {', '.join(self.names)} to compare with")
        edges = (np.unique(np.quantile(p, np.linspace(0, 1, bins + 1)))
                 if isinstance(bins, (int, np.integer)) else np.asarray(bins, dtype=float))
        index = np.clip(np.searchsorted(edges, p, side="right") - 1, 0, max(len(edges) - 2, 0))
        table = QTable({"p_lo": edges[:-1], "p_hi": edges[1:]})
        table["n"] = n = np.bincount(index, minlength=len(table))
        table["p"] = np.bincount(index, p, len(table)) / np.maximum(n, 1)
        table["n_found"] = np.bincount(index[found], minlength=len(table))
        add_fractions(table)
        gap = np.bincount(index, p - found, len(table))
        table.meta = {"n": len(p), "brier": float(np.mean((p - found) ** 2)),
                      "brier_constant": float(found.mean() * (1 - found.mean())),
                      "log_loss": log_loss(p, found),
                      "calibration_error": float(np.abs(gap).sum() / len(p))}
        return table

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the function to a JSON file.

        Parameters
        ----------
        path : str or os.PathLike
            The file; it appears when it is complete.
        """
        content = {"format": _FORMAT, "names": self.names, "units": self.units,
                   "ranges": self.ranges.tolist(), "degree": self.degree,
                   "penalty": self.penalty, "coefficients": self.coefficients.tolist(),
                   "covariance": self.covariance.tolist(), "summary": self.summary}
        with atomic_write(path) as temporary:
            temporary.write_text(json.dumps(content) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> "CompletenessFunction":
        """Read a function that `write` wrote.

        Parameters
        ----------
        path : str or os.PathLike
            The file.

        Returns
        -------
        CompletenessFunction

        Raises
        ------
        OSError
            If it cannot be read.
        ValueError
            If it holds something else.
        """
        try:
            content = json.loads(Path(path).read_text(encoding="utf-8"))
            if content.pop("format") != _FORMAT:
                raise ValueError("it has another format")
            return cls(**content)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is no completeness function ({error}); make one with "
                             "CompletenessFunction.fit(...).write(path)") from error

    def _values(self, catalogue: QTable | Mapping[str, ArrayLike]) -> np.ndarray:
        table = QTable(dict(catalogue)) if isinstance(catalogue, Mapping) else catalogue
        return np.stack([numbers(table, name, None if unit is None else u.Unit(unit))
                         for name, unit in zip(self.names, self.units, strict=True)], axis=1)

    def __repr__(self) -> str:
        return (f"{type(self).__name__}({', '.join(self.names)}; degree {self.degree}; "
                f"{self.summary.get('n')} clusters)")
