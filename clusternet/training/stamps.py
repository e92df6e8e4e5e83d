"""Stamps of the foregrounds of a training, made once and kept on disk."""

import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing import parent_process
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from clusternet._random import seed_of
from clusternet.mocks import MockClusters, StampBank
from clusternet.training.kinds import WindowKind

__all__ = ["Stamps", "make_stamps", "named_seed"]


class Stamps(NamedTuple):
    """Noise-free stamps of one kind."""

    table: np.ndarray | None
    """Structured array of shape (n,) with the parameters and, for scenes, the centres ``x`` and
    ``y`` in pixels; None, or without fields, where there are no parameters."""
    images: np.ndarray
    """Shape (n, band, size, size), size even, electron/s."""


def named_seed(seed: int, name: str) -> list[int]:
    """Return the seed of a named part: the seed of the whole and the CRC-32 of the name.

    It depends on nothing else, such as the order in which parts are listed.

    Examples
    --------
    >>> from clusternet.training.stamps import named_seed
    >>> named_seed(21, "cluster")
    [21, 3854920084]
    """
    return [seed, zlib.crc32(name.encode())]


@dataclass(frozen=True)
class _Draw:
    """Draws one chunk of stamps; picklable."""

    kind: WindowKind
    mocks: MockClusters
    n: int
    size: int

    def __call__(self, rng):
        if parent_process() is not None:  # one of several processes that share the cores
            self.mocks.renderer.single_thread()
        return self.kind.draw(self.mocks, self.n, self.size, rng)


def make_stamps(folder: str | os.PathLike[str], numbers: Mapping[WindowKind, int],
                mocks: MockClusters, *, size: int = 64, chunk: int = 500,
                rng: int | np.random.Generator | None = 1, workers: int = 1,
                progress: bool = True) -> dict[WindowKind, Stamps]:
    """Make the stamps of several kinds, or read those that are there.

    Parameters
    ----------
    folder : str or os.PathLike
        Each kind gets a folder in it.
    numbers : dict of `~clusternet.training.kinds.WindowKind` to int
        Stamps of each kind, rounded up to whole chunks.
    mocks : `~clusternet.mocks.MockClusters`
        Stars, PSF and instrument.
    size : int, optional
        Side of the stamps in pixels.
    chunk : int, optional
        Stamps per file.
    rng : int or numpy.random.Generator, optional
        Seed of all stamps; each kind has a stream of its own, see `named_seed`.
    workers : int, optional
        Processes.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    dict of `~clusternet.training.kinds.WindowKind` to `Stamps`

    Raises
    ------
    ValueError
        If the folder holds stamps of other settings, those of the mock clusters included.
    """
    settings, seed, made = mocks.settings(), seed_of(rng), {}
    chunks = {kind: -(-n // chunk) for kind, n in numbers.items()}
    with tqdm(total=sum(chunks.values()), desc="stamps", unit=" chunks",
              disable=not progress) as bar:
        for kind, n_chunks in chunks.items():
            bank = StampBank.build(
                Path(folder) / kind.name, _Draw(kind, mocks, chunk, size),
                {"chunk": chunk, "size": size, **kind.settings(), **settings}, n_chunks,
                named_seed(seed, kind.name), workers)
            made[kind] = Stamps(bank.table, bank.load())
            bar.update(n_chunks)
    return made
