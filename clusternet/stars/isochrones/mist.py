"""MIST isochrones."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Self

from clusternet.stars.isochrones.isochrone_set import IsochroneSet
from clusternet.stars.isochrones.mist_files import read_mist
from clusternet.stars.isochrones.tables import Bands

__all__ = ["MISTIsochrones"]


class MISTIsochrones(IsochroneSet):
    """Isochrones of MIST (Choi et al. 2016, ApJ 823, 102; Dotter 2016, ApJS 222, 8).

    MIST numbers the moments in the life of a star (equivalent evolutionary points, EEP). Between
    two ages, rows of the same EEP are interpolated, as MIST itself does; rows that only one of the
    ages has shrink away towards the other. White dwarfs and the stars on the way to them, after the
    AGB, are left out.

    Parameters
    ----------
    isochrones : iterable of Isochrone
        Isochrones of one metallicity. `read` makes them from a file.

    Examples
    --------
    A file of https://waps.cfa.harvard.edu/MIST (synthetic photometry of HST_WFC3)::

        stars = MISTIsochrones.read(
            "MIST_v1.2_feh_p0.25_afe_p0.0_vvcrit0.4_HST_WFC3.iso.cmd",
            bands={band: f"WFC3_UVIS_{band}" for band in ("F336W", "F438W", "F814W")},
        )
    """

    @classmethod
    def read(
        cls,
        path: str | os.PathLike[str],
        *,
        bands: Bands = None,
        ab_minus_vega: Mapping[str, float] | None = None,
    ) -> Self:
        """Read an ``.iso.cmd`` file of MIST.

        Parameters
        ----------
        path : str or os.PathLike
            A file with synthetic photometry, made for Av = 0; of the packaged grids or of the web
            interpolator.
        bands : iterable of str or mapping of str to str, optional
            Bands to take; a mapping gives them new names, ``{"F336W": "WFC3_UVIS_F336W"}``.
        ab_minus_vega : mapping of str to float, optional
            AB minus Vega magnitude of each band, by its new name: needed for a file of AB
            magnitudes.

        Returns
        -------
        isochrones : MISTIsochrones

        Raises
        ------
        ValueError
            If the file is not such a table or is cut short, its stars are reddened, it lacks one of
            `bands`, or it has AB magnitudes and `ab_minus_vega` does not say how to convert them.
        """
        return cls(read_mist(path, bands=bands, ab_minus_vega=ab_minus_vega))
