"""Galaxies as YAML files."""

import os
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import astropy.units as u
import yaml
from astropy.coordinates import SkyCoord

from clusternet._files import atomic_write
from clusternet.galaxy.rotation import RotationCurve

if TYPE_CHECKING:
    from clusternet.galaxy.core import Galaxy

__all__ = ["read_yaml", "write_yaml"]

_QUANTITIES = ("distance", "inclination", "position_angle", "rotation_curve", "pattern_speed",
               "r25")
_REQUIRED = ("name", "centre", "distance", "inclination", "position_angle")
_KEYS = (*_REQUIRED, "rotation", "rotation_curve", "pattern_speed", "r25", "sources")


def read_yaml(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the arguments of a `Galaxy` from a YAML file; see `Galaxy.read`.

    Parameters
    ----------
    path : str or os.PathLike
        The file.

    Returns
    -------
    dict
        The arguments.
    """
    try:
        values = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"{path} is no YAML file: {error}") from error
    if not isinstance(values, dict):
        raise ValueError(f"{path} holds no galaxy; give keys such as {', '.join(_REQUIRED)}")
    unknown = [str(key) for key in values if key not in _KEYS]
    missing = [key for key in _REQUIRED if key not in values]
    if unknown or missing:
        raise ValueError(f"{path}: unknown keys {unknown}, missing keys {missing}; a galaxy has "
                         f"{', '.join(_KEYS)}")
    for key, value in values.items():
        try:
            values[key] = _parsed(key, value)
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{path}: {key} is {value!r}, which cannot be understood ({error})"
                             ) from error
    return values


def write_yaml(galaxy: "Galaxy", path: str | os.PathLike[str]) -> None:
    """Write a galaxy; see `Galaxy.write`.

    Parameters
    ----------
    galaxy : `Galaxy`
        The galaxy.
    path : str or os.PathLike
        The file.
    """
    values = {}
    for item in fields(galaxy):
        value = getattr(galaxy, item.name)
        if value is not None and value != {}:
            values[item.name] = _written(galaxy, item.name, value)
    with atomic_write(path) as temporary:
        temporary.write_text(yaml.safe_dump(values, sort_keys=False, allow_unicode=True),
                             encoding="utf-8")


def _parsed(key, value):
    if key == "centre":
        return SkyCoord(value)
    if isinstance(value, dict) and key == "rotation_curve":
        return RotationCurve(value["radius_kpc"] * u.kpc, value["speed_km_s"] * u.km / u.s)
    if key in _QUANTITIES:
        return u.Quantity(value)  # pyright: ignore[reportArgumentType]  # refused if it cannot be
    return value


def _written(galaxy, name, value):
    if name == "centre":
        centre = value.icrs
        return f"{float(centre.ra.deg)!r}d {float(centre.dec.deg)!r}d"
    if isinstance(value, RotationCurve):
        return {"radius_kpc": value.radius.tolist(), "speed_km_s": value.speed.tolist()}
    if callable(value):
        raise ValueError(f"the rotation curve of {galaxy.name} is a function, which no file can "
                         "hold; tabulate it as a RotationCurve")
    return f"{float(value.value)!r} {value.unit}" if name in _QUANTITIES else value
