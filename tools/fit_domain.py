"""Fit the out-of-domain statistics of a dense network to fields whose clusters are known.

    python tools/fit_domain.py NETWORK --fields FOLDER [FOLDER ...] [--out FILE]
"""

import argparse
from dataclasses import replace
from itertools import chain
from pathlib import Path

import fields
import numpy as np

from clusternet.nn import write_network
from clusternet.training import fit_domain

parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
parser.add_argument("network", help="file of weights, or - for those of the library")
parser.add_argument("--fields", nargs="+", type=Path, required=True)
parser.add_argument("--out", type=Path, help="where to write the network with its statistics")
parser.add_argument("--axes", type=int, default=64)
parser.add_argument("--radius", type=float, default=3, help="of matching, in pixels")
parser.add_argument("--least-class", type=float, default=0.5, help="of a mock cluster found")
options = parser.parse_args()
network = fields.dense_network(options.network)
images = list(chain(*fields.paths(options.fields, 4)))
domain, alarms, n = fit_domain(network, fields.read(images), n_axes=options.axes,
                               radius=options.radius, class_cb=options.least_class)
print(f"fitted to {domain.fitted_to}\nfalse alarms: {alarms} of {n} other mock clusters, "
      f"{100 * alarms / n:.2f} +- {100 * np.sqrt(max(alarms, 1)) / n:.2f} %")
if options.out:
    write_network(replace(network, metadata=replace(network.metadata, domain=domain)), options.out)
