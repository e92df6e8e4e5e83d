"""Catalogues made from arrays."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.table import QTable
from astropy.wcs import WCS
from numpy.typing import ArrayLike

import clusternet
from clusternet._quantities import checked_quantity
from clusternet.catalog.columns import describe, plain
from clusternet.catalog.schema import COLUMNS, check_catalogue

__all__ = ["completed", "density", "make_catalogue"]

_DERIVED = ("id", "sky_centroid", "r_h", "r_h_pc", "log_density")
_REQUIRED = ("x_centroid", "y_centroid", "class_cb")


def density(log_mass: ArrayLike, log_r_h: ArrayLike, distance: u.Quantity, *,
            half_mass: bool = False) -> np.ndarray:
    r"""Return the mean density within the half-number radius.

    :math:`\log_{10} \rho_h = \log_{10}(M / (4/3\, \pi r_h^3))`, as in Bialopetravičius &
    Narbutis (Table 1), with the projected radius in place of that of the sphere.

    Parameters
    ----------
    log_mass : array_like
        log10 of the mass in solar masses.
    log_r_h : array_like
        log10 of the half-number radius in arcsec.
    distance : astropy.units.Quantity
        Distance of the clusters.
    half_mass : bool
        Count only the half of the mass that lies within the radius, which lowers it by 0.30 dex.

    Returns
    -------
    numpy.ndarray
        log10 of the density in solar masses per pc3.

    Raises
    ------
    ValueError
        If the distance is not a positive length.

    Examples
    --------
    >>> from astropy import units as u
    >>> from clusternet.catalog import density
    >>> density([3.5, 5.5], [-0.4, -1.4], 4.5 * u.Mpc).round(2).tolist()
    [0.06, 5.06]
    """
    log_radius = np.log10(_parsecs_per_arcsec(distance)) + np.asarray(log_r_h, dtype=float)
    fraction = 0.5 if half_mass else 1.0
    return np.asarray(log_mass, dtype=float) + np.log10(fraction / (4 / 3 * np.pi)) - 3 * log_radius


def make_catalogue(values: Mapping[str, Any], wcs: WCS, *, distance: u.Quantity | None = None,
                   half_mass: bool = False, meta: Mapping[str, Any] | None = None) -> QTable:
    """Build a catalogue of clusters from arrays.

    Ids count from 1 in the order given; sky positions, radii and densities are computed.

    Parameters
    ----------
    values : dict of str
        An array per column of `COLUMNS`, in the unit given there. Needed are ``x_centroid``,
        ``y_centroid`` and ``class_cb``; `PARAMETERS` and intervals that are not given are nan,
        ``flags`` 0. Other names become further columns, with their units and descriptions.
    wcs : astropy.wcs.WCS
        Celestial world coordinates of the pixels.
    distance : astropy.units.Quantity, optional
        Distance of the clusters; without it ``r_h_pc`` and ``log_density`` are nan.
    half_mass : bool
        Whether the density counts half of the mass only; see `density`.
    meta : dict, optional
        Record of how the catalogue was made: numbers, text, quantities, and lists and dicts of
        them.

    Returns
    -------
    astropy.table.QTable
        The catalogue. Its ``meta`` holds also the version of this library, the distance and
        ``half_mass``.

    Raises
    ------
    ValueError
        If an array is missing, is one that is computed, or differs in length, the WCS is not
        celestial, or the distance is not a positive length.

    Examples
    --------
    >>> from astropy import units as u
    >>> from astropy.wcs import WCS
    >>> from clusternet.catalog import make_catalogue
    >>> wcs = WCS(naxis=2)
    >>> wcs.wcs.ctype, wcs.wcs.cdelt = ["RA---TAN", "DEC--TAN"], [-1.1e-5, 1.1e-5]
    >>> values = {"x_centroid": [3.0], "y_centroid": [4.0], "class_cb": [0.99],
    ...           "visibility": [5.0], "log_age": [7.1], "log_mass": [4.2], "a_v": [0.4],
    ...           "log_r_h": [-1.0]}
    >>> catalogue = make_catalogue(values, wcs, distance=4.5 * u.Mpc)
    >>> catalogue["r_h"][0]
    <Quantity 0.1 arcsec>
    >>> catalogue["log_density"].round(2).tolist()
    [2.56]
    """
    columns = dict(values)
    missing = [name for name in _REQUIRED if name not in columns]
    if missing:
        raise ValueError(f"no values for {', '.join(missing)}: a catalogue needs them")
    _refuse_derived(columns)
    if not (isinstance(wcs, WCS) and wcs.has_celestial):
        raise ValueError(f"no celestial WCS (wcs = {type(wcs).__name__}); pass that of the image")
    n = len(np.atleast_1d(columns["x_centroid"]))
    unknown = np.full(n, np.nan)
    log_mass, log_r_h = (plain(columns.get(name, unknown), u.one, name=name)
                         for name in ("log_mass", "log_r_h"))
    columns["id"] = np.arange(1, n + 1)
    sky: Any = wcs.celestial.pixel_to_world(
        *(np.asarray(columns[name], dtype=float) for name in ("x_centroid", "y_centroid"))
    )
    columns["sky_centroid"] = SkyCoord(sky.icrs.ra, sky.icrs.dec)
    columns |= _physical(log_mass, log_r_h, distance, half_mass)
    columns.setdefault("flags", np.zeros(n, dtype=np.int64))
    return assembled(columns, n, {**_made_by(distance, half_mass), **(meta or {})})


def completed(catalogue: QTable, values: Mapping[str, Any] | None = None, *,
              distance: u.Quantity | None = None, meta: Mapping[str, Any] | None = None
              ) -> QTable:
    """Replace or add columns of a catalogue, and compute radii and densities again.

    All other columns stay, with their units and descriptions.

    Parameters
    ----------
    catalogue : astropy.table.QTable
        The catalogue.
    values : dict of str, optional
        An array per column to replace or add, as for `make_catalogue`.
    distance : astropy.units.Quantity, optional
        Distance of the clusters; that in the ``meta`` of the catalogue when not given.
    meta : dict, optional
        Added to that of the catalogue.

    Returns
    -------
    astropy.table.QTable
        A new catalogue.

    Raises
    ------
    ValueError
        If an array is one that is computed or differs in length, or the distance is not a
        positive length.

    Examples
    --------
    >>> from astropy import units as u
    >>> from astropy.wcs import WCS
    >>> from clusternet.catalog import completed, make_catalogue
    >>> wcs = WCS(naxis=2)
    >>> wcs.wcs.ctype, wcs.wcs.cdelt = ["RA---TAN", "DEC--TAN"], [-1.1e-5, 1.1e-5]
    >>> candidates = make_catalogue(
    ...     {"x_centroid": [3.0], "y_centroid": [4.0], "class_cb": [0.99], "sharpness": [0.6]}, wcs)
    >>> catalogue = completed(candidates, {"log_mass": [4.2], "log_r_h": [-1.0]},
    ...                       distance=4.5 * u.Mpc)
    >>> catalogue["log_density"].round(2).tolist(), catalogue["sharpness"].tolist()
    ([2.56], [0.6])
    """
    new = dict(values or {})
    _refuse_derived(new)
    old = dict(catalogue.meta or {})
    distance = old.get("distance") if distance is None else distance
    half_mass = old.get("half_mass", False)
    columns = {name: catalogue[name] for name in catalogue.colnames} | new
    log_mass, log_r_h = (plain(columns[name], u.one, name=name) for name in ("log_mass", "log_r_h"))
    columns |= _physical(log_mass, log_r_h, distance, half_mass)
    return assembled(columns, len(catalogue),
                     {**old, **_made_by(distance, half_mass), **(meta or {})})


def _refuse_derived(values: Mapping[str, Any]) -> None:
    given = [name for name in _DERIVED if name in values]
    if given:
        raise ValueError(f"{', '.join(given)} follow from the other values; leave them out")


def _physical(log_mass: np.ndarray, log_r_h: np.ndarray, distance: u.Quantity | None,
              half_mass: bool) -> dict[str, np.ndarray]:
    """Radii and densities."""
    r_h = 10**log_r_h
    unknown = np.full(np.shape(r_h), np.nan)
    if distance is None:
        return {"r_h": r_h, "r_h_pc": unknown, "log_density": unknown}
    return {"r_h": r_h, "r_h_pc": r_h * _parsecs_per_arcsec(distance),
            "log_density": density(log_mass, log_r_h, distance, half_mass=half_mass)}


def _made_by(distance: u.Quantity | None, half_mass: bool) -> dict[str, Any]:
    return {
        "clusternet": clusternet.__version__,
        "distance": None if distance is None else u.Quantity(distance).to(u.Mpc),
        "half_mass": bool(half_mass),
    }


def assembled(values: Mapping[str, Any], n: int, meta: Mapping[str, Any]) -> QTable:
    """Put columns of known length together in the order of the schema; for this package.

    Parameters
    ----------
    values : dict of str
        An array per column; those of the schema that are missing become nan.
    n : int
        Number of rows.
    meta : dict
        Meta of the table.

    Returns
    -------
    astropy.table.QTable
        The catalogue.

    Raises
    ------
    ValueError
        If a column has another length, or the result does not fit the schema.
    """
    further = dict(values)
    table = QTable(meta=dict(meta))
    for spec in COLUMNS:
        filling = np.full(n, np.nan) if spec.dtype is np.float64 else None
        content = further.pop(spec.name, filling)
        if spec.dtype is not SkyCoord:
            content = np.array(plain(content, spec.unit or u.one, name=spec.name), dtype=spec.dtype,
                               ndmin=1)
        _add(table, spec.name, content, n)
        if spec.unit is not None:
            table[spec.name] = table[spec.name] * spec.unit
        describe(table, spec.name, spec.description)
    for name, content in further.items():
        _add(table, name, content, n)
    check_catalogue(table)
    return table


def _add(table: QTable, name: str, content: Any, n: int) -> None:
    if len(content) != n:
        raise ValueError(f"{len(content)} values of {name} for {n} clusters; pass one for each")
    table[name] = content


def _parsecs_per_arcsec(distance: u.Quantity) -> float:
    length = checked_quantity("distance", distance, 4.5 * u.Mpc)
    return float(length.to(u.pc).value) * float(np.asarray(u.arcsec.to(u.rad)))
