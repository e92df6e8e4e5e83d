"""Training of the dense network."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.nn import functional as F

from clusternet.instruments import Instrument
from clusternet.mocks import MockClusters
from clusternet.nn import DenseNetwork
from clusternet.psf import OpticalPSF, uvis_bands
from clusternet.training.accuracy import FALSE_PEAKS, PEAK_STEP
from clusternet.training.data import TrainingData
from clusternet.training.loop import NetworkTraining
from clusternet.training.losses import WindowLoss
from clusternet.training.recipe import Recipe
from clusternet.training.scenes import SceneComposer

__all__ = ["DenseTraining", "MapLabels", "labels"]

#: A pixel up to NEAR px from a centre is a cluster's, beyond CLEAR px it is not; between, neither.
NEAR, CLEAR = 1.5, 3.0


class MapLabels(NamedTuple):
    """True maps of some scenes."""

    label: np.ndarray
    """int8, shape (n, size, size): 1 where a cluster is centred within 1.5 px, 0 where none is
    within 3 px, -1 elsewhere."""
    cells: np.ndarray
    """int, shape (k, 3): scene, row and column of the cells of 2 x 2 px whose middle is within
    3 px of a centre."""
    offset: np.ndarray
    """Shape (k, 2): (x, y) in pixels from there to the nearest centre."""


def labels(truth: dict[str, np.ndarray], n: int, size: int) -> MapLabels:
    """Return the maps that the network should give for some scenes.

    Parameters
    ----------
    truth : dict of str to numpy.ndarray, shape (cluster,)
        ``scene``, ``x`` and ``y`` of every centre.
    n, size : int
        Number of scenes, and their side in pixels.

    Returns
    -------
    MapLabels
    """
    scene, x, y = (truth[name] for name in ("scene", "x", "y"))
    label = np.zeros((n, size, size), dtype=np.int8)
    reach = np.arange(-4, 5)
    for limit, value in ((CLEAR, -1), (NEAR, 1)):
        py = np.rint(y).astype(int)[:, None, None] + reach[:, None]
        px = np.rint(x).astype(int)[:, None, None] + reach
        near = np.hypot(py - y[:, None, None], px - x[:, None, None]) <= limit
        near &= (py >= 0) & (py < size) & (px >= 0) & (px < size)
        c, i, j = np.nonzero(near)
        label[scene[c], py[c, i, 0], px[c, 0, j]] = value
    cy = np.floor(y / 2).astype(int)[:, None, None] + reach[:, None]
    cx = np.floor(x / 2).astype(int)[:, None, None] + reach
    # The middle of cell c lies between the pixels 2 c and 2 c + 1.
    dy, dx = y[:, None, None] - (2 * cy + 0.5), x[:, None, None] - (2 * cx + 0.5)
    distance = np.hypot(dy, dx)
    half = size // 2
    near = (distance <= CLEAR) & (cy >= 0) & (cy < half) & (cx >= 0) & (cx < half)
    c, i, j = np.nonzero(near)
    order = np.argsort(distance[c, i, j], kind="stable")
    c, i, j = c[order], i[order], j[order]
    cells = np.stack([scene[c], cy[c, i, 0], cx[c, 0, j]], axis=1)
    cells, first = np.unique(cells, axis=0, return_index=True)
    c, i, j = c[first], i[first], j[first]
    return MapLabels(label, cells, np.stack([dx[c, 0, j], dy[c, i, 0]], axis=1))


class DenseTraining(NetworkTraining):
    """A dense network, its loss and its schedule; see `~clusternet.training.loop.NetworkTraining`.

    Scenes of one instrument are seen through several PSFs.
    """

    network: DenseNetwork

    def __init__(self, network: DenseNetwork, recipe: Recipe,
                 data: Callable[[Any], Sequence[TrainingData]]) -> None:
        super().__init__(network, recipe, data)
        weights = {"search": 1.0, "offset": 0.3, **recipe.loss}
        self.weights = {name: weights.pop(name) for name in ("search", "offset")}
        self.loss = WindowLoss(network.bins, **weights)

    @staticmethod
    def new_network(recipe: Recipe, instrument: Instrument) -> DenseNetwork:
        """Make a network with random weights for a recipe and an instrument."""
        return DenseNetwork(instrument.bands, instrument.pixel_scale,
                            instrument.zero_points.tolist(), softening=recipe.softening)

    @staticmethod
    def default_mocks() -> tuple[MockClusters, ...]:
        """Mock clusters through the PSF of the sharper UVIS chip, and of both, as on a mosaic."""
        return MockClusters(), MockClusters(psf=OpticalPSF(uvis_bands(averaged=True)))

    def compose(self, stage: Any, data: Sequence[TrainingData]) -> SceneComposer:
        """Make the composer of the scenes of a stage."""
        return SceneComposer(data, size=stage.crop, conditions=stage.conditions)

    def draw(self, rng: np.random.Generator) -> dict[str, Any]:
        """Draw scenes and their labels, tensors."""
        n, size = self.stage.batch, self.stage.crop
        images, truth = self.composer.draw(n, rng)
        label, cells, offset = labels(truth, n, size)
        # The peaks of a search lie a little beside the centres.
        y, x = (np.clip(np.rint(truth[c]).astype(int) + rng.integers(-1, 2, len(truth[c])),
                        0, size - 1) for c in ("y", "x"))
        bins = self.network.bins
        target = {name: torch.from_numpy(bins.index(name, truth[name])) for name in bins.names}
        peaks = (torch.from_numpy(np.asarray(v, dtype=np.int64)) for v in (truth["scene"], y, x))
        return {"images": torch.from_numpy(images), "label": torch.from_numpy(label),
                "cells": torch.from_numpy(cells), "offset": torch.from_numpy(offset).float(),
                "peaks": tuple(peaks), "target": target}

    def losses(self, batch: dict[str, Any]) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Loss of the class map, of the offsets, and of the groups at the peaks."""
        x = self.network.normaliser(batch["images"])
        features, class_logit, offset = self.model(x)
        class_logit, label = class_logit.float(), batch["label"]
        n = max(1, len(batch["peaks"][0]))
        search = F.binary_cross_entropy_with_logits(
            class_logit, (label > 0).float(), (label >= 0).float(), reduction="sum") / (7 * n)
        image, row, column = batch["cells"].T
        beside = (offset[image, :, row, column].float() - batch["offset"]).abs()
        beside = beside.sum() / (2 * max(1, len(image)))
        n_peaks = -(-n * (1 + FALSE_PEAKS) // PEAK_STEP) * PEAK_STEP
        false = self._false_peaks(class_logit.detach(), label, int(n_peaks) - n)
        where = [torch.cat([a, b]) for a, b in zip(batch["peaks"], false, strict=True)]
        target = {name: F.pad(t, (0, len(false[0]))) for name, t in batch["target"].items()}
        target["cluster"] = F.pad(torch.ones_like(batch["peaks"][0]), (0, len(false[0])))
        loss, parts = self.loss(self.model.describe(features, *where), target)
        parts |= {"search": search.detach(), "offset": beside.detach()}
        loss = loss + self.weights["search"] * search + self.weights["offset"] * beside
        return loss, parts

    @staticmethod
    def _false_peaks(class_logit, label, n):
        """The highest peaks away from every centre: (image, y, x)."""
        highest = F.max_pool2d(class_logit[:, None], 7, 1, 3)[:, 0]
        value = class_logit.masked_fill((class_logit < highest) | (label != 0), -torch.inf)
        value, index = value.flatten().topk(min(n, value.numel()))
        index = index[value > -torch.inf]
        return torch.unravel_index(index, class_logit.shape)
