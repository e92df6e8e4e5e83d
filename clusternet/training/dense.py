"""Training of the dense network with Lightning."""

from dataclasses import replace
from functools import lru_cache

import astropy.units as u
import numpy as np
import torch
from torch.nn import functional as F

from clusternet._files import prepare_folder
from clusternet._machine import usable_cores
from clusternet.instruments import wfc3_uvis
from clusternet.nn import ClassWeights, DenseNetwork, write_network
from clusternet.training.loop import NetworkTraining, fit
from clusternet.training.losses import WindowLoss
from clusternet.training.scenes import SIGHTS, SceneComposer
from clusternet.training.stamps import PSFS, make_backgrounds, make_foregrounds

__all__ = ["DenseTraining", "labels", "make_worlds", "train_dense"]

#: A pixel up to NEAR px from a centre is a cluster's, beyond CLEAR px it is not; between, neither.
NEAR, CLEAR = 1.5, 3.0


def labels(truth, n, size):
    """What the maps of some scenes should be.

    Parameters
    ----------
    truth : dict of str to numpy.ndarray, shape (cluster,)
        ``scene``, ``x`` and ``y`` of every centre.
    n, size : int
        Number of scenes, and their side in pixels.

    Returns
    -------
    label : numpy.ndarray of int8, shape (n, size, size)
        1 where a cluster is centred within 1.5 px, 0 where none is within 3 px, -1 elsewhere.
    cells : numpy.ndarray of int, shape (k, 3)
        Scene, row and column of the cells of 2 x 2 px whose middle is within 3 px of a centre.
    offset : numpy.ndarray, shape (k, 2)
        (x, y) in pixels from there to the nearest centre.
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
    return label, cells, np.stack([dx[c, 0, j], dy[c, i, 0]], axis=1)


class DenseTraining(NetworkTraining):
    """A dense network, its loss and its schedule.

    Parameters
    ----------
    network : `~clusternet.nn.DenseNetwork`
        Trained in place.
    recipe : `~clusternet.training.recipe.DenseRecipe`
        Stages, seed, loss.
    composer : callable
        Gives the `~clusternet.training.scenes.SceneComposer` of a stage.
    """

    def __init__(self, network, recipe, composer):
        super().__init__(network.model, recipe)
        self.network, self.composer = network, composer
        weights = {"search": 1.0, "offset": 0.3, **recipe.loss}
        self.weights = {name: weights.pop(name) for name in ("search", "offset")}
        self.loss = WindowLoss(network.bins, **weights)

    def draw(self, rng):
        """Scenes and everything that is true of them, tensors."""
        n, size = self.stage.batch, self.stage.crop
        images, truth = self.composer(self.stage).draw(n, rng)
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

    def losses(self, batch):
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
        # A third or more of the peaks are false; few different numbers, for the allocator's sake.
        false = self._false_peaks(class_logit.detach(), label, -(-n * 4 // 3 // 64) * 64 - n)
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


def make_worlds(recipe, folder, workers=1, sight="model"):
    """Stamps and backgrounds of a recipe, made or read, once for each PSF.

    Parameters
    ----------
    recipe : `~clusternet.training.recipe.DenseRecipe`
        How many of each.
    folder : `~pathlib.Path`
        Where they are kept.
    workers : int, optional
        Processes that make them.
    sight : str, optional
        One of ``clusternet.training.scenes.SIGHTS``.

    Returns
    -------
    list of (foregrounds, backgrounds)
        As `~clusternet.training.scenes.SceneComposer` takes them.
    """
    worlds = []
    for i, psf in enumerate(PSFS):
        galaxies = recipe.seed + i + len(PSFS) * list(SIGHTS).index(sight)
        backgrounds = make_backgrounds(folder, recipe.galaxies, recipe.patches, recipe.patch_size,
                                       galaxies, workers, noise=False, psf=psf, structure=sight)
        foregrounds = make_foregrounds(
            folder / f"foregrounds-{recipe.seed + i}-{psf}",
            {"cluster": recipe.clusters, "stars": recipe.stars,
             "association": recipe.associations},
            recipe.chunk, recipe.seed + i, workers, size=recipe.stamp_size, psf=psf)
        worlds.append((foregrounds, backgrounds))
    return worlds


def train_dense(recipe, folder, start=None, progress=True, workers=None, worlds=None):
    """Train a dense network, or go on where a training stopped.

    Parameters
    ----------
    recipe : `~clusternet.training.recipe.DenseRecipe`
        What to do.
    folder : str or `~pathlib.Path`
        Data, checkpoints, log and weights.
    start : `~clusternet.nn.DenseNetwork`, optional
        Weights to start from; random when not given.
    progress : bool, optional
        Show a progress bar.
    workers : int, optional
        Processes that make the data; the number of cores.
    worlds : list of (foregrounds, backgrounds), optional
        What the scenes of all stages are made of, as `~clusternet.training.scenes.SceneComposer`
        takes it; made as the recipe says when not given.

    Returns
    -------
    `~clusternet.nn.DenseNetwork`
        Also written to ``folder`` as ``{recipe.name}.safetensors``.
    """
    folder = prepare_folder(folder)
    instrument = wfc3_uvis()
    workers = usable_cores() if workers is None else workers
    torch.manual_seed(recipe.seed)
    network = start or DenseNetwork(
        instrument.bands, instrument.pixel_scale, instrument.zero_points.tolist(),
        softening=recipe.softening)
    # What was fitted to the network as it was is not true of what becomes of it.
    network.metadata = replace(network.metadata, recipe=recipe.to_dict(), calibration=None,
                               class_weights=ClassWeights(), domain=None)
    exposure, read = instrument.exposure_times.to_value(u.s), instrument.read_noises

    @lru_cache(maxsize=1)  # one stage's data in memory at a time
    def made(sight):
        return worlds or make_worlds(recipe, folder / "data", workers, sight)

    def composer(stage):
        return SceneComposer(made(stage.sight), exposure, read, stage.crop,
                             sight=SIGHTS[stage.sight])

    fit(DenseTraining(network, recipe, composer), folder, progress)
    write_network(network, folder / f"{recipe.name}.safetensors")
    return network
