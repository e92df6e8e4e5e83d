"""Tables of isochrones with synthetic photometry as MIST writes them (``.iso.cmd``)."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import numpy as np

from clusternet.stars.isochrones.core import Isochrone
from clusternet.stars.isochrones.tables import Bands, chosen_bands, isochrones_by_age

__all__ = ["read_mist"]

# column of the file: attribute of Isochrone
_COLUMNS = {
    "EEP": "eep",
    "initial_mass": "initial_mass",
    "log_Teff": "log_teff",
    "log_L": "log_l",
    "log_g": "log_g",
}
_LOG_AGE, _AGE = "log10_isochrone_age_yr", "isochrone_age_yr"
_PHASE = "phase"
_NO_BANDS = {
    *_COLUMNS, _LOG_AGE, _AGE, _PHASE,
    "star_mass", "log_R", "[Fe/H]_init", "[Fe/H]", "Z_surf", "z_surf",
}  # fmt: skip

# phase of FSPS that MIST writes: label of PARSEC
_LABELS = {-1: 0, 0: 1, 1: 2, 2: 3, 3: 4, 4: 7, 5: 8, 9: 6}
_DEAD = (6, -9)  # after the AGB; and -9, not classified, which closes some cooling sequences
_DEAD_LABEL = 9


def read_mist(
    path: str | os.PathLike[str],
    bands: Bands = None,
    ab_minus_vega: Mapping[str, float] | None = None,
) -> list[Isochrone]:
    """Read a file of isochrones with synthetic photometry from MIST.

    Both forms of the age are understood, ``log10_isochrone_age_yr`` of the packaged grids and
    ``isochrone_age_yr`` of the web interpolator. Rows after the AGB (phase 6: planetary nebulae and
    white dwarfs; and -9, white dwarfs at the end of their sequence) are dropped. The other phases
    become labels of PARSEC: -1 (before the main sequence) 0, 0 (main sequence) 1, 2 (subgiants and
    red giants) 3, 3 (core helium burning) 4, 4 (early AGB) 7, 5 (thermally pulsing AGB) 8 and 9
    (Wolf-Rayet) 6. The equivalent evolutionary points are kept.

    Parameters
    ----------
    path : str or os.PathLike
        An ``.iso.cmd`` file, made for Av = 0.
    bands : iterable of str or mapping of str to str, optional
        Bands to take; a mapping gives them new names, ``{"F336W": "WFC3_UVIS_F336W"}``.
    ab_minus_vega : mapping of str to float, optional
        AB minus Vega magnitude of each band, by its new name. Needed for a file of AB magnitudes,
        which become Vega ones.

    Returns
    -------
    isochrones : list of Isochrone
        By ascending log age, rounded to 1e-4.

    Raises
    ------
    ValueError
        If the file is not such a table or is cut short, its stars are reddened, it lacks one of
        `bands`, or it has AB magnitudes and `ab_minus_vega` does not say how to convert them.
    """
    path = Path(path)
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    system = _header(lines, "photometric system", r"\s*=\s*(.*\S)", path)
    av = float(_header(lines, "Av", r"(?:, Rv)?\s*=\s*([-+.\dEe]+)", path))
    if av != 0:
        raise ValueError(
            f"the stars of {path} are reddened by Av = {av:g}; make it with Av = 0, for dust is "
            "added later (ExtinctionLaw)"
        )
    columns, labelled = _blocks(lines, path)
    chosen = chosen_bands(bands, (name for name in columns if name not in _NO_BANDS), path)
    magnitudes = {new: columns[old] for new, old in chosen.items()}
    if "(AB)" in system:
        offsets = ab_minus_vega or {}
        missing = [name for name in chosen if name not in offsets]
        if missing:
            raise ValueError(
                f"{path} has AB magnitudes ({system}); pass ab_minus_vega for "
                f"{', '.join(missing)}, or take a file of Vega magnitudes"
            )
        magnitudes = {name: values - offsets[name] for name, values in magnitudes.items()}
    table = {ours: columns[theirs] for theirs, ours in _COLUMNS.items()}
    table["eep"] = table["eep"].astype(int)
    table["log_age"] = columns[_LOG_AGE] if _LOG_AGE in columns else np.log10(columns[_AGE])
    table["label"] = _labels(columns[_PHASE], path) if labelled else np.full(len(table["eep"]), -1)
    alive = table["label"] != _DEAD_LABEL
    return isochrones_by_age(
        {name: values[alive] for name, values in table.items()},
        {name: values[alive] for name, values in magnitudes.items()},
        _initial_metallicity(lines, path),
    )


def _header(lines: list[str], name: str, pattern: str, path: Path) -> str:
    """Return the text that `pattern` finds after `name` in the header of the file."""
    for line in lines:
        if not line.startswith("#"):
            break
        if found := re.search(name + pattern, line):
            return found[1]
    raise ValueError(
        f"no {name!r} in the header of {path}; give an .iso.cmd file of MIST (isochrones with "
        "synthetic photometry), unchanged"
    )


def _initial_metallicity(lines: list[str], path: Path) -> float:
    for names, values in pairwise(lines):
        if "Zinit" in names and names.startswith("#"):
            return float(dict(zip(names.split()[1:], values.split()[1:], strict=False))["Zinit"])
    raise ValueError(f"no Zinit in the header of {path}; give an .iso.cmd file of MIST, unchanged")


def _blocks(lines: list[str], path: Path) -> tuple[dict[str, np.ndarray], bool]:
    """Columns of all isochrones by their names in the file, and whether they have phases."""
    expected = int(_header(lines, "number of isochrones", r"\s*=\s*(\d+)", path))
    blocks, names, n_rows = [], None, 0
    for number, line in enumerate(lines, start=1):
        words = line.split()
        if words[:2] == ["#", "EEP"]:
            if names is not None and words[1:] != names:
                raise ValueError(f"{path}, line {number}: the columns change within the file")
            names = words[1:]
        elif line.startswith("#"):
            if found := re.search(r"number of EEPs, cols\s*=\s*(\d+)", line):
                _check_rows(blocks, n_rows, path)
                n_rows = int(found[1])
                blocks.append([])
        elif words:
            if names is None or not blocks or len(words) != len(names):
                wanted = f"{len(names)} columns" if names else "a header with EEP"
                raise ValueError(
                    f"{path}, line {number}: {len(words)} values where {wanted} should be; the "
                    "file may be cut short: download it again"
                )
            blocks[-1].append(line)
    _check_rows(blocks, n_rows, path)
    if len(blocks) != expected or not names:
        raise ValueError(
            f"{path} has {len(blocks)} isochrones, its header says {expected}; download it again"
        )
    missing = [name for name in _COLUMNS if name not in names]
    if not {_LOG_AGE, _AGE} & set(names):
        missing.append(_LOG_AGE)
    if missing:
        raise ValueError(
            f"no column {', '.join(missing)} in {path} (has {', '.join(names)}); give an .iso.cmd "
            "file of MIST"
        )
    try:
        values = np.loadtxt([line for block in blocks for line in block], ndmin=2)
    except ValueError as error:
        raise ValueError(f"a value in {path} is not a number: {error}") from error
    return dict(zip(names, values.T, strict=True)), _PHASE in names


def _check_rows(blocks: list[list[str]], n_rows: int, path: Path) -> None:
    if blocks and len(blocks[-1]) != n_rows:
        raise ValueError(
            f"isochrone {len(blocks)} of {path} has {len(blocks[-1])} rows, its header says "
            f"{n_rows}; download the file again"
        )


def _labels(phase: np.ndarray, path: Path) -> np.ndarray:
    phase = np.rint(phase).astype(int)
    unknown = sorted(set(phase) - {*_LABELS, *_DEAD})
    if unknown:
        raise ValueError(
            f"phase {', '.join(map(str, unknown))} in {path}; MIST writes -9, -1 to 6 and 9"
        )
    labels = _LABELS | dict.fromkeys(_DEAD, _DEAD_LABEL)
    return np.array([labels[value] for value in phase])
