"""Curves in a plane, and signed distances from them."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy.spatial import KDTree

from clusternet.galaxy.accuracy import CURVE_STEP

__all__ = ["PlaneCurves", "monotone"]


class PlaneCurves:
    """Curves around the origin of a plane, and which side of them leads.

    Parameters
    ----------
    curves : sequence of numpy.ndarray, shape (n, 2)
        Points of each curve, kpc.
    rotation : {1, -1}
        Whether the plane turns counter-clockwise.

    Attributes
    ----------
    curves : list of numpy.ndarray
        The same curves with points at most 5 pc apart.
    lead : numpy.ndarray
        1 for curves whose left, seen in their direction, is the leading side; -1 for others.

    Raises
    ------
    ValueError
        A curve has fewer than two points, is not finite, or has no leading side.
    """

    def __init__(self, curves: Sequence[np.ndarray], rotation: int) -> None:
        self.curves, rise = [], []
        for i, curve in enumerate(curves):
            if curve.ndim != 2 or not np.isfinite(curve).all():
                raise ValueError(f"curve {i} has the shape {curve.shape[:-1]} or positions that "
                                 "are not finite; give points in a row")
            # A point given twice has no direction.
            curve = curve[np.append(True, (np.diff(curve, axis=0) != 0).any(-1))]
            if len(curve) < 2:
                raise ValueError(f"curve {i} has one point only; give two or more")
            self.curves.append(_refined(curve))
            rise.append(np.hypot(*curve[-1]) - np.hypot(*curve[0]))
            if abs(rise[-1]) < 1e-6:
                raise ValueError(f"curve {i} ends as far from the centre as it begins, so that "
                                 "neither side of it leads; give another part of the arm")
        self.lead = rotation * np.sign(rise)
        self._points = np.concatenate(self.curves)
        self._arm = np.repeat(np.arange(len(curves)), [len(c) for c in self.curves])
        steps = np.diff(self._points, axis=0)
        steps[np.diff(self._arm) > 0] = 0  # from one curve to the next
        nothing = np.zeros((1, 2))
        self._before, self._after = np.vstack([nothing, steps]), np.vstack([steps, nothing])
        self._tree = KDTree(self._points)

    def nearest(self, xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Signed distance from the nearest curve, and which one it is.

        Parameters
        ----------
        xy : numpy.ndarray, shape (..., 2)
            Positions, kpc.

        Returns
        -------
        distance : numpy.ndarray
            kpc, positive on the leading side; NaN where a position is.
        index : numpy.ndarray of int
            -1 where a position is NaN.
        """
        known = np.asarray(np.isfinite(xy).all(-1))
        at = np.where(known[..., None], xy, 0.0)
        vertex = self._tree.query(at)[1]
        to = at - self._points[vertex]
        before, after = self._before[vertex], self._after[vertex]
        # The foot is on the piece before the nearest point, on the one after it, or the point.
        feet = [_foot(to, before, -1, 0), _foot(to, after, 0, 1)]
        apart = [np.hypot(*np.moveaxis(to - foot, -1, 0)) for foot in feet]
        second = apart[1] < apart[0]
        foot = np.where(second[..., None], feet[1], feet[0])
        direction = np.where(second[..., None], after, before)
        at_point = (foot == 0).all(-1)[..., None]
        direction = np.where(at_point, _unit(before) + _unit(after), direction)
        away = to - foot
        left = direction[..., 0] * away[..., 1] - direction[..., 1] * away[..., 0] >= 0
        arm = self._arm[vertex]
        signed = np.minimum(*apart) * np.where(left, 1, -1) * self.lead[arm]
        return np.where(known, signed, np.nan), np.where(known, arm, -1)


def _dot(a, b):
    return (a * b).sum(-1)


def _foot(to, step, low, high):
    """Point of a piece of the curve that is nearest to ``to``."""
    part = _dot(to, step) / np.maximum(_dot(step, step), 1e-300)
    return step * np.clip(part, low, high)[..., None]


def _unit(steps):
    return steps / np.maximum(np.sqrt(_dot(steps, steps)), 1e-300)[..., None]


def _refined(curve):
    """The curve with further points on its pieces."""
    lengths = np.hypot(*np.diff(curve, axis=0).T)
    parts = np.maximum(np.ceil(lengths / CURVE_STEP), 1).astype(int)
    piece = np.repeat(np.arange(len(parts)), parts)
    part = (np.arange(len(piece)) - (np.cumsum(parts) - parts)[piece]) / parts[piece]
    new = curve[piece] + part[:, None] * np.diff(curve, axis=0)[piece]
    return np.vstack([new, curve[-1:]])


def monotone(values: np.ndarray) -> list[slice]:
    """Return slices in which values only rise or only fall; neighbours share a point."""
    turns = np.flatnonzero(np.diff(np.sign(np.diff(values))) != 0) + 1
    edges = np.concatenate([[0], turns, [len(values) - 1]])
    return [slice(a, b + 1) for a, b in pairwise(edges)]
