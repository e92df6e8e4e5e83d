"""Detectors side by side on synthetic galaxies all of whose clusters are known.

    python benchmarks/detectors.py [--clusters N] [--detectors dense sliding] [--folder FOLDER]

Fields are cut out of synthetic galaxies whose structure no network has seen, mock clusters are put
into them, every detector searches every field, and its candidates are matched with the truth. All
is kept in FOLDER, and a run that was stopped goes on there: `fields` (FITS, truth), `catalogues`
(one folder a detector and its weights), curves, errors and pictures. ``--altered`` makes a world
other than that of the training:

- zeropoint: zero points off by +0.1, -0.1 and +0.1 mag;
- wide-psf: stars 15 % wider at half maximum, by a Gaussian;
- mist: MIST isochrones, from the file that ``--mist`` names (none comes with the library);
- imf: that of Salpeter, for field stars too;
- gamma: EFF profiles with gamma from 2.1 to 2.4 (training: 2.5 to 4).

False detections are candidates without a cluster within the matching radius. Clusters nearer to
the border than 32 px do not count, nor do candidates that match one of them.
"""

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path

import astropy.units as u
import matplotlib
import numpy as np
from astropy.table import QTable, vstack
from scipy.ndimage import gaussian_filter
from scipy.optimize import brentq
from scipy.spatial import cKDTree

from clusternet._files import atomic_write, keep_settings
from clusternet.catalog import cross_match, match, read_catalogue, write_catalogue
from clusternet.completeness import recall, recall_curve
from clusternet.galaxy import SyntheticGalaxy
from clusternet.images import MultiBandImage
from clusternet.injection import inject
from clusternet.mocks import MockClusters
from clusternet.nn import load_network
from clusternet.profiles import EFFFamily
from clusternet.psf import GaussianPSF, OpticalPSF, PSFProvider, uvis_bands
from clusternet.stars import MISTIsochrones, SalpeterIMF
from clusternet.training import MODEL_STRUCTURES, WIDE_STRUCTURES
from clusternet.validation import centre_error, parameter_errors

matplotlib.use("Agg")
import matplotlib.pyplot as plt

ALTERED = ("none", "zeropoint", "wide-psf", "mist", "imf", "gamma")
DETECTORS = ("dense", "sliding", "starfinder")
PSFS = ("sharp", "mean")  # of the sharper UVIS chip, or the mean of both
STRUCTURES = {prior.name: prior for prior in (MODEL_STRUCTURES, WIDE_STRUCTURES)}
ZERO_POINT_ERRORS = np.array([0.1, -0.1, 0.1])
#: Of the galaxies' structures; trainings and held-out windows have lower seeds.
FIRST_SEED = 7000
GALAXY = 12000
BORDER = 32
DENSITIES = (0.3, 1.0, 3.0, 10.0)
RADII = (3, 6)
BINS = {"visibility": [0.1, 0.3, 1, 2.5, 5, 10, 30, 100, 1000],
        "log_age": [6.6, 7.0, 7.5, 8.0, 8.5, 9.0, 10.1], "log_mass": [3.5, 4, 4.5, 5, 5.5],
        "a_v": [0, 1, 2, 3], "log_r_h": [-1.4, -1.15, -0.9, -0.65, -0.4],
        "crowding": [0, 5, 10, 20, 40, np.inf]}
PARAMETERS = ("log_age", "log_mass", "a_v", "log_r_h")


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


def make_detector(name, options):
    """A detector, what to call it, and the least class of its candidates."""
    from clusternet import detection

    if name == "dense":
        detector = detection.DenseDetector(options.dense_weights, threshold=options.least_class)
        return detector, "dense", options.least_class
    if name == "starfinder":
        return detection.StarFinderDetector(), "star finder", 0.0
    settings, label = {"step": options.sliding_step}, f"sliding, step {options.sliding_step}"
    if options.sliding_refine is not None:
        settings["refine"] = options.sliding_refine
        label += f", refine {options.sliding_refine:g}"
    # What is not refined is no candidate.
    least = max(options.least_class, options.sliding_refine or 0)
    peaks = detection.PeakFinder(threshold=least)
    detector = detection.SlidingWindowDetector(options.sliding_weights, peaks=peaks, **settings)
    return detector, label, least


