"""Where a galaxy is and how its disc lies on the sky."""

from dataclasses import dataclass

import astropy.units as u
import numpy as np
from astropy.coordinates import SkyCoord
from astropy.wcs import WCS

__all__ = ["M83", "Galaxy"]


@dataclass(frozen=True)
class Galaxy:
    """A disc galaxy: centre, distance and orientation.

    Parameters
    ----------
    name : str
        Name.
    centre : `~astropy.coordinates.SkyCoord`
        Centre on the sky.
    distance : `~astropy.units.Quantity`
        Distance.
    inclination, position_angle : `~astropy.units.Quantity`
        Of the disc; the position angle is that of the major axis, from north
        through east.

    Examples
    --------
    >>> from clusternet.galaxy import M83
    >>> print(round(M83.parsecs_per_arcsec, 1))
    21.8
    """

    name: str
    centre: SkyCoord
    distance: u.Quantity
    inclination: u.Quantity
    position_angle: u.Quantity

    @property
    def parsecs_per_arcsec(self):
        """Length that one arcsecond spans, in parsecs (a float)."""
        return float(self.distance.to_value(u.pc) * (1 * u.arcsec).to_value(u.rad))

    def deproject(self, east, north):
        """Coordinates in the plane of the disc.

        Parameters
        ----------
        east, north : array_like
            Offsets from the centre in arcseconds.

        Returns
        -------
        radius : numpy.ndarray
            Distance from the centre within the disc, in arcseconds.
        azimuth : numpy.ndarray
            Angle within the disc from the major axis, in radians.
        """
        pa = self.position_angle.to_value(u.rad)
        major = np.asarray(north) * np.cos(pa) + np.asarray(east) * np.sin(pa)
        minor = np.asarray(east) * np.cos(pa) - np.asarray(north) * np.sin(pa)
        minor = minor / np.cos(self.inclination.to_value(u.rad))
        return np.hypot(major, minor), np.arctan2(minor, major)

    def wcs(self, shape, pixel_scale):
        """A north-up tangent-plane WCS with the galaxy in the middle of (ny, nx) pixels."""
        wcs = WCS(naxis=2)
        wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
        wcs.wcs.crval = [self.centre.ra.deg, self.centre.dec.deg]
        wcs.wcs.crpix = [(shape[1] + 1) / 2, (shape[0] + 1) / 2]
        scale = u.Quantity(pixel_scale, u.arcsec).to_value(u.deg)
        wcs.wcs.cdelt = [-scale, scale]
        wcs.wcs.cunit = ["deg", "deg"]
        wcs.wcs.radesys = "ICRS"
        return wcs


#: M83: centre, distance of Thim et al. (2003), orientation of the HI disc.
M83 = Galaxy("M83", SkyCoord("13h37m00.95s -29d51m55.5s"), 4.5 * u.Mpc, 24 * u.deg, 225 * u.deg)
