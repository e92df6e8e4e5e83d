"""Short names of settings and arrays, to tell one from another."""

import hashlib
import json

import numpy as np

__all__ = ["Digest", "digest"]


class Digest:
    """A digest that parts are added to.

    Examples
    --------
    >>> from clusternet._digest import Digest, digest
    >>> Digest().add({"b": 1, "a": 2}).add([1.0, 2.0]).text == digest({"a": 2, "b": 1}, [1.0, 2.0])
    True
    """

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def add(self, part: object) -> "Digest":
        """Add an array (by type, shape and bytes), bytes, or anything else that JSON can hold."""
        if isinstance(part, np.ndarray):
            self._hash.update(f"{part.dtype.str}{part.shape}".encode())
            part = np.ascontiguousarray(part).tobytes()
        elif not isinstance(part, bytes):
            part = json.dumps(part, sort_keys=True).encode() + b"\0"
        self._hash.update(part)
        return self

    @property
    def text(self) -> str:
        """Sixteen hexadecimal digits."""
        return self._hash.hexdigest()[:16]


def digest(*parts: object) -> str:
    """Sixteen hexadecimal digits that differ between different parts.

    Parameters
    ----------
    *parts : numpy.ndarray, bytes, or what JSON can hold
        Arrays count by type, shape and bytes; dicts without regard to their order.

    Returns
    -------
    str
    """
    whole = Digest()
    for part in parts:
        whole.add(part)
    return whole.text
