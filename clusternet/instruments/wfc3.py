"""HST WFC3/UVIS as it saw M83."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from astropy import units as u

from clusternet.instruments.band import Band
from clusternet.instruments.instrument import Instrument

__all__ = ["wfc3_uvis"]

_DATA = Path(__file__).parent / "data"

# zero point (Vega, e-/s), exposure time (s), sky (e-/s/px)
_BANDS = {
    "F336W": (23.46, 2200.0, 0.004),
    "F438W": (24.98, 2400.0, 0.012),
    "F814W": (24.67, 2000.0, 0.020),
}


def wfc3_uvis(bands: Iterable[str] = ("F336W", "F438W", "F814W")) -> Instrument:
    """Return HST WFC3/UVIS with the depth of the M83 mosaics.

    The throughputs are those of chip UVIS1. The zero points are the Vega ones used with the M83
    Early Release Science products. The mosaics (doi 10.17909/T96888) have 0.0396 arcsec/px and
    three exposures a field, 1900-2600 s (F336W), 1900-2900 s (F438W) and 1200-2700 s (F814W) in
    all, read with about 3.1 e-: the exposure times here are round numbers inside those ranges. The
    sky levels (0.004, 0.012 and 0.020 e-/s/px) are this package's choice, a plausible zodiacal sky
    without the light of the galaxy.

    Parameters
    ----------
    bands : iterable of str
        Any of F336W, F438W and F814W, in the order of the image planes.

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
    >>> wfc3_uvis(["F814W"]).band_names
    ('F814W',)
    """
    camera = Instrument(
        name="WFC3/UVIS",
        bands=tuple(
            Band(
                name=name,
                zero_point=zero_point,
                throughput=_DATA / f"wfc3_uvis_{name.lower()}.ecsv",
                exposure_time=exposure_time * u.s,
                read_noise=3.1,
                n_exposures=3,
                sky=sky,
            )
            for name, (zero_point, exposure_time, sky) in _BANDS.items()
        ),
        pixel_scale=0.0396 * u.arcsec,
    )
    return camera.select(bands)
