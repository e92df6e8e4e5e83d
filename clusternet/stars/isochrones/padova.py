"""PARSEC (Padova) isochrones: packaged, from a CMD file or from the CMD web interface."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Self

from clusternet.stars.isochrones.cmd_files import read_cmd
from clusternet.stars.isochrones.cmd_query import CMD_URL, query_cmd
from clusternet.stars.isochrones.core import Isochrone
from clusternet.stars.isochrones.isochrone_set import IsochroneSet
from clusternet.stars.isochrones.johnson_to_wfc3 import johnson_to_wfc3
from clusternet.stars.isochrones.tables import Bands, isochrones_by_age

__all__ = ["PadovaIsochrones"]

_GRID = Path(__file__).parent / "data" / "parsec_mh030.fits.gz"
_LOG_AGE_RANGE = (6.6, 10.1)


class PadovaIsochrones(IsochroneSet):
    """PARSEC isochrones in any band they were computed for.

    Without arguments, the packaged grid: PARSEC at [M/H] = +0.30, Z = 0.0278, for 0.1-60 solar
    masses and log age 6.6-10.1, in F336W, F438W and F814W. It was computed in Johnson-Cousins bands
    every 0.12 in log age and carried over with `johnson_to_wfc3`.

    Between the tabulated ages isochrones are interpolated by `between_ages`; at a tabulated age
    they are returned unchanged.

    The packaged magnitudes are weak for M dwarfs, for giants cooler than 3500 K and for stars
    hotter than 50 kK (up to 0.7 mag), such as Wolf-Rayet stars. F336W-F438W of stars hotter than
    about 15 kK is about 0.1 mag too blue (0.13 mag bluer than a black body at 40 kK): the offsets
    belong to other curves of U and B than the isochrones. A CMD file computed for the bands
    themselves has none of these weaknesses. Against PARSEC tables for exactly Z = 0.03 they agree
    to 0.1 mag at the turn-offs of 10 Myr and 1 Gyr, at the red supergiant tip and for the brightest
    AGB star; but for F336W at the tip of the red giant branch, which is 0.16 mag fainter: there
    the colours of cool, metal-rich giants differ from library to library by as much.

    Parameters
    ----------
    isochrones : iterable of Isochrone, optional
        Isochrones of one metallicity, in place of the packaged ones.

    Examples
    --------
    >>> stars = PadovaIsochrones()
    >>> stars.bands, stars.log_age_range
    (('F336W', 'F438W', 'F814W'), (6.6, 10.1))
    >>> isochrone = stars.isochrone(9.0)
    >>> round(isochrone.metallicity, 4)
    0.0278
    >>> stars.isochrone(5.0)
    Traceback (most recent call last):
        ...
    ValueError: log age 5.0 is outside PadovaIsochrones (6.6 to 10.1); ...
    """

    def __init__(self, isochrones: Iterable[Isochrone] | None = None) -> None:
        if isochrones is None:
            super().__init__(_packaged(), log_age_range=_LOG_AGE_RANGE)
        else:
            super().__init__(isochrones)

    @classmethod
    def read(
        cls, path: str | os.PathLike[str], *, metallicity: float | None = None, bands: Bands = None
    ) -> Self:
        """Read a table of isochrones as the CMD web interface writes it.

        Parameters
        ----------
        path : str or os.PathLike
            Output of http://stev.oapd.inaf.it/cmd ("isochrone tables"), plain or gzipped. Its bands
            become those of the isochrones.
        metallicity : float, optional
            Z to take if the file has several.
        bands : iterable of str or mapping of str to str, optional
            Bands to take, without CMD's ``mag``; a mapping renames them, as in
            ``{"F336W": "F336W1"}``: new name first.

        Returns
        -------
        isochrones : PadovaIsochrones

        Raises
        ------
        ValueError
            If the file is not such a table, lacks one of `bands` or `metallicity`, or has several
            metallicities and none was asked for.
        """
        return cls(read_cmd(path, metallicity=metallicity, bands=bands))

    @classmethod
    def query(
        cls,
        metallicity: float = 0.03,
        log_ages: tuple[float, float, float] = (6.6, 10.1, 0.05),
        *,
        photometric_system: str = "wfc3_202101_wide",
        bands: Bands = None,
        cache: bool | str = True,
        timeout: float = 600.0,
        url: str = CMD_URL,
        **fields: object,
    ) -> Self:
        """Ask the CMD web interface for isochrones; the answer is kept in a cache.

        By default, those of Paper III: Z = 0.03 and log age 6.6-10.1 in steps of 0.05, in the wide
        bands of WFC3, with the Vega magnitudes and the bolometric corrections of YBC. CMD needs
        a few minutes for them.

        Parameters
        ----------
        metallicity : float
            Initial metal fraction Z.
        log_ages : (float, float, float)
            First and last log10 age (yr) and the step.
        photometric_system : str
            CMD's name of a set of bands: NAME in ``YBC_tab_mag_odfnew/tab_mag_NAME.dat``, or the
            whole of such a path.
        bands : iterable of str or mapping of str to str, optional
            Bands to take, as in `read`.
        cache : bool or "update"
            Whether to look for the answer in astropy's download cache (with the whole form as its
            key) and to keep it there; "update" asks again and replaces what was kept.
        timeout : float
            Seconds that each of the two requests may take in all.
        url : str
            Address of the form.
        **fields
            Further fields of the form, or other values for those that are sent.

        Returns
        -------
        isochrones : PadovaIsochrones

        Raises
        ------
        ValueError
            If an argument is impossible, CMD refuses the request, or its answer is not whole or not
            what was asked for. Such an answer is never kept.
        TimeoutError
            If a request takes longer than `timeout`.
        OSError
            If CMD cannot be reached or breaks off, or downloads are switched off in the
            configuration of astropy.

        Examples
        --------
        >>> stars = PadovaIsochrones.query(0.02, (7.0, 9.0, 0.5))  # doctest: +REMOTE_DATA
        >>> stars.log_age_range  # doctest: +REMOTE_DATA
        (7.0, 9.0)
        """
        return cls(
            query_cmd(
                metallicity=metallicity,
                log_ages=log_ages,
                photometric_system=photometric_system,
                bands=bands,
                cache=cache,
                timeout=timeout,
                url=url,
                **fields,
            )
        )


@cache
def _packaged() -> tuple[Isochrone, ...]:
    from astropy.io import fits

    with fits.open(_GRID) as hdus:
        table: Any = hdus["ISOCHRONES"]
        rows, metallicity = table.data, table.header["ZINI"]
        columns = {name.lower(): rows[name].astype(float) for name in rows.names}
    magnitudes = johnson_to_wfc3(
        {band: columns[band.lower()] for band in "UBI"}, columns["log_teff"], columns["log_g"]
    )
    return tuple(isochrones_by_age(columns | magnitudes, magnitudes, float(metallicity)))
