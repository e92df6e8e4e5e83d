"""Spiral arms as curves, and distances from them."""
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
# pyright: reportAssignmentType=false, reportGeneralTypeIssues=false, reportReturnType=false
# The stubs of astropy and regions know neither units nor what coordinates hold.

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

import astropy.units as u
import numpy as np
from astropy.coordinates import SkyCoord
from astropy.wcs import WCS
from regions import CompoundSkyRegion, PolygonSkyRegion, Region, Regions

from clusternet.galaxy.accuracy import SPIRAL_STEP
from clusternet.galaxy.arms.curves import PlaneCurves, monotone
from clusternet.galaxy.arms.regions import arm_polygon, read_curves, without, write_curves
from clusternet.galaxy.arms.spirals import LogarithmicSpiral
from clusternet.galaxy.core import Galaxy

if TYPE_CHECKING:
    from clusternet.galaxy.synthetic.structure import GalaxyStructure

__all__ = ["SpiralArms"]


class SpiralArms:
    """Curves along the spiral arms of a galaxy, such as their dust lanes.

    Distances are positive on the leading side, towards which the galaxy turns (`Galaxy.rotation`);
    within the corotation radius clusters leave an arm on that side. Which side of a curve it is
    follows from whether the curve runs inwards or outwards, so that a wiggle changes nothing.
    Beyond an end, the last piece of the curve divides the sides.

    Parameters
    ----------
    curves : sequence of `~astropy.coordinates.SkyCoord` or `LogarithmicSpiral`
        One for each arm: points in order (joined by straight lines), or a spiral in the disc.
    galaxy : `Galaxy`
        With its sense of rotation.

    Attributes
    ----------
    curves : tuple of `~astropy.coordinates.SkyCoord`
        Points of each arm.
    galaxy : `Galaxy`
        As given.

    Raises
    ------
    ValueError
        There is no curve, one has fewer than two points or positions that are not finite, or ends
        as far from the centre as it begins; or the sense of rotation is not known.

    Examples
    --------
    >>> import astropy.units as u
    >>> from clusternet.galaxy import M83, LogarithmicSpiral, SpiralArms
    >>> arms = SpiralArms([LogarithmicSpiral(2 * u.kpc, phi * u.deg, 15 * u.deg,
    ...                                      (1 * u.kpc, 6 * u.kpc)) for phi in (0, 180)], M83)
    >>> at = M83.sky([2.5, 2.5] * u.kpc, [30, 60] * u.deg)  # M83 turns towards lower azimuths
    >>> print(arms.distance(at, deprojected=True).round(3))
    [ 0.193 -0.143] kpc
    >>> print(arms.azimuthal_distance(at).round(3))
    [ 0.773 -0.536] kpc
    >>> arms.nearest(at).tolist()
    [0, 0]
    """

    def __init__(self, curves: Sequence[SkyCoord | LogarithmicSpiral], galaxy: Galaxy) -> None:
        galaxy._known("rotation")
        self.galaxy = galaxy
        self.curves = tuple(c.curve(galaxy) if isinstance(c, LogarithmicSpiral) else c
                            for c in curves)
        if not self.curves:
            raise ValueError("no curve; give one for each arm")
        self._planes = {}
        self._plane(False)

    @classmethod
    def from_regions(cls, regions: str | os.PathLike[str] | Sequence[Region], galaxy: Galaxy, *,
                     wcs: WCS | None = None) -> Self:
        """Read arms that were drawn in DS9.

        Parameters
        ----------
        regions : str or os.PathLike or sequence of `~regions.Region`
            A DS9 file or regions. Segments (open polylines) and polygons, taken as open, are a
            curve each; lines are joined where one begins within 0.1 arcsec of the end of the one
            before. Other shapes are left out.
        galaxy : `Galaxy`
            With its sense of rotation.
        wcs : `~astropy.wcs.WCS`, optional
            Needed if regions are in pixels of an image.

        Returns
        -------
        `SpiralArms`

        Raises
        ------
        OSError
            The file cannot be read.
        ValueError
            There is no such shape, or it is in pixels and there is no ``wcs``.
        """
        return cls(read_curves(regions, wcs), galaxy)

    @classmethod
    def from_structure(cls, structure: GalaxyStructure, galaxy: Galaxy,
                       radii: tuple[u.Quantity, u.Quantity], *,
                       offset: u.Quantity | None = None) -> Self:
        """Return the arms of a synthetic galaxy.

        Parameters
        ----------
        structure : `GalaxyStructure`
            Shape of the arms.
        galaxy : `Galaxy`
            With its sense of rotation.
        radii : tuple of `~astropy.units.Quantity`
            Innermost and outermost radius.
        offset : `~astropy.units.Quantity`, optional
            Distance of the curves inside the spines along the radius; by default that of the dust
            lanes (``structure.dust_offset``).

        Returns
        -------
        `SpiralArms`
        """
        offset = structure.dust_offset * u.kpc if offset is None else offset
        spine = structure.spine(radii)
        inner, outer = spine.azimuth(u.Quantity(radii) + offset)
        azimuth = np.linspace(inner, outer, int(abs(outer - inner).value / SPIRAL_STEP) + 2)
        radius = spine.radius(azimuth) - offset
        turns = np.arange(structure.n_arms) * 360 / structure.n_arms * u.deg
        return cls([galaxy.sky(radius, azimuth + turn) for turn in turns], galaxy)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the curves as segments to a DS9 region file, which `from_regions` reads.

        Parameters
        ----------
        path : str or os.PathLike
            The file; an existing one is replaced.
        """
        write_curves(self.curves, path)

    def distance(self, coords: SkyCoord, *, deprojected: bool = False) -> u.Quantity:
        """Return the shortest distance from the nearest arm, positive on its leading side.

        Parameters
        ----------
        coords : `~astropy.coordinates.SkyCoord`
            Positions.
        deprojected : bool, optional
            Measure within the disc; by default on the sky, as in Paper III.

        Returns
        -------
        `~astropy.units.Quantity`
            kpc; NaN for positions that are not finite.
        """
        return self._nearest(coords, deprojected)[0] * u.kpc

    def nearest(self, coords: SkyCoord, *, deprojected: bool = False) -> np.ndarray:
        """Return the index of the nearest arm; -1 for positions that are not finite.

        Parameters
        ----------
        coords, deprojected
            As for `distance`.

        Returns
        -------
        numpy.ndarray of int
        """
        return self._nearest(coords, deprojected)[1]

    def azimuthal_distance(self, coords: SkyCoord) -> u.Quantity:
        r"""Return the distance from the nearest arm along the circle about the centre.

        Within the disc, as in Shabani et al. (2018): :math:`R\,\Delta\phi`, positive on the
        leading side. At a pitch angle :math:`p` it is about :math:`1/\sin p` times the shortest
        distance.

        Parameters
        ----------
        coords : `~astropy.coordinates.SkyCoord`
            Positions.

        Returns
        -------
        `~astropy.units.Quantity`
            kpc; NaN where no arm crosses the circle.
        """
        radius, azimuth = (np.asarray(values.value) for values in self.galaxy.polar(coords))
        best = np.full(radius.shape, np.nan)
        for curve in self._plane(True).curves:
            r, phi = np.hypot(*curve.T), np.unwrap(np.arctan2(curve[:, 1], curve[:, 0]))
            for run in monotone(r):
                order = slice(None) if r[run][0] < r[run][-1] else slice(None, None, -1)
                at = np.interp(radius, r[run][order], phi[run][order], np.nan, np.nan)
                ahead = (azimuth - at + np.pi) % (2 * np.pi) - np.pi
                best = np.where(np.abs(best) <= np.abs(ahead), best,
                                np.where(np.isnan(ahead), best, ahead))
        return self.galaxy.rotation * best * radius * u.kpc

    def inside(self, coords: SkyCoord, leading: u.Quantity, trailing: u.Quantity, *,
               deprojected: bool = False) -> np.ndarray:
        """Return whether positions lie on an arm: a band along the curves.

        Parameters
        ----------
        coords : `~astropy.coordinates.SkyCoord`
            Positions.
        leading, trailing : `~astropy.units.Quantity`
            Width of the band on either side of the curves, positive lengths.
        deprojected : bool, optional
            As for `distance`.

        Returns
        -------
        numpy.ndarray of bool
            ``~inside(...)`` are the positions between the arms.
        """
        leading, trailing = _widths(leading, trailing)
        distance = self._nearest(coords, deprojected)[0]
        return (distance >= -trailing) & (distance <= leading)

    def regions(self, leading: u.Quantity, trailing: u.Quantity, *,
                deprojected: bool = False) -> Regions:
        """Return the arms as polygons on the sky.

        Parameters
        ----------
        leading, trailing, deprojected
            As for `inside`, to which the polygons correspond but for their straight sides.

        Returns
        -------
        `~regions.Regions`
            A polygon for each arm.
        """
        widths = _widths(leading, trailing)
        plane = self._plane(deprojected)
        polygons = []
        for curve, lead in zip(plane.curves, plane.lead, strict=True):
            x, y = arm_polygon(curve, *(widths if lead > 0 else widths[::-1])).T
            corners = self.galaxy.sky(np.hypot(x, y) * u.kpc, np.arctan2(y, x) * u.rad,
                                      deprojected=deprojected)
            polygons.append(PolygonSkyRegion(corners))
        return Regions(polygons)

    def inter_arm_region(self, radius: u.Quantity, leading: u.Quantity, trailing: u.Quantity, *,
                         deprojected: bool = False) -> CompoundSkyRegion:
        """Return the disc without the arms.

        Parameters
        ----------
        radius : `~astropy.units.Quantity`
            Radius of the disc.
        leading, trailing, deprojected
            As for `inside`.

        Returns
        -------
        `~regions.CompoundSkyRegion`
            Works with ``contains`` and, converted to pixels, ``to_mask``; no region file can
            hold it.
        """
        arms = self.regions(leading, trailing, deprojected=deprojected)
        return without(self.galaxy, radius, arms)

    def _plane(self, deprojected):
        flag = bool(deprojected)
        if flag not in self._planes:
            self._planes[flag] = PlaneCurves([self._xy(curve, flag) for curve in self.curves],
                                             self.galaxy.rotation)
        return self._planes[flag]

    def _xy(self, coords, deprojected):
        """Positions in the plane of the disc or of the sky, kpc, counter-clockwise on the sky."""
        radius, azimuth = (v.value for v in self.galaxy.polar(coords, deprojected=deprojected))
        return np.stack([radius * np.cos(azimuth), radius * np.sin(azimuth)], -1)

    def _nearest(self, coords, deprojected):
        return self._plane(deprojected).nearest(self._xy(coords, deprojected))


def _widths(leading, trailing):
    widths = [u.Quantity(width).to_value(u.kpc) for width in (leading, trailing)]
    if not (np.isfinite(widths).all() and min(widths) >= 0 and max(widths) > 0):
        raise ValueError(f"the arms are {leading} and {trailing} wide; give positive lengths")
    return widths
