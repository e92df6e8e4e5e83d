"""Calibration of posteriors and classes."""
# pyright: reportArgumentType=false, reportCallIssue=false
# Rows, columns and coordinates of astropy have no types of their own.

from typing import TYPE_CHECKING, Any

import numpy as np
from astropy.table import Table
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from clusternet.catalog import numbers
from clusternet.completeness.fractions import fractions

if TYPE_CHECKING:
    from clusternet.training import CalibrationScores

__all__ = ["calibration_figure", "plot_coverage", "plot_pit", "plot_reliability", "plot_tarp"]


def plot_pit(pits: Table, ax: Axes, *, bins: int = 20, **style: Any) -> Axes:
    """Draw histograms of the probability integral transform, with the range of chance in grey.

    Parameters
    ----------
    pits : `~astropy.table.Table`
        From `~clusternet.validation.pit`; choose columns to draw some parameters only.
    ax : `~matplotlib.axes.Axes`
        The axes.
    bins : int, optional
        Number of bins.
    **style
        For `~matplotlib.axes.Axes.stairs`.

    Returns
    -------
    `~matplotlib.axes.Axes`
        The same axes.

    Examples
    --------
    >>> import numpy as np
    >>> from astropy.table import QTable
    >>> from matplotlib.figure import Figure
    >>> from clusternet.plotting import plot_pit
    >>> pits = QTable({"log_age": np.random.default_rng(1).random(500)})
    >>> plot_pit(pits, Figure().subplots()).get_ylabel()
    'objects over those expected'
    """
    edges = np.linspace(0, 1, bins + 1)
    fewest = np.inf
    for name in pits.colnames:
        values = numbers(pits, name)
        counts, _ = np.histogram(values[np.isfinite(values)], edges)
        if counts.any():
            fewest = min(fewest, counts.sum())
            ax.stairs(counts * bins / counts.sum(), edges, label=name, **style)
    if np.isfinite(fewest):
        ax.axhspan(*(1 + side * np.sqrt(bins / fewest) for side in (-1, 1)), color="0.85",
                   zorder=0)
    ax.set(xlim=(0, 1), ylim=(0, None), xlabel="probability below the true value",
           ylabel="objects over those expected")
    return ax


def plot_coverage(table: Table, ax: Axes, *, by: str = "all", **style: Any) -> Axes:
    """Draw the difference between the coverage of central intervals and their probability.

    Parameters
    ----------
    table : `~astropy.table.Table`
        From `~clusternet.validation.coverage`.
    ax : `~matplotlib.axes.Axes`
        The axes.
    by : str, optional
        Rows to draw: "all" for all objects, or another value of the column ``by``.
    **style
        For `~matplotlib.axes.Axes.errorbar`.

    Returns
    -------
    `~matplotlib.axes.Axes`
        The same axes.

    Raises
    ------
    ValueError
        If the table has no such rows.
    """
    rows = table[np.asarray(table["by"]) == by]
    if not len(rows):
        raise ValueError(f"no coverage by {by!r} in the table "
                         f"(has {', '.join(sorted(set(table['by'])))})")
    ax.axhline(0, color="0.6", zorder=0)
    for name in dict.fromkeys(rows["parameter"]):
        of_name = rows[rows["parameter"] == name]
        for low in np.unique(of_name["by_lo"]):
            part = of_name[(of_name["by_lo"] == low) | np.isnan(low)]
            label = name if by == "all" else f"{name}, {by} {low:.2g} to {part['by_hi'][0]:.2g}"
            level, middle = (numbers(part, column) for column in ("level", "coverage"))
            error = np.abs([numbers(part, f"coverage_{end}") - middle for end in ("lo", "hi")])
            ax.errorbar(level, 100 * (middle - level), 100 * error,
                        **{"marker": "o", "capsize": 2, "label": label, **style})
    ax.set(xlabel="probability of the interval", ylabel="coverage beyond it (per cent)")
    return ax


def plot_reliability(table: Table, ax: Axes, **style: Any) -> Axes:
    """Draw a reliability diagram: the fraction of clusters against the class.

    Parameters
    ----------
    table : `~astropy.table.Table`
        From `~clusternet.validation.reliability`.
    ax : `~matplotlib.axes.Axes`
        The axes.
    **style
        For `~matplotlib.axes.Axes.errorbar`.

    Returns
    -------
    `~matplotlib.axes.Axes`
        The same axes.
    """
    _diagonal(ax)
    some = table[numbers(table, "n") > 0]
    class_cb, fraction = (numbers(some, name) for name in ("class_cb", "fraction"))
    error = np.abs([numbers(some, f"fraction_{end}") - fraction for end in ("lo", "hi")])
    ece = (table.meta or {}).get("ece")
    label = None if ece is None else f"error {ece:.3f}"
    ax.errorbar(class_cb, fraction, error,
                **{"marker": "o", "capsize": 2, "label": label, **style})
    ax.set(xlabel="class", ylabel="fraction of clusters")
    return ax


def plot_tarp(table: Table, ax: Axes, **style: Any) -> Axes:
    """Draw the coverage of joint posteriors, with the range of chance in grey.

    Parameters
    ----------
    table : `~astropy.table.Table`
        From `~clusternet.validation.tarp`.
    ax : `~matplotlib.axes.Axes`
        The axes.
    **style
        For `~matplotlib.axes.Axes.plot`.

    Returns
    -------
    `~matplotlib.axes.Axes`
        The same axes.
    """
    _diagonal(ax)
    level, n = (numbers(table, name) for name in ("level", "n"))
    _, low, high = fractions(np.round(level * n), n)
    ax.fill_between(level, low, high, color="0.85", zorder=0)
    ax.plot(level, numbers(table, "coverage"), **style)
    ax.set(xlabel="level", ylabel="fraction of true values within")
    return ax


def calibration_figure(before: "CalibrationScores", after: "CalibrationScores") -> Figure:
    """Draw the calibration of a network before and after it was fitted.

    Parameters
    ----------
    before, after : `~clusternet.training.CalibrationScores`
        From `~clusternet.training.score_calibration`.

    Returns
    -------
    `~matplotlib.figure.Figure`
        Transforms and coverage before and after; class after, and coverage of joint posteriors.
    """
    figure = Figure(figsize=(15, 9), layout="constrained")
    axes = figure.subplots(2, 3)
    for column, (scores, label) in enumerate(((before, "before"), (after, "after"))):
        plot_pit(scores.pit, axes[0, column]).set_title(label)
        plot_coverage(scores.coverage, axes[1, column]).set_title(label)
        plot_tarp(scores.tarp, axes[1, 2], label=label)
    axes[0, 0].legend(fontsize=8)
    plot_reliability(after.reliability, axes[0, 2]).legend()
    axes[1, 2].set_title("joint of age, extinction, mass and size (TARP)")
    axes[1, 2].legend()
    return figure


def _diagonal(ax: Axes) -> None:
    ax.plot([0, 1], [0, 1], color="0.6", linewidth=0.8, zorder=0)
    ax.set(xlim=(0, 1), ylim=(0, 1))