def search(detector, label, folder, settings, least_class):
    """Catalogue of every field, those in the folder as they are."""
    name = f"{label}, class {least_class:g}".replace(", ", "-").replace(" ", "")
    engine = getattr(detector, "engine", None)
    kept = folder / "catalogues" / (f"{name}-{engine.fingerprint}" if engine else name)
    kept.mkdir(parents=True, exist_ok=True)
    catalogues = []
    for i in range(settings["fields"]):
        path = kept / f"{i:03d}.ecsv"
        if not path.is_file():
            image = MultiBandImage.read(folder / "fields" / f"{i:03d}.fits")
            start = time.perf_counter()
            found = detector(image, progress=False)
            found.meta["seconds"] = time.perf_counter() - start
            write_catalogue(found, path)
            print(f"{label}: field {i + 1}, {len(found)} candidates, "
                  f"{found.meta['seconds']:.0f} s", flush=True)
        catalogues.append(read_catalogue(path))
    seconds = sum(c.meta["seconds"] for c in catalogues)
    area = settings["fields"] * settings["size"] ** 2 / 1e6
    print(f"{label}: {seconds:.0f} s for {area:.2f} Mpx, {area / seconds:.4f} Mpx/s")
    return catalogues


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


def without_border(truth, found):
    """Candidates that match a cluster away from the border, or match none and are so themselves."""
    pairs = cross_match(truth, found, max(RADII))
    keep = np.array(found["inside"])
    keep[pairs["index_b"]] = truth["inside"][pairs["index_a"]]
    return found[keep]


def photometry(truth, folder, n, altered):
    """What 25 nearest neighbours in magnitude and colours tell, as a matched table."""
    path = folder / f"library-{n}.ecsv"
    if not path.is_file():
        mocks = MockClusters(psf=GaussianPSF(0.08 * u.arcsec))
        rng = np.random.default_rng(FIRST_SEED)
        rows = []
        for _ in range(n):
            cluster = mocks.draw_one(rng)
            rows.append({**cluster.parameters, **cluster.magnitudes(mocks.instrument)})
        with atomic_write(path) as temporary:
            QTable(rows=rows).write(temporary, format="ascii.ecsv", overwrite=True)
    library = QTable.read(path)
    error = ZERO_POINT_ERRORS if altered == "zeropoint" else np.zeros(3)
    _, nearest = cKDTree(_features(library)).query(_features(truth, error), k=min(25, n))
    told = truth.copy()
    for name in ("log_age", "log_mass", "a_v"):
        value = np.asarray(library[name])[nearest].mean(axis=1)
        told[f"{name}_found"] = value * u.mag if name == "a_v" else value
    return told


def _features(table, error=(0.0, 0.0, 0.0)):
    u_, b, i = (np.asarray(getattr(table[f"mag_{band}"], "value", table[f"mag_{band}"])) + e
                for band, e in zip(("F336W", "F438W", "F814W"), error, strict=True))
    return np.stack([b, 2 * (u_ - b), 2 * (b - i)], axis=-1)


def at_density(curve, density):
    """The row of a curve with most clusters at no more than these false detections."""
    rows = curve[curve["false_density"].value <= density]
    return rows[np.argmax(rows["n_found"])]


def show_curves(curves, reference, label):
    """Recall of all detectors at equal false detections."""
    densities = {f"{d:g}": d for d in DENSITIES}
    for radius in RADII:
        own = reference[radius]["false_density"][0].value
        columns = {**densities, f"{own:.2f}": own}
        print(f"\nrecall within {radius} px at equal false detections per square arcmin "
              f"(class threshold); {own:.2f} are those of {label} at class > 0.95")
        print(f"{'':32s}" + "".join(f"{name:>18s}" for name in columns))
        for name, curve in curves[radius].items():
            cells = []
            for density in columns.values():
                row = at_density(curve, density)
                reached = curve["false_density"][-1].value >= density
                cells.append(f"{row['recall']:.4f} ({row['threshold']:.4f})"
                             + ("" if reached else "*"))
            print(f"{name:32s}" + "".join(f"{cell:>18s}" for cell in cells))
        n = next(iter(curves[radius].values()))["n"][0]
        half = np.sqrt(0.25 / max(n, 1))
        print(f"{n} clusters: standard errors of at most {half:.4f}; * all candidates, there are "
              "not so many false ones")


