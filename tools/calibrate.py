"""Fit class and posteriors of a dense network to fields all of whose clusters are known.

    python tools/calibrate.py NETWORK --fields FOLDER [FOLDER ...] [--out FILE] [--figure FILE]

Every other field is fitted to, and those between are measured, or other folders (``--test``).
"""

import argparse
from dataclasses import replace
from itertools import chain
from pathlib import Path

import fields

from clusternet import training
from clusternet.nn import write_network
from clusternet.plotting import calibration_figure

parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
parser.add_argument("network", help="file of weights, or - for those of the library")
parser.add_argument("--fields", type=Path, nargs="+", required=True)
parser.add_argument("--test", type=Path, nargs="+", help="folders to measure")
parser.add_argument("--out", type=Path, help="where to write the network")
parser.add_argument("--figure", type=Path)
parser.add_argument("--radius", type=float, default=3.0, help="of matching, in pixels")
parser.add_argument("--least-class", type=float, default=0.5)
parser.add_argument("--nodes", type=int, default=5, help="of the correction, along each axis")
options = parser.parse_args()
network = fields.dense_network(options.network)
images = fields.paths(options.fields, 1 if options.test else 2)
step = 1 if options.test else 2
test = fields.paths(options.test, 1) if options.test else [folder[1::2] for folder in images]
fitted, tested = (
    training.find_known(network, fields.read(chain(*part)), radius=options.radius)
    for part in ([folder[::step] for folder in images], test))
metadata = training.calibrate(network, fitted, class_cb=options.least_class, nodes=options.nodes,
                              source=fields.description(options.fields))
scores = training.score_calibration(network, tested, metadata, class_cb=options.least_class)
print(metadata.class_weights)
for label, score in zip(("before", "after"), scores, strict=True):
    table = score.summary()
    print(f"\n{label}:", ", ".join(f"{k} {v:.4f}" for k, v in dict(table.meta or {}).items()))
    table.pprint(max_lines=-1, max_width=-1)
if options.figure:
    calibration_figure(*scores).savefig(options.figure, dpi=100)
if options.out:
    write_network(replace(network, metadata=metadata), options.out)
