"""The kinds of windows: what stands in the middle, how it is drawn, and its label."""

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from typing import Any, NoReturn

import numpy as np

from clusternet.mocks import BrightStars, LooseAssociations, MockClusters

__all__ = ["ALIASED", "ASSOCIATION", "BACKGROUND", "CLUSTER", "KINDS", "OFFCENTRE", "STARS",
           "Background", "Clusters", "ShiftedClusters", "Unresolved", "WindowKind"]


@dataclass(frozen=True)
class WindowKind(ABC):
    """Object in the middle of a window.

    Parameters
    ----------
    name : str
        Name in recipes, scores and seeds, and of the folder of its stamps.
    label : int
        1 where a cluster is centred, else 0.
    """

    name: str
    label: int = 0

    #: Whether there are stamps of this kind to put on a background.
    has_stamps = True

    @abstractmethod
    def draw(self, mocks: MockClusters, n: int, size: int,
             rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw stamps.

        Parameters
        ----------
        mocks : `~clusternet.mocks.MockClusters`
            Stars, PSF and instrument.
        n, size : int
            Number of stamps, and their side in pixels.
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        table : numpy.ndarray, shape (n,)
            Structured array of parameters and centres; zeros where there are none.
        images : numpy.ndarray, shape (n, band, size, size)
            Noise-free, electron/s.
        """

    def settings(self) -> dict[str, Any]:
        """All that stamps of this kind depend on besides the mock clusters."""
        return {"kind": type(self).__name__, **asdict(self)}


class Background(WindowKind):
    """A window without an object in the middle."""

    has_stamps = False

    def draw(self, mocks: MockClusters, n: int, size: int, rng: np.random.Generator) -> NoReturn:
        """Raise: a background has no stamps."""
        raise TypeError(f"windows of kind {self.name!r} are backgrounds alone: they have no stamps")


@dataclass(frozen=True)
class Clusters(WindowKind):
    """Clusters at random distances from the middle of their stamps.

    Parameters
    ----------
    jitter : tuple of float
        Smallest and largest distance in pixels.
    """

    jitter: tuple[float, float] = (0.0, 1.5)

    def draw(self, mocks: MockClusters, n: int, size: int,
             rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw stamps; see `WindowKind.draw`."""
        table, images = mocks.draw(n, size, jitter=self.jitter, shift=self._shifts(n, rng),
                                   rng=rng)
        return table.as_array(), images

    def _shifts(self, n, rng):
        return 0


@dataclass(frozen=True)
class ShiftedClusters(Clusters):
    """Clusters that stand whole strides of the network off the middle.

    All layers of `~clusternet.nn.ClusterResNet` but the borders of the window see such clusters
    as they see centred ones.

    Parameters
    ----------
    stride : int
        Product of the strides of the network, pixels.
    """

    stride: int = 16

    def _shifts(self, n, rng):
        """Up to two strides along each axis, never none, mostly one; pixels, shape (n, 2)."""
        steps = np.array([(i, j) for i in range(-2, 3) for j in range(-2, 3) if i or j])
        p = np.where(np.abs(steps).max(1) == 1, 4.0, 1.0)
        return self.stride * steps[rng.choice(len(steps), n, p=p / p.sum())]


@dataclass(frozen=True)
class Unresolved(WindowKind):
    """Stars that only look like a cluster.

    Parameters
    ----------
    source : type
        Takes mock clusters and has ``draw(n, size, rng)``, as `~clusternet.mocks.BrightStars`.
    """

    source: type[BrightStars] | type[LooseAssociations] = BrightStars

    def draw(self, mocks: MockClusters, n: int, size: int,
             rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Draw stamps; see `WindowKind.draw`."""
        return np.zeros(n), self.source(mocks).draw(n, size, rng=rng)

    def settings(self) -> dict[str, Any]:
        """All that stamps of this kind depend on besides the mock clusters."""
        return super().settings() | {"source": self.source.__name__}


CLUSTER = Clusters("cluster", label=1)
BACKGROUND = Background("background")
OFFCENTRE = Clusters("offcentre", jitter=(4.0, 36.0))
STARS = Unresolved("stars")
ASSOCIATION = Unresolved("association", source=LooseAssociations)
ALIASED = ShiftedClusters("aliased", jitter=(0.0, 2.0))

#: The ready-made kinds, which recipe files name.
KINDS = (CLUSTER, BACKGROUND, OFFCENTRE, STARS, ASSOCIATION, ALIASED)
