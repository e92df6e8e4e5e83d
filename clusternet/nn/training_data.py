"""Foregrounds and backgrounds of a training, made once and kept on disk."""

from contextlib import ExitStack
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from clusternet._files import atomic_write
from clusternet.galaxy import GalaxyStructure, SyntheticGalaxy
from clusternet.mocks import (
    BrightStars,
    LooseAssociations,
    MockClusters,
    StampBank,
)
from clusternet.psf import OpticalPSF, uvis_bands

__all__ = ["PSFS", "draw_structure", "make_backgrounds", "make_foregrounds"]

#: Through which PSF mock clusters and galaxies are seen: that of the sharper chip (the default of
#: `MockClusters`), or the mean of both, as on a mosaic.
PSFS = ("sharp", "mean")

#: Distance of a cluster's centre from pixel 32, 32, in pixels: centred, and off the centre.
CENTRED, OFF_CENTRE = (0.0, 1.5), (4.0, 36.0)
#: The strides of `ClusterResNet` multiply to this: clusters shifted by it look alike to all of its
#: layers but for the borders of the window, so they are shown to it often.
STRIDE = 16


@lru_cache(maxsize=len(PSFS))
def _mocks(psf="sharp"):
    import torch

    torch.set_num_threads(1)  # called in worker processes, one a core
    return MockClusters(psf=OpticalPSF(uvis_bands(averaged=psf == "mean")))


def _shifts(n, rng):
    """Whole strides, not (0, 0), mostly one; pixels, shape (n, 2)."""
    steps = np.array([(i, j) for i in range(-2, 3) for j in range(-2, 3) if i or j])
    p = np.where(np.abs(steps).max(1) == 1, 4.0, 1.0)
    return STRIDE * steps[rng.choice(len(steps), n, p=p / p.sum())]


class _Draw:
    """One chunk of stamps of a kind; picklable."""

    def __init__(self, kind, n, size, psf):
        self.kind, self.n, self.size, self.psf = kind, n, size, psf

    def __call__(self, rng):
        mocks = _mocks(self.psf)
        if self.kind in ("cluster", "offcentre"):
            ring = CENTRED if self.kind == "cluster" else OFF_CENTRE
            table, images = mocks.draw(self.n, self.size, jitter=ring, rng=rng)
            return table.as_array(), images
        if self.kind == "aliased":
            table, images = mocks.draw(self.n, self.size, jitter=2.0,
                                       shift=_shifts(self.n, rng), rng=rng)
            return table.as_array(), images
        source = BrightStars(mocks) if self.kind == "stars" else LooseAssociations(mocks)
        return np.zeros(self.n), source.draw(self.n, self.size, rng=rng)


def make_foregrounds(folder, numbers, chunk, seed, workers=2, progress=None, size=64,
                     psf="sharp"):
    """Stamp banks of every kind.

    Parameters
    ----------
    folder : `~pathlib.Path`
        One folder a kind is made in it.
    numbers : dict of str to int
        Stamps of each kind (``cluster``, ``offcentre``, ``stars``,
        ``association``, ``aliased``).
    chunk : int
        Stamps a file.
    seed : int
        Of all of them; each kind has its own stream.
    workers : int, optional
        Processes.
    progress : callable, optional
        Called with a kind and the number of the chunk just made.
    size : int, optional
        Side of the stamps in pixels.
    psf : str, optional
        One of `PSFS`.

    Returns
    -------
    dict of str to (table, images)
        As `~clusternet.nn.data.WindowComposer` takes them.
    """
    out = {}
    for i, (kind, n) in enumerate(numbers.items()):
        bank = StampBank.build(
            Path(folder) / kind, _Draw(kind, chunk, size, psf),
            {"kind": kind, "chunk": chunk, "size": size, "psf": psf},
            -(-n // chunk), [seed, i], workers,
            None if progress is None else (lambda c, kind=kind: progress(kind, c)))
        out[kind] = (bank.table, bank.load())
    return out


def draw_structure(rng):
    """A galaxy's structure, drawn widely around the default."""
    def factor(lo, hi):
        return float(np.exp(rng.uniform(np.log(lo), np.log(hi))))

    base = GalaxyStructure()
    return replace(
        base, disc_density=base.disc_density * factor(0.3, 3),
        disc_scale=base.disc_scale * factor(0.8, 1.3),
        bulge_density=base.bulge_density * factor(0.3, 2),
        young_density=base.young_density * factor(0.3, 8),
        association_fraction=float(rng.uniform(0.3, 0.8)),
        pitch_angle=float(rng.uniform(10, 22)), arm_phase=float(rng.uniform(0, 360)),
        arm_width=base.arm_width * factor(0.7, 1.6), arm_contrast=factor(3, 15),
        dust=base.dust * factor(0.3, 3), clumping=float(rng.uniform(0.5, 1.1)),
        sky=factor(0.5, 2))


def _patch(folder, seed, galaxy, size, i, noise, psf):
    path = Path(folder) / f"galaxy-{galaxy:03d}-{i:03d}-{size}.npy"
    if not path.is_file():
        rng = np.random.default_rng([seed, galaxy])
        structure = draw_structure(rng)
        source = SyntheticGalaxy((12000, 12000), _mocks(psf), structure=structure,
                                 seed=int(rng.integers(2**31)))
        place = np.random.default_rng([seed, galaxy, i])
        # Radii uniform to 6 kpc: as many crowded places as sparse ones.
        radius = place.uniform(150, 6000) / (0.0396 * source.galaxy.parsecs_per_arcsec)
        angle = place.uniform(0, 2 * np.pi)
        x0 = int(np.clip(6000 + radius * np.cos(angle), 0, 12000 - size))
        y0 = int(np.clip(6000 + radius * np.sin(angle), 0, 12000 - size))
        image = source.pixels(x0, y0, size, size, noise)
        with atomic_write(path) as temporary, open(temporary, "wb") as f:
            np.save(f, image)
    return path


def _patch_job(job):
    return _patch(*job)


def make_backgrounds(folder, galaxies, patches, size, seed, workers=2, progress=None, noise=True,
                     psf="sharp"):
    """Parts of synthetic galaxies, each galaxy with its own structure.

    Parameters
    ----------
    folder : `~pathlib.Path`
        Where the parts are kept.
    galaxies, patches, size : int
        Galaxies, parts of each, side of a part in pixels.
    seed : int
        Of everything.
    workers : int, optional
        Processes.
    progress : callable, optional
        Called with the path of each part.
    noise : bool, optional
        False for expected images, to which noise is added later.
    psf : str, optional
        One of `PSFS`.

    Returns
    -------
    list of numpy.ndarray, shape (band, size, size)
        electron/s.
    """
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    folder = Path(folder) / f"backgrounds-{seed}-{psf}{'' if noise else '-expected'}"
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [(folder, seed, g, size, i, noise, psf) for g in range(galaxies) for i in range(patches)]
    paths = []
    with ExitStack() as stack:
        if workers > 1:
            pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
            done = stack.enter_context(pool).map(_patch_job, jobs)
        else:
            done = map(_patch_job, jobs)
        for path in done:
            paths.append(path)
            if progress:
                progress(path)
    return [np.load(p) for p in paths]
