"""Isochrones from one table of many ages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import numpy as np

from clusternet.stars.isochrones.core import Isochrone

__all__ = ["Bands", "chosen_bands", "isochrones_by_age"]

#: Bands to take from a table: their names, or new names with those in the table, or None for all.
Bands: TypeAlias = Mapping[str, str] | Iterable[str] | str | None

_OPTIONAL = ("log_teff", "log_l", "log_g", "eep")


def isochrones_by_age(
    columns: Mapping[str, np.ndarray], magnitudes: Mapping[str, np.ndarray], metallicity: float
) -> list[Isochrone]:
    """Split a table into one isochrone per age.

    On the AGB, rows of an isochrone can lie closer in initial mass than its digits resolve, and at
    the tip of the red giant branch stars jump to another place. Rows that repeat a mass are spread
    evenly up to the next one, or over the spacing of single precision if that is less, so that the
    light of each counts. Rows that fall back behind an earlier one, and repetitions of the last
    mass, are dropped: no star is born with it.

    Parameters
    ----------
    columns : mapping of str to (n,) array
        ``log_age``, ``initial_mass``, ``label``; ``log_teff``, ``log_l``, ``log_g`` and ``eep`` if
        there are. Rows of one age are in order of evolution.
    magnitudes : mapping of str to (n,) array
        Absolute magnitudes by band.
    metallicity : float
        Initial metal fraction Z.

    Returns
    -------
    isochrones : list of Isochrone
        By ascending log age, rounded to 1e-4.
    """
    log_ages = np.round(columns["log_age"], 4)
    isochrones = []
    for log_age in np.unique(log_ages):
        rows = np.flatnonzero(log_ages == log_age)
        mass = columns["initial_mass"][rows]
        rows = rows[mass >= np.maximum.accumulate(mass)]
        mass = _spread(columns["initial_mass"][rows])
        rows = rows[: mass.size]
        isochrones.append(
            Isochrone(
                log_age=float(log_age),
                metallicity=metallicity,
                initial_mass=mass,
                magnitudes={band: values[rows] for band, values in magnitudes.items()},
                label=columns["label"][rows].astype(int),
                **{name: columns[name][rows] for name in _OPTIONAL if name in columns},
            )
        )
    return isochrones


def _spread(mass: np.ndarray) -> np.ndarray:
    """Strictly ascending masses in place of ones that repeat, as far as the last new one."""
    new = np.flatnonzero(np.diff(mass, prepend=0) > 0)
    mass = mass[: new[-1] + 1].astype(float)
    room = np.minimum(np.diff(mass[new]), mass[new[:-1]] * np.finfo(np.float32).eps)
    for first, n, gap in zip(new[:-1], np.diff(new), room, strict=True):
        mass[first : first + n] += gap * np.arange(n) / n
    return mass


def chosen_bands(
    bands: Bands, available: Iterable[str], source: object
) -> dict[str, str]:
    """Return the bands to take from a table, by their new names.

    Parameters
    ----------
    bands : mapping of str to str, iterable of str or None
        The name each band shall have and its name in the table; or names to keep; or None for
        all there are.
    available : iterable of str
        Names in the table.
    source : object
        Named in the error.

    Returns
    -------
    chosen : dict of str to str
        Name in the table, by the name to have.

    Raises
    ------
    ValueError
        If the table lacks one.
    """
    available = tuple(available)
    if bands is None:
        return {name: name for name in available}
    if isinstance(bands, str):
        bands = (bands,)
    chosen = dict(bands) if isinstance(bands, Mapping) else {name: name for name in bands}
    missing = [name for name in chosen.values() if name not in available]
    if missing or not chosen:
        raise ValueError(
            f"no {', '.join(missing) or 'band asked of'} in {source} (has {', '.join(available)}); "
            "pass bands it has, or {name: name in the table} to rename them"
        )
    return chosen
