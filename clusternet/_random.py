"""Seeds of objects that draw their parts in any order."""

import numpy as np

__all__ = ["seed_of"]


def seed_of(rng: int | np.random.Generator | None) -> int:
    """Return a seed for objects that draw their parts apart, in any order.

    Parameters
    ----------
    rng : int or `numpy.random.Generator` or None
        An integer is the seed itself; a generator draws one, and None is a random one.

    Returns
    -------
    int

    Examples
    --------
    >>> from clusternet._random import seed_of
    >>> seed_of(7)
    7
    """
    if isinstance(rng, (int, np.integer)):
        if rng < 0:
            raise ValueError(f"rng = {rng}; a seed is 0 or more")
        return int(rng)
    return int(np.random.default_rng(rng).integers(2**63))
