"""Resources of the machine."""

import os

__all__ = ["usable_cores"]


def usable_cores() -> int:
    """Number of processor cores that this process may use.

    Returns
    -------
    int
        1 or more.
    """
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
