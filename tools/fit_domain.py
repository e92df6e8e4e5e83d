"""Teach a dense network what the mock clusters of its training look like to it.

    python tools/fit_domain.py NETWORK --fields FOLDER [FOLDER ...] [--out FILE]

NETWORK is a file of weights, or `-` for those of the library. The folders are as
``benchmarks/detectors.py`` makes them (``fields/NNN.fits``, ``fields/NNN.ecsv``). Every field is
searched as it is and with the median of each band taken off, as both are in the training. Mock
clusters found in every other field give the axes; of the fields between, every other one gives
the scale of the score, and on the rest the false alarms are counted. ``--out`` writes the network
with the statistics in its metadata.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from astropy.table import QTable
from tqdm import tqdm

from clusternet.catalog import cross_match
from clusternet.detection import DenseDetector
from clusternet.images import MultiBandImage
from clusternet.nn import (
    OUT_OF_DOMAIN,
    DenseNetwork,
    DenseTiles,
    Domain,
    load_network,
    write_network,
)

#: What the fields are for, by their number.
ROLES = ("axes", "scale", "axes", "rest")


def activations(detector, image, found):
    """What the peak head makes of candidates."""
    tiles = DenseTiles(image, detector.engine, detector.scale, tile=detector.tile,
                       halo=detector.halo)
    return tiles.activations(*(np.asarray(found[name]) for name in ("y_peak", "x_peak")))


def looked_at(network, folders, radius, least_class):
    """Activations of the mock clusters found in all fields, by the role of the field."""
    paths = [path for folder in folders for path in sorted((folder / "fields").glob("*.fits"))]
    if len(paths) < len(ROLES):
        raise SystemExit(f"{len(paths)} fields in {', '.join(map(str, folders))}; "
                         f"{len(ROLES)} or more are needed (benchmarks/detectors.py makes them)")
    # One tile a field of up to 1024 px: the search itself is then most of the work.
    detector = DenseDetector(network, threshold=least_class, tile=1024)
    found = {role: [] for role in ROLES}
    for i, path in enumerate(tqdm(paths, desc="search", unit=" fields")):
        image, truth = MultiBandImage.read(path), QTable.read(path.with_suffix(".ecsv"))
        median = np.median(image.data, axis=(1, 2), keepdims=True)
        for data in (image.data, image.data - median):
            seen = MultiBandImage(data, image.bands, image.wcs, mask=image.mask)
            candidates = detector(seen, progress=False, workers=1)
            pairs = cross_match(truth, candidates, radius)
            there = activations(detector, seen, candidates[pairs["index_b"]])
            found[ROLES[i % len(ROLES)]].append(there)
    found = {role: np.concatenate(parts) for role, parts in found.items() if parts}
    return {role: there for role, there in found.items() if len(there)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("network", help="weights; - for those of the library")
    parser.add_argument("--fields", nargs="+", type=Path, required=True)
    parser.add_argument("--out", type=Path, help="where to write the network with its statistics")
    parser.add_argument("--axes", type=int, default=64)
    parser.add_argument("--radius", type=float, default=3, help="of matching, pixels")
    parser.add_argument("--least-class", type=float, default=0.5, help="of a mock found")
    options = parser.parse_args()
    network = DenseNetwork.shipped() if options.network == "-" else load_network(options.network)
    network.metadata = replace(network.metadata, domain=None)  # it may be that of other weights
    found = looked_at(network, options.fields, options.radius, options.least_class)
    if len(found) < len(set(ROLES)):
        raise SystemExit("no mock clusters were found in the fields for "
                         f"{', '.join(set(ROLES) - set(found))}; give more fields")
    told = (f"{len(found['axes'])} and {len(found['scale'])} mock clusters found in synthetic "
            "fields, as they are and with the sky taken off")
    domain = Domain.fit(found["axes"], found["scale"], options.axes, fitted_to=told)
    domain = Domain.from_dict(domain.to_dict())  # as it will be read
    flagged, n = np.count_nonzero(domain(found["rest"]) >= OUT_OF_DOMAIN), len(found["rest"])
    print(f"fitted to {told}\nfalse alarms: {flagged} of {n} other mock clusters, "
          f"{100 * flagged / n:.2f} +- {100 * np.sqrt(max(flagged, 1)) / n:.2f} %")
    if options.out is not None:
        network.metadata = replace(network.metadata, domain=domain)
        write_network(network, options.out)
        print(f"written to {options.out}")


if __name__ == "__main__":
    main()
