"""The bins over which the networks classify."""

from dataclasses import dataclass, field

import numpy as np

__all__ = ["ParameterBins"]


@dataclass(frozen=True)
class ParameterBins:
    """Bins of the four softmax groups (Paper II, Table 1).

    Age, extinction and mass are classified jointly, 20 x 10 x 14 bins in C
    order; size, class and visibility each on their own. The ranges are those
    of Paper III, Table 1, evenly divided. Bins are half open, the last one is
    closed; values outside the range fall into the first or the last bin.

    Parameters
    ----------
    log_age, a_v, log_mass, log_r_h, log_visibility : tuple
        (lower limit, upper limit, number of bins); log10 of years, magnitudes,
        log10 of solar masses, log10 of arcseconds, and log10 of the
        visibility.

    Examples
    --------
    >>> from clusternet.posterior import ParameterBins
    >>> bins = ParameterBins()
    >>> bins.joint_shape, bins.group_sizes["joint"]
    ((20, 10, 14), 2800)
    >>> print(bins.index("a_v", [0.0, 0.3, 3.0]))
    [0 1 9]
    """

    log_age: tuple = (6.6, 10.1, 20)
    a_v: tuple = (0.0, 3.0, 10)
    log_mass: tuple = (3.5, 5.5, 14)
    log_r_h: tuple = (-1.4, -0.4, 14)
    log_visibility: tuple = (-1.0, 3.0, 20)
    joint: tuple = field(default=("log_age", "a_v", "log_mass"), init=False)

    @property
    def names(self):
        """Names of the binned parameters."""
        return (*self.joint, "log_r_h", "log_visibility")

    @property
    def joint_shape(self):
        """Number of bins of each parameter of the joint histogram."""
        return tuple(getattr(self, name)[2] for name in self.joint)

    @property
    def group_sizes(self):
        """Outputs of each softmax group of the network, in order."""
        return {"joint": int(np.prod(self.joint_shape)), "log_r_h": self.log_r_h[2],
                "cluster": 2, "log_visibility": self.log_visibility[2]}

    def edges(self, name):
        """Bin edges of a parameter, shape (bins + 1,)."""
        lo, hi, n = self._axis(name)
        return np.linspace(lo, hi, n + 1)

    def centres(self, name):
        """Bin centres of a parameter, shape (bins,)."""
        edges = self.edges(name)
        return 0.5 * (edges[1:] + edges[:-1])

    def index(self, name, value):
        """Bin of each value, an int array of the values' shape."""
        lo, hi, n = self._axis(name)
        # The grid of A_V meets bin edges to rounding: a tiny nudge keeps the lower edge inside.
        position = (np.asarray(value, dtype=float) - lo) / (hi - lo) * n + 1e-6
        return np.clip(np.floor(position), 0, n - 1).astype(np.int64)

    def joint_index(self, log_age, a_v, log_mass):
        """Flat index into the joint histogram."""
        return np.ravel_multi_index(
            (self.index("log_age", log_age), self.index("a_v", a_v),
             self.index("log_mass", log_mass)), self.joint_shape)

    def to_dict(self):
        """The five axes as plain lists."""
        return {name: list(getattr(self, name)) for name in self.names}

    @classmethod
    def from_dict(cls, axes):
        """Inverse of `to_dict`."""
        return cls(**{name: tuple(value) for name, value in axes.items()})

    def _axis(self, name):
        if name not in self.names:
            raise ValueError(f"no bins for {name!r}; there are {', '.join(self.names)}")
        return getattr(self, name)
