"""Stores of stamps on disk, made chunk by chunk from a seed."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path
from typing import Self

import numpy as np
from tqdm import tqdm

from clusternet._files import atomic_write, keep_settings, prepare_folder
from clusternet._random import seed_of

__all__ = ["StampBank"]

FORMAT = 1


class StampBank:
    """Stamps and their parameters in a folder, float16, memory-mapped.

    Every chunk is drawn from a seed of its own and appears whole or not at all, so that an
    interrupted bank resumes where it stopped, and the same settings make the same bank again.

    Parameters
    ----------
    folder : str or os.PathLike
        Folder that `build` made.

    Attributes
    ----------
    settings : dict
        Settings of the bank, its format and seed included.
    table : numpy.ndarray, shape (stamp,), or None
        Structured array of the parameters; None for a bank without stamps.

    Raises
    ------
    FileNotFoundError
        If there is no bank in the folder.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)
        settings = self.folder / "settings.json"
        if not settings.is_file():
            raise FileNotFoundError(
                f"no stamp bank in {self.folder}; make one with StampBank.build")
        self.settings = json.loads(settings.read_text())
        # A chunk is there when its images are: they come after its table.
        chunks = sorted(self.folder.glob("images-*.npy"))
        self._images = [np.load(p, mmap_mode="r") for p in chunks]
        tables = [np.load(p.with_name(p.name.replace("images", "table"))) for p in chunks]
        self.table = np.concatenate(tables) if tables else None

    def __len__(self) -> int:
        return sum(len(images) for images in self._images)

    def load(self) -> np.ndarray:
        """Read all stamps into memory, shape (stamp, band, y, x), float16."""
        return np.concatenate(self._images)

    @classmethod
    def build(cls, folder: str | os.PathLike[str],
              draw: Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]],
              settings: Mapping[str, object], n_chunks: int,
              rng: int | Sequence[int] | np.random.Generator | None, workers: int = 1, *,
              progress: bool = False) -> Self:
        """Make a bank, or its missing chunks.

        Parameters
        ----------
        folder : str or os.PathLike
            Folder of the bank; made if missing.
        draw : callable
            ``draw(rng)`` returns a structured array of parameters and an array of images in
            electron/s, for one chunk. It must be picklable for more than one worker.
        settings : mapping of str to object
            All that the draw depends on, in values that JSON can hold; a folder made with other
            settings is refused. `MockClusters.settings` gives those of mock clusters.
        n_chunks : int
            Number of chunks.
        rng : int, sequence of int or `numpy.random.Generator`
            Seed of the bank; integers are the seed itself.
        workers : int, optional
            Number of processes.
        progress : bool, optional
            Show a progress bar.

        Returns
        -------
        `StampBank`

        Raises
        ------
        ValueError
            If the folder holds a bank of other settings.
        """
        folder = prepare_folder(folder)
        seed = list(rng) if isinstance(rng, Sequence) else seed_of(rng)
        settings = {"format": FORMAT, "seed": seed, **settings}
        keep_settings(folder / "settings.json", settings, f"the stamp bank in {folder}")
        jobs = [(folder, draw, seed, number) for number in range(n_chunks)
                if not (folder / f"images-{number:05d}.npy").is_file()]
        with ExitStack() as stack:
            run = map
            if workers > 1:
                pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
                run = stack.enter_context(pool).map
            for _ in tqdm(run(_make_chunk, jobs), "stamps", len(jobs), disable=not progress):
                pass
        return cls(folder)


def _make_chunk(job):
    folder, draw, seed, number = job
    table, images = draw(np.random.default_rng([seed, number]))
    # The table first: a chunk counts as done when its images are there.
    for kind, array in (("table", table), ("images", np.asarray(images, dtype=np.float16))):
        path = folder / f"{kind}-{number:05d}.npy"
        with atomic_write(path) as temporary, open(temporary, "wb") as f:
            np.save(f, array)
