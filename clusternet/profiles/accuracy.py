"""Accuracy of the profiles: what trades precision against memory or time."""

__all__ = ["ELLIPSE_BLOCK", "ELLIPSE_NODES", "KING_NEWTON_STEPS", "KING_NODES"]

#: Directions in a quarter turn over which the laws of an ellipse are averaged (512). With 512 the
#: fraction of stars inside a circle is right to 1e-9, or to 4e-6 where a profile has an edge.
ELLIPSE_NODES = 512

#: Radii that are averaged at once (2048): bounds the memory at 8 bytes times the two numbers.
ELLIPSE_BLOCK = 2048

#: Radii at which the fractions of King's law are tabulated to start its inversion (257).
KING_NODES = 257

#: Steps of Newton's method after the table (4): they bring the fraction of stars to 1e-10.
KING_NEWTON_STEPS = 4
