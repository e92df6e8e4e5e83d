"""Isochrones from any astropy table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from astropy import units as u
from astropy.table import Table

from clusternet.stars.isochrones.isochrone_set import IsochroneSet
from clusternet.stars.isochrones.tables import Bands, chosen_bands, isochrones_by_age

__all__ = ["TabularIsochrones"]

_REQUIRED = ("initial_mass",)
_OPTIONAL = ("label", "log_teff", "log_l", "log_g", "eep")
_NAMES = ("age", "log_age", *_REQUIRED, *_OPTIONAL)
_UNITS = {"age": u.yr, "initial_mass": u.Msun}


class TabularIsochrones(IsochroneSet):
    """Isochrones of any models, from an astropy table with one row per star.

    Rows of one age are in order of evolution, from the least massive star on.

    More columns make the interpolation between ages better. With ``eep`` the rows of
    equal points are matched; with ``label`` (of PARSEC) each phase is matched with itself along its
    arc in (log Teff, log L, log mass); with neither, the whole isochrone is one phase, and giants
    may be mixed with dwarfs where the ages are far apart.

    Parameters
    ----------
    table : `~astropy.table.Table`
        With columns ``log_age`` (of years) or ``age`` (in its unit, or years), ``initial_mass``
        (in its unit, or solar masses) and magnitudes; optionally ``label``, ``log_teff``
        (K), ``log_l`` (solar), ``log_g`` (cgs), ``eep``.
    metallicity : float
        Initial metal fraction Z.
    bands : iterable of str or mapping of str to str
        Columns of absolute Vega magnitudes; a mapping gives them new names,
        ``{"F336W": "mag_336"}``.
    columns : mapping of str to str, optional
        Names in the table of the columns above, where they differ: ``{"log_age": "logAge"}``.

    Raises
    ------
    ValueError
        If a column is missing, has the wrong unit or a value that is not finite, or the rows do not
        make isochrones.

    Examples
    --------
    >>> from astropy.table import QTable
    >>> from astropy import units as u
    >>> table = QTable({
    ...     "age": [1, 1, 10, 10] * u.Gyr,
    ...     "initial_mass": [0.5, 2.0, 0.5, 1.0] * u.Msun,
    ...     "M_V": [9.0, 0.5, 9.0, 2.5] * u.mag,
    ... })
    >>> stars = TabularIsochrones(table, metallicity=0.02, bands={"V": "M_V"})
    >>> stars.log_age_range
    (9.0, 10.0)
    >>> stars.isochrone(9.5).magnitudes["V"]
    array([9. , 1.5])
    """

    def __init__(
        self,
        table: Table,
        metallicity: float,
        bands: Bands,
        *,
        columns: Mapping[str, str] | None = None,
    ) -> None:
        columns = dict(columns or {})
        unknown = sorted(set(columns) - set(_NAMES))
        if unknown:
            raise ValueError(f"columns has {', '.join(unknown)}; it may have {', '.join(_NAMES)}")
        absent = sorted(set(columns.values()) - set(table.colnames))
        if absent:
            raise ValueError(
                f"no column {', '.join(absent)} in the table (has {', '.join(table.colnames)})"
            )
        if not (np.isfinite(metallicity) and metallicity >= 0):
            raise ValueError(f"metallicity is {metallicity}; give the metal fraction Z, as 0.02")
        names = {name: columns.get(name, name) for name in _NAMES}
        names = {name: theirs for name, theirs in names.items() if theirs in table.colnames}
        if not {"age", "log_age"} & set(names) or "initial_mass" not in names:
            raise ValueError(
                "the table needs initial_mass and log_age or age (has "
                f"{', '.join(table.colnames)}); say with columns what they are called"
            )
        values = {
            name: _column_values(table, theirs, _UNITS.get(name)) for name, theirs in names.items()
        }
        if "log_age" not in values:
            with np.errstate(divide="ignore", invalid="ignore"):
                values["log_age"] = np.log10(values.pop("age"))
            if not np.isfinite(values["log_age"]).all():
                raise ValueError(f"an age in column {names['age']} is not positive")
        values.pop("age", None)
        values.setdefault("label", np.full(len(table), -1))
        chosen = chosen_bands(
            bands, (name for name in table.colnames if name not in names.values()), "the table"
        )
        magnitudes = {new: _column_values(table, old, u.mag) for new, old in chosen.items()}
        super().__init__(isochrones_by_age(values, magnitudes, float(metallicity)))


def _column_values(table: Table, name: str, unit: u.UnitBase | None) -> np.ndarray:
    """Values of a column in a unit, without it; all finite."""
    column: Any = table[name]
    if unit is not None and getattr(column, "unit", None) is not None:
        try:
            values = u.Quantity(column).to_value(unit)
        except (u.UnitConversionError, TypeError) as error:
            raise ValueError(
                f"column {name} is in {column.unit}; it should be in {unit} or the like"
            ) from error
    else:
        values = getattr(column, "value", column)
    if np.ma.is_masked(values):
        raise ValueError(f"column {name} has masked values; leave those rows out")
    values = np.asarray(values)
    if values.ndim != 1 or values.dtype.kind not in "iuf" or not np.isfinite(values).all():
        raise ValueError(f"column {name} must be of one dimension and hold finite numbers only")
    return values
