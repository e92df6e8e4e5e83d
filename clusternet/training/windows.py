"""Training windows: mock clusters on backgrounds, composed on the fly."""

from collections.abc import Mapping

import astropy.units as u
import numpy as np
import torch

from clusternet.catalog import INTRINSIC
from clusternet.instruments import noise_std
from clusternet.mocks import BackgroundSampler, visibility
from clusternet.posterior import ParameterBins
from clusternet.training.data import TrainingData
from clusternet.training.kinds import KINDS, OFFCENTRE, WindowKind
from clusternet.training.orientations import turned_each
from clusternet.training.stages import check_fractions

__all__ = ["WindowComposer"]


class WindowComposer:
    """Random pairs of foregrounds and backgrounds, with noise.

    Parameters
    ----------
    data : `~clusternet.training.data.TrainingData`
        Stamps, and backgrounds with noise.
    bins : `~clusternet.posterior.ParameterBins`
        Bins of the targets.
    fractions : dict of `~clusternet.training.kinds.WindowKind` to float
        Fraction of the windows of each kind; they add up to 1.
    neighbour_fraction : float, optional
        Fraction of the windows with a second cluster off the centre.
    size : int, optional
        Side of the windows and of the stamps in pixels.

    Raises
    ------
    ValueError
        If fractions do not add up, or stamps are missing or of another size.
    """

    def __init__(self, data: TrainingData, bins: ParameterBins,
                 fractions: Mapping[WindowKind, float], *, neighbour_fraction: float = 0.15,
                 size: int = 64) -> None:
        check_fractions(fractions)
        # The ready-made kinds in their order, then others by name: the draw must not depend on
        # the order of the dictionary.
        self.kinds = tuple(sorted(fractions, key=lambda kind: (
            KINDS.index(kind) if kind in KINDS else len(KINDS), kind.name)))
        self.probabilities = [fractions[kind] for kind in self.kinds]
        self.neighbour_fraction = float(neighbour_fraction)
        needed = {kind for kind in self.kinds if kind.has_stamps and fractions[kind] > 0}
        if self.neighbour_fraction > 0:
            needed.add(OFFCENTRE)
        data.require(needed)
        for kind in needed:
            if kind.label and data.foregrounds[kind].table is None:
                raise ValueError(f"stamps of {kind.name} have no table; give their parameters "
                                 f"({', '.join(INTRINSIC)})")
            if data.foregrounds[kind].images.shape[-1] != size:
                raise ValueError(f"stamps of {kind.name} have shape "
                                 f"{data.foregrounds[kind].images.shape}; windows of {size} px "
                                 "need stamps of that size")
        self.data, self.bins = data, bins
        self.backgrounds = BackgroundSampler(list(data.backgrounds), data.masks, size=size)
        self._time = np.asarray(data.instrument.exposure_times.to_value(u.s),
                                np.float32)[:, None, None]

    def draw(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Compose windows.

        Parameters
        ----------
        n : int
            Number of windows.
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        windows : numpy.ndarray, shape (n, band, size, size)
            float32, electron/s.
        truth : dict of str to numpy.ndarray, shape (n,)
            ``kind`` (name), ``cluster`` (label), the parameters, and ``log_visibility``; NaN
            where there is no cluster.
        """
        rng = np.random.default_rng(rng)
        drawn = rng.choice(len(self.kinds), n, p=self.probabilities)
        windows = turned_each(self.backgrounds.draw(n, rng), rng.integers(8, size=n))
        light = np.zeros_like(windows)
        truth = {name: np.full(n, np.nan) for name in self.bins.names}
        truth["kind"] = np.array([kind.name for kind in self.kinds])[drawn]
        truth["cluster"] = np.array([kind.label for kind in self.kinds])[drawn]
        for k, kind in enumerate(self.kinds):
            rows = np.flatnonzero(drawn == k)
            if not len(rows) or not kind.has_stamps:
                continue
            light[rows], chosen = self._stamps(kind, len(rows), rng)
            table = self.data.foregrounds[kind].table
            if kind.label and table is not None:
                for name in INTRINSIC:
                    truth[name][rows] = table[name][chosen]
        centred = np.flatnonzero(truth["cluster"])
        cluster_light = light[centred]
        near = np.flatnonzero(rng.random(n) < self.neighbour_fraction)
        if len(near):
            light[near] += self._stamps(OFFCENTRE, len(near), rng)[0]
        noise = rng.standard_normal(windows.shape, dtype=np.float32)
        noise *= noise_std(light, self._time)
        windows += light + noise
        if len(centred):
            background = windows[centred] - cluster_light
            truth["log_visibility"][centred] = np.log10(visibility(cluster_light, background))
        return windows, truth

    def _stamps(self, kind, n, rng):
        """Random stamps of a kind, turned at random, and their numbers."""
        images = self.data.foregrounds[kind].images
        chosen = rng.integers(len(images), size=n)
        images = images[chosen].astype(np.float32)
        return turned_each(images, rng.integers(8, size=n), keep_centre=True), chosen

    def targets(self, truth: dict[str, np.ndarray]) -> dict[str, torch.Tensor]:
        """Bins of the truth, int64 tensors; 0 where there is no cluster."""
        there = truth["cluster"] == 1
        out = {"cluster": torch.as_tensor(there.astype(np.int64))}
        for name in self.bins.names:
            value = np.where(there, truth[name], self.bins.edges(name)[0])
            out[name] = torch.as_tensor(self.bins.index(name, value))
        return out
