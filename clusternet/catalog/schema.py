"""The columns of a catalogue: names, types, units and definitions."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.table import Table

from clusternet.catalog.flags import flag_meanings
from clusternet.catalog.parameters import PARAMETERS, Parameter

__all__ = ["COLUMNS", "Column", "check_catalogue", "column"]


@dataclass(frozen=True)
class Column:
    """One column of the catalogue.

    Attributes
    ----------
    name : str
        Name of the column.
    description : str
        Definition, in a sentence.
    unit : astropy.units.Unit or None
        Unit; None for plain numbers, logarithms among them.
    dtype : type
        Type of its values; `astropy.coordinates.SkyCoord` for positions.
    """

    name: str
    description: str
    unit: u.UnitBase | None = None
    dtype: type = np.float64



def _with_interval(parameter: Parameter) -> tuple[Column, ...]:
    value, lo, hi = parameter.columns
    of = f"of the posterior of {value}"
    return (
        Column(value, parameter.description, parameter.unit),
        Column(lo, f"16th percentile {of}", parameter.unit),
        Column(hi, f"84th percentile {of}", parameter.unit),
    )


COLUMNS = (
    Column("id", "Number of the cluster, from 1", dtype=np.int64),
    Column("x_centroid", "Position along x in pixels; the centre of the first pixel is 0"),
    Column("y_centroid", "Position along y in pixels; the centre of the first pixel is 0"),
    Column("sky_centroid", "Position on the sky (ICRS)", dtype=SkyCoord),
    Column("class_cb", "Certainty that it is a cluster: 0 background, 1 cluster"),
    *(column for parameter in PARAMETERS.values() for column in _with_interval(parameter)),
    Column("r_h", "Radius that holds half of the stars, on the sky", u.arcsec),
    Column("r_h_pc", "Radius that holds half of the stars; nan without a distance", u.pc),
    Column(
        "log_density",
        "log10 of the mean density within r_h in solar masses per pc3; nan without a distance",
    ),
    Column("flags", f"Sum of warning bits: {flag_meanings()}", dtype=np.int64),
)
"""All columns of a catalogue, in order."""

_BY_NAME = {column.name: column for column in COLUMNS}


def column(name: str) -> Column:
    """Look a column of the schema up by its name.

    Parameters
    ----------
    name : str
        Name of the column.

    Returns
    -------
    Column
        Its definition.

    Raises
    ------
    ValueError
        If there is no such column.

    Examples
    --------
    >>> from clusternet.catalog.schema import column
    >>> column("a_v").unit
    Unit("mag")
    """
    if name not in _BY_NAME:
        raise ValueError(f"no column {name!r} in a catalogue (has {', '.join(_BY_NAME)})")
    return _BY_NAME[name]


def check_catalogue(table: Table, name: str = "the table") -> None:
    """Check that a table has the columns of a catalogue; further ones are allowed.

    Parameters
    ----------
    table : astropy.table.QTable
        The table.
    name : str
        Its name in messages.

    Raises
    ------
    ValueError
        If a column is missing, or has another type or unit.
    """
    missing = [expected.name for expected in COLUMNS if expected.name not in table.colnames]
    if missing:
        raise ValueError(
            f"{name} is no cluster catalogue: it has no {', '.join(missing)} (has "
            f"{', '.join(table.colnames)}); build catalogues with make_catalogue"
        )
    for expected in COLUMNS:
        values: Any = table[expected.name]
        if expected.dtype is SkyCoord:
            if not isinstance(values, SkyCoord):
                raise ValueError(f"{expected.name} of {name} is no SkyCoord: {type(values)}")
        elif not np.can_cast(values.dtype, expected.dtype, casting="same_kind"):
            raise ValueError(
                f"{expected.name} of {name} is of type {values.dtype}, not "
                f"{np.dtype(expected.dtype)}"
            )
        elif getattr(values, "unit", None) != expected.unit:
            raise ValueError(
                f"{expected.name} of {name} is in {getattr(values, 'unit', None)}, not "
                f"{expected.unit or 'plain numbers'}"
            )
