"""Put trained weights into the library, with their scores and their model card.

    python tools/publish_weights.py TRAINED.safetensors SCORES.json
    python tools/publish_weights.py DENSE.safetensors [FOLDER] [--remarks TEXT]

``SCORES.json`` comes from ``benchmarks/held_out.py --json`` for the same weights, ``FOLDER`` from
``benchmarks/detectors.py``.
"""

import argparse
import json
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from clusternet._files import atomic_write
from clusternet.nn import DenseNetwork, WindowNetwork, load_network, write_network
from clusternet.training import DetectorScores, dense_model_card, window_model_card

WEIGHTS = Path(__file__).parents[1] / "clusternet" / "nn" / "weights"

parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
parser.add_argument("weights", type=Path)
parser.add_argument("scores", type=Path, nargs="?")
parser.add_argument("--remarks", default="", help="in what the training differed from the recipe")
options = parser.parse_args()
network = load_network(options.weights)
versions = {name: version(name) for name in ("torch", "lightning", "numpy", "astropy")}
network.metadata = replace(network.metadata, versions=versions)
if isinstance(network, DenseNetwork):
    scores = options.scores and DetectorScores.read(options.scores)
    card = dense_model_card(network, scores, remarks=options.remarks)
elif isinstance(network, WindowNetwork):
    scores = options.scores and json.loads(options.scores.read_text())
    network.metadata = replace(network.metadata, scores=scores)
    card = window_model_card(network)
else:
    raise SystemExit(f"there is no model card of a {type(network).__name__}")
write_network(network, WEIGHTS / network.shipped_file)
with atomic_write((WEIGHTS / network.shipped_file).with_suffix(".md")) as temporary:
    temporary.write_text(card)
