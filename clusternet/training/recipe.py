"""The recipe of a training: one validated object, a YAML file."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar

import yaml

from clusternet._files import atomic_write
from clusternet.training.kinds import (
    ALIASED,
    ASSOCIATION,
    CLUSTER,
    OFFCENTRE,
    STARS,
    WindowKind,
)
from clusternet.training.stages import DenseStage, Stage, WindowStage, known_settings

__all__ = ["DenseRecipe", "Recipe", "WindowRecipe"]


@dataclass(frozen=True)
class Recipe:
    """The settings that the recipes of all networks share.

    Parameters
    ----------
    name : str
        Name of the weights.
    seed : int
        Seed of all random numbers: data, initial weights, batches.
    clusters, stars, associations : int
        Stamps of each kind.
    chunk : int
        Stamps made at once.
    galaxies, patches, patch_size : int
        Synthetic galaxies, parts cut from each, their side in pixels.
    stamp_size : int
        Side of the stamps in pixels.
    softening : float
        Softening of the arcsinh.
    loss : dict
        Weights, see `~clusternet.training.losses.WindowLoss`.
    weight_decay, clip, warm_up : float
        AdamW's weight decay, largest gradient norm, and steps of warm-up.
    steps_per_epoch : int
        Steps between checkpoints.
    stages : tuple of `~clusternet.training.stages.Stage`
        In order.
    precision : str
        "bf16-mixed", "32" or "auto".

    Examples
    --------
    >>> from clusternet.training import DenseRecipe, DenseStage
    >>> from clusternet.training.conditions import ObservingConditions
    >>> stage = DenseStage(epochs=3, conditions=ObservingConditions(zero_point=0.1))
    >>> DenseRecipe(name="mine", stages=(stage,)).epochs
    3
    """

    #: Name of the network in a recipe file.
    network: ClassVar[str]
    stage: ClassVar[type[Stage]] = Stage
    #: Whether backgrounds have their noise, or are expected images.
    noisy_backgrounds: ClassVar[bool] = True

    name: str = "network"
    seed: int = 1
    clusters: int = 20000
    stars: int = 5000
    associations: int = 4000
    chunk: int = 500
    galaxies: int = 4
    patches: int = 6
    patch_size: int = 512
    stamp_size: int = 64
    softening: float = 1.0
    loss: dict = field(default_factory=dict)
    weight_decay: float = 0.02
    clip: float = 1.0
    warm_up: int = 300
    steps_per_epoch: int = 100
    stages: tuple[Stage, ...] = ()
    precision: str = "auto"

    def __post_init__(self) -> None:
        if self.precision not in ("auto", "bf16-mixed", "32"):
            raise ValueError(f"precision is {self.precision!r}; give auto, bf16-mixed or 32")
        if not self.stages:
            raise ValueError("the recipe has no stages; give at least one")
        if self.stamp_size % 2 or self.stamp_size < 2:
            raise ValueError(f"stamp_size is {self.stamp_size} px; it must be even")

    @staticmethod
    def read(path: str | os.PathLike[str]) -> "Recipe":
        """Read a YAML file; unknown settings are refused.

        Names of observing conditions, structures and kinds of windows stand for the ready-made
        objects.

        Parameters
        ----------
        path : str or os.PathLike
            The file. Its ``network`` is ``window``, also when not given, or ``dense``.

        Returns
        -------
        `WindowRecipe` or `DenseRecipe`

        Raises
        ------
        ValueError
            If a setting or a name is unknown, or a value impossible.
        """
        values = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        if not isinstance(values, Mapping):
            raise ValueError(f"recipe is {values!r}; expected a mapping")
        classes: dict[str, type[Recipe]] = {cls.network: cls for cls in (WindowRecipe, DenseRecipe)}
        values = dict(values)
        network = values.pop("network", WindowRecipe.network)
        if network not in classes:
            raise ValueError(f"network is {network!r}; there are {', '.join(classes)}")
        cls = classes[network]
        values = known_settings(cls, values, "recipe")
        if "stages" in values:
            values["stages"] = tuple(cls.stage.from_dict(stage) for stage in values["stages"])
        return cls(**values)

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write a YAML file that `read` reads.

        Parameters
        ----------
        path : str or os.PathLike
            The file; an existing one is replaced.
        """
        with atomic_write(path) as temporary:
            temporary.write_text(yaml.safe_dump(self.to_dict(), sort_keys=False), encoding="utf-8")

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as YAML and JSON hold them."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {"network": self.network, **values, "loss": dict(self.loss),
                "stages": [stage.to_dict() for stage in self.stages]}

    @property
    def numbers(self) -> dict[WindowKind, int]:
        """Stamps of each kind."""
        return {CLUSTER: self.clusters, STARS: self.stars, ASSOCIATION: self.associations}

    @property
    def epochs(self) -> int:
        """Length of the whole training in epochs."""
        return sum(stage.epochs for stage in self.stages)

    def at(self, epoch: int) -> tuple[Stage, int]:
        """Return the stage of an epoch, and the first epoch of that stage."""
        first = 0
        for stage in self.stages:
            if epoch < first + stage.epochs:
                return stage, first
            first += stage.epochs
        return self.stages[-1], first - self.stages[-1].epochs


@dataclass(frozen=True)
class WindowRecipe(Recipe):
    """How a window network is trained; see `Recipe`.

    Parameters
    ----------
    offcentre, aliased : int
        Stamps of these kinds.
    """

    network: ClassVar[str] = "window"
    stage: ClassVar[type[Stage]] = WindowStage

    name: str = "window"
    offcentre: int = 5000
    aliased: int = 3000
    stages: tuple[Stage, ...] = (WindowStage(),)

    @property
    def numbers(self) -> dict[WindowKind, int]:
        """Stamps of each kind."""
        return super().numbers | {OFFCENTRE: self.offcentre, ALIASED: self.aliased}


@dataclass(frozen=True)
class DenseRecipe(Recipe):
    """How a dense network is trained; see `Recipe`.

    Stamps and galaxies are made once for each PSF.
    """

    network: ClassVar[str] = "dense"
    stage: ClassVar[type[Stage]] = DenseStage
    noisy_backgrounds: ClassVar[bool] = False

    name: str = "dense"
    stamp_size: int = 128
    softening: float = 0.02
    stages: tuple[Stage, ...] = (DenseStage(),)

    def __post_init__(self) -> None:
        super().__post_init__()
        # The visibility of a cluster is measured in the 64 px around it.
        if self.stamp_size <= 64:
            raise ValueError(f"stamp_size is {self.stamp_size} px; it must be even and more than "
                             "64")
