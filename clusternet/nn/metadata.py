"""The record that travels with the weights of a network."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from clusternet.nn.domain import Domain
from clusternet.posterior import Calibration, ClassWeights

__all__ = ["NetworkMetadata"]


@dataclass(frozen=True)
class NetworkMetadata:
    """How a network was made, and what was fitted to it afterwards.

    Parameters
    ----------
    recipe : dict, optional
        The recipe of its training.
    versions : dict of str to str, optional
        Versions of the packages that trained it.
    scores : dict, optional
        Scores on held-out windows or scenes.
    class_weights : `~clusternet.posterior.ClassWeights`, optional
        Calibration of the class of a dense network's candidates.
    calibration : `~clusternet.posterior.Calibration`, optional
        Calibration of its posteriors.
    domain : `Domain`, optional
        Statistics of the mock clusters that it finds.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from clusternet.nn import NetworkMetadata
    >>> metadata = NetworkMetadata(versions={"torch": "2.13.0"})
    >>> replace(metadata, recipe={"name": "deep"}).to_dict()
    {'recipe': {'name': 'deep'}, 'versions': {'torch': '2.13.0'}}
    """

    recipe: dict[str, Any] | None = None
    versions: dict[str, str] = field(default_factory=dict)
    scores: dict[str, Any] | None = None
    class_weights: ClassWeights = field(default_factory=ClassWeights)
    calibration: Calibration | None = None
    domain: Domain | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what JSON can hold; entries that are not known are left out."""
        stored = {"recipe": self.recipe, "versions": self.versions, "scores": self.scores,
                  "verdict": None if self.class_weights == ClassWeights() else
                  asdict(self.class_weights),
                  "calibration": self.calibration and self.calibration.to_dict(),
                  "domain": self.domain and self.domain.to_dict()}
        return {name: value for name, value in stored.items() if value}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> NetworkMetadata:
        """Make the record from what `to_dict` gave.

        Parameters
        ----------
        stored : dict
            Plain values; the class weights are called ``verdict``.

        Returns
        -------
        NetworkMetadata

        Raises
        ------
        ValueError
            If there is an entry of another name.
        """
        _refuse_unknown("metadata", stored, ("recipe", "versions", "scores", "verdict",
                                             "calibration", "domain"))
        weights = stored.get("verdict", {})
        _refuse_unknown("class weights", weights, [f.name for f in fields(ClassWeights)])
        calibration, domain = stored.get("calibration"), stored.get("domain")
        return cls(stored.get("recipe"), stored.get("versions", {}), stored.get("scores"),
                   ClassWeights(**weights), calibration and Calibration.from_dict(calibration),
                   domain and Domain.from_dict(domain))


def _refuse_unknown(what: str, given: Mapping[str, Any], known: Collection[str]) -> None:
    unknown = [name for name in given if name not in known]
    if unknown:
        raise ValueError(f"{what} of a network with {', '.join(unknown)}; there are only "
                         f"{', '.join(known)}")