def show_bins(matched):
    """Recall in bins, all detectors side by side."""
    for column, edges in BINS.items():
        tables = [recall(table, {column: edges}) for table in matched.values()]
        print(f"\nrecall by {column:24s}{'n':>7s}" + "".join(f"{name:>28s}" for name in matched))
        for rows in zip(*tables, strict=True):
            low, high = (float(getattr(rows[0][f"{column}_{end}"], "value",
                                       rows[0][f"{column}_{end}"])) for end in ("lo", "hi"))
            print(f"{low:>14g} to {high:<15g}{rows[0]['n']:>10d}" + "".join(
                f"{row['recall']:>14.3f} ({row['recall_lo']:.3f}-{row['recall_hi']:.3f})"[:28]
                .rjust(28) for row in rows))


def show_errors(tables, title):
    """Errors of the parameters, all detectors under each other."""
    print(f"\n{title}")
    print(f"{'':32s}{'':9s}{'':36s}" + f"{'n':>7s}" + "".join(
        f"{name:>8s}" for name in ("rms", "bias", "MAD", "null")))
    errors = {name: parameter_errors(table) for name, table in tables.items()}
    for row in next(iter(errors.values())):
        key = row["selection"], row["parameter"]
        for name, table in errors.items():
            for r in table[(table["selection"] == key[0]) & (table["parameter"] == key[1])]:
                print(f"{key[0]:32s}{key[1]:9s}{name:36s}{r['n']:7d}" + "".join(
                    f"{r[c]:8.3f}" for c in ("rms", "bias", "mad", "null")))
    return errors


def draw_curves(curves, path):
    figure, axes = plt.subplots(1, len(RADII), figsize=(11, 4.5), sharey=True,
                                layout="constrained")
    for axis, radius in zip(axes, RADII, strict=True):
        for name, curve in curves[radius].items():
            x = np.maximum(curve["false_density"].value, 0.05)
            (line,) = axis.step(x, curve["recall"], where="post", label=name)
            axis.fill_between(x, curve["recall_lo"], curve["recall_hi"], step="post", alpha=0.2,
                              color=line.get_color())
        axis.set(xscale="log", xlabel="false detections per square arcmin (0 at the left edge)",
                 title=f"within {radius} px")
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("recall")
    axes[0].legend(loc="lower right")
    _save(figure, path)


def draw_residuals(matched, path):
    figure, axes = plt.subplots(len(matched), len(PARAMETERS), squeeze=False, sharex="col",
                                sharey="col", figsize=(14, 3 * len(matched) + 1),
                                layout="constrained")
    for row, (name, table) in zip(axes, matched.items(), strict=True):
        table = table[table["found"]]
        for axis, parameter in zip(row, PARAMETERS, strict=True):
            truth, estimate = (np.asarray(getattr(table[c], "value", table[c]))
                               for c in (parameter, f"{parameter}_found"))
            visible = np.asarray(table["visibility"]) > 2.5
            for some, colour in ((~visible, "0.7"), (visible, "C0")):
                axis.plot(truth[some], (estimate - truth)[some], ".", ms=2, color=colour)
            axis.axhline(0, color="k", lw=0.5)
            axis.set(xlabel=f"true {parameter}", title=f"{name}: {parameter}")
        row[0].set_ylabel("inferred - true (blue: visibility > 2.5)")
    _save(figure, path)


def _save(figure, path):
    with atomic_write(path) as temporary:
        figure.savefig(temporary, dpi=110)
    plt.close(figure)


