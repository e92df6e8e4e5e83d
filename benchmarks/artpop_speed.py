"""Mock clusters a second, beside ArtPop.

    pip install artpop==0.1.2
    OMP_NUM_THREADS=1 python benchmarks/artpop_speed.py [--clusters N] [--turns N] [--cpu-time]

Both make the same clusters in turn, in one process: the same parameters (Table 1 of Paper III
within its magnitude limits), isochrones, Kroupa IMF, EFF positions, bands and PSFs, 64 x 64 pixels
in three bands without noise. What each needs once (isochrones, PSFs, mass cells) is made
beforehand. What differs, mostly in favour of ArtPop: it takes the number of living stars as given
(or, in a further row, their mass), is spared the clusters that are too faint, and puts stars on
whole pixels; a last row has them on a grid three times finer, as its documentation recommends
where that is too coarse. Its images have odd sides (65), and its EFF positions are sampled by
clusternet. clusternet draws faint stars in bundles; a row is for every star by itself.

The rows of several cores are for clusternet with several threads, and for both in several processes
with one thread each, which share the clusters of a turn and keep the images to themselves. On a
busy machine ``--cpu-time`` counts the processor's seconds in place of those that pass, and leaves
these rows out.
"""

import argparse
import time
import warnings
from collections import Counter
from contextlib import ExitStack
from multiprocessing import get_context
from unittest.mock import patch

import astropy.units as u
import numpy as np
import torch

from clusternet.mocks import MockClusters

SIZE = 64
OURS, THEIRS = "clusternet, 1 thread", "ArtPop, number of stars given"


