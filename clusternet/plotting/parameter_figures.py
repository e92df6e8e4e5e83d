"""Parameters of clusters and their distributions (Paper III, Figs. 5 and 6)."""
# pyright: reportArgumentType=false
# Rows, columns and coordinates of astropy have no types of their own.

from collections.abc import Sequence
from itertools import combinations
from string import ascii_lowercase
from typing import Any

import astropy.units as u
import numpy as np
from astropy.table import QTable
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from numpy.typing import ArrayLike

from clusternet.analysis import distribution
from clusternet.catalog import INTRINSIC, density, numbers
from clusternet.galaxy import SchechterMass
from clusternet.plotting.colours import AGE_COLOURS, AGES
from clusternet.plotting.labels import axis_label, letter

__all__ = ["plot_distributions", "plot_mass_function", "plot_parameters"]


def plot_parameters(catalogue: QTable, axes: ArrayLike, *, distance: u.Quantity | None = None,
                    log_density: Sequence[float] = (0, 1, 2, 3, 4)) -> PathCollection:
    """Draw all pairs of age, mass, extinction and size (Paper III, Fig. 5).

    Parameters
    ----------
    catalogue : `~astropy.table.QTable`
        The chosen clusters.
    axes : array_like of `~matplotlib.axes.Axes`, six
        One for each pair of `~clusternet.catalog.INTRINSIC`: mass, extinction and size against
        age; extinction and size against mass, size against extinction. In those without age the
        colour is the age.
    distance : `~astropy.units.Quantity`, optional
        Distance of the galaxy, for the lines of equal density over mass and size; that in
        ``catalogue.meta`` when not given. Without one there are no lines.
    log_density : sequence of float, optional
        Densities of these lines, log10 of solar masses per pc3.

    Returns
    -------
    `~matplotlib.collections.PathCollection`
        Clusters on the last axes, for a colour bar of ages.

    Raises
    ------
    ValueError
        If there are more or fewer axes than pairs.
    """
    distance = (catalogue.meta or {}).get("distance") if distance is None else distance
    drawn = None
    pairs = list(combinations(INTRINSIC, 2))
    axes = np.ravel(axes)
    if len(axes) != len(pairs):
        raise ValueError(f"{len(axes)} axes for {len(pairs)} pairs of parameters; give one each")
    for name, ax, (x, y) in zip(ascii_lowercase, axes, pairs, strict=False):
        colour: Any = {"c": "0.15"} if x == "log_age" else {
            "c": numbers(catalogue, "log_age"), "norm": AGES, "cmap": AGE_COLOURS}
        drawn = ax.scatter(numbers(catalogue, x), numbers(catalogue, y), s=7, alpha=0.7,
                           linewidths=0, **colour)
        ax.set(xlabel=axis_label(x), ylabel=axis_label(y))
        letter(ax, name)
        if (x, y) == ("log_mass", "log_r_h") and distance is not None:
            _lines_of_density(ax, distance, log_density)
    assert drawn is not None
    return drawn


