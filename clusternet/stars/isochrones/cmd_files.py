"""Tables of isochrones as the CMD web interface writes them."""

from __future__ import annotations

import gzip
import os
import re
import zlib
from pathlib import Path

import numpy as np

from clusternet.stars.isochrones.core import Isochrone
from clusternet.stars.isochrones.tables import Bands, chosen_bands, isochrones_by_age

__all__ = ["TERMINATOR", "complaint_of", "parse_cmd", "read_cmd", "unpacked"]

TERMINATOR = "#isochrone terminated"  # the last line of a whole file

# column of the file: attribute of Isochrone
_COLUMNS = {
    "Zini": "metallicity",
    "logAge": "log_age",
    "Mini": "initial_mass",
    "logL": "log_l",
    "logTe": "log_teff",
    "logg": "log_g",
    "label": "label",
}
_POST_AGB = 9
_NO_LUMINOSITY = -9.0  # rows of dead stars print -9.999


def read_cmd(
    path: str | os.PathLike[str], metallicity: float | None = None, bands: Bands = None
) -> list[Isochrone]:
    """Read a table of isochrones from CMD (http://stev.oapd.inaf.it/cmd).

    Columns are found by name; every column called ``...mag``, but ``mbolmag``, is a band. The
    closing post-AGB row of an isochrone (label 9, log L -9.999) is no star and is dropped.

    Parameters
    ----------
    path : str or os.PathLike
        Plain text or gzip.
    metallicity : float, optional
        Initial Z to take, within 1 %. Needed if the file has several.
    bands : iterable of str or mapping of str to str, optional
        Bands to take, without ``mag``; a mapping gives them new names, ``{new: name in the file}``.

    Returns
    -------
    isochrones : list of Isochrone
        By ascending log age, rounded to 1e-4, for CMD prints 10.1 as 10.10001.

    Raises
    ------
    ValueError
        If the file is not such a table, is cut short in a row or as a gzip, has no band, lacks
        one of `bands` or `metallicity`, or has several metallicities and none was asked for.
    """
    path = Path(path)
    return parse_cmd(unpacked(path.read_bytes(), path), path, metallicity, bands)


def unpacked(content: bytes, source: object) -> str:
    """Text of a file of CMD, plain or gzipped.

    Parameters
    ----------
    content : bytes
        Content of the file.
    source : object
        Named in the error.

    Returns
    -------
    text : str

    Raises
    ------
    ValueError
        If it is a gzip that ends early or is damaged.
    """
    if content.startswith(b"\x1f\x8b"):
        try:
            content = gzip.decompress(content)
        except (EOFError, OSError, zlib.error) as error:
            raise ValueError(
                f"{source} is a damaged gzip file ({error}); download it again"
            ) from error
    return content.decode("utf-8", errors="replace")


def complaint_of(page: str) -> str:
    """Error message in an HTML page of CMD; empty if it has none."""
    found = re.search(r'<p class="errorwarning">(.*?)</p>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", found[1]).split()) if found else ""


def parse_cmd(
    text: str, source: object, metallicity: float | None = None, bands: Bands = None
) -> list[Isochrone]:
    """Isochrones in the text of a file of CMD: see `read_cmd`.

    Parameters
    ----------
    text : str
        Content of the file.
    source : object
        Named in errors.
    metallicity : float, optional
        Initial Z to take.
    bands : iterable of str or mapping of str to str, optional
        Bands to take.

    Returns
    -------
    isochrones : list of Isochrone

    Raises
    ------
    ValueError
        As `read_cmd`.
    """
    columns = _parse(text, source)
    alive = (columns["label"] != _POST_AGB) & (columns["log_l"] > _NO_LUMINOSITY)
    alive &= _has_metallicity(columns["metallicity"], metallicity, source)
    columns = {name: values[alive] for name, values in columns.items()}
    chosen = chosen_bands(
        bands, (name for name in columns if name not in _COLUMNS.values()), source
    )
    magnitudes = {new: columns[old] for new, old in chosen.items()}
    return isochrones_by_age(columns, magnitudes, float(columns["metallicity"][0]))


def _parse(text: str, path: object) -> dict[str, np.ndarray]:
    """Columns of the file, bands by their name in it, the others by that of `Isochrone`."""
    if complaint := complaint_of(text):
        raise ValueError(f"{path} holds an error of CMD in place of isochrones: {complaint}")
    blocks = []  # of (names of the columns, lines)
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.lstrip("# \t").split()
        if words[:1] == ["Zini"]:
            if not blocks or blocks[-1][0] != words:
                blocks.append((words, []))
        elif words and not line.lstrip().startswith("#"):
            if not blocks or len(words) != len(blocks[-1][0]):
                columns = f"{len(blocks[-1][0])} columns" if blocks else "a header with Zini"
                raise ValueError(
                    f"{path}, line {number}: {len(words)} values where {columns} should be; give "
                    "the whole output of CMD ('isochrone tables')"
                )
            blocks[-1][1].append(line)
    blocks = [(names, lines) for names, lines in blocks if lines]
    if not blocks:
        raise ValueError(
            f"no isochrones in {path}; give the output of CMD ('isochrone tables'), whose header "
            "begins with Zini"
        )
    tables = [_block(names, lines, path) for names, lines in blocks]
    if len({tuple(sorted(table)) for table in tables}) > 1:
        raise ValueError(f"the bands change within {path}; give each set of bands its own file")
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}


def _block(names: list[str], lines: list[str], path: object) -> dict[str, np.ndarray]:
    missing = [name for name in _COLUMNS if name not in names]
    if missing:
        raise ValueError(
            f"no column {', '.join(missing)} in {path} (has {', '.join(names)}); give the output "
            "of CMD 3 ('isochrone tables')"
        )
    bands = [name for name in names if name.endswith("mag") and name != "mbolmag"]
    if not bands:
        raise ValueError(f"no band in {path}; choose a photometric system in CMD")
    wanted = [*_COLUMNS, *bands]
    try:
        values = np.loadtxt(lines, usecols=[names.index(name) for name in wanted], ndmin=2)
    except ValueError as error:
        raise ValueError(f"a value in {path} is not a number: {error}") from error
    names = [*_COLUMNS.values(), *(band.removesuffix("mag") for band in bands)]
    return dict(zip(names, values.T, strict=True))


def _has_metallicity(
    column: np.ndarray, metallicity: float | None, path: object
) -> np.ndarray:
    found = np.unique(column)
    names = ", ".join(f"{value:g}" for value in found)
    if metallicity is None:
        if found.size > 1:
            raise ValueError(f"{path} has {found.size} metallicities; pass metallicity, of {names}")
        return np.ones(column.shape, dtype=bool)
    nearest = found[np.argmin(np.abs(found - metallicity))]
    if abs(nearest - metallicity) > 0.01 * metallicity:
        raise ValueError(f"no metallicity {metallicity:g} in {path} (has {names}); pass one it has")
    return column == nearest
