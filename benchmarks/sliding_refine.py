"""Losses of a sliding-window search that does not evaluate every window.

On synthetic fields with mock clusters, `SlidingWindowDetector` with a step and a class from which
on it refines is compared with ``step=1``: windows evaluated, processor time, and the candidates:

- lost, gained: without a partner within 3 px above the same class;
- shifted: the peak is another pixel than with ``step=1``;
- rms: of the difference of class between partners.

Run it with ``python benchmarks/sliding_refine.py``; ``--help`` shows the options.
"""

import argparse
import time

import numpy as np
import torch

from clusternet.catalog import cross_match
from clusternet.detection import SlidingWindowDetector
from clusternet.images import MultiBandImage
from clusternet.nn import WindowNetwork, load_network
from clusternet.pipeline.demo import make_field

CLASSES = 0.5, 0.95


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--weights", type=load_network, help="weights in place of those shipped")
    parser.add_argument("--image", help="FITS file with an extension a band, in place of "
                        "synthetic fields with mock clusters")
    parser.add_argument("--fields", type=int, default=4, help="how many (default %(default)s)")
    parser.add_argument("--size", type=int, default=256, help="of a field (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the first field")
    parser.add_argument("--ways", nargs="+", default=["2:0.1", "4:0.1", "4:0.02"],
                        metavar="STEP[:REFINE]", help="what to compare (default %(default)s)")
    parser.add_argument("--threads", type=int, help="torch's threads")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    network = options.weights or WindowNetwork.shipped()
    ways = ["1", *options.ways]
    images = ([MultiBandImage.read(options.image)] if options.image else
              [make_field(options.size, rng=options.seed + n)[0] for n in range(options.fields)])
    results = {way: [] for way in ways}
    for image in images:
        for way in ways:
            results[way].append(searched(network, image, way))
            print(f"{way}: {results[way][-1][1]} windows, {results[way][-1][2]:.1f} s", flush=True)

    print(f"\nfields: {len(images)}, such as {images[0]}\n\n"
          "step:refine   windows    share   time   class >  step 1   lost  gained shifted   rms")
    all_windows, all_seconds = (sum_of(results["1"], i) for i in (1, 2))
    for way in ways:
        windows, seconds = (sum_of(results[way], i) for i in (1, 2))
        line = f"{way:12s}{windows:9d}{windows / all_windows:9.3f}{seconds / all_seconds:7.3f}"
        for least in CLASSES:
            pairs = [compared(exact, other, least) for (exact, *_), (other, *_)
                     in zip(results["1"], results[way], strict=True)]
            n, lost, gained, shifted = (sum_of(pairs, i) for i in range(4))
            rms = np.sqrt(np.mean(np.concatenate([pair[4] for pair in pairs]) ** 2))
            print(f"{line:37s}{least:10g}{n:8d}{lost:7d}{gained:8d}{shifted:7d}{rms:9.5f}")
            line = ""


def searched(network, image, way):
    """Candidates, number of windows evaluated, and seconds of processor time."""
    step, _, refine = way.partition(":")
    detector = SlidingWindowDetector(network, step=int(step),
                                     refine=float(refine) if refine else None)
    run, windows = detector.engine.run, []

    def counted(source, n, *others):
        windows.append(n)
        return run(source, n, *others)

    detector.engine.run = counted
    start = time.process_time()
    found = detector(image, progress=False)
    return found, sum(windows), time.process_time() - start


def compared(exact, other, least):
    """Number, lost, gained and shifted candidates above a class, and differences of class."""
    exact, other = (found[found["class_cb"] > least] for found in (exact, other))
    pairs = cross_match(exact, other, 3)
    a, b = exact[pairs["index_a"]], other[pairs["index_b"]]
    shifted = (a["x_peak"] != b["x_peak"]) | (a["y_peak"] != b["y_peak"])
    return (len(exact), len(exact) - len(a), len(other) - len(b), np.count_nonzero(shifted),
            np.asarray(b["class_cb"] - a["class_cb"]))


def sum_of(rows, index):
    return sum(row[index] for row in rows)


if __name__ == "__main__":
    main()
