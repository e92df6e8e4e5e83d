"""Stores of stamps on disk, made chunk by chunk from a seed."""

import hashlib
import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from clusternet._files import atomic_write, keep_settings

__all__ = ["StampBank"]

FORMAT = 1


class StampBank:
    """Stamps and their parameters in a folder, float16, memory-mapped.

    Every chunk is drawn from its own seed and appears whole or not at all, so
    an interrupted bank goes on where it stopped, and the same settings make
    the same bank again.

    Parameters
    ----------
    folder : str or `~pathlib.Path`
        Where it is; made by `build`.

    Raises
    ------
    FileNotFoundError
        There is no bank.
    """

    def __init__(self, folder):
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
        self._starts = np.cumsum([0] + [len(i) for i in self._images])

    def __len__(self):
        return int(self._starts[-1])

    def load(self):
        """All stamps in memory, shape (stamp, band, y, x), float16."""
        return np.concatenate(self._images)

    @classmethod
    def build(cls, folder, draw, settings, n_chunks, seed, workers=1, progress=None):
        """Make a bank, or what is missing of it.

        Parameters
        ----------
        folder : str or `~pathlib.Path`
            Where to.
        draw : callable
            ``draw(rng)`` gives a structured array of parameters and an array
            of images, electron/s, for one chunk. It must be picklable for
            more than one worker.
        settings : dict
            All that the draw depends on, what JSON can hold; a folder made with others is
            refused. `MockClusters.settings` gives those of mock clusters.
        n_chunks : int
            Chunks.
        seed : int
            Seed of the bank.
        workers : int, optional
            Processes.
        progress : callable, optional
            Called with the number of each chunk that is done.

        Returns
        -------
        `StampBank`

        Raises
        ------
        ValueError
            The folder holds a bank of other settings.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        settings = {"format": FORMAT, "seed": seed, **settings}
        keep_settings(folder / "settings.json", settings, f"the stamp bank in {folder}")
        missing = [i for i in range(n_chunks) if not (folder / f"images-{i:05d}.npy").is_file()]
        jobs = [(folder, draw, seed, i) for i in missing]
        if workers > 1:
            with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
                for i in pool.map(_make_chunk, jobs):
                    if progress:
                        progress(i)
        else:
            for job in jobs:
                i = _make_chunk(job)
                if progress:
                    progress(i)
        return cls(folder)

    @property
    def digest(self):
        """A short name of the settings, the same for the same bank."""
        text = json.dumps(self.settings, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


def _make_chunk(job):
    folder, draw, seed, i = job
    table, images = draw(np.random.default_rng([seed, i]))
    # The table first: a chunk counts as done when its images are there.
    for kind, array in (("table", table), ("images", np.asarray(images, dtype=np.float16))):
        with atomic_write(folder / f"{kind}-{i:05d}.npy") as temporary, open(temporary, "wb") as f:
            np.save(f, array)
    return i
