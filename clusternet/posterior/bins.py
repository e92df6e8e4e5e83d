"""The bins over which the networks classify."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from clusternet.catalog.parameters import GROUPS, PARAMETERS

__all__ = ["ParameterBins"]

#: Lower limit, upper limit, number of bins.
Axis = tuple[float, float, int]

_DEFAULTS: dict[str, Axis] = {p.binned: (*p.limits, p.n_bins) for p in PARAMETERS.values()}


class ParameterBins:
    """Bins of the parameters, in the softmax groups of the networks (Paper II, Table 1).

    Age, extinction and mass are classified jointly, 20 x 10 x 14 bins in C
    order; size, class and visibility each on their own. The ranges are those
    of Paper III, Table 1, evenly divided. Bins are half open, the last one is
    closed; values outside the range fall into the first or the last bin.

    Parameters
    ----------
    **axes : tuple
        (lower limit, upper limit, number of bins) of ``log_age``, ``a_v``, ``log_mass``,
        ``log_r_h`` or ``log_visibility``: log10 of years, magnitudes, log10 of solar masses,
        log10 of arcseconds, and log10 of the visibility. Those of
        `~clusternet.catalog.PARAMETERS` when not given; None leaves a parameter out.

    Attributes
    ----------
    axes : mapping of str to tuple
        The same, of all parameters.

    Raises
    ------
    ValueError
        If there is no such parameter.

    Examples
    --------
    >>> from clusternet.posterior import ParameterBins
    >>> bins = ParameterBins()
    >>> bins.joint_shape, bins.group_sizes["joint"]
    ((20, 10, 14), 2800)
    >>> print(bins.index("a_v", [0.0, 0.3, 3.0]))
    [0 1 9]
    """

    def __init__(self, **axes: Axis | None) -> None:
        unknown = [name for name in axes if name not in _DEFAULTS]
        if unknown:
            raise ValueError(f"no bins for {', '.join(unknown)}; there are {', '.join(_DEFAULTS)}")
        self._axes: dict[str, Axis] = {}
        for name in (name for group in GROUPS.values() for name in group):
            axis = axes.get(name, _DEFAULTS[name])
            if axis is not None:
                lo, hi, n = axis
                self._axes[name] = (lo, hi, n)

    def __repr__(self) -> str:
        axes = ", ".join(f"{name}={axis}" for name, axis in self._axes.items())
        return f"{type(self).__name__}({axes})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ParameterBins) and self._axes == other._axes

    def __hash__(self) -> int:
        return hash(tuple(self._axes.items()))

    @property
    def axes(self) -> Mapping[str, Axis]:
        """Limits and number of bins of each parameter."""
        return MappingProxyType(self._axes)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the binned parameters."""
        return tuple(self._axes)

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Names of the parameters of each softmax group, as `~clusternet.catalog.GROUPS`."""
        groups = {group: tuple(name for name in names if name in self._axes)
                  for group, names in GROUPS.items()}
        return {group: names for group, names in groups.items() if names}

    @property
    def joint(self) -> tuple[str, ...]:
        """Names of the parameters of the joint histogram."""
        return self.groups["joint"]

    @property
    def single(self) -> tuple[str, ...]:
        """Names of the parameters that have a histogram of their own."""
        return tuple(group for group in self.groups if group != "joint")

    @property
    def joint_shape(self) -> tuple[int, ...]:
        """Number of bins of each parameter of the joint histogram."""
        return tuple(self._axes[name][2] for name in self.joint)

    @property
    def group_sizes(self) -> dict[str, int]:
        """Outputs of each softmax group of the network, in order."""
        sizes = [(group, int(np.prod([self._axes[name][2] for name in names])))
                 for group, names in self.groups.items()]
        sizes.insert(2, ("cluster", 2))  # as in the weights
        return dict(sizes)

    def unknown(self, n: int) -> dict[str, np.ndarray]:
        """Histograms of ``n`` objects of which nothing is known: NaN, shape (n, size), by group."""
        sizes = self.group_sizes
        return {group: np.full((n, sizes[group]), np.nan, np.float32) for group in self.groups}

    def edges(self, name: str) -> np.ndarray:
        """Bin edges of a parameter, shape (bins + 1,)."""
        lo, hi, n = self._axis(name)
        return np.linspace(lo, hi, n + 1)

    def centres(self, name: str) -> np.ndarray:
        """Bin centres of a parameter, shape (bins,)."""
        edges = self.edges(name)
        return 0.5 * (edges[1:] + edges[:-1])

    def index(self, name: str, value: ArrayLike) -> np.ndarray:
        """Bin of each value, an int array of the values' shape."""
        lo, hi, n = self._axis(name)
        # The grid of A_V meets bin edges to rounding: a tiny nudge keeps the lower edge inside.
        position = (np.asarray(value, dtype=float) - lo) / (hi - lo) * n + 1e-6
        return np.clip(np.floor(position), 0, n - 1).astype(np.int64)

    def joint_index(self, *values: ArrayLike) -> np.ndarray:
        """Flat index into the joint histogram, of a value of each parameter of `joint`."""
        return np.ravel_multi_index(
            tuple(self.index(name, value) for name, value in zip(self.joint, values, strict=True)),
            self.joint_shape)

    def to_dict(self) -> dict[str, list]:
        """The axes as plain lists."""
        return {name: list(axis) for name, axis in self._axes.items()}

    @classmethod
    def from_dict(cls, axes: Mapping[str, list]) -> Self:
        """Inverse of `to_dict`; parameters that are not there are left out."""
        given: dict[str, Axis | None] = dict.fromkeys(_DEFAULTS)
        return cls(**{**given, **{name: (axis[0], axis[1], axis[2])
                                  for name, axis in axes.items()}})

    def _axis(self, name: str) -> Axis:
        if name not in self._axes:
            raise ValueError(f"no bins for {name!r}; there are {', '.join(self.names)}")
        return self._axes[name]