def plot_mass_function(catalogue: QTable, ax: Axes, *,
                       m_star: Sequence[float] = (1e5, 1.6e5, 2.5e5), oldest: float = 8.5,
                       minimum: float = 1e4, edges: ArrayLike | None = None,
                       weights: ArrayLike | None = None) -> Axes:
    """Draw the masses with Schechter functions (Paper III, Fig. 6a).

    All clusters are a grey histogram, those younger than ``oldest`` are circles with Poisson
    errors. The lines, of slope -2, have as many clusters above ``minimum`` as the circles; the
    shade around the middle one is its Poisson scatter.

    Parameters
    ----------
    catalogue : `~astropy.table.QTable`
        The chosen clusters.
    ax : `~matplotlib.axes.Axes`
        The axes.
    m_star : sequence of float, optional
        Truncation masses of the lines, solar masses.
    oldest : float, optional
        log10 of the age in years.
    minimum : float, optional
        Mass in solar masses above which the sample is complete.
    edges : array_like, optional
        Edges of the bins, log10 of solar masses.
    weights : array_like, optional
        Weight of each cluster, such as one over the probability that it is found.

    Returns
    -------
    `~matplotlib.axes.Axes`
        The same axes.
    """
    edges = np.asarray(np.arange(3.5, 5.51, 0.1) if edges is None else edges, dtype=float)
    log_mass = numbers(catalogue, "log_mass")
    groups = {"all": np.ones(len(catalogue), dtype=bool),
              "young": numbers(catalogue, "log_age") < oldest}
    table = distribution(log_mass, edges, groups, weights=weights)
    of_all, young = (table[table["group"] == name] for name in groups)
    count, lo, hi = (numbers(young, name) for name in ("count", "count_lo", "count_hi"))
    ax.stairs(numbers(of_all, "count"), edges, fill=True, color="0.8", label="all")
    ax.errorbar(0.5 * (edges[1:] + edges[:-1]), count, np.abs([lo - count, hi - count]), fmt="o",
                color="black", ms=4, mfc="white", lw=0.8,
                label=rf"{axis_label('log_age')} $< {oldest:g}$")
    complete = edges[:-1] >= np.log10(minimum) - 1e-9
    fine = np.linspace(edges[0], edges[-1], 200)
    width = np.diff(edges).mean()
    dashes = [":", "-", "--", "-."]
    for i, cut in enumerate(m_star):
        law = SchechterMass(cut, minimum=10 ** edges[0])
        above = np.diff(law.cdf(10**edges))[complete].sum()
        scale = count[complete].sum() / above
        number = scale * law.pdf(10**fine) * 10**fine * np.log(10) * width
        ax.plot(fine, number, color="#1f4fb4", linestyle=dashes[i % 4],
                label=rf"$M_* = {cut / 1e5:g}\times10^5\,M_\odot$")
        if i == len(m_star) // 2:
            ax.fill_between(fine, np.maximum(number - np.sqrt(number), 1e-3),
                            number + np.sqrt(number), color="#1f4fb4", alpha=0.2, linewidth=0)
    top = max(numbers(of_all, "count").max(), 1)
    ax.set(xlabel=axis_label("log_mass"), ylabel="clusters", yscale="log", ylim=(0.5, 2 * top))
    ax.legend(fontsize=7)
    return ax


def plot_distributions(catalogue: QTable, axes: ArrayLike, *,
                       names: Sequence[str] = ("log_r_h", "log_density"), youngest: float = 7.0,
                       oldest: float = 7.7, bins: int = 20) -> ArrayLike:
    """Draw sizes and densities of all, young and old clusters (Paper III, Figs. 6b and 6c).

    Parameters
    ----------
    catalogue : `~astropy.table.QTable`
        The chosen clusters.
    axes : sequence of `~matplotlib.axes.Axes`
        One per column.
    names : sequence of str, optional
        Names of the columns.
    youngest, oldest : float, optional
        log10 of years: clusters below the first are young, those from the second on are old.
    bins : int, optional
        Number of bins, of equal widths.

    Returns
    -------
    sequence of `~matplotlib.axes.Axes`
        The same axes.
    """
    log_age = numbers(catalogue, "log_age")
    for ax, name in zip(np.ravel(axes), names, strict=True):
        values = numbers(catalogue, name)
        if not np.isfinite(values).any():
            raise ValueError(f"{name} is nan for every cluster; make the catalogue with a distance")
        edges = np.linspace(np.nanmin(values), np.nanmax(values) + 1e-9, bins + 1)
        for chosen, style in (
                (np.isfinite(values), {"fill": True, "color": "0.8", "label": "all"}),
                (log_age < youngest, {"color": "#1f4fb4", "lw": 1.5,
                                      "label": rf"$\log_{{10}}t < {youngest:g}$"}),
                (log_age >= oldest, {"color": "#a11c1c", "lw": 1.5, "linestyle": "--",
                                     "label": rf"$\log_{{10}}t \geq {oldest:g}$"})):
            ax.stairs(np.histogram(values[chosen], edges)[0], edges, **style)
        ax.set(xlabel=axis_label(name), ylabel="clusters")
        ax.legend(fontsize=7)
    return axes


def _lines_of_density(ax: Axes, distance: u.Quantity, levels: Sequence[float]) -> None:
    limits = ax.axis()
    log_mass = np.array(limits[:2])
    for level in levels:
        # A density falls with the third power of the radius.
        log_r_h = (density(log_mass, 0.0, distance) - level) / 3
        ax.plot(log_mass, log_r_h, color="0.5", lw=0.7, ls=":", label=f"{level:g}")
        inside = (limits[2] < log_r_h[0] < limits[3])
        if inside:
            ax.text(log_mass[0], log_r_h[0], rf" $10^{{{level:g}}}$", fontsize=7, color="0.4")
    ax.axis(limits)
