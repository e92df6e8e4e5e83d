"""Fields of synthetic galaxies all of whose clusters are known, kept as files.

Fields are cut out of synthetic galaxies whose structure no network has seen, and mock clusters are
put into them: FOLDER/fields has NNN.fits and the truth, NNN.ecsv. Worlds other than that of the
training:

- zeropoint: zero points off by +0.1, -0.1 and +0.1 mag;
- wide-psf: stars 15 % wider at half maximum, by a Gaussian;
- mist: MIST isochrones, from a file (none comes with the library);
- imf: that of Salpeter, for field stars too;
- gamma: EFF profiles with gamma from 2.1 to 2.4 (training: 2.5 to 4).

Clusters nearer to the border than 32 px do not count, nor do candidates that match one of them.
"""

from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

import astropy.units as u
import numpy as np
from astropy.table import QTable, vstack
from scipy.ndimage import gaussian_filter
from scipy.optimize import brentq

from clusternet._files import atomic_write, keep_settings
from clusternet.catalog import cross_match
from clusternet.galaxy import SyntheticGalaxy
from clusternet.images import MultiBandImage
from clusternet.injection import inject
from clusternet.mocks import MockClusters
from clusternet.profiles import EFFFamily
from clusternet.psf import OpticalPSF, PSFProvider, uvis_bands
from clusternet.stars import MISTIsochrones, SalpeterIMF
from clusternet.training import MODEL_STRUCTURES, WIDE_STRUCTURES

PSFS = ("sharp", "mean")  # of the sharper UVIS chip, or the mean of both
STRUCTURES = {prior.name: prior for prior in (MODEL_STRUCTURES, WIDE_STRUCTURES)}
ALTERED = ("none", "zeropoint", "wide-psf", "mist", "imf", "gamma")
ZERO_POINT_ERRORS = np.array([0.1, -0.1, 0.1])
#: First seed of the galaxies' structures; trainings and held-out windows have lower seeds.
FIRST_SEED = 7000
GALAXY = 12000
BORDER = 32


class Widened(PSFProvider):
    """A PSF convolved with a Gaussian so that it is wider by a factor at half maximum."""

    def __init__(self, psf, factor):
        super().__init__(psf.bands, psf.pixel_scale)
        self.psf, self.sigma = psf, {}
        for band in psf.bands:
            star = psf.effective_psf(band, 15, 15)
            wanted = factor * _width(star)
            self.sigma[band] = brentq(
                lambda s, star=star, wanted=wanted: _width(gaussian_filter(star, 15 * s)) - wanted,
                0.01, 3, xtol=0.002)

    def _effective_psf(self, band, oversampling, size, position):
        star = self.psf.effective_psf(band, oversampling, size + 16, position=position)
        wide = gaussian_filter(star, oversampling * self.sigma[band], mode="constant")
        n = size * oversampling | 1
        first = (len(wide) - n) // 2
        return wide[first:first + n, first:first + n]


def _width(star):
    """Full width at half maximum, in samples, from the area above it."""
    return 2 * np.sqrt(np.count_nonzero(star > star.max() / 2) / np.pi)


@lru_cache(maxsize=1)
def make_mocks(psf, altered, mist):
    psf = OpticalPSF(uvis_bands(averaged=psf == "mean"))
    if altered == "wide-psf":
        psf = Widened(psf, 1.15)
    parts = {}
    if altered == "mist":
        bands = {band: f"WFC3_UVIS_{band}" for band in psf.bands}
        parts["isochrones"] = MISTIsochrones.read(mist, bands=bands)
    elif altered == "imf":
        parts["imf"] = SalpeterIMF()
    elif altered == "gamma":
        parts["profiles"] = EFFFamily(gamma=(2.1, 2.4))
    return MockClusters(psf=psf, **parts)


def make_field(folder, settings, i):
    """Image and truth of a field, as files."""
    path = Path(folder) / "fields" / f"{i:03d}.ecsv"
    if path.is_file():
        return i
    mocks = make_mocks(settings["psf"], settings["altered"], settings["mist"])
    size, seed = settings["size"], FIRST_SEED + settings["seed"]
    rng = np.random.default_rng([seed, i])
    structure = STRUCTURES[settings["structure"]](rng)
    source = SyntheticGalaxy((GALAXY, GALAXY), mocks, structure=structure,
                             rng=int(rng.integers(2**31)))
    scale = mocks.pixel_scale.to_value(u.arcsec) * source.galaxy.parsecs_per_arcsec
    radius, angle = rng.uniform(150, 6000) / scale, rng.uniform(0, 2 * np.pi)
    x0, y0 = (int(np.clip(GALAXY / 2 + v - size / 2, 0, GALAXY - size))
              for v in (radius * np.cos(angle), radius * np.sin(angle)))
    n = settings["clusters"] * (i + 1) // settings["fields"]
    n -= settings["clusters"] * i // settings["fields"]
    image, truth = inject(source.image(x0, y0, size, size), mocks, rng=rng, progress=False,
                          positions=rng.uniform(-0.5, size - 0.5, (n, 2)))
    if settings["altered"] == "zeropoint":
        factor = 10 ** (-0.4 * ZERO_POINT_ERRORS)[:, None, None]
        image = MultiBandImage(image.data * factor, image.bands, image.wcs)
    image.write(path.with_suffix(".fits"))
    with atomic_write(path) as temporary:  # the truth last: with it a field is complete
        truth.write(temporary, format="ascii.ecsv", overwrite=True)
    return i


def make_fields(folder, settings, workers):
    """Make the fields that are missing."""
    (folder / "fields").mkdir(parents=True, exist_ok=True)
    try:
        keep_settings(folder / "settings.json", settings, f"what {folder} holds")
    except ValueError as error:
        raise SystemExit(str(error)) from error
    jobs = [folder] * settings["fields"], [settings] * settings["fields"], range(settings["fields"])
    if workers > 1:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            for i in pool.map(make_field, *jobs):
                print(f"field {i + 1} of {settings['fields']}", flush=True)
    else:
        for job in zip(*jobs, strict=True):
            print(f"field {make_field(*job) + 1} of {settings['fields']}", flush=True)


def read_field(folder, i):
    """Image of a field."""
    return MultiBandImage.read(Path(folder) / "fields" / f"{i:03d}.fits")


def read_truths(folder, n):
    """Clusters of every field."""
    return [QTable.read(Path(folder) / "fields" / f"{i:03d}.ecsv") for i in range(n)]


def counted_area(n, size, pixel_scale):
    """Solid angle of the fields away from their borders."""
    return (n * (size - 2 * BORDER) ** 2 * pixel_scale**2).to(u.arcmin**2)


def stacked(tables, size):
    """Tables of all fields as one, the fields side by side and far apart."""
    parts = []
    for i, table in enumerate(tables):
        part = table.copy()
        part.remove_column("sky_centroid")
        part["inside"] = np.all([(part[c] >= BORDER) & (part[c] < size - BORDER)
                                 for c in ("x_centroid", "y_centroid")], axis=0)
        part["x_centroid"] += 10 * size * i
        part.meta.clear()
        parts.append(part)
    return vstack(parts)


def without_border(truth, found, radius=6):
    """Candidates that match a cluster away from the border, or match none and are so themselves."""
    pairs = cross_match(truth, found, radius)
    keep = np.array(found["inside"])
    keep[pairs["index_b"]] = truth["inside"][pairs["index_a"]]
    return found[keep]
