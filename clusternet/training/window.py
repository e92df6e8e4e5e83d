"""Training of the window network."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from clusternet.instruments import Instrument
from clusternet.mocks import MockClusters
from clusternet.nn import WindowNetwork
from clusternet.training.data import TrainingData
from clusternet.training.loop import NetworkTraining
from clusternet.training.losses import WindowLoss
from clusternet.training.recipe import Recipe
from clusternet.training.windows import WindowComposer

__all__ = ["WindowTraining"]


class WindowTraining(NetworkTraining):
    """A window network, its loss and its schedule; see `~clusternet.training.loop.NetworkTraining`.

    Windows are seen through one PSF.
    """

    network: WindowNetwork

    def __init__(self, network: WindowNetwork, recipe: Recipe,
                 data: Callable[[Any], Sequence[TrainingData]]) -> None:
        super().__init__(network, recipe, data)
        self.loss = WindowLoss(network.bins, **recipe.loss)

    @staticmethod
    def new_network(recipe: Recipe, instrument: Instrument) -> WindowNetwork:
        """Make a network with random weights for a recipe and an instrument."""
        return WindowNetwork(instrument.bands, instrument.pixel_scale, softening=recipe.softening)

    @staticmethod
    def default_mocks() -> tuple[MockClusters, ...]:
        """Mock clusters through the PSF of the sharper UVIS chip."""
        return (MockClusters(),)

    def compose(self, stage: Any, data: Sequence[TrainingData]) -> WindowComposer:
        """Make the composer of the windows of a stage."""
        if len(data) != 1:
            raise ValueError(f"{len(data)} sets of training data; windows take one: give one "
                             "TrainingData, or mock clusters of one PSF")
        return WindowComposer(data[0], self.network.bins, stage.fractions,
                              size=self.network.window)

    def draw(self, rng: np.random.Generator) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Draw windows, electron/s, and the bins of their truth."""
        windows, truth = self.composer.draw(self.stage.batch, rng)
        return torch.from_numpy(windows), self.composer.targets(truth)

    def losses(self, batch: Any) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Loss of a batch: windows normalised, then cut to the stage's crop."""
        windows, target = batch
        x = self.network.normaliser(windows)
        a = (x.shape[-1] - self.stage.crop) // 2
        b = a + self.stage.crop
        x = x[..., a:b, a:b].contiguous(memory_format=torch.channels_last)
        return self.loss(self.model(x), target)
