"""Position, orientation and rotation of a galaxy."""
# pyright: reportArgumentType=false, reportCallIssue=false, reportOperatorIssue=false
# pyright: reportOptionalMemberAccess=false, reportOptionalSubscript=false, reportReturnType=false
# pyright: reportAttributeAccessIssue=false, reportOptionalOperand=false
# The stubs of astropy know neither units nor what coordinates hold.

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import astropy.units as u
import numpy as np
from astropy.coordinates import CartesianRepresentation, SkyCoord
from astropy.wcs import WCS
from astropy.wcs.utils import proj_plane_pixel_area
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from clusternet._quantities import checked_quantity

__all__ = ["M83", "Galaxy"]

_SPEED = u.km / u.s
_ANGULAR_SPEED = u.km / u.s / u.kpc


@dataclass(frozen=True)
class Galaxy:
    """A disc galaxy: centre, distance, orientation and rotation.

    The sky is taken as the plane that touches the sphere at the centre (the gnomonic projection,
    ``TAN`` in a WCS), and the disc as a thin plane seen from far away.

    Parameters
    ----------
    name : str
        Name.
    centre : `~astropy.coordinates.SkyCoord`
        Centre on the sky.
    distance : `~astropy.units.Quantity`
        Distance.
    inclination, position_angle : `~astropy.units.Quantity`
        Orientation of the disc; 0 is face-on. The position angle is that of one end of the major
        axis, from north through east.
    rotation : {1, -1}, optional
        Sense in which the galaxy turns on the sky: 1 counter-clockwise with north up and east to
        the left (position angles grow), -1 clockwise.
    rotation_curve : `~astropy.units.Quantity` or callable, optional
        Speed of the disc: the same at all radii, or a function of the radius (a length) such as
        `RotationCurve`.
    pattern_speed : `~astropy.units.Quantity`, optional
        Angular speed of the spiral pattern, such as 44 km / (s kpc).
    r25 : `~astropy.units.Quantity`, optional
        Angular radius of the isophote of 25 mag per square arcsecond in B.
    sources : dict of str to str, optional
        Source of each of these.

    Raises
    ------
    ValueError
        A quantity has the wrong unit or an impossible value.

    Examples
    --------
    >>> import astropy.units as u
    >>> from clusternet.galaxy import M83
    >>> print(round(M83.parsecs_per_arcsec, 1))
    21.8
    >>> radius, azimuth = M83.polar(M83.sky(2.5 * u.kpc, 30 * u.deg))
    >>> print(f"{radius:.3f}, {azimuth.to(u.deg):.3f}")
    2.500 kpc, 30.000 deg
    >>> print(f"{M83.drift(2.5 * u.kpc):.0f}, corotation at {M83.corotation_radius:.1f}")
    51 pc / Myr, corotation at 3.6 kpc
    """

    name: str
    centre: SkyCoord
    distance: u.Quantity
    inclination: u.Quantity
    position_angle: u.Quantity
    rotation: int | None = None
    rotation_curve: u.Quantity | Callable | None = None
    pattern_speed: u.Quantity | None = None
    r25: u.Quantity | None = None
    sources: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name, unit in (("distance", u.pc), ("inclination", u.deg), ("position_angle", u.deg),
                           ("rotation_curve", _SPEED), ("pattern_speed", _ANGULAR_SPEED),
                           ("r25", u.deg)):
            value = getattr(self, name)
            if value is not None and not callable(value) and not _is_finite(value, unit):
                raise ValueError(f"{name} of {self.name} is {value}; give one finite number in "
                                 f"{unit} or the like")
        if not self.distance > 0:
            raise ValueError(f"distance of {self.name} is {self.distance}; it must be positive")
        if not 0 * u.deg <= self.inclination < 90 * u.deg:
            raise ValueError(f"inclination of {self.name} is {self.inclination}; give 0 deg (face-"
                             "on) or more, and less than 90 deg")
        if self.rotation not in (None, 1, -1):
            raise ValueError(f"rotation of {self.name} is {self.rotation!r}; give 1 (counter-"
                             "clockwise on the sky) or -1")

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Self:
        """Read a galaxy from a YAML file.

        Parameters
        ----------
        path : str or os.PathLike
            Keys are the names of the arguments, quantities are text (``4.5 Mpc``), the centre is
            text that `~astropy.coordinates.SkyCoord` takes (ICRS). A rotation curve is a speed or
            ``{radius_kpc: [...], speed_km_s: [...]}``.

        Returns
        -------
        `Galaxy`

        Raises
        ------
        OSError
            It cannot be read.
        ValueError
            A key is unknown or missing, or a value cannot be understood.
        """
        from clusternet.galaxy.galaxy_yaml import read_yaml

        return cls(**read_yaml(path))

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the galaxy to a YAML file that `read` reads.

        Parameters
        ----------
        path : str or os.PathLike
            The file; an existing one is replaced.

        Raises
        ------
        OSError
            It cannot be written.
        ValueError
            The rotation curve is a function, other than a `RotationCurve`.
        """
        from clusternet.galaxy.galaxy_yaml import write_yaml

        write_yaml(self, path)

    @classmethod
    def from_name(cls, name: str, **known: Any) -> Self:
        """Look a galaxy up in HyperLEDA (needs the network; answers are kept).

        Answers stay in astropy's download cache. HyperLEDA's inclinations come from the shape of
        the light and are poor for nearly face-on galaxies, and it does not know in which sense a
        galaxy turns: give better values where you have them.

        Parameters
        ----------
        name : str
            Name that HyperLEDA knows, such as "M83" or "NGC 628".
        **known
            Arguments of `Galaxy` that replace those of the catalogue, or that it does not have.

        Returns
        -------
        `Galaxy`
            Centre, distance, inclination, position angle and ``r25`` from HyperLEDA, with
            ``sources``.

        Raises
        ------
        OSError
            HyperLEDA cannot be reached.
        ValueError
            It does not know the galaxy, or lacks a number that was not given.
        """
        from clusternet.galaxy.hyperleda import look_up

        return cls(**(look_up(name, known) | known))

    @property
    def parsecs_per_arcsec(self) -> float:
        """Length that one arcsecond spans, in parsecs (a float)."""
        return float(self.distance.to_value(u.pc) * u.arcsec.to(u.rad))

    def offsets(self, coords: SkyCoord) -> tuple[np.ndarray, np.ndarray]:
        """Return the offsets from the centre in the tangent plane.

        Parameters
        ----------
        coords : `~astropy.coordinates.SkyCoord`
            Positions, in any frame.

        Returns
        -------
        east, north : numpy.ndarray
            Arcseconds; NaN more than 90 deg away.
        """
        towards = coords.transform_to(self.centre.icrs.skyoffset_frame()).cartesian.xyz.value
        depth = np.where(towards[0] > 0, towards[0], np.nan)
        scale = u.rad.to(u.arcsec)
        return towards[1] / depth * scale, towards[2] / depth * scale

    def deproject(self, east: ArrayLike, north: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Return the coordinates in the plane of the disc.

        Parameters
        ----------
        east, north : array_like
            Offsets from the centre in arcseconds.

        Returns
        -------
        radius : numpy.ndarray
            Distance from the centre within the disc, in arcseconds.
        azimuth : numpy.ndarray
            Angle within the disc from the major axis, in radians; it grows as position angles do.
        """
        pa = self.position_angle.to_value(u.rad)
        major = np.asarray(north) * np.cos(pa) + np.asarray(east) * np.sin(pa)
        minor = np.asarray(east) * np.cos(pa) - np.asarray(north) * np.sin(pa)
        minor = minor / np.cos(self.inclination.to_value(u.rad))
        return np.hypot(major, minor), np.arctan2(minor, major)

    def project(self, radius: ArrayLike, azimuth: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Undo `deproject`.

        Parameters
        ----------
        radius, azimuth : array_like
            Within the disc, in any unit of length or angle, and in radians.

        Returns
        -------
        east, north : numpy.ndarray
            Offsets from the centre on the sky, in the unit of the radius.
        """
        pa = self.position_angle.to_value(u.rad)
        major = np.asarray(radius) * np.cos(azimuth)
        minor = np.asarray(radius) * np.sin(azimuth) * np.cos(self.inclination.to_value(u.rad))
        return major * np.sin(pa) + minor * np.cos(pa), major * np.cos(pa) - minor * np.sin(pa)

    def polar(self, coords: SkyCoord, *, deprojected: bool = True
              ) -> tuple[u.Quantity, u.Quantity]:
        """Return galactocentric polar coordinates of positions on the sky.

        Parameters
        ----------
        coords : `~astropy.coordinates.SkyCoord`
            Positions, in any frame.
        deprojected : bool, optional
            False for radius and angle as they appear on the sky.

        Returns
        -------
        radius : `~astropy.units.Quantity`
            kpc.
        azimuth : `~astropy.units.Quantity`
            From the end of the major axis that has the position angle, in radians, -pi to pi. It
            grows as position angles do, counter-clockwise on the sky, whichever way the galaxy
            turns; see `rotation`.
        """
        geometry = self if deprojected else self._face_on()
        radius, azimuth = geometry.deproject(*self.offsets(coords))
        return radius * self.parsecs_per_arcsec / 1000 * u.kpc, azimuth * u.rad

    def sky(self, radius: u.Quantity, azimuth: u.Quantity, *, deprojected: bool = True
            ) -> SkyCoord:
        """Return positions on the sky of galactocentric polar coordinates: the inverse of `polar`.

        Parameters
        ----------
        radius, azimuth : `~astropy.units.Quantity`
            A length and an angle.
        deprojected : bool, optional
            Whether they are those within the disc, or as they appear on the sky.

        Returns
        -------
        `~astropy.coordinates.SkyCoord`
            ICRS.
        """
        geometry = self if deprojected else self._face_on()
        radius = u.Quantity(radius, u.kpc).value
        east, north = geometry.project(radius, u.Quantity(azimuth, u.rad).value)
        depth = self.distance.to_value(u.kpc)
        towards = CartesianRepresentation(np.full(np.shape(east), depth), east, north)
        frame = self.centre.icrs.skyoffset_frame()
        at = SkyCoord(towards, frame=frame).icrs
        return SkyCoord(at.ra, at.dec)

    def kpc_per_pixel(self, wcs: WCS) -> float:
        """Return the length that a pixel spans at the distance of the galaxy.

        Parameters
        ----------
        wcs : `~astropy.wcs.WCS`
            Celestial world coordinates; pixels count as squares of the same area.

        Returns
        -------
        float
            kpc on the sky, not stretched by the inclination.
        """
        scale = np.sqrt(proj_plane_pixel_area(wcs.celestial)) * u.deg
        return scale.to_value(u.arcsec) * self.parsecs_per_arcsec / 1000

    def speed(self, radius: u.Quantity) -> u.Quantity:
        """Return the speed of the disc at a radius, in km/s."""
        curve = self._known("rotation_curve")
        radius = u.Quantity(radius, u.kpc)
        speed = curve(radius) if callable(curve) else np.broadcast_to(curve, radius.shape, True)
        return u.Quantity(speed, _SPEED)

    def drift(self, radius: u.Quantity) -> u.Quantity:
        r"""Return the speed at which the disc overtakes the spiral pattern, along the azimuth.

        :math:`(\Omega - \Omega_p) R`: positive within the corotation radius.

        Parameters
        ----------
        radius : `~astropy.units.Quantity`
            Distance from the centre within the disc.

        Returns
        -------
        `~astropy.units.Quantity`
            pc / Myr.
        """
        radius = u.Quantity(radius, u.kpc)
        return (self.speed(radius) - self._known("pattern_speed") * radius).to(u.pc / u.Myr)

    @property
    def corotation_radius(self) -> u.Quantity:
        """Innermost radius at which the pattern catches up with the disc: a length in kpc."""
        radii = np.geomspace(0.01, 200, 2000)
        ahead = self.drift(radii * u.kpc).value
        crossings = np.flatnonzero((ahead[:-1] > 0) & (ahead[1:] <= 0))
        if not len(crossings):
            raise ValueError(f"{self.name} has no corotation within 200 kpc: its disc never falls "
                             f"behind {self.pattern_speed}")
        first = crossings[0]
        return brentq(lambda r: self.drift(r * u.kpc).value, *radii[first:first + 2]) * u.kpc

    def wcs(self, shape: tuple[int, int], pixel_scale: u.Quantity) -> WCS:
        """Return world coordinates of an image with the galaxy in its middle and north up.

        Parameters
        ----------
        shape : tuple of int
            (ny, nx) of the image.
        pixel_scale : `~astropy.units.Quantity`
            Angle from one pixel to the next.

        Returns
        -------
        `~astropy.wcs.WCS`
            A tangent plane.

        Raises
        ------
        ValueError
            If the pixel scale is not a positive angle.
        """
        wcs = WCS(naxis=2)
        wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
        wcs.wcs.crval = [self.centre.ra.deg, self.centre.dec.deg]
        wcs.wcs.crpix = [(shape[1] + 1) / 2, (shape[0] + 1) / 2]
        scale = checked_quantity("pixel_scale", pixel_scale, 0.0396 * u.arcsec).to_value(u.deg)
        wcs.wcs.cdelt = [-scale, scale]
        wcs.wcs.cunit = ["deg", "deg"]
        wcs.wcs.radesys = "ICRS"
        return wcs

    def _face_on(self):
        return replace(self, inclination=0 * u.deg)

    def _known(self, name):
        value = getattr(self, name)
        if value is None:
            raise ValueError(f"no {name} is known of {self.name}; give it, for instance with "
                             f"dataclasses.replace(galaxy, {name}=...)")
        return value


def _is_finite(value, unit):
    return (isinstance(value, u.Quantity) and value.isscalar and value.unit.is_equivalent(unit)
            and bool(np.isfinite(value)))


#: M83, with the source of each number in ``M83.sources``.
M83 = Galaxy.read(Path(__file__).parent / "data" / "m83.yaml")
