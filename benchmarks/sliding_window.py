"""How much faster than a plain loop the sliding-window detector is, and how far from it.

Both evaluate the same windows in the same run, in turns, so that a busy machine slows both:

- the detector: `SlidingWindowDetector.value_maps`, from the image to the maps;
- the plain loop: the network unchanged, float32, in PyTorch's default memory layout, on windows
  normalised by `WindowNormaliser`, one at a time;
- for comparison, the plain network on batches of 64 windows.

Run it with ``python benchmarks/sliding_window.py``; ``--help`` shows the options.
"""

import argparse
import time

import numpy as np
import torch

from clusternet.detection import SlidingWindowDetector
from clusternet.images import MultiBandImage
from clusternet.nn import WindowNetwork, load_network
from clusternet.pipeline.demo import make_field


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--weights", type=load_network, help="weights in place of those shipped")
    parser.add_argument("--image", help="FITS file with an extension a band, in place of a "
                        "synthetic field with mock clusters")
    parser.add_argument("--rounds", type=int, default=8, help="turns (default %(default)s)")
    parser.add_argument("--columns", type=int, default=64, help="windows along x")
    parser.add_argument("--rows", type=int, default=8, help="windows along y, a turn")
    parser.add_argument("--seed", type=int, default=1, help="of the field, and of its part")
    parser.add_argument("--threads", type=int, help="torch's threads, for all alike")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    network = options.weights or WindowNetwork.shipped()
    detector = SlidingWindowDetector(network)
    image = (MultiBandImage.read(options.image) if options.image
             else make_field(256, rng=options.seed)[0])
    rng = np.random.default_rng(options.seed)
    size = options.rows + 63, options.columns + 63
    print(f"{image}\n{torch.get_num_threads()} threads, convolutions in "
          f"{detector.engine.precision}, {options.rounds} turns of {options.rows} x "
          f"{options.columns} windows")

    runs = {"detector": lambda image: detector.value_maps(image, progress=False)["class_cb"].data,
            "plain loop": lambda image: plain(network, image, 1),
            "plain, batches of 64": lambda image: plain(network, image, 64)}
    seconds = {name: [] for name in runs}
    difference, classes = [], []
    for turn in range(-1, options.rounds):
        y, x = (rng.integers(0, n - part + 1)
                for n, part in zip(image.shape[1:], size, strict=True))
        part = image.cutout((x + size[1] // 2, y + size[0] // 2), size)
        maps = {}
        for name in rng.permutation(list(runs)).tolist():
            start = time.perf_counter()
            maps[name] = runs[name](part)
            if turn >= 0:  # the first turn only warms up
                seconds[name].append(time.perf_counter() - start)
        known = np.isfinite(maps["detector"])
        difference.append((maps["detector"] - maps["plain loop"])[known])
        classes.append(maps["plain loop"][known])

    n = options.rows * options.columns
    rates = {name: n / np.array(times) for name, times in seconds.items()}
    for name, rate in rates.items():
        print(f"{name:22s}{n * len(rate) / sum(seconds[name]):8.1f} windows/s   (turns: "
              f"{rate.min():.1f} to {rate.max():.1f})")
    for name in ("plain loop", "plain, batches of 64"):
        ratio = rates["detector"] / rates[name]
        print(f"detector / {name}: {sum(seconds[name]) / sum(seconds['detector']):.2f} "
              f"(turns: median {np.median(ratio):.2f}, {ratio.min():.2f} to {ratio.max():.2f})")
    difference, classes = np.concatenate(difference), np.concatenate(classes)
    print(f"class, detector - plain loop, {len(classes)} windows: largest "
          f"{np.abs(difference).max():.5f} (may be 0.02), rms "
          f"{np.sqrt(np.mean(difference**2)):.6f} (may be 0.005)")
    print(f"classes: {np.mean(classes < 0.05):.1%} below 0.05, {np.mean(classes > 0.95):.1%} "
          "above 0.95")


def plain(network, image, batch):
    """Class map by the unchanged network."""
    image = image.select(network.bands)
    ny, nx = image.shape[1:]
    class_cb = np.full((ny, nx), np.nan, dtype=np.float32)
    centres = [(y, x) for y in range(32, ny - 31) for x in range(32, nx - 31)]
    pixels = torch.from_numpy(np.ascontiguousarray(image.data))
    with torch.inference_mode():
        for start in range(0, len(centres), batch):
            some = centres[start:start + batch]
            windows = torch.stack([pixels[:, y - 32:y + 32, x - 32:x + 32] for y, x in some])
            logits = network.model(network.normaliser(windows))
            for (y, x), value in zip(some, logits["cluster"].softmax(1)[:, 1], strict=True):
                class_cb[y, x] = value
    return class_cb


if __name__ == "__main__":
    main()
