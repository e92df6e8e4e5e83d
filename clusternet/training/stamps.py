"""Foregrounds and backgrounds of a training, made once and kept on disk."""

from contextlib import ExitStack
from dataclasses import asdict, replace
from functools import lru_cache
from multiprocessing import parent_process
from pathlib import Path

import numpy as np

from clusternet._files import atomic_write, keep_settings
from clusternet.galaxy import GalaxyStructure, SyntheticGalaxy
from clusternet.mocks import (
    BrightStars,
    LooseAssociations,
    MockClusters,
    StampBank,
)
from clusternet.psf import OpticalPSF, uvis_bands

__all__ = ["PSFS", "STRUCTURES", "draw_structure", "draw_wide_structure", "make_backgrounds",
           "make_foregrounds"]

#: Through which PSF mock clusters and galaxies are seen: that of the sharper chip (the default of
#: `MockClusters`), or the mean of both, as on a mosaic.
PSFS = ("sharp", "mean")

#: Distance of a cluster's centre from the middle of its stamp, or from where it is shifted to, in
#: pixels, by kind.
JITTER = {"cluster": (0.0, 1.5), "offcentre": (4.0, 36.0), "aliased": (0.0, 2.0)}
#: The strides of `ClusterResNet` multiply to this: clusters shifted by it look alike to all of its
#: layers but for the borders of the window, so they are shown to it often.
STRIDE = 16


@lru_cache(maxsize=len(PSFS))
def _mocks(psf="sharp"):
    mocks = MockClusters(psf=OpticalPSF(uvis_bands(averaged=psf == "mean")))
    if parent_process() is not None:  # one of several, one a core
        mocks.renderer.single_thread()
    return mocks


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
        if self.kind in JITTER:
            shift = _shifts(self.n, rng) if self.kind == "aliased" else 0
            table, images = mocks.draw(self.n, self.size, jitter=JITTER[self.kind], shift=shift,
                                       rng=rng)
            return table.as_array(), images
        source = BrightStars(mocks) if self.kind == "stars" else LooseAssociations(mocks)
        return np.zeros(self.n), source.draw(self.n, self.size, rng=rng)


def make_foregrounds(folder, numbers, chunk, seed, workers=2, progress=False, size=64,
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
    progress : bool, optional
        Show a progress bar.
    size : int, optional
        Side of the stamps in pixels.
    psf : str, optional
        One of `PSFS`.

    Returns
    -------
    dict of str to (table, images)
        As `~clusternet.training.windows.WindowComposer` takes them.

    Raises
    ------
    ValueError
        The folder holds stamps of other settings, those of the mock clusters included.
    """
    settings, out = _mocks(psf).settings(), {}
    for i, (kind, n) in enumerate(numbers.items()):
        bank = StampBank.build(
            Path(folder) / kind, _Draw(kind, chunk, size, psf),
            {"kind": kind, "chunk": chunk, "size": size, "jitter": JITTER.get(kind), **settings},
            -(-n // chunk), [seed, i], workers, progress=progress)
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


def draw_wide_structure(rng):
    """A galaxy's structure, drawn so widely that the arm and the bar of M83 are among them.

    Half are as those of `draw_structure`; of the other half most young stars stand in thin arms,
    in associations of up to ten million years.
    """
    structure = draw_structure(rng)
    if rng.random() < 0.5:
        return structure

    def spread(lo, hi):
        return float(np.exp(rng.uniform(np.log(lo), np.log(hi))))

    return replace(
        structure, disc_density=spread(300, 2000), young_density=spread(0.12, 1.0),
        arm_contrast=spread(30, 300), arm_width=spread(0.15, 0.4),
        dust_offset=float(rng.uniform(0.2, 0.4)), clumping=float(rng.uniform(0.8, 1.3)),
        association_fraction=float(rng.uniform(0.5, 0.9)),
        association_log_age=(6.6, float(rng.choice([7.0, 7.5, 8.3]))))


#: From what structures galaxies are drawn, by the name of the `~clusternet.training.scenes.SIGHTS`
#: that goes with them.
STRUCTURES = {"model": draw_structure, "wide": draw_wide_structure}


def _patch(folder, seed, galaxy, size, i, noise, psf, structure):
    path = Path(folder) / f"galaxy-{galaxy:03d}-{i:03d}-{size}.npy"
    if not path.is_file():
        rng = np.random.default_rng([seed, galaxy])
        drawn = STRUCTURES[structure](rng)
        source = SyntheticGalaxy((12000, 12000), _mocks(psf), structure=drawn,
                                 rng=int(rng.integers(2**31)))
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


def _galaxy_settings(seed, noise, psf, structure):
    """What the parts depend on; the structure of the first galaxy stands for how all are drawn."""
    first = asdict(STRUCTURES[structure](np.random.default_rng([seed, 0])))
    first = {f"structure.{name}": float(f"{value:.6g}") if isinstance(value, float) else value
             for name, value in first.items()}
    return {"seed": seed, "noise": noise, **first, **_mocks(psf).settings()}


def make_backgrounds(folder, galaxies, patches, size, seed, workers=2, progress=None, noise=True,
                     psf="sharp", structure="model"):
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
    structure : str, optional
        One of `STRUCTURES`.

    Returns
    -------
    list of numpy.ndarray, shape (band, size, size)
        electron/s.

    Raises
    ------
    ValueError
        The folder holds parts of galaxies of other settings, or of unknown ones.
    """
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    kind = "" if structure == "model" else f"-{structure}"
    folder = Path(folder) / f"backgrounds-{seed}-{psf}{kind}{'' if noise else '-expected'}"
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.glob("galaxy-*.npy")) and not (folder / "settings.json").is_file():
        raise ValueError(f"nothing tells how the parts of galaxies in {folder} were made; remove "
                         "it, or choose another folder")
    keep_settings(folder / "settings.json", _galaxy_settings(seed, noise, psf, structure),
                  f"what {folder} holds")
    jobs = [(folder, seed, g, size, i, noise, psf, structure)
            for g in range(galaxies) for i in range(patches)]
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
