"""Labels of axes, groups and panels."""

from matplotlib.axes import Axes

from clusternet.catalog import PARAMETERS

__all__ = ["axis_label", "group_label", "letter"]

_LABELS = {name: f"${p.symbol}$" + ("" if p.unit is None else f" [{p.unit}]")
           for name, p in PARAMETERS.items()}
_LABELS |= {
    "class_cb": "class",
    "log_density": r"$\log_{10}(\rho_h/(M_\odot\,\mathrm{pc}^{-3}))$",
    "log_background": r"$\log_{10}(\mathrm{background}/(\mathrm{e\,s}^{-1}))$",
    "x_centroid": "x [px]",
    "y_centroid": "y [px]",
}
_SIGNS = {">=": "≥", "<=": "≤", "log_age": "log t", "a_v": "$A_V$",
          "log_density": r"log $\rho_h$"}


def axis_label(name: str) -> str:
    r"""Return the label of an axis: symbol and unit of a column, or its name where it has none.

    Examples
    --------
    >>> from clusternet.plotting.labels import axis_label
    >>> print(axis_label("a_v"), axis_label("log_age"), axis_label("sharpness"))
    $A_V$ [mag] $\log_{10}(t/\mathrm{yr})$ sharpness
    """
    return _LABELS.get(name, name)


def group_label(name: str) -> str:
    """Return the name of a group, as from `~clusternet.analysis.split_by`, with symbols."""
    for plain, sign in _SIGNS.items():
        name = name.replace(plain, sign)
    return name


def letter(ax: Axes, name: str, *, color: str = "black") -> None:
    """Write the letter of a panel into its upper left corner."""
    ax.text(0.03, 0.97, name, transform=ax.transAxes, va="top", weight="bold", color=color)
