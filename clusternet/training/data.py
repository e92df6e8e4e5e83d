"""Training data: stamps of mock objects, and the images that they are put on."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from clusternet.instruments import Instrument, wfc3_uvis
from clusternet.mocks import MockClusters
from clusternet.training.backgrounds import make_backgrounds
from clusternet.training.kinds import WindowKind
from clusternet.training.stamps import Stamps, make_stamps, named_seed
from clusternet.training.structures import MODEL_STRUCTURES, StructurePrior

if TYPE_CHECKING:
    from clusternet.training.recipe import Recipe

__all__ = ["TrainingData", "make_training_data"]


@dataclass(frozen=True, eq=False)
class TrainingData:
    """Mock objects and backgrounds of one instrument, seen through one PSF.

    Parameters
    ----------
    foregrounds : dict of `~clusternet.training.kinds.WindowKind` to (table, images)
        Noise-free `~clusternet.training.stamps.Stamps` of each kind, electron/s. Scenes need
        clusters, stars and associations.
    backgrounds : sequence of numpy.ndarray, shape (band, y, x)
        electron/s. Windows are cut from images with their noise, without clusters; scenes from
        expected images, to which noise is added.
    masks : sequence of numpy.ndarray, shape (y, x), optional
        True where pixels of each background are bad. Windows stay away from them; scenes cannot.
    instrument : `~clusternet.instruments.Instrument`, optional
        Bands, exposure times and read noise; WFC3/UVIS in F336W, F438W, F814W when not given.

    Raises
    ------
    ValueError
        If there is no background, or the shapes of the parts do not fit each other or the bands.

    Examples
    --------
    >>> import numpy as np
    >>> from clusternet.training import TrainingData
    >>> from clusternet.training.kinds import STARS
    >>> TrainingData({STARS: (None, np.ones((5, 3, 64, 64)))}, [np.zeros((3, 100, 100))])
    TrainingData(5 stars; 1 background; WFC3/UVIS F336W, F438W, F814W)
    """

    foregrounds: Mapping[WindowKind, Stamps]
    backgrounds: Sequence[np.ndarray]
    masks: Sequence[np.ndarray] | None = None
    instrument: Instrument = field(default_factory=wfc3_uvis)

    def __post_init__(self) -> None:
        foregrounds = {kind: Stamps(*stamps) for kind, stamps in self.foregrounds.items()}
        object.__setattr__(self, "foregrounds", foregrounds)
        object.__setattr__(self, "backgrounds", tuple(self.backgrounds))
        n_bands = len(self.instrument.bands)
        for kind, (table, images) in foregrounds.items():
            shape = np.shape(images)
            if len(shape) != 4 or not shape[0] or shape[1] != n_bands or shape[2] != shape[3]:
                raise ValueError(f"stamps of {kind.name} have shape {shape}; expected (n, "
                                 f"{n_bands}, size, size), n at least 1: the bands are "
                                 f"{', '.join(self.instrument.bands)}")
            if table is not None and len(table) != shape[0]:
                raise ValueError(f"{len(table)} rows for {shape[0]} stamps of {kind.name}; give "
                                 "a row per stamp")
        if not self.backgrounds:
            raise ValueError("no backgrounds; give at least one image")
        for i, image in enumerate(self.backgrounds):
            if np.ndim(image) != 3 or len(image) != n_bands:
                raise ValueError(f"background {i} has shape {np.shape(image)}; expected "
                                 f"({n_bands}, y, x): the bands are "
                                 f"{', '.join(self.instrument.bands)}")
        if self.masks is not None:
            shapes = [np.shape(mask) for mask in self.masks]
            if shapes != [image.shape[1:] for image in self.backgrounds]:
                raise ValueError(f"masks have shapes {shapes}; give one for each background, of "
                                 "its shape (y, x)")

    def __repr__(self) -> str:
        stamps = ", ".join(f"{len(s.images)} {kind.name}" for kind, s in self.foregrounds.items())
        n = len(self.backgrounds)
        return (f"TrainingData({stamps}; {n} background{'s' * (n > 1)}; {self.instrument.name} "
                f"{', '.join(self.instrument.bands)})")

    def require(self, kinds: Iterable[WindowKind]) -> None:
        """Raise `ValueError` if stamps of one of these kinds are missing."""
        missing = [kind.name for kind in kinds if kind not in self.foregrounds]
        if missing:
            raise ValueError(f"no stamps of {', '.join(missing)} in the training data (they have "
                             f"{', '.join(kind.name for kind in self.foregrounds) or 'none'}); "
                             "add them, or take them out of the recipe")


def make_training_data(recipe: "Recipe", folder: str | os.PathLike[str],
                       mocks: Sequence[MockClusters], *,
                       structure: StructurePrior = MODEL_STRUCTURES, workers: int = 1,
                       progress: bool = True) -> list[TrainingData]:
    """Make the training data of a recipe, or read those that are there.

    The stamps of the i-th mock clusters have the seed ``recipe.seed + i``, each kind a stream of
    its own; the seed of the galaxies also depends on the name of their structures
    (`~clusternet.training.stamps.named_seed`).

    Parameters
    ----------
    recipe : `~clusternet.training.Recipe`
        How many of each.
    folder : str or os.PathLike
        Where they are kept.
    mocks : sequence of `~clusternet.mocks.MockClusters`
        One for each PSF; each gives training data.
    structure : `~clusternet.training.structures.StructurePrior`, optional
        Distribution of the structures of the galaxies.
    workers : int, optional
        Processes.
    progress : bool, optional
        Show progress bars.

    Returns
    -------
    list of `TrainingData`
    """
    data = []
    for i, source in enumerate(mocks):
        seed = recipe.seed + i
        rng = np.random.default_rng(named_seed(seed, structure.name))
        backgrounds = make_backgrounds(
            Path(folder) / f"backgrounds-{i}-{structure.name}", source, galaxies=recipe.galaxies,
            patches=recipe.patches, size=recipe.patch_size, structure=structure,
            noise=recipe.noisy_backgrounds, rng=rng, workers=workers, progress=progress)
        stamps = make_stamps(Path(folder) / f"stamps-{i}", recipe.numbers, source,
                             size=recipe.stamp_size, chunk=recipe.chunk, rng=seed,
                             workers=workers, progress=progress)
        data.append(TrainingData(stamps, backgrounds, instrument=source.instrument))
    return data
