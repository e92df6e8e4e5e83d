"""Curves and bands of spiral arms as DS9 regions."""
# pyright: reportArgumentType=false, reportAttributeAccessIssue=false, reportCallIssue=false
# pyright: reportGeneralTypeIssues=false, reportOptionalMemberAccess=false, reportReturnType=false
# The stubs of astropy and regions know neither units nor what coordinates hold.

import operator
import os
import re
from collections.abc import Sequence
from pathlib import Path

import astropy.units as u
import numpy as np
from astropy.coordinates import SkyCoord
from astropy.wcs import WCS
from regions import (
    CompoundSkyRegion,
    EllipseSkyRegion,
    LineSkyRegion,
    PixelRegion,
    PolygonSkyRegion,
    Region,
    Regions,
)
from scipy.spatial import KDTree

from clusternet._files import atomic_write
from clusternet.galaxy.accuracy import JOINED
from clusternet.galaxy.core import Galaxy

__all__ = ["arm_polygon", "read_curves", "without", "write_curves"]


def read_curves(regions: str | os.PathLike[str] | Sequence[Region], wcs: WCS | None = None
                ) -> list[SkyCoord]:
    """Read curves from regions; see `SpiralArms.from_regions`.

    Parameters
    ----------
    regions : str or os.PathLike or sequence of `~regions.Region`
        File or regions.
    wcs : `~astropy.wcs.WCS`, optional
        For those in pixels.

    Returns
    -------
    list of `~astropy.coordinates.SkyCoord`
        Points of each curve.
    """
    if isinstance(regions, str | os.PathLike):
        text = Path(regions).read_text(encoding="utf-8")
        # DS9 hides segments behind a comment sign; `regions` knows polygons only.
        text = re.sub(r"(?m)^# *segment *(\([^)]*\))", r"polygon\1 # ", text)
        regions = Regions.parse(text, format="ds9")
    curves, joined = [], False
    for region in regions:
        if isinstance(region, PixelRegion):
            if wcs is None:
                raise ValueError(f"{region} is in pixels; save regions in ICRS or pass the wcs of "
                                 "the image")
            region = region.to_sky(wcs)
        if isinstance(region, LineSkyRegion):
            start, end = region.start.icrs, region.end.icrs
            if joined and curves[-1][-1].separation(start) < JOINED:
                curves[-1].append(end)
            else:
                curves.append([start, end])
        elif isinstance(region, PolygonSkyRegion):
            curves.append(region.vertices.icrs)
        joined = isinstance(region, LineSkyRegion)
    if not curves:
        raise ValueError("no lines, segments or polygons among the regions; draw the arms with "
                         "one of them")
    return [SkyCoord(curve) if isinstance(curve, list) else curve for curve in curves]


def write_curves(curves: Sequence[SkyCoord], path: str | os.PathLike[str]) -> None:
    """Write curves as segments; see `SpiralArms.write`.

    Parameters
    ----------
    curves : sequence of `~astropy.coordinates.SkyCoord`
        Points of each curve.
    path : str or os.PathLike
        The file.
    """
    lines = ["# Region file format: DS9", "icrs"]
    for number, curve in enumerate(curves, 1):
        places = np.stack([curve.icrs.ra.deg, curve.icrs.dec.deg], -1).ravel()
        values = ",".join(f"{value:.10f}" for value in places)
        lines.append(f"# segment({values}) text={{arm {number}}}")
    with atomic_write(path) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="ascii")


def arm_polygon(curve: np.ndarray, left: float, right: float, *, step: float = 0.05
                ) -> np.ndarray:
    """Return the outline of a band along a curve, with round ends.

    Parameters
    ----------
    curve : numpy.ndarray, shape (n, 2)
        Points in a plane.
    left, right : float
        Width on either side of the direction of travel.
    step : float, optional
        Distance between corners of the outline where it is smooth.

    Returns
    -------
    numpy.ndarray, shape (m, 2)
        Corners, counter-clockwise along the right side first.
    """
    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(curve, axis=0).T))])
    at = np.linspace(0, along[-1], max(int(along[-1] / step), 1) + 1)
    points = np.stack([np.interp(at, along, axis) for axis in curve.T], -1)
    pieces = np.diff(points, axis=0)
    pieces /= np.hypot(*pieces.T)[:, None]
    direction = np.vstack([pieces[:1], pieces]) + np.vstack([pieces, pieces[-1:]])
    direction /= np.maximum(np.hypot(*direction.T), 1e-300)[:, None]
    normal = np.stack([-direction[:, 1], direction[:, 0]], -1)
    tree = KDTree(points)

    def side(width):
        shifted = points + width * normal
        # Without the loops that a side makes where the curve bends sharply towards it.
        clear = tree.query(shifted)[0] > abs(width) - 0.02 * step
        return shifted[clear]

    def cap(end, ahead, first, second):
        angle = np.linspace(0, np.pi / 2, 8)[:, None]
        across = np.array([ahead[1], -ahead[0]])
        return np.vstack([end + first * (across * np.cos(angle) + ahead * np.sin(angle)),
                          end + second * (ahead * np.cos(angle) - across * np.sin(angle))])

    return np.vstack([side(-right), cap(points[-1], direction[-1], right, left),
                      side(left)[::-1], cap(points[0], -direction[0], left, right)])


def without(galaxy: Galaxy, radius: u.Quantity, polygons: Regions) -> CompoundSkyRegion:
    """Return the disc of a galaxy without some polygons.

    Parameters
    ----------
    galaxy : `Galaxy`
        Centre and orientation.
    radius : `~astropy.units.Quantity`
        Radius of the disc.
    polygons : `~regions.Regions`
        Parts that are left out.

    Returns
    -------
    `~regions.CompoundSkyRegion`
    """
    major = 2 * u.Quantity(radius, u.kpc) / galaxy.distance * u.rad
    region = EllipseSkyRegion(galaxy.centre.icrs, width=major.to(u.arcsec) * np.cos(
        galaxy.inclination), height=major.to(u.arcsec), angle=galaxy.position_angle)
    for polygon in polygons:
        # Greater than: inside the one and not inside the other.
        region = CompoundSkyRegion(region, polygon, operator.gt)
    return region
