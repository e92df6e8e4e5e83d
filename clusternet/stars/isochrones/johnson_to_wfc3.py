"""From Johnson-Cousins to WFC3/UVIS magnitudes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["johnson_to_wfc3"]

_OFFSETS = Path(__file__).parent / "data" / "wfc3_minus_johnson.ecsv"
_JOHNSON = {"F336W": "U", "F438W": "B", "F814W": "I"}


def johnson_to_wfc3(
    johnson: Mapping[str, ArrayLike], log_teff: ArrayLike, log_g: ArrayLike
) -> dict[str, np.ndarray]:
    """Convert Vega magnitudes in U, B and I to F336W, F438W and F814W.

    Adds offsets computed with Castelli & Kurucz (2004) model atmospheres and STScI throughputs,
    bilinear in log effective temperature and log surface gravity. Beyond the models, 3500-50000 K
    and log g 0-5 (and the lower edge in log g, which rises to 5 for the hottest stars), the nearest
    model stands in. The offsets are weak for M dwarfs and giants below 3500 K, and for stars above
    50 kK, where they can be wrong by 0.7 mag.

    Parameters
    ----------
    johnson : dict of str to (n,) array
        Vega magnitudes in ``U``, ``B`` and ``I``.
    log_teff : (n,) array
        log10 of the effective temperature in K.
    log_g : (n,) array
        log10 of the surface gravity in cgs units.

    Returns
    -------
    magnitudes : dict of str to (n,) array
        Vega magnitudes in ``F336W``, ``F438W`` and ``F814W``.

    Examples
    --------
    >>> sun = johnson_to_wfc3({"U": 5.61, "B": 5.44, "I": 4.10}, 3.7617, 4.438)
    >>> {band: round(float(m), 2) for band, m in sun.items()}
    {'F336W': 5.5, 'F438W': 5.48, 'F814W': 4.11}
    """
    interpolators = _interpolators()
    low, high = (
        [grid[edge] for grid in next(iter(interpolators.values())).grid] for edge in (0, -1)
    )
    points = np.clip(np.stack(np.broadcast_arrays(log_teff, log_g), axis=-1), low, high)
    return {
        band: np.asarray(johnson[source]) + interpolators[band](points).reshape(points.shape[:-1])
        for band, source in _JOHNSON.items()
    }


@cache
def _interpolators():
    from astropy.table import Table
    from scipy.interpolate import RegularGridInterpolator

    table = Table.read(_OFFSETS, format="ascii.ecsv")
    table.sort(["teff", "logg"])
    teff, log_g = np.unique(table["teff"]), np.unique(table["logg"])
    return {
        band: RegularGridInterpolator(
            (np.log10(teff), log_g),
            np.asarray(table[f"d{band}_{source}"]).reshape(teff.size, log_g.size),
        )
        for band, source in _JOHNSON.items()
    }
