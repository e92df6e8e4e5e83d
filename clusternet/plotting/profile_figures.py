"""Clusters across the arms and out from the centre (Paper III, Figs. 7 and 8)."""
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportOperatorIssue=false
# Rows, columns and coordinates of astropy have no types of their own.

from collections.abc import Mapping, Sequence

import astropy.units as u
import numpy as np
from astropy.table import QTable
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from clusternet.analysis import arm_profile, radial_profile, split_by
from clusternet.catalog import numbers, plain
from clusternet.plotting.colours import AGE_COLOURS, AGES, GROUP_STYLES
from clusternet.plotting.labels import axis_label, group_label, letter

__all__ = ["plot_arm_counts", "plot_arm_profile", "plot_radial_trends"]


def plot_arm_profile(profile: QTable, ax: Axes, *, labels: Mapping[str, str] | None = None
                     ) -> Axes:
    """Draw counts against the distance from the arms, a curve for each group.

    Parameters
    ----------
    profile : `~astropy.table.QTable`
        From `~clusternet.analysis.arm_profile`; of up to three groups.
    ax : `~matplotlib.axes.Axes`
        The axes.
    labels : dict of str to str, optional
        Names of the groups in the legend.

    Returns
    -------
    `~matplotlib.axes.Axes`
        The same axes.
    """
    groups = list(dict.fromkeys(profile["group"].tolist()))
    styles = GROUP_STYLES if len(groups) > 2 else GROUP_STYLES[::2]
    for group, style in zip(groups, styles, strict=False):
        rows = profile[profile["group"] == group]
        x, count, lo, hi = (numbers(rows, column, unit) for column, unit in (
            ("distance", u.kpc), ("count", None), ("count_lo", None), ("count_hi", None)))
        name = group if labels is None else labels.get(group, group)
        ax.plot(x, count, label=group_label(name), **style)
        ax.fill_between(x, lo, hi, color=style["color"], alpha=0.2, linewidth=0)
    ax.axvline(0, color="0.6", lw=0.6)
    ax.set(xlabel="distance from the arm [kpc]", ylabel="clusters", ylim=(0, None))
    ax.legend(fontsize=7)
    return ax


def plot_arm_counts(catalogue: QTable, distance: u.Quantity, axes: ArrayLike, *,
                    window: u.Quantity = 0.3 * u.kpc, at: u.Quantity | None = None,
                    ages: Sequence[float] = (7, 7.7), a_v: float = 1,
                    log_density: Sequence[float] = (1, 2), old: float = 8, young: float = 7,
                    weights: ArrayLike | None = None) -> list[QTable]:
    """Draw counts across the arms by age, extinction and density (Paper III, Fig. 7).

    Parameters
    ----------
    catalogue : `~astropy.table.QTable`
        The chosen clusters.
    distance : `~astropy.units.Quantity`, shape (cluster,)
        Distances from the arms, as from `~clusternet.galaxy.SpiralArms.distance`.
    axes : sequence of `~matplotlib.axes.Axes`, three
        For all clusters by age, those older than ``old`` by extinction, and those younger than
        ``young`` by density.
    window : `~astropy.units.Quantity`, optional
        Width of the sliding window; a line on the second panel shows it.
    at : `~astropy.units.Quantity`, optional
        Centres of the window, as for `~clusternet.analysis.arm_profile`.
    ages, log_density : sequence of float, optional
        Edges between groups: log10 of years, log10 of solar masses per pc3.
    a_v : float, optional
        Edge between the groups of extinction, magnitudes.
    old, young : float, optional
        Lower limit of the age of old clusters, and upper limit of that of young ones, log10 of
        years.
    weights : array_like, shape (cluster,), optional
        Weight of each cluster, such as one over the probability that it is found.

    Returns
    -------
    list of `~astropy.table.QTable`
        The profiles.
    """
    log_age = numbers(catalogue, "log_age")
    weights = np.asarray(np.ones(len(catalogue)) if weights is None else weights, dtype=float)
    axes = np.ravel(axes)
    panels = ((np.isfinite(log_age), "log_age", ages), (log_age > old, "a_v", [a_v]),
              (log_age < young, "log_density", log_density))
    profiles = []
    for panel, ax, (chosen, name, edges) in zip("abc", axes, panels, strict=True):
        groups = split_by(catalogue[chosen], name, edges)
        profiles.append(arm_profile(distance[chosen], groups, window=window, at=at,
                                    weights=weights[chosen]))
        plot_arm_profile(profiles[-1], ax)
        letter(ax, panel)
    _show_window(axes[1], window)
    return profiles