class ArtPopClusters:
    """Clusters of given parameters as ArtPop draws them.

    ``by_mass`` gives it the mass of the living stars in place of their number; with
    ``oversampling``, an odd number, stars are on whole pixels of a grid so many times finer.
    """

    def __init__(self, mocks, clock, by_mass=False, oversampling=1):
        # The isochrones that it ships are MIST's, downloaded on use; importing it only warns.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import artpop

        self.artpop, self.mocks, self.clock = artpop, mocks, clock
        self.by_mass, self.oversampling = by_mass, oversampling
        self.imager = artpop.IdealImager()
        self.bands = tuple(mocks.instrument)
        psf, size = mocks.renderer.psf, mocks.renderer.psf_size
        self.psfs = [psf.effective_psf(b.name, oversampling, size) for b in self.bands]
        # ArtPop scales every PSF to a sum of 1.
        self.psf_sums = np.array([p.sum() for p in self.psfs])
        self.isochrones = {age: self._isochrone(age) for age in mocks.parameters.grid("log_age")}
        self.spent = Counter()

    def _isochrone(self, log_age):
        """The same points, from the lowest mass of the IMF on."""
        own = self.mocks.population.isochrones.isochrone(log_age)
        lowest = self.mocks.population.imf.mass_range[0]
        mass = np.concatenate([[lowest], own.initial_mass[own.initial_mass > lowest]])
        magnitudes = {
            b.name: np.interp(np.log10(mass), np.log10(own.initial_mass), own.magnitudes[b.name])
            for b in self.bands}
        return self.artpop.Isochrone(mass, mass, magnitudes)

    def _amount(self, isochrone, mass):
        """Stars, or mass of the stars, that still shine."""
        imf = self.mocks.population.imf
        if self.by_mass:
            return {"total_mass": mass * float(imf.mass_fraction(isochrone.m_max))}
        living = imf.cdf(isochrone.m_max) - imf.cdf(isochrone.m_min)
        return {"num_stars": round(mass / imf.mean_mass * float(living))}

    def __call__(self, row, rng):
        """Images of a cluster, shape (band, 65, 65)."""
        start = self.clock()
        isochrone = self.isochrones[float(row["log_age"])]
        a_lam = dict(zip(self.mocks.instrument.bands,
                         row["a_v"] * self.mocks.population.band_extinction, strict=True))
        stars = self.artpop.SSP(
            isochrone, distance=self.mocks.distance, a_lam=a_lam, add_remnants=False,
            random_state=int(rng.integers(2**31)), **self._amount(isochrone, 10**row["log_mass"]))
        drawn = self.clock()
        offsets = self.mocks.profiles.draw(10**row["log_r_h"], rng).sample(stars.num_stars, rng)
        s = self.oversampling
        scale = self.mocks.pixel_scale.to_value(u.arcsec)
        xy = (offsets / scale + np.array([row["x"], row["y"]])) * s + (s - 1) / 2
        placed = self.clock()
        source = self.artpop.source.Source(xy, stars.mag_table, (SIZE + 1) * s, scale)
        images = np.stack([
            self.imager.observe(source, b.name, psf=p, zpt=b.zero_point, boundary="fill").image
            for b, p in zip(self.bands, self.psfs, strict=True)])
        self.spent.update({"drawing stars": drawn - start, "positions": placed - drawn,
                           "images": self.clock() - placed})
        return images[:, s // 2::s, s // 2::s] * self.psf_sums[:, None, None]

    def draw(self, table, rng):
        """Images of many clusters, shape (cluster, band, 65, 65)."""
        return np.array([self(row, rng) for row in table])


class Workers:
    """Processes with one thread each, ready to draw clusters side by side."""

    made = None  # in a worker: its `MockClusters` and its `ArtPopClusters`

    def __init__(self, cores, mocks):
        context = get_context("spawn")
        ready = context.Barrier(cores + 1)
        self.cores, self.pool = cores, context.Pool(cores, self._prepare, (ready, mocks))
        ready.wait()

    @classmethod
    def _prepare(cls, ready, mocks):
        torch.set_num_threads(1)
        warnings.filterwarnings("ignore", message=".*isiterable.*")
        for age in mocks.parameters.grid("log_age"):
            mocks.population.cells(age)
        cls.made = mocks, ArtPopClusters(mocks, time.perf_counter)
        table, _ = mocks.draw(1, SIZE, rng=0)
        cls.made[1].draw(table, np.random.default_rng(0))
        ready.wait()

    @classmethod
    def _draw_ours(cls, n, seed):
        cls.made[0].draw(n, SIZE, rng=seed)

    @classmethod
    def _draw_theirs(cls, table, seed):
        cls.made[1].draw(table, np.random.default_rng(seed))

    def _parts(self, n):
        return np.array_split(np.arange(n), self.cores)

    def ours(self, n, seed):
        """As many clusters in all, of clusternet."""
        self.pool.starmap(self._draw_ours, [(len(part), [*seed, i])
                                            for i, part in enumerate(self._parts(n))], chunksize=1)

    def theirs(self, table, seed):
        """The clusters of a table, of ArtPop."""
        self.pool.starmap(self._draw_theirs,
                          [(table[part], [*seed, i])
                           for i, part in enumerate(self._parts(len(table)))], chunksize=1)


def timed(clock, function, *args, **kwargs):
    start = clock()
    result = function(*args, **kwargs)
    return clock() - start, result


def breakdown(clock, mocks, n, seed):
    """Seconds that the parts of `MockClusters.draw` take for ``n`` clusters."""
    spent = Counter()

    def clocked(function, label, after=None):
        def wrapper(*args, **kwargs):
            seconds, result = timed(clock, function, *args, **kwargs)
            spent[label] += seconds
            return result if after is None else after(result)
        return wrapper

    def with_clocked_sample(profile):
        profile.sample = clocked(profile.sample, "positions")
        return profile

    transforms = []
    rfft2 = torch.fft.rfft2

    def marked(*args, **kwargs):
        transforms.append(clock())
        return rfft2(*args, **kwargs)

    def render(*args, **kwargs):
        start = clock()
        image = renderer(*args, **kwargs)
        spent["spreading the stars on the fine grid"] += transforms[-1] - start
        spent["Fourier transforms, PSF, sampling"] += clock() - transforms[-1]
        return image

    renderer = mocks.renderer
    with ExitStack() as stack:
        for thing, name, new in (
                (mocks.population, "draw", clocked(mocks.population.draw, "drawing stars")),
                (mocks.profiles, "draw",
                 clocked(mocks.profiles.draw, "positions", with_clocked_sample)),
                (mocks, "renderer", render), (torch.fft, "rfft2", marked)):
            stack.enter_context(patch.object(thing, name, new))
        total, _ = timed(clock, mocks.draw, n, SIZE, rng=seed)
    return spent | {"the rest (parameters, magnitudes, tables)": total - sum(spent.values())}


def ranged(values):
    return f"{np.median(values):.1f} ({values.min():.1f} - {values.max():.1f})"


def show_parts(title, spent, n):
    print(f"\n{title}")
    for label, seconds in spent.items():
        print(f"  {label:42s}{1e3 * seconds / n:8.2f} ms a cluster"
              f"{100 * seconds / sum(spent.values()):7.1f} %")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clusters", type=int, default=64, help="clusters a turn")
    parser.add_argument("--turns", type=int, default=9)
    parser.add_argument("--alone", type=int, default=256, help="clusters of the run alone")
    parser.add_argument("--cores", type=int, default=2, help="threads or processes of some rows")
    parser.add_argument("--cpu-time", action="store_true", help="count seconds of the processor")
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    torch.set_num_threads(1)
    warnings.filterwarnings("ignore", message=".*isiterable.*")
    clock = time.process_time if options.cpu_time else time.perf_counter

    mocks = MockClusters()
    single = MockClusters(population={"bundle_flux": 0.0, "bundle_fraction": 0.0})
    for age in mocks.parameters.grid("log_age"):
        mocks.population.cells(age)
        single.population.cells(age)
    artpop = ArtPopClusters(mocks, clock)
    others = {"ArtPop, mass given": ArtPopClusters(mocks, clock, by_mass=True),
              "ArtPop, stars on thirds of pixels": ArtPopClusters(mocks, clock, oversampling=3)}
    together = [f"{name}, {options.cores} processes" for name in ("clusternet", "ArtPop")]
    workers = None if options.cpu_time else Workers(options.cores, mocks)
    seconds, light, stars = {}, [], 0.0
    for turn in range(options.turns + 1):
        seed, n = [options.seed, turn], options.clusters if turn else 2
        rng = np.random.default_rng([*seed, 1])
        spent = {}
        spent[OURS], (table, images) = timed(clock, mocks.draw, n, SIZE, rng=seed)
        spent[THEIRS], theirs = timed(clock, artpop.draw, table, rng)
        if workers:
            torch.set_num_threads(options.cores)
            spent[f"clusternet, {options.cores} threads"], _ = timed(
                clock, mocks.draw, n, SIZE, rng=seed)
            torch.set_num_threads(1)
            spent[together[0]], _ = timed(clock, workers.ours, n, seed)
            spent[together[1]], _ = timed(clock, workers.theirs, table, seed)
        spent["clusternet, every star by itself"], _ = timed(
            clock, single.draw, n, SIZE, rng=seed)
        for name, other in others.items():
            spent[name], _ = timed(clock, other.draw, table, rng)
        if not turn:  # to warm up
            artpop.spent.clear()
            continue
        for name, value in spent.items():
            seconds.setdefault(name, []).append(value)
        light.append(theirs[..., :SIZE, :SIZE].sum((2, 3)) / images.sum((2, 3)))
        stars += sum(10 ** table["log_mass"]) / mocks.population.imf.mean_mass

    n = options.clusters * options.turns
    seconds = {name: np.array(values) for name, values in seconds.items()}
    print(f"{n} clusters in {options.turns} turns, {stars / n:.0f} stars a cluster on average"
          + (", seconds of the processor" if options.cpu_time else ""))
    print(f"{'median turn (range)':34s}{'clusters/s':>22s}{OURS + ', over it':>36s}")
    for name, values in seconds.items():
        print(f"{name:34s}{ranged(options.clusters / values):>22s}"
              f"{ranged(values / seconds[OURS]):>36s}")
    if workers:
        workers.pool.terminate()
        print(f"each on {options.cores} processes: clusternet is ahead "
              f"{ranged(seconds[together[1]] / seconds[together[0]])} times")
    light = np.concatenate(light)
    error = 1.25 * light.std(0) / np.sqrt(len(light))
    print("light in the window, ArtPop's over clusternet's, median: " + ", ".join(
        f"{name} {value:.3f} +- {e:.3f}" for name, value, e in
        zip(mocks.instrument.bands, np.median(light, 0), error, strict=True)))
    alone, _ = timed(clock, mocks.draw, options.alone, SIZE, rng=options.seed)
    print(f"\nclusternet alone, {options.alone} clusters: {options.alone / alone:.1f} clusters/s")
    show_parts(OURS, breakdown(clock, mocks, options.alone, options.seed), options.alone)
    show_parts(THEIRS, artpop.spent, n)


if __name__ == "__main__":
    main()
