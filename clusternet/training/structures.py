"""Distributions of the structures of synthetic galaxies."""

from abc import ABC, abstractmethod
from dataclasses import asdict, replace

import numpy as np

from clusternet.galaxy import GalaxyStructure

__all__ = ["MODEL_STRUCTURES", "WIDE_STRUCTURES", "RichArmStructures", "SpiralStructures",
           "StructurePrior"]


class StructurePrior(ABC):
    """A distribution of `~clusternet.galaxy.GalaxyStructure` objects.

    Subclasses give `name`, which stands in recipes and in the seeds of the galaxies, and
    `__call__`. They must be picklable: worker processes draw from them.
    """

    name: str

    @abstractmethod
    def __call__(self, rng: np.random.Generator) -> GalaxyStructure:
        """Draw a structure."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def settings(self) -> dict[str, object]:
        """Return plain values that differ between distributions.

        One structure drawn from a fixed seed represents them all, to six digits.
        """
        drawn = asdict(self(np.random.default_rng(0)))
        return {"structure": self.name,
                **{f"structure.{name}": float(f"{value:.6g}") if isinstance(value, float)
                   else value for name, value in drawn.items()}}


class SpiralStructures(StructurePrior):
    """Spiral galaxies, widely around the default structure."""

    name = "model"

    def __call__(self, rng: np.random.Generator) -> GalaxyStructure:
        """Draw a structure."""
        base = GalaxyStructure()
        return replace(
            base, disc_density=base.disc_density * _log_uniform(rng, 0.3, 3),
            disc_scale=base.disc_scale * _log_uniform(rng, 0.8, 1.3),
            bulge_density=base.bulge_density * _log_uniform(rng, 0.3, 2),
            young_density=base.young_density * _log_uniform(rng, 0.3, 8),
            association_fraction=float(rng.uniform(0.3, 0.8)),
            pitch_angle=float(rng.uniform(10, 22)), arm_phase=float(rng.uniform(0, 360)),
            arm_width=base.arm_width * _log_uniform(rng, 0.7, 1.6),
            arm_contrast=_log_uniform(rng, 3, 15), dust=base.dust * _log_uniform(rng, 0.3, 3),
            clumping=float(rng.uniform(0.5, 1.1)), sky=_log_uniform(rng, 0.5, 2))


class RichArmStructures(SpiralStructures):
    """Spiral galaxies, half of them with rich arms: the arm and the bar of M83 are among them.

    In that half most young stars stand in thin arms, in associations of up to ten million years.
    """

    name = "wide"

    def __call__(self, rng: np.random.Generator) -> GalaxyStructure:
        """Draw a structure."""
        structure = super().__call__(rng)
        if rng.random() < 0.5:
            return structure
        return replace(
            structure, disc_density=_log_uniform(rng, 300, 2000),
            young_density=_log_uniform(rng, 0.12, 1.0), arm_contrast=_log_uniform(rng, 30, 300),
            arm_width=_log_uniform(rng, 0.15, 0.4), dust_offset=float(rng.uniform(0.2, 0.4)),
            clumping=float(rng.uniform(0.8, 1.3)),
            association_fraction=float(rng.uniform(0.5, 0.9)),
            association_log_age=(6.6, float(rng.choice([7.0, 7.5, 8.3]))))


def _log_uniform(rng, lo, hi):
    return float(np.exp(rng.uniform(np.log(lo), np.log(hi))))


#: Ready-made distributions.
MODEL_STRUCTURES = SpiralStructures()
WIDE_STRUCTURES = RichArmStructures()
