"""Errors of the parameters and centres of the clusters found."""

from typing import NamedTuple

import astropy.units as u
import numpy as np
from astropy.table import QTable

from clusternet.catalog import INTRINSIC, PARAMETERS, numbers

__all__ = ["Errors", "centre_error", "errors", "parameter_errors", "truths_and_estimates"]


class Errors(NamedTuple):
    """Errors of the estimates of a parameter."""

    n: int
    """Number of clusters with an estimate."""
    rms: float
    """Root mean square of estimate - truth."""
    bias: float
    """Mean of estimate - truth."""
    mad: float
    """Median of the absolute errors."""
    null: float
    """Standard deviation of the true values: rms of always predicting their mean."""


def parameter_errors(matched: QTable, *, visibility: float | None = 2.5,
                     log_age: float = 8.0) -> QTable:
    """Errors of age, mass, extinction and size, overall and for young and visible clusters.

    Parameters
    ----------
    matched : `~astropy.table.QTable`
        From `~clusternet.catalog.match`; only clusters that were found count.
    visibility : float or None, optional
        True visibility above which a cluster is visible; None leaves these selections out.
    log_age : float, optional
        Young clusters are younger than this.

    Returns
    -------
    `~astropy.table.QTable`
        A row for each ``selection`` of true values and each ``parameter``: ``n``, the clusters
        with an estimate, and in dex, for ``a_v`` in magnitudes, ``rms``, ``bias`` (mean of
        estimate minus truth), ``mad`` (median of the absolute error) and ``null`` (rms of always
        answering the mean of the selection's true values). NaN where there is no cluster.

    Raises
    ------
    ValueError
        If a column is missing.

    Examples
    --------
    >>> from astropy.table import QTable
    >>> from clusternet.validation import parameter_errors
    >>> matched = QTable({"found": [True, True, False], "log_mass": [4.0, 5.0, 4.0],
    ...                   "log_mass_found": [4.1, 5.3, float("nan")], "log_age": [7.0, 9.0, 7.0]})
    >>> print(parameter_errors(matched, visibility=None)[:1])
    selection parameter  n  rms   bias mad null
    --------- --------- --- ----- ---- --- ----
          all  log_mass   2 0.224  0.2 0.2  0.5
    """
    rows = [(label, name, *errors(truth, estimate))
            for label, chosen in _selections(matched, visibility, log_age).items()
            for name, truth, estimate in truths_and_estimates(QTable(matched[chosen]))]
    table = QTable(rows=rows, names=("selection", "parameter", *Errors._fields))
    for name in Errors._fields[1:]:
        table[name].info.format = ".3g"  # pyright: ignore[reportAttributeAccessIssue]  # mixin of astropy.table
    return table


def centre_error(matched: QTable) -> float | u.Quantity:
    """Median distance between the centres of clusters and of the candidates found for them.

    Parameters
    ----------
    matched : `~astropy.table.QTable`
        From `~clusternet.catalog.match`.

    Returns
    -------
    float or `~astropy.units.Quantity`
        In pixels, or an angle, as the separations are; NaN if none was found.

    Examples
    --------
    >>> from astropy.table import QTable
    >>> from clusternet.validation import centre_error
    >>> centre_error(QTable({"found": [True, True, False],
    ...                      "separation": [0.25, 0.75, float("nan")]}))
    0.5
    """
    separation = numbers(matched, "separation")[numbers(matched, "found") == 1]
    median = float(np.median(separation)) if len(separation) else float("nan")
    unit = getattr(matched["separation"], "unit", None)
    return median if unit is None else median * unit


def _selections(matched: QTable, visibility: float | None, log_age: float,
                ) -> dict[str, np.ndarray]:
    found = numbers(matched, "found") == 1
    young = found & (numbers(matched, "log_age") < log_age)
    label = f"log_age < {log_age:g}"
    selections = {"all": found, label: young}
    if visibility is not None:
        visible = numbers(matched, "visibility") > visibility
        text = f"visibility > {visibility:g}"
        selections |= {text: found & visible, f"{label}, {text}": young & visible}
    return selections


def truths_and_estimates(matched: QTable) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """True values and estimates of each parameter, of the clusters that were found.

    Parameters
    ----------
    matched : `~astropy.table.QTable`
        From `~clusternet.catalog.match`.

    Returns
    -------
    list of (str, numpy.ndarray, numpy.ndarray)
        Name, true values, and estimates, NaN where there is none; both in the unit of a
        catalogue.

    Raises
    ------
    ValueError
        If there is no parameter with both.
    """
    names = [name for name in INTRINSIC
             if name in matched.colnames and f"{name}_found" in matched.colnames]
    if not names:
        raise ValueError(f"no parameter with true and found values (has "
                         f"{', '.join(matched.colnames)}); match a truth table with a catalogue")
    found = numbers(matched, "found") == 1
    return [(name, numbers(matched, name, PARAMETERS[name].unit)[found],
             numbers(matched, f"{name}_found", PARAMETERS[name].unit)[found]) for name in names]


def errors(truth: np.ndarray, estimate: np.ndarray) -> Errors:
    """Errors of estimates; NaN where there is none.

    Parameters
    ----------
    truth, estimate : numpy.ndarray, shape (cluster,)
        NaN where unknown.

    Returns
    -------
    Errors
    """
    known = np.isfinite(truth) & np.isfinite(estimate)
    if not known.any():
        return Errors(0, np.nan, np.nan, np.nan, np.nan)
    error = (estimate - truth)[known]
    return Errors(len(error), float(np.sqrt(np.mean(error**2))), float(error.mean()),
                  float(np.median(np.abs(error))), float(truth[known].std()))
