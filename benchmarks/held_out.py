"""Scores of a window network on windows it has never seen.

Mock clusters, hard negatives and backgrounds come from other seeds and other
galaxies than those of the training. Run it as

    python benchmarks/held_out.py [--weights FILE] [--folder FOLDER] [--json FILE]

The windows are made once and kept in FOLDER.
"""

import argparse
import json
from pathlib import Path

import numpy as np

from clusternet._machine import usable_cores
from clusternet.mocks import MockClusters
from clusternet.nn import WindowNetwork, load_network
from clusternet.training import TrainingData
from clusternet.training.backgrounds import make_backgrounds
from clusternet.training.kinds import ALIASED, ASSOCIATION, BACKGROUND, CLUSTER, OFFCENTRE, STARS
from clusternet.training.scores import predict, score
from clusternet.training.stamps import make_stamps
from clusternet.training.windows import WindowComposer

STAMPS = {CLUSTER: 6000, OFFCENTRE: 3000, STARS: 2000, ASSOCIATION: 1500, ALIASED: 2000}
FRACTIONS = {CLUSTER: 0.4, BACKGROUND: 0.4, OFFCENTRE: 0.06, STARS: 0.04, ASSOCIATION: 0.04,
             ALIASED: 0.06}
HARD = [kind.name for kind in (OFFCENTRE, STARS, ASSOCIATION, ALIASED)]


def held_out(folder, bins, n=15000, galaxies=4, patches=10):
    """Windows and truth."""
    workers, mocks = usable_cores(), MockClusters()
    data = TrainingData(
        make_stamps(folder / "stamps-921", STAMPS, mocks, rng=921, workers=workers),
        make_backgrounds(folder / "backgrounds-911", mocks, galaxies=galaxies, patches=patches,
                         size=512, rng=911, workers=workers))
    return WindowComposer(data, bins, FRACTIONS).draw(n, np.random.default_rng(5))


def show(scores):
    """Print the tables."""
    d = scores["detection"]
    print(f"windows: {d['n_cluster']} with a cluster ({d['n_visible']} of visibility > 2.5), "
          f"{d['n_random']} random backgrounds, {d['n_hard']} hard negatives")
    print(f"area under ROC: random backgrounds {d['auc_random']:.5f}, "
          f"hard negatives {d['auc_hard']:.5f} ("
          + ", ".join(f"{k} {d[f'auc_{k}']:.5f}" for k in HARD) + ")")
    print(f"at class > 0.95: recall {d['recall']:.4f}, visibility > 2.5 {d['recall_visible']:.4f}; "
          f"false positives: random {d['false_random']:.4f}, hard {d['false_hard']:.4f} ("
          + ", ".join(f"{k} {d[f'false_{k}']:.4f}" for k in HARD) + ")")
    for label, rows in scores["parameters"].items():
        print(f"\n{label} (n = {rows['log_age']['n']})")
        print(f"{'':16s}{'rms':>8s}{'bias':>8s}{'MAD':>8s}{'null':>8s}{'floor':>8s}")
        for name, r in rows.items():
            print(f"{name:16s}" + "".join(f"{r[k]:8.3f}" for k in
                                          ("rms", "bias", "mad", "null", "floor")))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=load_network)
    parser.add_argument("--folder", type=Path, default=Path("held-out"))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    network = options.weights or WindowNetwork.shipped()
    windows, truth = held_out(options.folder, network.bins)
    scores = score(predict(network, windows), truth, network.bins)
    show(scores)
    if options.json:
        options.json.write_text(json.dumps(scores, indent=1))


if __name__ == "__main__":
    main()
