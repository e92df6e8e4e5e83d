"""Out-of-domain scores: how unlike the mock clusters of the training a candidate is."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from clusternet._digest import digest
from clusternet.nn.accuracy import DOMAIN_LEVELS

__all__ = ["OUT_OF_DOMAIN", "Domain"]

#: Score from which a candidate is flagged: 1 % of the mock clusters found score as high.
OUT_OF_DOMAIN = 0.99


class Domain:
    """Where the activations of the peak head lie for mock clusters that were found.

    The logarithms of the activations of mock clusters vary mostly along a few principal axes.
    Anything unlike them leaves the space of these axes: the distance is the squared length of
    the residual (Wang et al. 2022, CVPR, 4921), and the score the fraction of other mock
    clusters at a smaller distance.

    Parameters
    ----------
    mean : array_like, shape (activation,)
        Of log(1 + activation).
    axes : array_like, shape (axis, activation)
        Orthonormal.
    quantiles : array_like, shape (level,)
        Distances of mock clusters, at levels evenly spaced from 0 to 1.
    fitted_to : str, optional
        Description of these mock clusters.

    Raises
    ------
    ValueError
        If shapes do not fit each other, or a number is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from clusternet.nn.domain import Domain
    >>> rng = np.random.default_rng(1)
    >>> mocks = np.exp(rng.normal(size=(4000, 2)) @ rng.normal(size=(2, 30)) + 9)
    >>> mocks *= np.exp(0.1 * rng.normal(size=mocks.shape))
    >>> domain = Domain.fit(mocks[:2000], mocks[2000:], n_axes=2)
    >>> other = np.exp(rng.normal(9, 1, size=(5, 30)))
    >>> bool((domain(other) > 0.99).all())
    True
    """

    def __init__(self, mean: ArrayLike, axes: ArrayLike, quantiles: ArrayLike,
                 fitted_to: str = "") -> None:
        self.mean, self.axes, self.quantiles = (
            np.asarray(v, dtype=np.float32) for v in (mean, axes, quantiles))
        self.fitted_to = str(fitted_to)
        shapes = self.mean.shape, self.axes.shape, self.quantiles.shape
        if not (self.mean.ndim == 1 and self.axes.shape[1:] == self.mean.shape
                and self.quantiles.ndim == 1 and self.quantiles.size > 1):
            raise ValueError(f"mean, axes and quantiles have shapes {shapes}; expected "
                             "(activation,), (axis, activation) and (level,)")
        if not all(np.isfinite(v).all() for v in (self.mean, self.axes, self.quantiles)):
            raise ValueError("some statistics of the domain are not finite; fit them again")

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.axes)} axes of {len(self.mean)} activations)"

    @classmethod
    def fit(cls, activations: ArrayLike, others: ArrayLike, n_axes: int = 64, *,
            fitted_to: str = "") -> Domain:
        """Learn the domain from mock clusters that a search found.

        Parameters
        ----------
        activations : array_like, shape (n, activation)
            Of those that give the axes.
        others : array_like, shape (m, activation)
            Of those that give the scale of the score.
        n_axes : int, optional
            Number of principal axes.
        fitted_to : str, optional
            Description of the mock clusters.

        Returns
        -------
        Domain

        Raises
        ------
        ValueError
            If there are too few: four per axis and 100 for the scale are needed.
        """
        x, others = np.log1p(np.asarray(activations, dtype=float)), np.asarray(others)
        if len(x) < 4 * n_axes or len(others) < 100:
            raise ValueError(f"{len(x)} mocks for {n_axes} axes and {len(others)} for the scale; "
                             f"give {4 * n_axes} and 100 at least: more fields")
        mean = x.mean(axis=0)
        _, vectors = np.linalg.eigh(np.cov(x.T))
        axes = vectors[:, :-n_axes - 1:-1].T.astype(np.float16)  # as they are written
        domain = cls(mean, axes, [0, 1], fitted_to)
        levels = np.linspace(0, 1, DOMAIN_LEVELS)
        return cls(mean, axes, np.quantile(domain.distance(others), levels), fitted_to)

    def distance(self, activations: ArrayLike) -> np.ndarray:
        """Return the squared distance from the space of the axes, shape (n,).

        Parameters
        ----------
        activations : array_like, shape (n, activation)
            Zero or more.
        """
        x = np.asarray(activations)
        if x.ndim != 2 or x.shape[1] != len(self.mean):
            raise ValueError(f"activations have shape {x.shape}; expected (n, {len(self.mean)}): "
                             "the statistics are those of another network")
        x = np.log1p(x.astype(np.float32)) - self.mean
        return np.square(x - x @ self.axes.T @ self.axes).sum(axis=1)

    def __call__(self, activations: ArrayLike) -> np.ndarray:
        """Return the score: the fraction of mock clusters at a smaller distance, shape (n,).

        Parameters
        ----------
        activations : array_like, shape (n, activation)
            Zero or more.
        """
        return np.interp(self.distance(activations), self.quantiles,
                         np.linspace(0, 1, len(self.quantiles)))

    def to_dict(self) -> dict[str, str]:
        """Return plain values, for the metadata of a network; arrays as base64 text."""
        return {"fitted_to": self.fitted_to, "fingerprint": self.fingerprint, **self._texts()}

    @classmethod
    def from_dict(cls, values: Mapping[str, str]) -> Domain:
        """Make the domain from what `to_dict` gave."""
        mean, quantiles = (_array(values[name], "<f4") for name in ("mean", "quantiles"))
        axes = _array(values["axes"], "<f2").reshape(-1, len(mean))
        return cls(mean, axes, quantiles, values["fitted_to"])

    @property
    def fingerprint(self) -> str:
        """Sixteen digits that differ between different statistics."""
        return digest("".join(self._texts().values()).encode())

    def _texts(self):
        return {"mean": _text(self.mean, "<f4"), "axes": _text(self.axes, "<f2"),
                "quantiles": _text(self.quantiles, "<f4")}


def _text(array: np.ndarray, dtype: str) -> str:
    return base64.b64encode(array.astype(dtype).tobytes()).decode()


def _array(text: str, dtype: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype)
