"""The recipe of a training: one validated object, a YAML file."""

from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

import yaml

from .data import KINDS

__all__ = ["Recipe", "Stage"]


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
        The network sees this many central pixels of each normalised window.
        Smaller crops train faster; the last stage must use the whole window.
    batch : int
        Windows a step.
    learning_rate : tuple of float
        At the start and at the end; between them half a cosine.
    fractions : dict of str to float
        Part of each kind of window, see `~clusternet.nn.data.KINDS`.
    """

    epochs: int = 10
    crop: int = 64
    batch: int = 64
    learning_rate: tuple = (1e-3, 0.0)
    fractions: dict = field(default_factory=lambda: {
        "cluster": 0.5, "background": 0.18, "offcentre": 0.08, "stars": 0.06,
        "association": 0.05, "aliased": 0.13})

    def __post_init__(self):
        if self.epochs < 0 or self.batch < 1 or self.crop < 1:
            raise ValueError(f"a stage of {self.epochs} epochs with batches of {self.batch} and a "
                             f"crop of {self.crop} pixels; all must be positive")
        if set(self.fractions) - set(KINDS) or abs(sum(self.fractions.values()) - 1) > 1e-6:
            raise ValueError(f"fractions {self.fractions} must name only {', '.join(KINDS)} "
                             "and add up to 1")
        # YAML gives lists, and takes numbers such as 1e-3 for strings.
        rate = tuple(float(value) for value in self.learning_rate)
        if len(rate) != 2 or min(rate) < 0:
            raise ValueError(f"learning_rate is {self.learning_rate}; give those at the start and "
                             "at the end of the stage, neither negative")
        object.__setattr__(self, "learning_rate", rate)


@dataclass(frozen=True)
class Recipe:
    """How a window network is trained.

    Parameters
    ----------
    name : str
        Name of the weights.
    seed : int
        Of everything: data, initial weights, batches.
    clusters, offcentre, stars, associations, aliased : int
        Stamps of each kind.
    chunk : int
        Stamps made at once.
    galaxies, patches, patch_size : int
        Synthetic galaxies, parts cut from each, their side in pixels.
    softening : float
        Of the arcsinh.
    loss : dict
        Weights, see `~clusternet.nn.losses.WindowLoss`.
    weight_decay, clip, warm_up : float
        AdamW's weight decay, largest gradient norm, and steps of warm-up.
    steps_per_epoch : int
        Steps between checkpoints.
    stages : list of `Stage`
        In order.
    precision : str
        "bf16-mixed", "32" or "auto".
    """

    name: str = "window"
    seed: int = 1
    clusters: int = 20000
    offcentre: int = 5000
    stars: int = 5000
    associations: int = 4000
    aliased: int = 3000
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
    stages: tuple = (Stage(),)
    precision: str = "auto"

    def __post_init__(self):
        if self.precision not in ("auto", "bf16-mixed", "32"):
            raise ValueError(f"precision is {self.precision!r}; give auto, bf16-mixed or 32")
        if not self.stages:
            raise ValueError("the recipe has no stages; give at least one")

    @classmethod
    def read(cls, path):
        """Read a YAML file; unknown settings are refused."""
        values = yaml.safe_load(Path(path).read_text())
        if isinstance(values, dict) and "stages" in values:
            values["stages"] = tuple(_checked(Stage, s, "stage") for s in values["stages"])
        return _checked(cls, values, "recipe")

    def to_dict(self):
        """Plain values, as YAML and JSON hold them."""
        values = asdict(self)
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
