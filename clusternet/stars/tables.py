"""Isochrones out of one table of many ages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from clusternet.stars.isochrones import Isochrone

__all__ = ["isochrones_by_age"]


def isochrones_by_age(
    columns: Mapping[str, np.ndarray], bands: Iterable[str], metallicity: float
) -> list[Isochrone]:
    """Split a table into one isochrone per age.

    Rows that repeat an initial mass or fall back behind an earlier one, as printed thermal pulses
    do, are dropped: no star is born with it.

    Parameters
    ----------
    columns : mapping of str to (n,) array
        ``log_age``, ``initial_mass``, ``log_teff``, ``log_l``, ``log_g``, ``label`` and one column
        of absolute magnitudes per band. Rows of one age are in order of evolution.
    bands : iterable of str
        Names of the columns of magnitudes.
    metallicity : float
        Initial metal fraction Z.

    Returns
    -------
    isochrones : list of Isochrone
        By ascending log age, rounded to 1e-4.
    """
    bands = tuple(bands)
    log_ages = np.round(columns["log_age"], 4)
    isochrones = []
    for log_age in np.unique(log_ages):
        rows = np.flatnonzero(log_ages == log_age)
        mass = columns["initial_mass"][rows]
        rows = rows[np.diff(np.maximum.accumulate(mass), prepend=0) > 0]
        isochrones.append(
            Isochrone(
                log_age=float(log_age),
                metallicity=metallicity,
                initial_mass=columns["initial_mass"][rows],
                magnitudes={band: columns[band][rows] for band in bands},
                label=columns["label"][rows].astype(int),
                log_teff=columns["log_teff"][rows],
                log_l=columns["log_l"][rows],
                log_g=columns["log_g"][rows],
            )
        )
    return isochrones
