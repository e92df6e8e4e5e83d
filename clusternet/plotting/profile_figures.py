"""Clusters across the arms and out from the centre (Paper III, Figs. 7 and 8)."""

import astropy.units as u
import numpy as np

from clusternet.analysis import arm_profile, radial_profile, split_by
from clusternet.catalog import numbers
from clusternet.plotting.colours import AGE_COLOURS, AGES, GROUP_STYLES
from clusternet.plotting.mock_figures import _letter
from clusternet.plotting.parameter_figures import _LABELS

__all__ = ["plot_arm_counts", "plot_arm_profile", "plot_radial_trends"]


def plot_arm_profile(profile, ax, labels=None):
    """Draw counts against the distance from the arms, a curve for each group.

    Parameters
    ----------
    profile : `~astropy.table.QTable`
        From `~clusternet.analysis.arm_profile`; of up to three groups.
    ax : `~matplotlib.axes.Axes`
        Where to.
    labels : dict of str to str, optional
        What to call the groups in the legend.

    Returns
    -------
    `~matplotlib.axes.Axes`
        The same.
    """
    groups = list(dict.fromkeys(profile["group"].tolist()))
    styles = GROUP_STYLES if len(groups) > 2 else GROUP_STYLES[::2]
    for group, style in zip(groups, styles, strict=False):
        rows = profile[profile["group"] == group]
        x = rows["distance"].to_value(u.kpc)
        name = group if labels is None else labels.get(group, group)
        ax.plot(x, rows["count"], label=_pretty(name), **style)
        ax.fill_between(x, rows["count_lo"], rows["count_hi"], color=style["color"], alpha=0.2,
                        linewidth=0)
    ax.axvline(0, color="0.6", lw=0.6)
    ax.set(xlabel="distance from the arm [kpc]", ylabel="clusters", ylim=(0, None))
    ax.legend(fontsize=7)
    return ax


def plot_arm_counts(catalogue, distance, axes, window=0.3 * u.kpc, at=None, ages=(7, 7.7), a_v=1,
                    log_density=(1, 2), old=8, young=7, weights=None):
    """Draw counts across the arms by age, extinction and density (Paper III, Fig. 7).

    Parameters
    ----------
    catalogue : `~astropy.table.QTable`
        The chosen clusters.
    distance : `~astropy.units.Quantity`, shape (cluster,)
        From the arms: `~clusternet.galaxy.SpiralArms.distance`.
    axes : sequence of `~matplotlib.axes.Axes`, three
        For all clusters by age, those older than ``old`` by extinction, and those younger than
        ``young`` by density.
    window : `~astropy.units.Quantity`, optional
        Width of the sliding window; a line on the second panel shows it.
    at : `~astropy.units.Quantity`, optional
        Where the window stands, as for `~clusternet.analysis.arm_profile`.
    ages, log_density : tuple of float, optional
        Where groups part: log10 of years, log10 of solar masses per pc3.
    a_v : float, optional
        The same for extinctions, magnitudes.
    old, young : float, optional
        log10 of years.
    weights : array_like, shape (cluster,), optional
        Weight of each cluster, such as one over the probability that it is found.

    Returns
    -------
    list of `~astropy.table.QTable`
        The profiles drawn.
    """
    log_age = numbers(catalogue, "log_age")
    weights = np.ones(len(catalogue)) if weights is None else np.asarray(weights, dtype=float)
    panels = ((np.isfinite(log_age), "log_age", ages), (log_age > old, "a_v", [a_v]),
              (log_age < young, "log_density", log_density))
    profiles = []
    for letter, ax, (chosen, name, edges) in zip("abc", axes, panels, strict=True):
        groups = split_by(catalogue[chosen], name, edges)
        profiles.append(arm_profile(distance[chosen], groups, window=window, at=at,
                                    weights=weights[chosen]))
        plot_arm_profile(profiles[-1], ax)
        _letter(ax, letter)
    width = u.Quantity(window).to_value(u.kpc)
    _show_window(axes[1], width)
    return profiles


def plot_radial_trends(catalogue, radius, axes, names=("log_density", "log_mass", "log_r_h"),
                       ages=(7.5, 8.5), window=1 * u.kpc, at=None):
    """Draw parameters against the distance from the centre (Paper III, Fig. 8).

    Lines are the means of young and old clusters, where there are five or more in the window, and
    shades their standard deviations.

    Parameters
    ----------
    catalogue : `~astropy.table.QTable`
        The chosen clusters.
    radius : `~astropy.units.Quantity`, shape (cluster,)
        From the centre: the first that `~clusternet.galaxy.Galaxy.polar` gives.
    axes : sequence of `~matplotlib.axes.Axes`
        One for each column.
    names : sequence of str, optional
        The columns.
    ages : tuple of float, optional
        log10 of years: clusters younger than the first are young, those from the second on old.
    window : `~astropy.units.Quantity`, optional
        Width of the sliding window; a line on the first panel shows it.
    at : `~astropy.units.Quantity`, optional
        Where the window stands; in steps of a tenth of it over the clusters when not given.

    Returns
    -------
    list of `~astropy.table.QTable`
        The profiles drawn.
    """
    kpc = u.Quantity(radius).to_value(u.kpc)
    log_age = numbers(catalogue, "log_age")
    groups = {f"log_age < {ages[0]:g}": log_age < ages[0],
              f"log_age >= {ages[1]:g}": log_age >= ages[1]}
    if at is None and len(kpc):
        step = u.Quantity(window).to_value(u.kpc) / 10
        at = np.arange(np.nanmin(kpc), np.nanmax(kpc) + step, step) * u.kpc
    profiles = []
    for letter, ax, name in zip("abcdef", axes, names, strict=False):
        values = numbers(catalogue, name)
        ax.scatter(kpc, values, c=log_age, norm=AGES, cmap=AGE_COLOURS, s=7, alpha=0.7,
                   linewidths=0)
        profile = radial_profile(radius, values, groups, window=window, at=at)
        for group, style in zip(groups, GROUP_STYLES[::2], strict=True):
            rows = profile[(profile["group"] == group) & (profile["n"] >= 5)]
            x = rows["radius"].to_value(u.kpc)
            ax.plot(x, rows["mean"], label=_pretty(group), **style)
            ax.fill_between(x, rows["mean"] - rows["std"], rows["mean"] + rows["std"],
                            color=style["color"], alpha=0.2, linewidth=0)
        ax.set(xlabel="distance from the centre [kpc]", ylabel=_LABELS.get(name, name))
        _letter(ax, letter)
        profiles.append(profile)
    axes[0].legend(fontsize=7)
    _show_window(axes[0], u.Quantity(window).to_value(u.kpc))
    return profiles


def _show_window(ax, width):
    """A line as long as the sliding window, at the lower right."""
    left, right = ax.get_xlim()
    end = right - 0.05 * (right - left)
    ax.plot([end - width, end], [0.06, 0.06], color="black", lw=2, label="_window",
            transform=ax.get_xaxis_transform())


def _pretty(name):
    """A group's name with the signs of the field."""
    for plain, sign in ((">=", "≥"), ("<=", "≤"), ("log_age", "log t"), ("a_v", "$A_V$"),
                        ("log_density", r"log $\rho_h$")):
        name = name.replace(plain, sign)
    return name
