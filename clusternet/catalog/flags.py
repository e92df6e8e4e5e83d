"""Warning bits in the column ``flags``."""

from enum import IntFlag

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["ClusterFlag", "decode_flags", "flag_meanings"]


class ClusterFlag(IntFlag):
    """Warnings about one cluster, as bits; 0 is none.

    A parameter is *at its limit* when its value lies in the first or last bin of the network,
    where the true value may lie beyond.
    """

    EDGE = 1
    """The window around the cluster reaches beyond the image."""
    MASKED_NEIGHBOURS = 2
    """There are masked pixels in the window around the cluster."""
    LOG_AGE_AT_LIMIT = 4
    """The age is at its limit."""
    LOG_MASS_AT_LIMIT = 8
    """The mass is at its limit."""
    A_V_AT_LIMIT = 16
    """The extinction is at its limit; 0 is a valid value."""
    LOG_R_H_AT_LIMIT = 32
    """The size is at its limit."""
    VISIBILITY_AT_LIMIT = 64
    """The visibility is at its limit."""
    OUT_OF_DOMAIN = 128
    """It looks unlike the mock clusters of the training; 1 % of those have this flag."""


def decode_flags(flags: ArrayLike) -> list[str] | list[list[str]]:
    """Return the names of the bits that are set.

    Parameters
    ----------
    flags : int or array_like of int
        One value, or a column of them.

    Returns
    -------
    list of str or list of list of str
        Names of `ClusterFlag`, lowest bit first: one list for one value, else a list of them.

    Raises
    ------
    ValueError
        If a value has unknown bits.

    Examples
    --------
    >>> from clusternet.catalog import ClusterFlag, decode_flags
    >>> decode_flags(17)
    ['EDGE', 'A_V_AT_LIMIT']
    >>> decode_flags([0, ClusterFlag.EDGE | ClusterFlag.MASKED_NEIGHBOURS])
    [[], ['EDGE', 'MASKED_NEIGHBOURS']]
    """
    values = np.asarray(flags)
    if values.size and not np.issubdtype(values.dtype, np.integer):
        raise ValueError(f"flags of type {values.dtype} are not bits; pass integers")
    known = sum(ClusterFlag)
    for value in values.ravel().tolist():
        if value < 0 or value & ~known:
            raise ValueError(f"flags = {value} has bits beyond those known (at most {known})")
    names = [[str(f.name) for f in ClusterFlag if value & f] for value in values.ravel().tolist()]
    return names if values.ndim else names[0]


def flag_meanings() -> str:
    """Return all bits in a line, for the description of the column.

    Returns
    -------
    str
        ``1 EDGE, 2 MASKED_NEIGHBOURS, ...``.
    """
    return ", ".join(f"{flag.value} {flag.name}" for flag in ClusterFlag)
