"""Numbers out of the columns of a table."""

import astropy.units as u
import numpy as np

__all__ = ["numbers"]


def numbers(table, name, unit=None):
    """Values of a column as plain floats.

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
    numpy.ndarray
        NaN where the column is masked.

    Raises
    ------
    ValueError
        If there is no such column, or it is in another kind of unit.

    Examples
    --------
    >>> import astropy.units as u
    >>> from astropy.table import QTable
    >>> from clusternet.catalog.columns import numbers
    >>> numbers(QTable({"a_v": [0.5, 1.0] * u.mag}), "a_v").tolist()
    [0.5, 1.0]
    """
    if name not in table.colnames:
        raise ValueError(f"no column {name} in the table (has {', '.join(table.colnames)})")
    values = table[name].astype(float)
    if hasattr(values, "mask"):
        values = values.filled(np.nan)
    if isinstance(values, u.Quantity):
        try:
            values = values.to_value(values.unit if unit is None else unit)
        except u.UnitConversionError as error:
            raise ValueError(f"{name} is in {values.unit}; give it in {unit}") from error
    return np.asarray(values)
