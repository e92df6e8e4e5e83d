"""What the clusters are: parameters and their distributions (Paper III, Figs. 5 and 6)."""

import numpy as np

from clusternet.analysis import distribution
from clusternet.catalog import density, numbers
from clusternet.galaxy import SchechterMass
from clusternet.plotting.colours import AGE_COLOURS, AGES
from clusternet.plotting.mock_figures import _letter

__all__ = ["plot_distributions", "plot_mass_function", "plot_parameters"]

_LABELS = {
    "log_age": r"$\log_{10}(t/\mathrm{yr})$",
    "log_mass": r"$\log_{10}(M/M_\odot)$",
    "a_v": r"$A_V$ [mag]",
    "log_r_h": r"$\log_{10}(r_h/\mathrm{arcsec})$",
    "log_density": r"$\log_{10}(\rho_h/(M_\odot\,\mathrm{pc}^{-3}))$",
}
_PAIRS = (("log_age", "log_mass"), ("log_age", "a_v"), ("log_age", "log_r_h"),
          ("log_mass", "a_v"), ("log_mass", "log_r_h"), ("a_v", "log_r_h"))


def plot_parameters(catalogue, axes, distance=None, log_density=(0, 1, 2, 3, 4)):
    """Draw all pairs of age, mass, extinction and size (Paper III, Fig. 5).

    Parameters
    ----------
    catalogue : `~astropy.table.QTable`
        The chosen clusters.
    axes : array_like of `~matplotlib.axes.Axes`, six
        Mass, extinction and size against age; extinction and size against mass, size against
        extinction. In the last three the colour is the age.
    distance : `~astropy.units.Quantity`, optional
        Of the galaxy; needed for the lines of equal density over mass and size, and taken from
        ``catalogue.meta`` if it is there. Without it there are none.
    log_density : sequence of float, optional
        These lines, log10 of solar masses per pc3.

    Returns
    -------
    `~matplotlib.collections.PathCollection`
        What was drawn on the last, for a colour bar of ages.
    """
    axes = np.ravel(axes)
    distance = catalogue.meta.get("distance") if distance is None else distance
    for name, ax, (x, y) in zip("abcdef", axes, _PAIRS, strict=True):
        colour = "0.15" if x == "log_age" else numbers(catalogue, "log_age")
        drawn = ax.scatter(numbers(catalogue, x), numbers(catalogue, y), c=colour, s=7,
                           alpha=0.7, linewidths=0,
                           **({} if x == "log_age" else {"norm": AGES, "cmap": AGE_COLOURS}))
        ax.set(xlabel=_LABELS[x], ylabel=_LABELS[y])
        _letter(ax, name)
    if distance is not None:
        _lines_of_density(axes[4], distance, log_density)
    return drawn


def plot_mass_function(catalogue, ax, m_star=(1e5, 1.6e5, 2.5e5), oldest=8.5, minimum=1e4,
                       edges=None, weights=None):
    """Draw the masses with Schechter functions (Paper III, Fig. 6a).

    All clusters are a grey histogram, those younger than ``oldest`` are circles with Poisson
    errors. The lines, of slope -2, have as many clusters above ``minimum`` as the circles; the
    shade around the middle one is its Poisson scatter.

    Parameters
    ----------
    catalogue : `~astropy.table.QTable`
        The chosen clusters.
    ax : `~matplotlib.axes.Axes`
        Where to.
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
        The same.
    """
    edges = np.arange(3.5, 5.51, 0.1) if edges is None else np.asarray(edges, dtype=float)
    log_mass = numbers(catalogue, "log_mass")
    young = {"young": numbers(catalogue, "log_age") < oldest}
    everyone = distribution(log_mass, edges, weights=weights)
    some = distribution(log_mass, edges, young, weights=weights)
    middle = 0.5 * (edges[1:] + edges[:-1])
    ax.stairs(everyone["count"], edges, fill=True, color="0.8", label="all")
    error = np.abs([some["count_lo"], some["count_hi"]] - some["count"])
    ax.errorbar(middle, some["count"], error, fmt="o", color="black", ms=4, mfc="white", lw=0.8,
                label=rf"$\log_{{10}}(t/\mathrm{{yr}}) < {oldest:g}$")
    complete = edges[:-1] >= np.log10(minimum) - 1e-9
    fine = np.linspace(edges[0], edges[-1], 200)
    width = np.diff(edges).mean()
    dashes = [":", "-", "--", "-."]
    for i, cut in enumerate(m_star):
        law = SchechterMass(cut, minimum=10 ** edges[0])
        above = np.diff(law.cdf(10**edges))[complete].sum()
        scale = some["count"][complete].sum() / above
        number = scale * law.pdf(10**fine) * 10**fine * np.log(10) * width
        ax.plot(fine, number, color="#1f4fb4", linestyle=dashes[i % 4],
                label=rf"$M_* = {cut / 1e5:g}\times10^5\,M_\odot$")
        if i == len(m_star) // 2:
            ax.fill_between(fine, np.maximum(number - np.sqrt(number), 1e-3),
                            number + np.sqrt(number), color="#1f4fb4", alpha=0.2, linewidth=0)
    top = max(everyone["count"].max(), 1)
    ax.set(xlabel=_LABELS["log_mass"], ylabel="clusters", yscale="log", ylim=(0.5, 2 * top))
    ax.legend(fontsize=7)
    return ax


def plot_distributions(catalogue, axes, names=("log_r_h", "log_density"), youngest=7.0,
                       oldest=7.7, bins=20):
    """Draw sizes and densities of all, young and old clusters (Paper III, Figs. 6b and 6c).

    Parameters
    ----------
    catalogue : `~astropy.table.QTable`
        The chosen clusters.
    axes : sequence of `~matplotlib.axes.Axes`
        One for each column.
    names : sequence of str, optional
        The columns.
    youngest, oldest : float, optional
        log10 of years: clusters younger than the first are young, those from the second on old.
    bins : int, optional
        Number of bins, of equal widths.

    Returns
    -------
    sequence of `~matplotlib.axes.Axes`
        The same.
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
        ax.set(xlabel=_LABELS.get(name, name), ylabel="clusters")
        ax.legend(fontsize=7)
    return axes


def _lines_of_density(ax, distance, levels):
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
