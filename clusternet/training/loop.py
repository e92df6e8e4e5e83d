"""Parts shared by the trainings of all networks: schedule, optimiser, log, checkpoints."""

import csv
import logging
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback, ModelCheckpoint, TQDMProgressBar
from torch.utils.data import DataLoader, IterableDataset

from clusternet._files import atomic_write
from clusternet.instruments import Instrument
from clusternet.mocks import MockClusters
from clusternet.nn import Network, native_bfloat16
from clusternet.training.data import TrainingData
from clusternet.training.recipe import Recipe

__all__ = ["NetworkTraining", "fit", "plot_log"]


class _EpochBatches(IterableDataset):
    """The batches of one epoch, each from its own seed."""

    def __init__(self, draw, steps, seed, epoch) -> None:
        self.draw, self.steps, self.seed, self.epoch = draw, steps, seed, epoch

    def __len__(self) -> int:
        return self.steps

    def __iter__(self):
        for step in range(self.steps):
            yield self.draw(np.random.default_rng([self.seed, 7, self.epoch, step]))


class NetworkTraining(lightning.LightningModule):
    """A network, its loss and its schedule.

    Every batch and every learning rate follow from the recipe and the number of the epoch alone,
    so training that was stopped and resumed at the end of an epoch gives what an uninterrupted one
    gives. Subclasses give `new_network`, `default_mocks`, `compose`, `draw` and `losses`.

    Parameters
    ----------
    network : `~clusternet.nn.Network`
        Trained in place.
    recipe : `~clusternet.training.Recipe`
        Stages, seed, loss.
    data : callable
        Gives the sequence of `~clusternet.training.data.TrainingData` of a stage.
    """

    def __init__(self, network: Network, recipe: Recipe,
                 data: Callable[[Any], Sequence[TrainingData]]) -> None:
        super().__init__()
        self.network, self.recipe, self.data = network, recipe, data
        self.model = network.model.to(memory_format=torch.channels_last)
        self.parts: dict[str, list[float]] = {}
        self._composed: tuple[Any, Any] = None, None

    @staticmethod
    def new_network(recipe: Recipe, instrument: Instrument) -> Network:
        """Make a network with random weights for a recipe and an instrument."""
        raise NotImplementedError

    @staticmethod
    def default_mocks() -> tuple[MockClusters, ...]:
        """Mock clusters of the training when none are given, one for each PSF."""
        raise NotImplementedError

    def compose(self, stage: Any, data: Sequence[TrainingData]) -> Any:
        """Make the composer of the windows or scenes of a stage."""
        raise NotImplementedError

    def draw(self, rng: np.random.Generator) -> Any:
        """Draw a batch of the current stage."""
        raise NotImplementedError

    def losses(self, batch: Any) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Loss of a batch, and its parts by name."""
        raise NotImplementedError

    @property
    def stage(self) -> Any:
        """Stage of the current epoch."""
        return self.recipe.at(self.current_epoch)[0]

    @property
    def composer(self) -> Any:
        """Composer of the current stage."""
        stage = self.stage
        if self._composed[0] is not stage:
            self._composed = stage, self.compose(stage, self.data(stage))
        return self._composed[1]

    def train_dataloader(self) -> DataLoader:
        """Batches of the current epoch."""
        return DataLoader(_EpochBatches(self.draw, self.recipe.steps_per_epoch, self.recipe.seed,
                                        self.current_epoch), batch_size=None)

    def learning_rate(self, step: int) -> float:
        """Learning rate at a step of the whole training."""
        stage, first = self.recipe.at(step // self.recipe.steps_per_epoch)
        per = self.recipe.steps_per_epoch
        t = (step - first * per) / max(1, stage.epochs * per)
        start, end = stage.learning_rate
        rate = end + (start - end) * 0.5 * (1 + np.cos(np.pi * t))
        return float(rate * min(1.0, (step + 1) / max(1, self.recipe.warm_up)))

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """AdamW; biases and batch norms do not decay."""
        decay = [p for p in self.model.parameters() if p.ndim > 1]
        rest = [p for p in self.model.parameters() if p.ndim <= 1]
        return torch.optim.AdamW(
            [{"params": decay, "weight_decay": self.recipe.weight_decay},
             {"params": rest, "weight_decay": 0.0}], lr=1.0, fused=True)

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
        """Set the learning rate of this step."""
        rate = self.learning_rate(self.global_step)
        for group in self.trainer.optimizers[0].param_groups:
            group["lr"] = rate

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Clip the gradients."""
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip)

    def training_step(self, batch: Any, batch_idx: int) -> torch.Tensor:
        """Loss of a batch; its parts are kept for the log."""
        loss, parts = self.losses(batch)
        for name, value in {"loss": loss.detach(), **parts}.items():
            self.parts.setdefault(name, []).append(float(value))
        return loss