def plot_radial_trends(catalogue: QTable, radius: u.Quantity, axes: ArrayLike, *,
                       names: Sequence[str] = ("log_density", "log_mass", "log_r_h"),
                       ages: Sequence[float] = (7.5, 8.5), window: u.Quantity = 1 * u.kpc,
                       at: u.Quantity | None = None) -> list[QTable]:
    """Draw parameters against the distance from the centre (Paper III, Fig. 8).

    Lines are the means of young and old clusters, where there are five or more in the window, and
    shades their standard deviations.

    Parameters
    ----------
    catalogue : `~astropy.table.QTable`
        The chosen clusters.
    radius : `~astropy.units.Quantity`, shape (cluster,)
        Distance from the centre, as from `~clusternet.galaxy.Galaxy.polar`.
    axes : sequence of `~matplotlib.axes.Axes`
        One per column.
    names : sequence of str, optional
        Names of the columns.
    ages : sequence of float, optional
        log10 of years: clusters below the first are young, those from the second on are old.
    window : `~astropy.units.Quantity`, optional
        Width of the sliding window; a line on the first panel shows it.
    at : `~astropy.units.Quantity`, optional
        Centres of the window; over the clusters in steps of a tenth of it when not given.

    Returns
    -------
    list of `~astropy.table.QTable`
        The profiles.
    """
    axes = np.ravel(axes)
    kpc = plain(radius, u.kpc, name="radius")
    log_age = numbers(catalogue, "log_age")
    groups = {f"log_age < {ages[0]:g}": log_age < ages[0],
              f"log_age >= {ages[1]:g}": log_age >= ages[1]}
    if at is None and len(kpc):
        step = float(plain(window, u.kpc, name="window")) / 10
        at = np.arange(np.nanmin(kpc), np.nanmax(kpc) + step, step) * u.kpc
    profiles = []
    for panel, ax, name in zip("abcdef", axes, names, strict=False):
        values = numbers(catalogue, name)
        ax.scatter(kpc, values, c=log_age, norm=AGES, cmap=AGE_COLOURS, s=7, alpha=0.7,
                   linewidths=0)
        profile = radial_profile(radius, values, groups, window=window, at=at)
        for group, style in zip(groups, GROUP_STYLES[::2], strict=True):
            rows = profile[(profile["group"] == group) & (profile["n"] >= 5)]
            x, middle, std = (numbers(rows, column) for column in ("radius", "mean", "std"))
            ax.plot(x, middle, label=group_label(group), **style)
            ax.fill_between(x, middle - std, middle + std, color=style["color"], alpha=0.2,
                            linewidth=0)
        ax.set(xlabel="distance from the centre [kpc]", ylabel=axis_label(name))
        letter(ax, panel)
        profiles.append(profile)
    axes[0].legend(fontsize=7)
    _show_window(axes[0], window)
    return profiles


def _show_window(ax: Axes, window: u.Quantity) -> None:
    """Draw a line as long as the sliding window, at the lower right."""
    width = float(plain(window, u.kpc, name="window"))
    left, right = ax.get_xlim()
    end = right - 0.05 * (right - left)
    ax.plot([end - width, end], [0.06, 0.06], color="black", lw=2, label="_window",
            transform=ax.get_xaxis_transform())
