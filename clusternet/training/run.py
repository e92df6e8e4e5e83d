"""Train a network as its recipe says."""

import json
import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import torch

from clusternet._files import prepare_folder
from clusternet._machine import usable_cores
from clusternet.mocks import MockClusters
from clusternet.nn import Network, NetworkMetadata, write_network
from clusternet.training.data import TrainingData, make_training_data
from clusternet.training.dense import DenseTraining
from clusternet.training.loop import NetworkTraining, fit
from clusternet.training.recipe import DenseRecipe, Recipe, WindowRecipe
from clusternet.training.structures import StructurePrior
from clusternet.training.window import WindowTraining

__all__ = ["train", "train_from_config"]

_TRAININGS: dict[type[Recipe], type[NetworkTraining]] = {
    WindowRecipe: WindowTraining, DenseRecipe: DenseTraining}


def train(recipe: Recipe, folder: str | os.PathLike[str], *,
          start: Network | None = None,
          data: TrainingData | Sequence[TrainingData] | None = None,
          mocks: Sequence[MockClusters] | None = None, workers: int | None = None,
          progress: bool = True) -> Network:
    """Train a network, or resume a training that was stopped.

    Parameters
    ----------
    recipe : `~clusternet.training.WindowRecipe` or `~clusternet.training.DenseRecipe`
        Settings; its class decides which network is trained.
    folder : str or os.PathLike
        Data, checkpoints, log and weights.
    start : `~clusternet.nn.WindowNetwork` or `~clusternet.nn.DenseNetwork`, optional
        Weights to start from; random when not given. Trained in place.
    data : `TrainingData` or sequence of them, optional
        What all stages are trained on; made as the recipe says when not given. A dense network
        takes one for each PSF, a window network one.
    mocks : sequence of `~clusternet.mocks.MockClusters`, optional
        Of what the data are made, one for each PSF; when not given, mocks of M83 in WFC3/UVIS: for
        a window network through the PSF of the sharper chip, for a dense one also through the mean
        of both.
    workers : int, optional
        Processes that make the data; the number of cores when not given.
    progress : bool, optional
        Show progress bars.

    Returns
    -------
    `~clusternet.nn.WindowNetwork` or `~clusternet.nn.DenseNetwork`
        Also written to ``folder`` as ``{recipe.name}.safetensors``.

    Raises
    ------
    TypeError
        If there is no training for such a recipe.
    ValueError
        If the data lack something that the recipe asks for.
    """
    if type(recipe) not in _TRAININGS:
        raise TypeError(f"recipe is a {type(recipe).__name__}; give a "
                        f"{' or a '.join(known.__name__ for known in _TRAININGS)}")
    training = _TRAININGS[type(recipe)]
    folder = prepare_folder(folder)
    cores = usable_cores() if workers is None else workers
    given = [data] if isinstance(data, TrainingData) else data
    if given is not None and not given:
        raise ValueError("data is empty; give one TrainingData or more, or leave it out")
    sources: Sequence[MockClusters] = [] if given is not None else mocks or training.default_mocks()
    instrument = (sources[0] if given is None else given[0]).instrument
    torch.manual_seed(recipe.seed)
    network = training.new_network(recipe, instrument) if start is None else start
    # Scores and corrections of the network it starts from are not true of what becomes of it.
    network.metadata = NetworkMetadata(recipe=recipe.to_dict())

    @lru_cache(maxsize=1)  # the data of one stage in memory at a time
    def made(structure: StructurePrior) -> Sequence[TrainingData]:
        return given or make_training_data(recipe, folder / "data", sources, structure=structure,
                                           workers=cores, progress=progress)

    fit(training(network, recipe, lambda stage: made(stage.structure)), folder, progress=progress)
    write_network(network, folder / f"{recipe.name}.safetensors")
    return network


def train_from_config(path: str | os.PathLike[str],
                      folder: str | os.PathLike[str] | None = None, *,
                      progress: bool = True) -> Network:
    """Train as a YAML file says (``clusternet train CONFIG.yaml``).

    Parameters
    ----------
    path : str or os.PathLike
        A recipe; see `~clusternet.training.Recipe.read`.
    folder : str or os.PathLike, optional
        Output; a folder of the file's name without its ending beside it when not given.
    progress : bool, optional
        Show progress bars.

    Returns
    -------
    `~clusternet.nn.WindowNetwork` or `~clusternet.nn.DenseNetwork`
    """
    path = Path(path)
    recipe = Recipe.read(path)
    folder = Path(folder) if folder is not None else path.with_suffix("")
    network = train(recipe, folder, progress=progress)
    print(json.dumps({"weights": str(folder / f"{recipe.name}.safetensors"),
                      "epochs": recipe.epochs}))
    return network