class _EpochLog(Callback):
    """One row per epoch in log.csv, and a figure of it."""

    def __init__(self, folder) -> None:
        self.path = folder / "log.csv"
        self.start = time.monotonic()

    def on_train_epoch_end(self, trainer, module):
        row = {"epoch": trainer.current_epoch, "step": trainer.global_step,
               "crop": module.recipe.at(trainer.current_epoch)[0].crop,
               "learning_rate": module.learning_rate(trainer.global_step - 1),
               "seconds": round(time.monotonic() - self.start, 1)}
        row |= {k: float(np.mean(v)) for k, v in sorted(module.parts.items())}
        module.parts = {}
        old = []
        if self.path.is_file():
            with open(self.path, newline="") as f:
                old = [r for r in csv.DictReader(f) if int(r["epoch"]) < row["epoch"]]
        names = list(dict.fromkeys([n for r in [*old, row] for n in r]))
        with atomic_write(self.path) as temporary, open(temporary, "w", newline="") as f:
            writer = csv.DictWriter(f, names)
            writer.writeheader()
            writer.writerows([*old, row])
        plot_log([*old, row], self.path.with_suffix(".png"))


def plot_log(rows: list[dict], path: Path) -> None:
    """Draw the losses of a training log against the step."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    skip = {"epoch", "step", "crop", "learning_rate", "seconds"}
    names = [n for n in rows[-1] if n not in skip]
    figure = Figure((12, 2.2 * -(-len(names) // 4)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(-(-len(names) // 4), 4, squeeze=False).flat
    step = [int(r["step"]) for r in rows]
    for axis, name in zip(axes, names, strict=False):
        axis.plot(step, [float(r.get(name) or np.nan) for r in rows], lw=1)
        axis.set_title(name, fontsize=9)
        axis.set_xlabel("step", fontsize=8)
    with atomic_write(path) as temporary:
        figure.savefig(temporary, dpi=80, format="png")


@contextmanager
def _quiet():
    """Keep Lightning's notices, and its advice on loaders and checkpoints, to itself."""
    logger = logging.getLogger("lightning.pytorch")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            for message in (".*num_workers.*", ".*IterableDataset.*", ".*LeafSpec.*",
                            "Checkpoint directory .* is not empty.*"):
                warnings.filterwarnings("ignore", message)
            yield
    finally:
        logger.setLevel(level)


def fit(module: NetworkTraining, folder: Path, *, progress: bool = True) -> None:
    """Train, or resume a training that was stopped.

    Parameters
    ----------
    module : `NetworkTraining`
        What to train; its model is in evaluation mode afterwards.
    folder : pathlib.Path
        For checkpoints and the log.
    progress : bool, optional
        Show a progress bar.
    """
    recipe = module.recipe
    precision = recipe.precision
    if precision == "auto":
        precision = "bf16-mixed" if torch.cuda.is_available() or native_bfloat16() else "32"
    checkpoint = folder / "checkpoints" / "last.ckpt"
    callbacks = [_EpochLog(folder),
                 ModelCheckpoint(checkpoint.parent, filename="last", every_n_epochs=1,
                                 save_top_k=1, enable_version_counter=False)]
    if progress:
        callbacks.append(TQDMProgressBar(refresh_rate=10))
    with _quiet():
        trainer = lightning.Trainer(
            max_epochs=recipe.epochs, accelerator="auto", devices=1,
            precision=precision,  # pyright: ignore[reportArgumentType]  # the recipe checked it
            callbacks=callbacks, logger=False, enable_progress_bar=progress,
            reload_dataloaders_every_n_epochs=1, enable_model_summary=False,
            default_root_dir=folder, use_distributed_sampler=False)
        trainer.fit(module, ckpt_path=checkpoint if checkpoint.is_file() else None,
                    weights_only=True)
    module.model.eval()
