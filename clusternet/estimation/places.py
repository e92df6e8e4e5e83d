"""Where candidates are."""

import numpy as np

__all__ = ["pixels_of"]


def pixels_of(candidates):
    """Pixels (x, y) of candidates: of their peaks where they have some, else of their centres."""
    names = ("x_peak", "y_peak")
    if not all(name in candidates.colnames for name in names):
        names = ("x_centroid", "y_centroid")
    missing = [name for name in names if name not in candidates.colnames]
    if missing:
        raise ValueError(f"candidates have no {', '.join(missing)} "
                         f"(there are {', '.join(candidates.colnames)})")
    positions = [np.asarray(candidates[name], dtype=float) for name in names]
    if not np.isfinite(positions).all():
        raise ValueError("some candidates have positions that are not finite; leave them out")
    return (np.floor(position + 0.5).astype(int) for position in positions)
