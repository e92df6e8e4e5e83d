"""The stages of a training: stretches with one set of settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self

from clusternet.training.conditions import (
    MODEL_CONDITIONS,
    WIDE_CONDITIONS,
    ObservingConditions,
)
from clusternet.training.kinds import (
    ALIASED,
    ASSOCIATION,
    BACKGROUND,
    CLUSTER,
    KINDS,
    OFFCENTRE,
    STARS,
    WindowKind,
)
from clusternet.training.structures import MODEL_STRUCTURES, WIDE_STRUCTURES, StructurePrior

__all__ = ["DenseStage", "Stage", "WindowStage"]

#: The ready-made objects that a recipe file may name.
_CONDITIONS = {"model": MODEL_CONDITIONS, "wide": WIDE_CONDITIONS}
_STRUCTURES = {prior.name: prior for prior in (MODEL_STRUCTURES, WIDE_STRUCTURES)}
_KINDS = {kind.name: kind for kind in KINDS}


@dataclass(frozen=True)
class Stage:
    """A stretch of training with one set of settings.

    Parameters
    ----------
    epochs : int
        Length in epochs.
    crop : int
        Side in pixels of what the network sees: the middle of each normalised window, or a scene.
        Smaller windows train faster; the last stage must use whole ones.
    batch : int
        Windows or scenes per step.
    learning_rate : tuple of float
        At the start and at the end; between them half a cosine.
    structure : `~clusternet.training.structures.StructurePrior`
        Distribution of the structures of the galaxies in the background. A recipe file names
        ``model`` or ``wide``.
    """

    epochs: int = 10
    crop: int = 128
    batch: int = 16
    learning_rate: tuple[float, float] = (1e-3, 0.0)
    structure: StructurePrior = MODEL_STRUCTURES

    def __post_init__(self) -> None:
        if self.epochs < 0 or self.batch < 1 or self.crop < 1:
            raise ValueError(f"a stage of {self.epochs} epochs with batches of {self.batch} and a "
                             f"crop of {self.crop} pixels; all must be positive")
        # YAML gives lists, and takes numbers such as 1e-3 for strings.
        rate = tuple(float(value) for value in self.learning_rate)
        if len(rate) != 2 or min(rate) < 0:
            raise ValueError(f"learning_rate is {self.learning_rate}; give those at the start and "
                             "at the end of the stage, neither negative")
        object.__setattr__(self, "learning_rate", rate)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Make a stage from what YAML holds: names stand for the ready-made objects.

        Raises
        ------
        ValueError
            If a setting or a name is unknown.
        """
        values = known_settings(cls, values, "stage")
        if "structure" in values:
            values["structure"] = _named(_STRUCTURES, "structure", values["structure"])
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as YAML and JSON hold them."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {**values, "learning_rate": list(self.learning_rate),
                "structure": self.structure.name}


@dataclass(frozen=True)
class WindowStage(Stage):
    """A stretch of the training of a window network; see `Stage`.

    Parameters
    ----------
    fractions : dict of `~clusternet.training.kinds.WindowKind` to float
        Fraction of the windows of each kind. A recipe file names the kinds.
    """

    crop: int = 64
    batch: int = 64
    fractions: Mapping[WindowKind, float] = field(default_factory=lambda: {
        CLUSTER: 0.5, BACKGROUND: 0.18, OFFCENTRE: 0.08, STARS: 0.06, ASSOCIATION: 0.05,
        ALIASED: 0.13})

    def __post_init__(self) -> None:
        super().__post_init__()
        check_fractions(self.fractions)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Make a stage from what YAML holds; see `Stage.from_dict`."""
        if isinstance(values, Mapping) and isinstance(values.get("fractions"), Mapping):
            values = {**values, "fractions": {_named(_KINDS, "kind of windows", name): fraction
                                              for name, fraction in values["fractions"].items()}}
        return super().from_dict(values)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as YAML and JSON hold them."""
        return super().to_dict() | {"fractions": {kind.name: fraction for kind, fraction
                                                  in self.fractions.items()}}


@dataclass(frozen=True)
class DenseStage(Stage):
    """A stretch of the training of a dense network; see `Stage`.

    Parameters
    ----------
    conditions : `~clusternet.training.conditions.ObservingConditions`
        How scenes are observed. A recipe file names ``model`` or ``wide``, or gives some of the
        settings.
    """

    conditions: ObservingConditions = MODEL_CONDITIONS

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Make a stage from what YAML holds; see `Stage.from_dict`."""
        if isinstance(values, Mapping) and "conditions" in values:
            given = values["conditions"]
            values = {**values, "conditions": (
                ObservingConditions(**known_settings(ObservingConditions, given, "conditions"))
                if isinstance(given, Mapping) else _named(_CONDITIONS, "conditions", given))}
        return super().from_dict(values)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as YAML and JSON hold them."""
        names = [name for name, known in _CONDITIONS.items() if known == self.conditions]
        plain = {name: list(value) if isinstance(value, tuple) else value
                 for name, value in vars(self.conditions).items()}
        return super().to_dict() | {"conditions": names[0] if names else plain}


def check_fractions(fractions: Mapping[WindowKind, float]) -> None:
    """Raise `ValueError` unless fractions of kinds of windows add up to 1."""
    if min(fractions.values(), default=0) < 0 or abs(sum(fractions.values()) - 1) > 1e-6:
        named = {kind.name: fraction for kind, fraction in fractions.items()}
        raise ValueError(f"fractions {named} must be 0 or more and add up to 1")


def known_settings(cls: type, values: Any, where: str) -> dict[str, Any]:
    """Return the settings of a dataclass; refuse unknown ones, and what is no mapping."""
    if not isinstance(values, Mapping):
        raise ValueError(f"{where} is {values!r}; expected a mapping")
    known = [f.name for f in fields(cls)]
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise ValueError(f"unknown {where} setting {', '.join(unknown)}; there are "
                         f"{', '.join(known)}")
    return dict(values)


def _named(known, what, name):
    if name not in known:
        raise ValueError(f"no {what} called {name!r} (there are {', '.join(known)}); other objects "
                         "are passed to the stage in Python")
    return known[name]
