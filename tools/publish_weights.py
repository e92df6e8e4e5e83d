"""Put trained weights into the library, with their scores and their model card.

    python tools/publish_weights.py TRAINED.safetensors SCORES.json

``SCORES.json`` comes from ``benchmarks/held_out.py --json`` for the same weights.
"""

import argparse
import json
from importlib.metadata import version
from pathlib import Path

import yaml

from clusternet._files import atomic_write
from clusternet.nn import load_network, save_network
from clusternet.nn.weights import DEFAULT_WEIGHTS

WEIGHTS = Path(__file__).parents[1] / "clusternet" / "nn" / "weights"
PACKAGES = ("torch", "lightning", "numpy", "astropy")


def card(network, scores):
    """The model card, Markdown."""
    d = scores["detection"]
    recipe = network.metadata["recipe"]
    windows = sum(s["epochs"] * s["batch"] for s in recipe["stages"]) * recipe["steps_per_epoch"]
    lines = [
        f"# {recipe['name']}", "",
        "A ResNet50 of half width (Bialopetravicius & Narbutis 2020, A&A 633, A148, Table 1) that "
        "looks at windows of 64 x 64 pixels in three bands and gives the chance that a star "
        "cluster is centred in it, its visibility, and posteriors of age, extinction and mass "
        "(joint, 20 x 10 x 14 bins) and of size (14 bins).", "",
        f"- Bands, in order: {', '.join(network.bands)}; {network.pixel_scale:g} arcsec a pixel, "
        "electron/s.",
        "- Input: each window and band to mean 0 and standard deviation 1, then "
        f"arcsinh(x / {network.normaliser.softening:g}).",
        f"- {sum(p.numel() for p in network.model.parameters()):,} parameters, float16 "
        "safetensors.", "",
        "## Trained on", "",
        f"{windows:,} windows composed on the fly from {recipe['clusters']:,} mock clusters "
        "(PARSEC isochrones at [M/H] = +0.30 with WFC3 offsets, Kroupa IMF 0.1-120 Msun, EFF "
        "profiles with gamma 2.5-4, CCM89 extinction, a first-principles WFC3/UVIS PSF; 4.5 Mpc; "
        "Table 1 and the magnitude limits of Paper III), "
        f"{recipe['offcentre']:,} clusters off the centre, {recipe['aliased']:,} off it by whole "
        f"strides of the network, {recipe['stars']:,} groups of bright "
        f"stars, {recipe['associations']:,} loose associations, and {recipe['patches']} parts of "
        f"{recipe['patch_size']} x {recipe['patch_size']} pixels from each of "
        f"{recipe['galaxies']} synthetic spiral galaxies of different structure. No real image "
        "was used. Backgrounds, stamps, quarter turns and mirror images pair at random; photon "
        "noise is drawn anew.", "",
        "The recipe:", "", "```yaml", yaml.safe_dump(recipe, sort_keys=False).rstrip(), "```", "",
        f"Versions: {', '.join(f'{k} {v}' for k, v in network.metadata['versions'].items())}.", "",
        "## Scores", "",
        f"On {d['n_cluster']:,} windows with and {d['n_random'] + d['n_hard']:,} without a cluster "
        "from other seeds and other galaxies (`benchmarks/held_out.py`). Estimates are posterior "
        "medians; *null* is the rms of always answering the mean, *floor* that of the right bin.",
        "",
        "| | |", "|---|---|",
        f"| area under ROC, random backgrounds | {d['auc_random']:.5f} |",
        f"| area under ROC, hard negatives | {d['auc_hard']:.5f} |",
        f"| recall at class > 0.95 | {d['recall']:.4f} |",
        f"| recall at class > 0.95, visibility > 2.5 | {d['recall_visible']:.4f} |",
        f"| false positives at class > 0.95, random backgrounds | {d['false_random']:.4f} |",
        f"| false positives at class > 0.95, hard negatives | {d['false_hard']:.4f} |", ""]
    for label, rows in scores["parameters"].items():
        lines += [f"{label} (n = {rows['log_age']['n']:,})", "",
                  "| | rms | bias | MAD | null | floor |", "|---|---|---|---|---|---|"]
        lines += ["| " + " | ".join([name] + [f"{r[k]:.3f}" for k in
                                               ("rms", "bias", "mad", "null", "floor")]) + " |"
                  for name, r in rows.items()]
        lines.append("")
    lines += [
        "## Limits", "",
        "Backgrounds and PSF are simulated: on real mosaics the figures will be worse. Zero "
        "points enter only through the mocks' light against the noise of their backgrounds, "
        "because every window is normalised by itself. Clusters outside the parameter ranges "
        "(log age 6.6-10.1, log mass 3.5-5.5, A_V 0-3, log r_h/arcsec -1.4 to -0.4) get the "
        "nearest bins. Binaries, metallicity spread, field galaxies and cosmic rays were not in "
        "the training."]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path)
    parser.add_argument("scores", type=Path)
    options = parser.parse_args()
    network = load_network(options.weights)
    scores = json.loads(options.scores.read_text())
    network.metadata = {**network.metadata, "scores": scores,
                        "versions": {name: version(name) for name in PACKAGES}}
    WEIGHTS.mkdir(exist_ok=True)
    save_network(WEIGHTS / DEFAULT_WEIGHTS, network)
    with atomic_write(WEIGHTS / Path(DEFAULT_WEIGHTS).with_suffix(".md").name) as temporary:
        temporary.write_text(card(network, scores))


if __name__ == "__main__":
    main()
