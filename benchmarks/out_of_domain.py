"""How far candidates that no mock cluster of the training is like stand out.

    python benchmarks/out_of_domain.py NETWORK [--reference FOLDER] [--worlds FOLDER ...]
        [--real FOLDER] [--fields N]

NETWORK is a file of weights with a domain (``tools/fit_domain.py``), or `-` for those of the
library. A row of the table is a kind of candidates (class above 0.5): how many, the part flagged
``OUT_OF_DOMAIN``, the median of the score, and the chance that one of them scores above one of the
reference (AUC; 0.5 is no difference).

- The reference are mock clusters found in the fields of ``--reference``, best those of the same
  seed as the worlds; ``--worlds`` are the folders of altered ones (``benchmarks/detectors.py``).
- Galaxies, and foreground stars of 14 to 19 mag with their spikes, saturated at 70,000 electrons
  an exposure: small fields made here, and what is found there but not in the same fields without.
- ``--real`` holds images of M83 recovered from a JPEG (``m83_arm.fits.gz``, ``m83_bar.fits.gz``).

What is absent is left out.
"""

import argparse
from pathlib import Path

import numpy as np
from astropy import units as u
from astropy.table import QTable, vstack
from scipy.stats import mannwhitneyu

from clusternet.catalog import ClusterFlag, cross_match
from clusternet.detection import DenseDetector
from clusternet.galaxy import SyntheticGalaxy
from clusternet.galaxy.synthetic.contaminants import BackgroundGalaxies, ForegroundStars
from clusternet.images import MultiBandImage
from clusternet.mocks import MockClusters
from clusternet.nn import DenseNetwork, load_network
from clusternet.training import MODEL_STRUCTURES

SEED = 9000
SIZE = 768
RADIUS = 3
FULL_WELL = 70000  # electrons
CONTAMINANTS = {
    "galaxies": BackgroundGalaxies(150, magnitudes=(18, 24)),
    "bright stars": ForegroundStars(60, magnitudes=(14, 19), slope=0.05),
}


def found_in(detector, image):
    """Score and flag of candidates, with their places."""
    found = detector(image, progress=False, workers=1)
    return QTable({"x_centroid": found["x_centroid"], "y_centroid": found["y_centroid"],
                   "score": found["out_of_domain"],
                   "flagged": found["flags"] & ClusterFlag.OUT_OF_DOMAIN != 0})


def world(detector, folder):
    """Mock clusters found in the fields of a folder."""
    tables = []
    for path in sorted((folder / "fields").glob("*.fits")):
        found = found_in(detector, MultiBandImage.read(path))
        pairs = cross_match(QTable.read(path.with_suffix(".ecsv")), found, RADIUS)
        tables.append(found[pairs["index_b"]])
    return vstack(tables) if tables else None


def contaminated(detector, n_fields):
    """Candidates found only because of contaminants, by kind."""
    mocks = MockClusters(renderer={"psf_size": 257})  # spikes reach far
    full = np.array([(FULL_WELL * b.n_exposures / b.exposure_time).to_value(1 / u.s)
                     for b in mocks.instrument])[:, None, None]
    found = {name: [] for name in CONTAMINANTS}
    for i in range(n_fields):
        rng = np.random.default_rng([SEED, i])
        structure, seed = MODEL_STRUCTURES(rng), int(rng.integers(2**31))
        x0, y0 = rng.integers(3000, 8000, 2).tolist()

        def candidates(*contaminants, parts=(structure, seed, x0, y0)):
            structure, seed, x0, y0 = parts
            galaxy = SyntheticGalaxy((12000, 12000), mocks, structure=structure, rng=seed,
                                     contaminants=contaminants)
            image = galaxy.image(x0, y0, SIZE, SIZE)
            return found_in(detector, MultiBandImage(
                np.minimum(image.data, full).astype(np.float32), image.bands, image.wcs))

        before = candidates()
        for name, contaminant in CONTAMINANTS.items():
            after = candidates(contaminant)
            pairs = cross_match(before, after, RADIUS)
            new = np.isin(np.arange(len(after)), pairs["index_b"], invert=True)
            found[name].append(after[new])
    return {name: vstack(tables) for name, tables in found.items()}


def show(name, table, reference):
    """A row of the table."""
    if not len(table):
        print(f"{name:32s}{0:6d}")
        return
    auc = np.nan
    if reference is not None and len(reference):
        wins = mannwhitneyu(table["score"], reference["score"]).statistic
        auc = wins / (len(table) * len(reference))
    print(f"{name:32s}{len(table):6d}{100 * np.mean(table['flagged']):9.1f} %"
          f"{np.median(table['score']):9.3f}{auc:8.3f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("network", help="weights with a domain; - for those of the library")
    parser.add_argument("--reference", type=Path)
    parser.add_argument("--worlds", type=Path, nargs="*", default=[])
    parser.add_argument("--real", type=Path)
    parser.add_argument("--fields", type=int, default=4, help="with contaminants; 0 for none")
    options = parser.parse_args()
    network = DenseNetwork.shipped() if options.network == "-" else load_network(options.network)
    if network.metadata.domain is None:
        parser.error("the network has no domain; tools/fit_domain.py fits one")
    detector = DenseDetector(network)
    reference = world(detector, options.reference) if options.reference else None
    print(f"{'':32s}{'n':>6s}{'flagged':>11s}{'median':>9s}{'AUC':>8s}")
    if reference is not None:
        show("mock clusters (reference)", reference, reference)
    for folder in options.worlds:
        table = world(detector, folder)
        if table is not None:
            show(f"mock clusters, {folder.name}", table, reference)
    if options.fields:
        for name, table in contaminated(detector, options.fields).items():
            show(name, table, reference)
    for path in sorted(options.real.glob("m83_*.fits.gz")) if options.real else ():
        show(path.name, found_in(detector, MultiBandImage.read(path)), reference)


if __name__ == "__main__":
    main()
