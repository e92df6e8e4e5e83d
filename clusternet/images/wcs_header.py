"""World coordinates as FITS headers."""

import warnings

from astropy.io import fits
from astropy.wcs import WCS, FITSFixedWarning

__all__ = ["celestial_wcs", "wcs_header"]


def wcs_header(wcs: WCS) -> fits.Header:
    """Header that holds world coordinates to full precision.

    Parameters
    ----------
    wcs : astropy.wcs.WCS
        Celestial world coordinates.

    Returns
    -------
    astropy.io.fits.Header
        Its cards, SIP distortions included.

    Raises
    ------
    ValueError
        If the WCS has distortion tables, which are no part of a header.
    """
    if any(t is not None for t in (wcs.cpdis1, wcs.cpdis2, wcs.det2im1, wcs.det2im2)):
        raise ValueError(
            "the WCS has distortion tables (CPDIS or D2IM), which a header cannot hold: drizzle "
            "or reproject the image to pixels without distortion first"
        )
    header = wcs.to_header(relax=True)
    for axis, value in enumerate(wcs.wcs.crval, start=1):
        header[f"CRVAL{axis}"] = float(value)  # which to_header rounds to 14 digits
    return header


def celestial_wcs(header: fits.Header, name: str, hdus: fits.HDUList | None = None) -> WCS:
    """Celestial world coordinates of a header.

    Parameters
    ----------
    header : astropy.io.fits.Header
        Header of an image.
    name : str
        Name in messages of that which has the header.
    hdus : astropy.io.fits.HDUList, optional
        The file it is in, which may hold distortion tables.

    Returns
    -------
    astropy.wcs.WCS
        Of the two celestial axes.

    Raises
    ------
    ValueError
        If there are none.

    Examples
    --------
    >>> from astropy.wcs import WCS
    >>> from clusternet.images.wcs_header import celestial_wcs, wcs_header
    >>> wcs = WCS(naxis=2)
    >>> wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    >>> wcs.wcs.crval = [204.2537917123456, -29.8657611]
    >>> celestial_wcs(wcs_header(wcs), "the image").wcs.crval[0] == wcs.wcs.crval[0]
    np.True_
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FITSFixedWarning)
        try:
            wcs = WCS(header, fobj=hdus)
        except Exception as error:  # wcslib raises many kinds
            raise ValueError(f"{name}: its WCS cannot be used: {error}") from error
    if not wcs.has_celestial:
        raise ValueError(
            f"{name} has no celestial WCS (CTYPE {list(wcs.wcs.ctype)}); add one to its header, "
            f"or build MultiBandImage(data, bands, wcs) from arrays"
        )
    return wcs.celestial
