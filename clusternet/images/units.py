"""Units of pixels: from that of a file to electrons per second."""

import re

import numpy as np
from astropy import units as u
from numpy.typing import ArrayLike

__all__ = ["ELECTRON_RATE", "Unit", "electron_rate_factor", "electron_rates"]

Unit = str | u.UnitBase | None
"""Unit of pixel values as users give it; None where the file or the default counts."""

ELECTRON_RATE = u.electron / u.s
"""Unit of all images in this library."""


def electron_rate_factor(name: str, bunit: str | None, unit: Unit = None) -> float:
    """Factor from the values of a file to electrons per second.

    A unit given by the caller counts; without one the BUNIT of the file does. **A file without
    BUNIT, or with an empty one, is taken to hold electrons per second**, the unit of drizzled
    HST mosaics. A remark in brackets after the unit is passed over, and the spellings that
    FITS files use (``ELECTRONS/S``, ``e-/s``, ``electron s-1``, ...) are known.

    Parameters
    ----------
    name : str
        Name in messages of that which has the unit.
    bunit : str or None
        Value of the BUNIT card.
    unit : str or astropy.units.Unit, optional
        The true unit of the values, in place of ``bunit``. May hold a number: counts of a
        detector with a gain of 1.56 electron are ``"1.56 electron / s"``.

    Returns
    -------
    float
        Electrons per second in one of the file's units.

    Raises
    ------
    ValueError
        If the unit is unknown or not a rate of electrons.

    Examples
    --------
    >>> from clusternet.images.units import electron_rate_factor
    >>> electron_rate_factor("band F336W", "ELECTRONS/S")
    1.0
    >>> electron_rate_factor("band F336W", "COUNTS/S", unit="1.56 electron / s")
    1.56
    """
    if unit is None and (bunit is None or not str(bunit).strip()):
        return 1.0
    stated = bunit if unit is None else unit
    try:
        return float(_parsed(stated).to(ELECTRON_RATE))  # pyright: ignore[reportArgumentType]  # a scalar
    except (ValueError, TypeError, u.UnitConversionError) as error:
        source = f"BUNIT {bunit!r}" if unit is None else f"unit {str(unit)!r}"
        raise ValueError(
            f"{name} has {source}, which is not electron / s: divide counts of electrons by "
            f"the exposure time, or pass unit= with what one unit of the values is in electrons "
            f"per second, such as unit='1.56 electron / s' for counts per second at a gain of 1.56"
        ) from error


def electron_rates(data: ArrayLike | u.Quantity, unit: Unit = None) -> np.ndarray:
    """Pixel values as float32 electrons per second.

    Parameters
    ----------
    data : array_like or astropy.units.Quantity
        Values; a Quantity brings its own unit.
    unit : str or astropy.units.Unit, optional
        Unit of plain values; electron / s by default.

    Returns
    -------
    numpy.ndarray
        Values of the same shape: the same array if nothing had to change. What float32 cannot
        hold becomes infinite.

    Raises
    ------
    ValueError
        If the unit is not a rate of electrons.
    """
    if isinstance(data, u.Quantity):
        data, unit = data.value, data.unit  # pyright: ignore[reportAssignmentType]  # a unit
    factor = 1.0 if unit is None else electron_rate_factor("data", None, unit)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(data if factor == 1 else np.multiply(data, factor), dtype=np.float32)


def _parsed(stated):
    if not isinstance(stated, str):
        return u.Unit(stated)
    text = re.sub(r"\s*\([^()]*\)\s*$", "", stated.strip()).lower()
    text = re.sub(r"\belectrons\b|\be(lectron)?-(?=\s*[/*]|\s|$)|\be\b", "electron", text)
    text = re.sub(r"\s+per\s+", "/", text)
    text = re.sub(r"\b(sec|secs|second|seconds)\b", "s", text)
    text = re.sub(r"\bs(ec)?\s*(\*\*|\^)?\s*\(?-1\)?$", "s**-1", text)
    return u.Unit(text)
