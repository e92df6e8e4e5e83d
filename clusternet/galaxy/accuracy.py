"""Accuracy of galaxies: constants that trade precision against memory and time."""

import astropy.units as u

__all__ = ["BLOCK", "CELL", "CURVE_STEP", "JOINED", "LANE_MOVE", "RADII", "SPIRAL_STEP"]

#: Side of the blocks in which synthetic galaxies are drawn, in pixels (256). Part of what a seed
#: draws: another size gives other stars.
BLOCK = 256

#: Side of the cells on which densities and dust are evaluated, in pixels (8); `BLOCK` is a multiple
#: of it. Part of what a seed draws.
CELL = 8

#: Radii at which the distribution of clusters over a disc is tabulated (2001).
RADII = 2001

#: Azimuth between the points of a spiral, in radians (5e-4): chords stay within 2e-7 kpc of the
#: curve out to 6 kpc.
SPIRAL_STEP = 5e-4

#: Distance between the points of a curve among which the nearest one is searched, in kpc (0.005).
CURVE_STEP = 0.005

#: Lines of a region file that come this close are one curve (0.1 arcsec).
JOINED = 0.1 * u.arcsec

#: Cells by which a dust lane may move aside from one row to the next (3).
LANE_MOVE = 3