def compare(truths, catalogues, settings, options):
    """Match, count, compare, print and draw."""
    size = settings["size"]
    truth = stacked(truths, size)
    found = {name: without_border(truth, stacked(tables, size))
             for name, tables in catalogues.items()}
    truth = truth[truth["inside"]]
    scale = MultiBandImage.read(options.folder / "fields" / "000.fits").pixel_scale
    area = (settings["fields"] * (size - 2 * BORDER) ** 2 * scale**2).to(u.arcmin**2)
    print(f"\n{len(truth)} clusters away from the borders, {area:.2f}; world: "
          f"{settings['altered']}, PSF: {settings['psf']}")
    curves = {r: {name: recall_curve(truth, table, area, radius=r) for name, table in found.items()}
              for r in RADII}
    # The window network's own threshold sets the false detections that all are allowed.
    first = next((name for name in found if name.startswith("sliding")), next(iter(found)))
    reference = {r: recall_curve(truth, found[first], area, radius=r, thresholds=[0.95])
                 for r in RADII}
    show_curves(curves, reference, first)
    allowed = reference[3]["false_density"][0].value
    matched = {}
    for name, table in found.items():
        threshold = at_density(curves[3][name], allowed)["threshold"]
        matched[name] = match(truth, table[np.asarray(table["class_cb"]) > threshold], 3)[0]
    print(f"\nfrom here on: within 3 px, each at the threshold with {allowed:.2f} false "
          "detections per square arcmin")
    show_bins(matched)
    for name, table in matched.items():
        print(f"\n{name}: median centre error {centre_error(table):.2f} px")
    told = photometry(truth, options.folder, options.library, settings["altered"])
    own = {}
    for name, table in matched.items():
        own |= {name: table, f"photometry, found by {name}": _told(told, table["found"])}
    all_errors = {"own": show_errors(own, "clusters that each finds (photometry: nearest "
                                          "neighbours, without noise)")}
    if len(matched) > 1:
        both = np.all([table["found"] for table in matched.values()], axis=0)
        common = {name: _told(table, both) for name, table in matched.items()}
        all_errors["common"] = show_errors({**common, "photometry": _told(told, both)},
                                           "clusters that all find")
        for name, table in common.items():
            print(f"{name}: median centre error {centre_error(table):.2f} px")
    keep(curves, all_errors, options.folder)
    draw_curves(curves, options.folder / "curves.png")
    draw_residuals(matched, options.folder / "residuals.png")


def _told(table, rows):
    table = table.copy()
    table["found"] = np.asarray(rows)
    return table


def keep(curves, all_errors, folder):
    """Write curves and errors as tables."""
    tables = {f"curves-{radius}px": {name: c.copy() for name, c in by_name.items()}
              for radius, by_name in curves.items()}
    tables |= {f"errors-{kind}": by_name for kind, by_name in all_errors.items()}
    for stem, by_name in tables.items():
        for name, table in by_name.items():
            table["detector"] = [name] * len(table)
        with atomic_write(folder / f"{stem}.ecsv") as temporary:
            vstack(list(by_name.values())).write(temporary, format="ascii.ecsv", overwrite=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--clusters", type=int, default=10000)
    parser.add_argument("--density", type=float, default=400, help="clusters per 1000 x 1000 px")
    parser.add_argument("--size", type=int, default=1024, help="side of a field in pixels")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--psf", choices=PSFS, default="sharp")
    parser.add_argument("--structure", choices=STRUCTURES, default="model",
                        help="how widely galaxies are drawn")
    parser.add_argument("--altered", choices=ALTERED, default="none")
    parser.add_argument("--mist", help="file of MIST isochrones (.iso.cmd, HST_WFC3, Vega)")
    parser.add_argument("--detectors", nargs="+", choices=DETECTORS,
                        default=["dense", "sliding"])
    parser.add_argument("--sliding-step", type=int, default=4)
    parser.add_argument("--sliding-refine", type=float)
    parser.add_argument("--sliding-weights", type=load_network, help="in place of those shipped")
    parser.add_argument("--dense-weights", type=load_network, help="in place of those shipped")
    parser.add_argument("--least-class", type=float, default=0.1, help="of any candidate")
    parser.add_argument("--library", type=int, default=16000, help="mocks for photometry")
    parser.add_argument("--workers", type=int, default=1, help="processes that make fields")
    parser.add_argument("--folder", type=Path, default=Path("detectors"))
    options = parser.parse_args()
    if (options.altered == "mist") != (options.mist is not None):
        parser.error("--altered mist and --mist FILE go together: no MIST grid comes with the "
                     "library (waps.cfa.harvard.edu/MIST has them)")
    a_field = options.density * (options.size / 1000) ** 2
    settings = {"clusters": options.clusters, "seed": options.seed, "psf": options.psf,
                "structure": options.structure, "altered": options.altered,
                "mist": options.mist, "size": options.size,
                "fields": int(np.ceil(options.clusters / a_field - 1e-9))}
    make_fields(options.folder, settings, options.workers)
    truths = [QTable.read(options.folder / "fields" / f"{i:03d}.ecsv")
              for i in range(settings["fields"])]
    catalogues = {}
    for name in options.detectors:
        detector, label, least = make_detector(name, options)
        catalogues[label] = search(detector, label, options.folder, settings, least)
    compare(truths, catalogues, settings, options)


if __name__ == "__main__":
    main()
