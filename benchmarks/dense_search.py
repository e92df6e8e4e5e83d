"""How fast a dense search is, from FITS files on disk to a catalogue on disk.

Makes a synthetic galaxy (once; kept in ``--folder``), and searches the whole of it and parts of
1, 4, 16 and 64 megapixels, each in a fresh process: seconds, megapixels per second, peak memory,
candidates. Then, in one process and in turns, the dense and the exact sliding search of the same
small part, and how far the network is from this machine's matrix product.

Run it with ``python benchmarks/dense_search.py --folder DIR``; ``--help`` shows the options.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from astropy.io import fits

from clusternet._machine import usable_cores

BANDS = ("F336W", "F438W", "F814W")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, required=True, help="for the galaxy: 1.2 GB")
    parser.add_argument("--size", type=int, default=10000, help="its side (default %(default)s)")
    parser.add_argument("--seed", type=int, default=77, help="of the galaxy")
    parser.add_argument("--weights", help="of a dense network, in place of those shipped")
    parser.add_argument("--turns", type=int, default=3, help="of dense and sliding search")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(search(options.one, options.weights)))
        return
    cores = usable_cores()
    whole = galaxy(options.folder / "whole", options.size, options.seed, cores)
    parts = [(side, part(whole, options.folder, side)) for side in (1000, 2000, 4000, 8000)
             if side < options.size]
    print(f"{cores} cores; from FITS to catalogue.fits, each in a process of its own; of the "
          "seconds, those before the search: imports, weights\n"
          f"{'Mpx':>6s}{'s':>8s}{'before':>8s}{'Mpx/s':>8s}{'us/px':>8s}{'GB':>7s}"
          f"{'candidates':>12s}")
    for side, folder in [*parts, (options.size, whole)]:
        words = [sys.executable, __file__, "--folder", options.folder, "--one", folder]
        words += ["--weights", options.weights] if options.weights else []
        found = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
        mpx, seconds = side**2 / 1e6, found["seconds"]
        searching = seconds - found["before"]
        print(f"{mpx:6.0f}{seconds:8.1f}{found['before']:8.1f}{mpx / searching:8.2f}"
              f"{searching / mpx:8.3f}"
              f"{found['memory'] / 1e9:7.2f}{found['candidates']:12d}", flush=True)
    against_sliding(parts[0][1] if parts else whole, options)
    against_matrix_product(options)


def galaxy(folder, size, seed, cores):
    from clusternet.galaxy import SyntheticGalaxy
    from clusternet.mocks import MockClusters

    if not (folder / "truth.ecsv").is_file():
        SyntheticGalaxy((size, size), MockClusters(), cluster_density=100,
                        rng=seed).write(folder, workers=cores)
    return folder


def part(whole, folder, side):
    """The middle of the galaxy, as files of their own."""
    target = folder / f"middle-{side}"
    target.mkdir(exist_ok=True)
    for band in BANDS:
        path = target / f"{band}.fits"
        if path.is_file():
            continue
        with fits.open(whole / f"{band}.fits") as hdus:
            first = (hdus[0].shape[0] - side) // 2
            header = hdus[0].header.copy()
            for axis in (1, 2):
                header[f"CRPIX{axis}"] -= first
            data = np.array(hdus[0].section[first:first + side, first:first + side])
        fits.PrimaryHDU(data, header).writeto(path)
    return target


def search(folder, weights):
    start = time.perf_counter()
    from clusternet.catalog import write_catalogue
    from clusternet.detection import DenseDetector
    from clusternet.images import Mosaic
    from clusternet.nn import load_network

    detector = DenseDetector(weights and load_network(weights))
    before = time.perf_counter() - start
    with Mosaic.open({band: folder / f"{band}.fits" for band in BANDS}) as mosaic:
        catalogue = detector(mosaic, progress=False)
    write_catalogue(catalogue, folder / "catalogue.fits")
    return {"seconds": time.perf_counter() - start, "before": before, "candidates": len(catalogue),
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}


def against_sliding(folder, options):
    from clusternet.detection import DenseDetector, SlidingWindowDetector
    from clusternet.images import MultiBandImage
    from clusternet.nn import load_network

    image = MultiBandImage.read({band: folder / f"{band}.fits" for band in BANDS})
    image = image.cutout((500, 500), 1000)
    dense = DenseDetector(options.weights and load_network(options.weights))
    sliding = SlidingWindowDetector()
    dense(image, progress=False)  # prepares itself
    ratios, rates = [], []
    for turn in range(options.turns):
        window = image.cutout((100 + 250 * turn, 500), (63 + 32, 63 + 128))
        start = time.perf_counter()
        sliding(window, progress=False)
        middle = time.perf_counter()
        dense(image, progress=False)
        rates.append((32 * 128 / (middle - start), 1e6 / (time.perf_counter() - middle)))
        ratios.append(rates[-1][1] / rates[-1][0])
    slow, fast = np.mean(rates, axis=0)
    print(f"exact sliding search {slow:.0f} px/s, dense search {fast:.0f} px/s of the same image: "
          f"{np.median(ratios):.0f} times (turns: {min(ratios):.0f} to {max(ratios):.0f})")


def against_matrix_product(options):
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from clusternet.nn import DenseEngine, DenseNetwork, load_network

    network = load_network(options.weights) if options.weights else DenseNetwork.shipped()
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        network.model(torch.zeros(1, 3, 256, 256))
    per_pixel = counter.get_total_flops() / 256**2
    engine = DenseEngine(network)
    pixels = np.random.default_rng(1).gamma(1, 0.02, (3, 1216, 1216)).astype(np.float32)
    torch.set_num_threads(1)
    a, b = (torch.randn(2048, 2048).to(getattr(torch, engine.precision)) for _ in range(2))
    times = {"matrix": [], "network": []}
    for _ in range(4):
        start = time.perf_counter()
        a @ b
        middle = time.perf_counter()
        engine(pixels)
        times["matrix"].append(middle - start)
        times["network"].append(time.perf_counter() - middle)
    limit = 2 * 2048**3 / min(times["matrix"])
    reached = per_pixel * pixels[0].size / min(times["network"])
    print(f"network: {per_pixel / 1000:.0f} thousand operations per pixel; on one core "
          f"{reached / 1e9:.0f} GFLOP/s of the {limit / 1e9:.0f} of a matrix product in "
          f"{engine.precision} ({reached / limit:.0%})")


if __name__ == "__main__":
    main()
