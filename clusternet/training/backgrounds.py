"""Backgrounds of a training: parts of synthetic galaxies, made once and kept on disk."""

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import NamedTuple

import astropy.units as u
import numpy as np
from tqdm import tqdm

from clusternet._files import atomic_write, keep_settings
from clusternet._random import seed_of
from clusternet.galaxy import SyntheticGalaxy
from clusternet.mocks import MockClusters
from clusternet.training.structures import MODEL_STRUCTURES, StructurePrior

__all__ = ["make_backgrounds"]

_SIDE = 12000  # of a synthetic galaxy, pixels
_RADII = 150, 6000  # range of the distances of parts from the centre of their galaxy, parsecs


class _Part(NamedTuple):
    """A part of a galaxy that a worker makes."""

    folder: Path
    seed: int
    galaxy: int
    number: int
    size: int
    noise: bool
    mocks: MockClusters
    structure: StructurePrior


def make_backgrounds(folder: str | os.PathLike[str], mocks: MockClusters, *, galaxies: int,
                     patches: int, size: int, structure: StructurePrior = MODEL_STRUCTURES,
                     noise: bool = True, rng: int | np.random.Generator | None = 1,
                     workers: int = 1, progress: bool = True) -> Sequence[np.ndarray]:
    """Make parts of synthetic galaxies, or read those that are there.

    Parameters
    ----------
    folder : str or os.PathLike
        Where the parts are kept.
    mocks : `~clusternet.mocks.MockClusters`
        Stars, PSF and instrument.
    galaxies, patches, size : int
        Number of galaxies, of parts of each, and the side of a part in pixels.
    structure : `~clusternet.training.structures.StructurePrior`, optional
        Distribution from which the structure of each galaxy is drawn.
    noise : bool, optional
        False for expected images, to which noise is added later.
    rng : int or numpy.random.Generator, optional
        Seed of galaxies and places.
    workers : int, optional
        Processes.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    list of numpy.ndarray, shape (band, size, size)
        electron/s.

    Raises
    ------
    ValueError
        If the folder holds parts of galaxies of other settings, or of unknown ones.
    """
    folder, seed = Path(folder), seed_of(rng)
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.glob("galaxy-*.npy")) and not (folder / "settings.json").is_file():
        raise ValueError(f"no settings.json beside the parts of galaxies in {folder}; remove it, "
                         "or choose another folder")
    keep_settings(folder / "settings.json",
                  {"seed": seed, "noise": noise, **structure.settings(), **mocks.settings()},
                  f"what {folder} holds")
    parts = [_Part(folder, seed, galaxy, number, size, noise, mocks, structure)
             for galaxy in range(galaxies) for number in range(patches)]
    with ExitStack() as stack:
        if workers > 1:
            pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
            paths = stack.enter_context(pool).map(_make_part, parts)
        else:
            paths = map(_make_part, parts)
        return [np.load(path) for path in tqdm(paths, total=len(parts), desc="backgrounds",
                                               unit=" parts", disable=not progress)]


def _make_part(part):
    path = part.folder / f"galaxy-{part.galaxy:03d}-{part.number:03d}-{part.size}.npy"
    if path.is_file():
        return path
    if parent_process() is not None:  # one of several processes that share the cores
        part.mocks.renderer.single_thread()
    rng = np.random.default_rng([part.seed, part.galaxy])
    drawn = part.structure(rng)
    source = SyntheticGalaxy((_SIDE, _SIDE), part.mocks, structure=drawn,
                             rng=int(rng.integers(2**31)))
    place = np.random.default_rng([part.seed, part.galaxy, part.number])
    # Radii are uniform: as many crowded places as sparse ones.
    pixel = part.mocks.instrument.pixel_scale.to_value(u.arcsec) * source.galaxy.parsecs_per_arcsec
    radius = place.uniform(*_RADII) / pixel
    angle = place.uniform(0, 2 * np.pi)
    x0, y0 = (int(np.clip(_SIDE // 2 + offset, 0, _SIDE - part.size))
              for offset in (radius * np.cos(angle), radius * np.sin(angle)))
    image = source.pixels(x0, y0, part.size, part.size, noise=part.noise)
    with atomic_write(path) as temporary, open(temporary, "wb") as file:
        np.save(file, image)
    return path
