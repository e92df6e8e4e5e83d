"""The instruments that this package has data files for."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from clusternet.instruments.instrument import Instrument

__all__ = ["acs_wfc", "nircam_long", "nircam_short", "wfc3_uvis"]

_DATA = Path(__file__).parent / "data"


@cache
def _packaged(name):
    return Instrument.read(_DATA / f"{name}.yaml")


def wfc3_uvis(bands: Iterable[str] = ("F336W", "F438W", "F814W")) -> Instrument:
    """Return HST WFC3/UVIS with the depth of the M83 mosaics.

    The throughputs are those of chip UVIS1. The zero points of F336W, F438W and F814W are the Vega
    ones used with the M83 Early Release Science products; those of the other bands follow from the
    throughputs, which reproduce those three to 0.05, 0.01 and 0.01 mag. The mosaics (doi
    10.17909/T96888) have 0.0396 arcsec/px and three exposures a field, 1900-2600 s (F336W),
    1900-2900 s (F438W) and 1200-2700 s (F814W) in all, read with about 3.1 e-: the exposure times
    here are round numbers inside those ranges. The sky levels (0.004, 0.012 and 0.020 e-/s/px) are
    this package's choice, a plausible zodiacal sky without the light of the galaxy.

    Parameters
    ----------
    bands : iterable of str
        Any of F225W, F275W, F336W, F390W, F438W, F475W, F555W, F606W and F814W, in the order of the
        image planes.

    Returns
    -------
    instrument : Instrument

    Raises
    ------
    KeyError
        For a band that is not packaged; build a `Band` with its throughput instead.

    Examples
    --------
    >>> wfc3_uvis().pixel_scale
    <Quantity 0.0396 arcsec>
    >>> wfc3_uvis(["F814W"]).bands
    ('F814W',)
    """
    return _packaged("wfc3_uvis").select(bands)


def acs_wfc(bands: Iterable[str] = ("F435W", "F555W", "F814W")) -> Instrument:
    """Return HST ACS/WFC, drizzled to pixels of 0.05 arcsec.

    The Vega zero points follow from the throughputs; they are 0.02-0.03 mag brighter than those of
    Sirianni et al. (2005, PASP 117, 1049, table 10). The exposures (2200 s in three, read with 4.2
    e-) are this package's choice; the sky is the average zodiacal light of the ACS science team.

    Parameters
    ----------
    bands : iterable of str
        Any of F435W, F475W, F555W, F606W, F625W, F775W, F814W and F850LP.

    Returns
    -------
    instrument : Instrument

    Raises
    ------
    KeyError
        As from `wfc3_uvis`.

    Examples
    --------
    >>> print(f"{acs_wfc()['F814W'].pivot:.0f}")
    8060 Angstrom
    """
    return _packaged("acs_wfc").select(bands)


def nircam_short(bands: Iterable[str] = ("F115W", "F150W", "F200W")) -> Instrument:
    """Return the short-wavelength channel of JWST NIRCam, with pixels of 0.031 arcsec.

    The throughputs are the means of the two modules as measured in flight (May 2024), the Vega zero
    points follow from them and an aperture of 25.4 square metres. Exposures (1000 s in four, read
    with 6 e-) and sky (0.2 MJy/sr) are this package's choice. Images of the JWST pipeline are in
    MJy/sr and need converting to e-/s.

    Parameters
    ----------
    bands : iterable of str
        Any of F070W, F090W, F115W, F140M, F150W, F162M, F182M, F200W and F210M.

    Returns
    -------
    instrument : Instrument

    Raises
    ------
    KeyError
        As from `wfc3_uvis`.

    Examples
    --------
    >>> nircam_short().bands
    ('F115W', 'F150W', 'F200W')
    """
    return _packaged("nircam_short").select(bands)


def nircam_long(bands: Iterable[str] = ("F277W", "F356W", "F444W")) -> Instrument:
    """Return the long-wavelength channel of JWST NIRCam, with pixels of 0.063 arcsec.

    As `nircam_short` in everything else. For both channels on one grid of pixels::

        Instrument("NIRCam", [*nircam_short(), *nircam_long()], 0.04 * u.arcsec)

    Parameters
    ----------
    bands : iterable of str
        Any of F250M, F277W, F300M, F335M, F356W, F360M, F410M, F430M, F444W, F460M and F480M.

    Returns
    -------
    instrument : Instrument

    Raises
    ------
    KeyError
        As from `wfc3_uvis`.

    Examples
    --------
    >>> nircam_long(["F444W"])["F444W"].zero_point
    24.931
    """
    return _packaged("nircam_long").select(bands)
