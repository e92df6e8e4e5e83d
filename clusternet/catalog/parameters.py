"""The parameters of a cluster: names, symbols, units, ranges and groups, all defined here.

Catalogues, bins, priors, networks, validation and figures read them. A new parameter is a record
of `PARAMETERS`, a place in `GROUPS`, and a bit of `~clusternet.catalog.ClusterFlag`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from astropy import units as u
from numpy.typing import ArrayLike

__all__ = ["GROUPS", "INTRINSIC", "PARAMETERS", "Parameter"]


@dataclass(frozen=True)
class Parameter:
    """A parameter of a cluster that comes with an interval.

    Attributes
    ----------
    name : str
        Name of the column in a catalogue.
    symbol : str
        Symbol in figures, in LaTeX without dollar signs.
    description : str
        Definition, in a sentence.
    limits : tuple of float
        Range of the bins and of the prior, in the unit of the bins.
    n_bins : int
        Number of bins that divide it.
    shown : tuple of float
        Values at the ends of a colour scale.
    unit : `~astropy.units.Unit`, optional
        Unit of the column; None for plain numbers, logarithms among them.
    log_bins : bool
        Whether bins and networks have the decimal logarithm of the column.
    intrinsic : bool
        Whether it belongs to the cluster alone; visibility depends on the background too.

    Examples
    --------
    >>> from clusternet.catalog import PARAMETERS
    >>> list(PARAMETERS)
    ['visibility', 'log_age', 'log_mass', 'a_v', 'log_r_h']
    >>> PARAMETERS["a_v"].limits, PARAMETERS["a_v"].columns
    ((0.0, 3.0), ('a_v', 'a_v_lo', 'a_v_hi'))
    >>> PARAMETERS["visibility"].binned, PARAMETERS["visibility"].from_bins([1.0]).tolist()
    ('log_visibility', [10.0])
    """

    name: str
    symbol: str
    description: str
    limits: tuple[float, float]
    n_bins: int
    shown: tuple[float, float]
    unit: u.UnitBase | None = None
    log_bins: bool = False
    intrinsic: bool = True

    @property
    def binned(self) -> str:
        """Name of the bins: that of the column, or of its logarithm."""
        return f"log_{self.name}" if self.log_bins else self.name

    @property
    def columns(self) -> tuple[str, str, str]:
        """Columns of a catalogue: the value, and the 16th and 84th percentile."""
        return self.name, f"{self.name}_lo", f"{self.name}_hi"

    @property
    def flag(self) -> str:
        """Name of the `~clusternet.catalog.ClusterFlag` of values at the limits."""
        return f"{self.name.upper()}_AT_LIMIT"

    def from_bins(self, values: ArrayLike) -> np.ndarray:
        """Convert values of the bins to those of the column."""
        values = np.asarray(values)
        return 10**values if self.log_bins else values

    def to_bins(self, values: ArrayLike) -> np.ndarray:
        """Convert values of the column to those of the bins; NaN where a logarithm has no value."""
        values = np.asarray(values)
        return np.log10(np.where(values > 0, values, np.nan)) if self.log_bins else values


PARAMETERS: Mapping[str, Parameter] = MappingProxyType({parameter.name: parameter for parameter in (
    Parameter("visibility", r"\mathrm{visibility}",
              "Flux of the cluster over the standard deviation of its background",
              (-1.0, 3.0), 20, (0.0, 10.0), log_bins=True, intrinsic=False),
    Parameter("log_age", r"\log_{10}(t/\mathrm{yr})", "log10 of the age in yr",
              (6.6, 10.1), 20, (6.6, 9.0)),
    Parameter("log_mass", r"\log_{10}(M/M_\odot)", "log10 of the initial mass in solar masses",
              (3.5, 5.5), 14, (3.5, 5.5)),
    Parameter("a_v", r"A_V", "Extinction in the V band",
              (0.0, 3.0), 10, (0.0, 3.0), u.mag),
    Parameter("log_r_h", r"\log_{10}(r_h/\mathrm{arcsec})",
              "log10 of the radius in arcsec that holds half of the stars",
              (-1.4, -0.4), 14, (-1.4, -0.4)),
)})
"""Parameters that come with an interval, by name, in the order of a catalogue's columns.

Ranges are those of Paper III, Table 1.
"""

INTRINSIC: tuple[str, ...] = tuple(name for name, p in PARAMETERS.items() if p.intrinsic)
"""Names of the parameters that belong to the cluster alone; mock clusters are drawn with them."""

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "joint": ("log_age", "a_v", "log_mass"),
    "log_r_h": ("log_r_h",),
    "log_visibility": ("log_visibility",),
})
"""Binned parameters of each softmax group of the networks, in the order of their outputs.

Those of ``joint`` have one histogram together, in C order.
"""
