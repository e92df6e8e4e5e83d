"""Instruments described by a YAML file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml
from astropy import units as u

from clusternet.instruments.band import Band

__all__ = ["read_description"]

_KEYS = ("name", "pixel_scale", "bands")
_BAND_KEYS = ("throughput", "zero_point", "exposure_time", "read_noise", "n_exposures", "sky")


class _Loader(yaml.SafeLoader):
    """Refuses a key that is given twice, of which YAML would take the last."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        repeated = sorted({str(key) for key in keys if keys.count(key) > 1})
        if repeated:
            raise yaml.constructor.ConstructorError(
                None, None, f"{', '.join(repeated)} given twice", node.start_mark
            )
        return super().construct_mapping(node, deep)


def read_description(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read and check the description of an `Instrument` in a YAML file.

    Parameters
    ----------
    path : str or os.PathLike
        See `clusternet.instruments.Instrument.read`.

    Returns
    -------
    arguments : dict
        ``name``, ``bands`` and ``pixel_scale`` of `clusternet.instruments.Instrument`.

    Raises
    ------
    ValueError
        If the file is not such a description: the message names the file, the key and the value.
    FileNotFoundError
        If the file or a throughput is missing.
    """
    path = Path(path)
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is not YAML: {error}") from error
    _check_keys(content, _KEYS, path)
    if not isinstance(content["bands"], dict) or not content["bands"]:
        raise ValueError(f"bands in {path} is {content['bands']!r}; give a mapping of name to band")
    return {
        "name": _text(content["name"], "name", path),
        "bands": tuple(_band(name, entry, path) for name, entry in content["bands"].items()),
        "pixel_scale": _quantity(content["pixel_scale"], "pixel_scale", u.arcsec, path),
    }


def _band(name, entry, path):
    where = f"{path}, band {name}"
    _text(name, "name of a band", path)
    _check_keys(entry, _BAND_KEYS, where)
    throughput = path.parent / _text(entry["throughput"], "throughput", where)
    if not throughput.is_file():
        raise FileNotFoundError(
            f"no throughput {throughput} ({where}); give its name relative to the YAML file"
        )
    numbers = {key: _number(entry[key], key, where) for key in ("zero_point", "read_noise", "sky")}
    n_exposures = entry["n_exposures"]
    if isinstance(n_exposures, bool) or not isinstance(n_exposures, int):
        raise ValueError(f"n_exposures in {where} is {n_exposures!r}; give a whole number")
    return Band(
        name=name,
        throughput=throughput,
        exposure_time=_quantity(entry["exposure_time"], "exposure_time", u.s, where),
        n_exposures=n_exposures,
        **numbers,
    )


def _check_keys(content, keys, where):
    if not isinstance(content, dict):
        raise ValueError(f"{where} holds {content!r}; give {', '.join(keys)}")
    unknown = [str(key) for key in content if key not in keys]
    missing = [key for key in keys if key not in content]
    if unknown or missing:
        problems = [f"unknown key {key}" for key in unknown] + [f"no {key}" for key in missing]
        raise ValueError(f"{', '.join(problems)} in {where}; give {', '.join(keys)}, nothing else")


def _text(value, key, where):
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{key} in {where} is {value!r}; give a text")
    return value


def _number(value, key, where):
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{key} in {where} is {value!r}; give a number")
    return float(value)


def _quantity(value, key, unit, where):
    try:
        quantity = u.Quantity(value) if isinstance(value, str) else None
    except (TypeError, ValueError):
        quantity = None
    if quantity is None or not unit.is_equivalent(quantity.unit):
        raise ValueError(f"{key} in {where} is {value!r}; give it with a unit, as '1.5 {unit}'")
    return quantity
