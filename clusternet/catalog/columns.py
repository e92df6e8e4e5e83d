"""Plain numbers of columns, arrays and quantities."""

from typing import Any

import astropy.units as u
import numpy as np
from astropy.table import Table

__all__ = ["describe", "numbers", "plain"]


def plain(values: Any, unit: u.UnitBase | None = None, *, name: str = "values") -> np.ndarray:
    """Return values as plain floats.

    Parameters
    ----------
    values : array_like, `~astropy.units.Quantity` or `~astropy.table.Column`
        The values.
    unit : `~astropy.units.Unit`, optional
        Unit wanted; their own when not given. Values without a unit are taken to be in it.
    name : str, optional
        Their name in messages.

    Returns
    -------
    numpy.ndarray of float
        NaN where masked.

    Raises
    ------
    ValueError
        If they are in another kind of unit.

    Examples
    --------
    >>> import astropy.units as u
    >>> import numpy as np
    >>> from clusternet.catalog import plain
    >>> plain([1.5, 2.0] * u.kpc, u.pc).tolist()
    [1500.0, 2000.0]
    >>> plain(np.ma.array([1, 2], mask=[False, True])).tolist()
    [1.0, nan]
    """
    if hasattr(values, "filled"):
        values = values.astype(float).filled(np.nan)
    if unit is not None and getattr(values, "unit", None) is not None:
        try:
            values = u.Quantity(values).to_value(unit)
        except u.UnitConversionError as error:
            wanted = "plain numbers" if unit == u.one else unit
            raise ValueError(f"{name} is in {values.unit}; give it in {wanted}") from error
    return np.asarray(getattr(values, "value", values), dtype=float)


def numbers(table: Table, name: str, unit: u.UnitBase | None = None) -> np.ndarray:
    """Return a column of a table as plain floats.

    Parameters
    ----------
    table : `~astropy.table.Table`
        The table.
    name : str
        Name of the column.
    unit : `~astropy.units.Unit`, optional
        Unit wanted; that of the column when not given. Columns without one are taken to be in it.

    Returns
    -------
    numpy.ndarray of float
        NaN where the column is masked.

    Raises
    ------
    ValueError
        If there is no such column, or it is in another kind of unit.

    Examples
    --------
    >>> import astropy.units as u
    >>> from astropy.table import QTable
    >>> from clusternet.catalog import numbers
    >>> numbers(QTable({"a_v": [0.5, 1.0] * u.mag}), "a_v").tolist()
    [0.5, 1.0]
    """
    if name not in table.colnames:
        raise ValueError(f"no column {name} in the table (has {', '.join(table.colnames)})")
    return plain(table[name], unit, name=name)


def describe(table: Table, name: str, description: str) -> None:
    """Set the description of a column.

    Parameters
    ----------
    table : `~astropy.table.Table`
        The table.
    name : str
        Name of the column, of any kind.
    description : str
        A sentence, with unit and definition.
    """
    column: Any = table[name]
    column.info.description = description
