"""The recipe of a training: one validated object, a YAML file."""

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import ClassVar

import yaml

from clusternet.training.scenes import SIGHTS
from clusternet.training.windows import KINDS

__all__ = ["DenseRecipe", "DenseStage", "Recipe", "Stage", "WindowRecipe", "WindowStage"]


def _checked(cls, values, where):
    if not isinstance(values, dict):
        raise ValueError(f"{where} is {values!r}; expected a mapping")
    known = [f.name for f in fields(cls)]
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise ValueError(f"unknown {where} setting {', '.join(unknown)}; there are "
                         f"{', '.join(known)}")
    return cls(**values)


@dataclass(frozen=True)
class Stage:
    """A stretch of training with one set of conditions.

    Parameters
    ----------
    epochs : int
        Length in epochs.
    crop : int
        Side in pixels of what the network sees: the middle of each normalised window, or a scene.
        Smaller windows train faster; the last stage must use whole ones.
    batch : int
        Windows or scenes a step.
    learning_rate : tuple of float
        At the start and at the end; between them half a cosine.
    """

    epochs: int = 10
    crop: int = 128
    batch: int = 16
    learning_rate: tuple = (1e-3, 0.0)

    def __post_init__(self):
        if self.epochs < 0 or self.batch < 1 or self.crop < 1:
            raise ValueError(f"a stage of {self.epochs} epochs with batches of {self.batch} and a "
                             f"crop of {self.crop} pixels; all must be positive")
        # YAML gives lists, and takes numbers such as 1e-3 for strings.
        rate = tuple(float(value) for value in self.learning_rate)
        if len(rate) != 2 or min(rate) < 0:
            raise ValueError(f"learning_rate is {self.learning_rate}; give those at the start and "
                             "at the end of the stage, neither negative")
        object.__setattr__(self, "learning_rate", rate)


@dataclass(frozen=True)
class WindowStage(Stage):
    """A stretch of the training of a window network; see `Stage`.

    Parameters
    ----------
    fractions : dict of str to float
        Part of each kind of window, see `~clusternet.training.windows.KINDS`.
    """

    crop: int = 64
    batch: int = 64
    fractions: dict = field(default_factory=lambda: {
        "cluster": 0.5, "background": 0.18, "offcentre": 0.08, "stars": 0.06,
        "association": 0.05, "aliased": 0.13})

    def __post_init__(self):
        super().__post_init__()
        if set(self.fractions) - set(KINDS) or abs(sum(self.fractions.values()) - 1) > 1e-6:
            raise ValueError(f"fractions {self.fractions} must name only {', '.join(KINDS)} "
                             "and add up to 1")


@dataclass(frozen=True)
class DenseStage(Stage):
    """A stretch of the training of a dense network; see `Stage`.

    Parameters
    ----------
    sight : str
        How scenes are seen, one of ``clusternet.training.scenes.SIGHTS``, and on what galaxies,
        those of the same name among ``clusternet.training.stamps.STRUCTURES``.
    """

    sight: str = "model"

    def __post_init__(self):
        super().__post_init__()
        if self.sight not in SIGHTS:
            raise ValueError(f"sight is {self.sight!r}; there are {', '.join(SIGHTS)}")


@dataclass(frozen=True)
class Recipe:
    """What the recipes of all networks share.

    Parameters
    ----------
    name : str
        Name of the weights.
    seed : int
        Of everything: data, initial weights, batches.
    clusters, stars, associations : int
        Stamps of each kind.
    chunk : int
        Stamps made at once.
    galaxies, patches, patch_size : int
        Synthetic galaxies, parts cut from each, their side in pixels.
    softening : float
        Of the arcsinh.
    loss : dict
        Weights, see `~clusternet.training.losses.WindowLoss`.
    weight_decay, clip, warm_up : float
        AdamW's weight decay, largest gradient norm, and steps of warm-up.
    steps_per_epoch : int
        Steps between checkpoints.
    stages : list of `Stage`
        In order.
    precision : str
        "bf16-mixed", "32" or "auto".
    """

    #: Which network it is for: ``network`` in the YAML file.
    network: ClassVar[str]
    stage: ClassVar[type] = Stage

    name: str = "network"
    seed: int = 1
    clusters: int = 20000
    stars: int = 5000
    associations: int = 4000
    chunk: int = 500
    galaxies: int = 4
    patches: int = 6
    patch_size: int = 512
    softening: float = 1.0
    loss: dict = field(default_factory=dict)
    weight_decay: float = 0.02
    clip: float = 1.0
    warm_up: int = 300
    steps_per_epoch: int = 100
    stages: tuple = ()
    precision: str = "auto"

    def __post_init__(self):
        if self.precision not in ("auto", "bf16-mixed", "32"):
            raise ValueError(f"precision is {self.precision!r}; give auto, bf16-mixed or 32")
        if not self.stages:
            raise ValueError("the recipe has no stages; give at least one")

    @staticmethod
    def read(path):
        """Read a YAML file; unknown settings are refused.

        Parameters
        ----------
        path : str or `~pathlib.Path`
            The file. Its ``network`` is ``window``, also when not given, or ``dense``.

        Returns
        -------
        `WindowRecipe` or `DenseRecipe`
        """
        values = yaml.safe_load(Path(path).read_text())
        if not isinstance(values, dict):
            raise ValueError(f"recipe is {values!r}; expected a mapping")
        kinds = {cls.network: cls for cls in (WindowRecipe, DenseRecipe)}
        kind = values.pop("network", "window")
        if kind not in kinds:
            raise ValueError(f"network is {kind!r}; there are {', '.join(kinds)}")
        cls = kinds[kind]
        if "stages" in values:
            values["stages"] = tuple(_checked(cls.stage, s, "stage") for s in values["stages"])
        return _checked(cls, values, "recipe")

    def to_dict(self):
        """Plain values, as YAML and JSON hold them."""
        values = {"network": self.network, **asdict(self)}
        values["stages"] = [{**s, "learning_rate": list(s["learning_rate"])}
                            for s in values["stages"]]
        return values

    @property
    def epochs(self):
        """Length of the whole training in epochs."""
        return sum(s.epochs for s in self.stages)

    def at(self, epoch):
        """Stage of an epoch, and the first epoch of that stage."""
        first = 0
        for stage in self.stages:
            if epoch < first + stage.epochs:
                return stage, first
            first += stage.epochs
        return stage, first - stage.epochs


@dataclass(frozen=True)
class WindowRecipe(Recipe):
    """How a window network is trained; see `Recipe`.

    Parameters
    ----------
    offcentre, aliased : int
        Stamps of these kinds.
    """

    network: ClassVar[str] = "window"
    stage: ClassVar[type] = WindowStage

    name: str = "window"
    offcentre: int = 5000
    aliased: int = 3000
    stages: tuple = (WindowStage(),)


@dataclass(frozen=True)
class DenseRecipe(Recipe):
    """How a dense network is trained; see `Recipe`.

    Stamps and galaxies are made once for each PSF, ``clusternet.training.stamps.PSFS``.

    Parameters
    ----------
    stamp_size : int
        Side of the stamps in pixels.
    """

    network: ClassVar[str] = "dense"
    stage: ClassVar[type] = DenseStage

    name: str = "dense"
    stamp_size: int = 128
    softening: float = 0.02
    stages: tuple = (DenseStage(),)

    def __post_init__(self):
        super().__post_init__()
        # The visibility of a cluster is measured in the 64 px around it.
        if self.stamp_size % 2 or self.stamp_size <= 64:
            raise ValueError(f"stamp_size is {self.stamp_size} px; it must be even and more than "
                             "64")
