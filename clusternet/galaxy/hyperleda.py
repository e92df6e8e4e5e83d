"""Galaxies by name, from HyperLEDA."""

import csv
from collections.abc import Container
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import astropy.units as u
from astropy.coordinates import SkyCoord

__all__ = ["HYPERLEDA_URL", "look_up"]

HYPERLEDA_URL = "http://atlas.obs-hp.fr/hyperleda/fG.cgi"

_FIELDS = "objname,objtype,al2000,de2000,modbest,incl,pa,logd25"


def look_up(name: str, known: Container[str] = ()) -> dict[str, Any]:
    """Return the arguments of a `Galaxy` from HyperLEDA (Makarov et al. 2014).

    Parameters
    ----------
    name : str
        A name of the galaxy.
    known : sequence of str, optional
        Arguments that are not needed.

    Returns
    -------
    dict
        ``name``, ``sources``, and of ``centre``, ``distance``, ``inclination``,
        ``position_angle`` and ``r25`` those that the catalogue has and are not known.

    Raises
    ------
    OSError
        HyperLEDA cannot be reached.
    ValueError
        It does not know the galaxy, or lacks a number that is not known either.
    """
    from astropy.utils.data import clear_download_cache, download_file

    if "'" in name or not name.strip():
        raise ValueError(f"no galaxy is called {name!r}; give a name such as 'M83'")
    url = f"{HYPERLEDA_URL}?" + urlencode({
        "n": "meandata", "c": "o", "of": "1,leda,simbad", "nra": "l", "nakd": "1", "d": _FIELDS,
        "sql": f"objname=objname('{name}')", "ob": "", "a": "csv[|]"})
    text = Path(download_file(url, cache=True)).read_text(encoding="latin-1")
    rows = list(csv.DictReader([line for line in text.splitlines()
                                if line.strip() and not line.startswith("#")], delimiter="|"))
    if len(rows) != 1 or not rows[0].get("al2000"):
        clear_download_cache(url)
        raise ValueError(f"HyperLEDA does not know {name!r}; try another name, or make the Galaxy "
                         "from numbers")
    values = {"name": name, "sources": {}, **_parsed(rows[0])}
    values = {key: value for key, value in values.items() if key not in known}
    missing = [key for key in ("distance", "inclination", "position_angle")
               if key not in values and key not in known]
    if missing:
        raise ValueError(f"HyperLEDA has no {', '.join(missing)} of {name}; give "
                         f"{missing[0]}=...")
    if "sources" in values:
        values["sources"] = {key: f"HyperLEDA, {rows[0]['objname'].strip()}" for key in values
                             if key not in ("name", "sources")}
    return values


def _parsed(row):
    """Numbers of a row that are there, as quantities."""
    number = {key: float(value) for key, value in row.items()
              if key not in ("objname", "objtype") and value and value.strip()}
    values = {"centre": SkyCoord(number["al2000"] * u.hourangle, number["de2000"] * u.deg)}
    if "modbest" in number:
        values["distance"] = 10 ** (number["modbest"] / 5 - 5) * u.Mpc
    if "incl" in number:
        values["inclination"] = number["incl"] * u.deg
    if "pa" in number:
        values["position_angle"] = number["pa"] * u.deg
    if "logd25" in number:
        # The catalogue has the logarithm of the diameter in tenths of an arcminute.
        values["r25"] = 0.05 * 10 ** number["logd25"] * u.arcmin
    return values
