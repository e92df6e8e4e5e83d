"""Fields of synthetic galaxies in a folder, as ``benchmarks/detectors.py`` makes them."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from astropy.table import QTable

from clusternet.images import MultiBandImage
from clusternet.nn import DenseNetwork, load_network


def dense_network(name: str) -> DenseNetwork:
    """The network in a file of weights, or that of the library (``-``)."""
    network = DenseNetwork.shipped() if name == "-" else load_network(name)
    if not isinstance(network, DenseNetwork):
        raise SystemExit(f"{name} holds a {type(network).__name__}; give a dense network")
    return network


def paths(folders: Iterable[Path], fewest: int) -> list[list[Path]]:
    """The images of each folder (``fields/NNN.fits``)."""
    found = [sorted((folder / "fields").glob("*.fits")) for folder in folders]
    if sum(map(len, found)) < fewest:
        raise SystemExit(f"{sum(map(len, found))} fields in {', '.join(map(str, folders))}; "
                         f"{fewest} or more are needed (benchmarks/detectors.py makes them)")
    return found


def read(images: Iterable[Path]) -> Iterator[tuple[MultiBandImage, QTable]]:
    """Images, and the truth beside each (``NNN.ecsv``), one by one."""
    for path in images:
        yield MultiBandImage.read(path), QTable.read(path.with_suffix(".ecsv"))


def description(folders: Iterable[Path]) -> str:
    """Seeds, PSFs and structures of the fields, for the metadata of a network."""
    made = [json.loads((folder / "settings.json").read_text()) for folder in folders]
    return "fields of synthetic galaxies (" + "; ".join(
        f"{one['fields']} of seed {one['seed']}, PSF {one['psf']}, structures {one['structure']}"
        for one in made) + ")"
