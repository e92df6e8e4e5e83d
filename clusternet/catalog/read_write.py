"""Catalogues in files, ECSV or FITS."""

import gzip
import io
import json
import os
import warnings
from pathlib import Path
from typing import Any

from astropy.coordinates import SkyCoord
from astropy.io.misc import yaml
from astropy.table import QTable

from clusternet._files import atomic_write
from clusternet.catalog.build import assembled
from clusternet.catalog.schema import check_catalogue

__all__ = ["read_catalogue", "write_catalogue"]

#: Header card of FITS files with the meta of the catalogue, since headers cannot be nested.
_META_CARD = "CLUMETA"

_FORMATS = {".ecsv": "ascii.ecsv", ".fits": "fits", ".fit": "fits"}


def write_catalogue(catalogue: QTable, path: str | os.PathLike[str]) -> None:
    """Write a catalogue to a file.

    The same catalogue always gives the same bytes. The file appears when it is complete, in
    place of an existing one.

    Parameters
    ----------
    catalogue : astropy.table.QTable
        The catalogue.
    path : str or os.PathLike
        The file: ``.ecsv`` (text) or ``.fits``, compressed if ``.gz`` follows.

    Raises
    ------
    OSError
        If it cannot be written.
    ValueError
        If the ending is another one, the table is no catalogue, or its meta holds other types
        than numbers, text, quantities, and lists and dicts of them.
    """
    table_format = _format(path)
    check_catalogue(catalogue)
    table = catalogue.copy(copy_data=False)
    try:
        text = yaml.dump(
            dict(table.meta or {}), default_flow_style=True, sort_keys=False, width=float("inf")
        )
    except Exception as error:  # PyYAML raises many kinds
        raise ValueError(
            f"the meta of the catalogue cannot be written ({error}); keep to numbers, text, "
            f"quantities, and lists and dicts of them"
        ) from error
    with atomic_write(path) as temporary:
        if table_format == "fits":
            table.meta = {_META_CARD: json.dumps(text)}
        table.write(temporary, format=table_format, overwrite=True)


def read_catalogue(path: str | os.PathLike[str]) -> QTable:
    """Read a catalogue from a file.

    Parameters
    ----------
    path : str or os.PathLike
        A file that `write_catalogue` made.

    Returns
    -------
    astropy.table.QTable
        The catalogue.

    Raises
    ------
    OSError
        If the file is missing (`FileNotFoundError`), cut short or corrupt.
    ValueError
        If the ending is another one, or the file holds no catalogue.
    """
    path = Path(path)
    table_format = _format(path)
    if not path.is_file():
        raise FileNotFoundError(f"no catalogue {path}; pass the path of a file that exists")
    keep_nan = {"mask_invalid": False} if table_format == "fits" else {}
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "File may have been truncated")
        warnings.filterwarnings("error", "Error validating header")
        try:
            content = path.read_bytes()
            if path.name.lower().endswith(".gz"):
                content = gzip.decompress(content)
            table = QTable.read(io.BytesIO(content), format=table_format, **keep_nan)
            if table_format == "fits":
                table.meta = yaml.load(json.loads(table.meta.get(_META_CARD, '"{}"')))
        except Exception as error:  # the readers raise many kinds
            reason = str(error).partition("\n")[0]
            raise OSError(
                f"{path} cannot be read as a catalogue: it is cut short or of another kind "
                f"({reason})"
            ) from error
    check_catalogue(table, str(path))
    columns = {name: _native(table[name]) for name in table.colnames}
    return assembled(columns, len(table), dict(table.meta))


def _format(path: str | os.PathLike[str]) -> str:
    name = Path(path).name.lower().removesuffix(".gz")
    suffix = Path(name).suffix
    if suffix not in _FORMATS:
        raise ValueError(f"{path} ends in neither .ecsv nor .fits; give it one of these endings")
    return _FORMATS[suffix]


def _native(values: Any) -> Any:
    # FITS has big-endian numbers, which torch and others refuse, and text as bytes.
    if isinstance(values, SkyCoord):
        return SkyCoord(_native(values.ra), _native(values.dec), frame=values.frame.name)
    if values.dtype.kind == "S":
        return values.astype(str)
    if values.dtype.kind in "iufc" and not values.dtype.isnative:
        return values.astype(values.dtype.newbyteorder("="))
    return values
