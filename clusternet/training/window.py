"""Training of the window network with Lightning."""

import json
from dataclasses import replace
from pathlib import Path

import astropy.units as u
import torch

from clusternet._files import prepare_folder
from clusternet._machine import usable_cores
from clusternet.instruments import wfc3_uvis
from clusternet.mocks import BackgroundSampler
from clusternet.nn import WindowNetwork, write_network
from clusternet.training.dense import train_dense
from clusternet.training.loop import NetworkTraining, fit
from clusternet.training.losses import WindowLoss
from clusternet.training.recipe import Recipe
from clusternet.training.stamps import make_backgrounds, make_foregrounds
from clusternet.training.windows import WindowComposer

__all__ = ["WindowTraining", "train", "train_from_config"]


class WindowTraining(NetworkTraining):
    """A window network, its loss and its schedule.

    Parameters
    ----------
    network : `~clusternet.nn.WindowNetwork`
        Trained in place.
    recipe : `~clusternet.training.recipe.WindowRecipe`
        Stages, seed, loss.
    composer : callable
        Gives the `~clusternet.training.windows.WindowComposer` of a stage's fractions.
    """

    def __init__(self, network, recipe, composer):
        super().__init__(network.model, recipe)
        self.network, self.composer = network, composer
        self.loss = WindowLoss(network.bins, **recipe.loss)

    def draw(self, rng):
        """Windows, electron/s, and the bins of their truth."""
        composer = self.composer(self.stage.fractions)
        windows, truth = composer.draw(self.stage.batch, rng)
        return torch.from_numpy(windows), composer.targets(truth)

    def losses(self, batch):
        """Loss of a batch: windows normalised, then cut to the stage's crop."""
        windows, target = batch
        x = self.network.normaliser(windows)
        a = (x.shape[-1] - self.stage.crop) // 2
        b = a + self.stage.crop
        x = x[..., a:b, a:b].contiguous(memory_format=torch.channels_last)
        return self.loss(self.model(x), target)


def train(recipe, folder, start=None, progress=True, workers=None, foregrounds=None,
          backgrounds=None):
    """Train a window network, or go on where a training stopped.

    Parameters
    ----------
    recipe : `~clusternet.training.recipe.WindowRecipe`
        What to do.
    folder : str or `~pathlib.Path`
        Data, checkpoints, log and weights.
    start : `~clusternet.nn.WindowNetwork`, optional
        Weights to start from; random when not given.
    progress : bool, optional
        Show a progress bar.
    workers : int, optional
        Processes that make the data; the number of cores.
    foregrounds : dict of str to (table, images), optional
        Stamps to train on, as `~clusternet.training.windows.WindowComposer` takes them; made as the
        recipe says when not given.
    backgrounds : `~clusternet.mocks.BackgroundSampler`, optional
        What they are put on, likewise.

    Returns
    -------
    `~clusternet.nn.WindowNetwork`
        Also written to ``folder`` as ``{recipe.name}.safetensors``.
    """
    folder = prepare_folder(folder)
    workers = usable_cores() if workers is None else workers
    instrument = wfc3_uvis()
    data = folder / "data"
    if foregrounds is None:
        foregrounds = make_foregrounds(
            data / f"foregrounds-{recipe.seed}",
            {"cluster": recipe.clusters, "offcentre": recipe.offcentre, "stars": recipe.stars,
             "association": recipe.associations, "aliased": recipe.aliased},
            recipe.chunk, recipe.seed, workers)
    if backgrounds is None:
        backgrounds = BackgroundSampler(make_backgrounds(
            data, recipe.galaxies, recipe.patches, recipe.patch_size, recipe.seed, workers))
    torch.manual_seed(recipe.seed)
    network = start or WindowNetwork(instrument.bands, instrument.pixel_scale,
                                     softening=recipe.softening)
    network.metadata = replace(network.metadata, recipe=recipe.to_dict())
    exposure = instrument.exposure_times.to_value(u.s)

    def composer(fractions):
        return WindowComposer(foregrounds, backgrounds, network.bins, exposure, fractions)

    fit(WindowTraining(network, recipe, composer), folder, progress)
    write_network(network, folder / f"{recipe.name}.safetensors")
    return network


def train_from_config(path, folder=None, progress=True):
    """Train as a YAML file says (``clusternet train CONFIG.yaml``).

    Parameters
    ----------
    path : str or `~pathlib.Path`
        A `~clusternet.training.recipe.Recipe`.
    folder : str or `~pathlib.Path`, optional
        Output; a folder of the file's name without its ending beside it.
    progress : bool, optional
        Show a progress bar.
    """
    path = Path(path)
    recipe = Recipe.read(path)
    folder = Path(folder) if folder is not None else path.with_suffix("")
    run = train_dense if recipe.network == "dense" else train
    network = run(recipe, folder, progress=progress)
    print(json.dumps({"weights": str(folder / f"{recipe.name}.safetensors"),
                      "epochs": recipe.epochs}))
    return network
