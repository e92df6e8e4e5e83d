"""Put trained weights into the library, with their scores and their model card.

    python tools/publish_weights.py TRAINED.safetensors SCORES.json
    python tools/publish_weights.py DENSE.safetensors FOLDER

``SCORES.json`` comes from ``benchmarks/held_out.py --json`` for the same weights, ``FOLDER`` from
``benchmarks/detectors.py``; it may be ``-``, for weights that have no scores yet.
"""

import argparse
import json
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import yaml
from astropy.table import Table

from clusternet._files import atomic_write
from clusternet.nn import DenseNetwork, load_network, write_network

WEIGHTS = Path(__file__).parents[1] / "clusternet" / "nn" / "weights"
PACKAGES = ("torch", "lightning", "numpy", "astropy")


def card(network, scores):
    """The model card, Markdown."""
    d = scores["detection"]
    recipe = network.metadata.recipe
    windows = sum(s["epochs"] * s["batch"] for s in recipe["stages"]) * recipe["steps_per_epoch"]
    lines = [
        f"# {recipe['name']}", "",
        "A ResNet50 of half width (Bialopetravicius & Narbutis 2020, A&A 633, A148, Table 1) that "
        "looks at windows of 64 x 64 pixels in three bands and gives the chance that a star "
        "cluster is centred in it, its visibility, and posteriors of age, extinction and mass "
        "(joint, 20 x 10 x 14 bins) and of size (14 bins).", "",
        f"- Bands, in order: {', '.join(network.bands)}; {network.pixel_scale:g} per pixel, "
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
        f"Versions: {', '.join(f'{k} {v}' for k, v in network.metadata.versions.items())}.", "",
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


def dense_card(network, folder):
    """The model card of a dense network, Markdown."""
    recipe = network.metadata.recipe
    scenes = sum(s["epochs"] * s["batch"] for s in recipe["stages"]) * recipe["steps_per_epoch"]
    lines = [
        f"# {recipe['name']}", "",
        "A ResNet50 trunk of half width with a feature pyramid. For every pixel of an image it "
        "gives the chance that a star cluster is centred within 1.5 px; its peak head gives, at "
        "given pixels, a class, the visibility, and posteriors of age, extinction and mass "
        "(joint, 20 x 10 x 14 bins) and of size (14 bins).", "",
        f"- Bands, in order: {', '.join(network.bands)}; {network.pixel_scale:g} per pixel, "
        f"electron/s on Vega zero points {', '.join(f'{z:g}' for z in network.zero_points)}.",
        f"- Input: arcsinh(x / {network.normaliser.softening:g} electron/s).",
        f"- {sum(p.numel() for p in network.model.parameters()):,} parameters, float16 "
        "safetensors.", "",
        "## Trained on", "",
        f"{scenes:,} scenes of {recipe['stages'][-1]['crop']} x {recipe['stages'][-1]['crop']} "
        f"pixels, composed on the fly from {2 * recipe['clusters']:,} mock clusters "
        "(PARSEC isochrones at [M/H] = +0.30 with WFC3 offsets, Kroupa IMF 0.1-120 Msun, EFF "
        "profiles with gamma 2.5-4, CCM89 extinction; 4.5 Mpc; Table 1 and the magnitude limits "
        f"of Paper III), {2 * recipe['stars']:,} groups of bright stars, "
        f"{2 * recipe['associations']:,} loose associations, and {recipe['patches']} parts of "
        f"{recipe['patch_size']} x {recipe['patch_size']} pixels from each of "
        f"{2 * recipe['galaxies']} synthetic spiral galaxies for each of the sights, half of "
        "all seen through the PSF of the sharper chip and half through the mean of both. 1 to 20 "
        "clusters a scene on the average (log uniform), 0.3 of them crowded. No real image was "
        "used. Zero points, PSF width, noise and its correlation, and sky vary from scene to scene "
        "(`clusternet.training.scenes.Sight`).", "",
        "The recipe (the training was stopped and resumed, and the lengths of its stages were "
        "changed on the way, so that the cosines of the learning rate differ slightly from it; "
        "in all stages but the last the visibility of bright clusters was labelled too low, "
        "because their own light was not taken off the background at the right sub-pixel place "
        "and width, and published pictures had the right zero points):",
        "", "```yaml", yaml.safe_dump(recipe, sort_keys=False).rstrip(), "```", "",
        f"Versions: {', '.join(f'{k} {v}' for k, v in network.metadata.versions.items())}.", ""]
    weights = network.metadata.class_weights
    if weights.fitted_to:
        lines += [f"Class of a candidate: logistic({weights.constant:.3f} + "
                  f"{weights.map:.3f} log odds on the map + {weights.head:.3f} log odds of "
                  f"the head), fitted to {weights.fitted_to}.", ""]
    if calibration := network.metadata.calibration:
        lines += ["Posteriors are corrected by quantile recalibration on a grid of the medians of "
                  f"age and visibility, fitted to {calibration.fitted_to} "
                  "(`tools/calibrate.py`).", ""]
    if domain := network.metadata.domain:
        lines += ["How unlike the training a candidate is, is measured against "
                  f"{domain.fitted_to} (`tools/fit_domain.py`).", ""]
    if folder is not None:
        lines += _dense_scores(folder)
    lines += [
        "## Limits", "",
        "Backgrounds and PSF are simulated: on real mosaics the figures will be worse. Fluxes "
        "count: images on other zero points need them told. The class is calibrated for the "
        "density of clusters that it was fitted to. Clusters outside the parameter ranges (log "
        "age 6.6-10.1, log mass 3.5-5.5, A_V 0-3, log r_h/arcsec -1.4 to -0.4) get the nearest "
        "bins. Binaries, metallicity spread, field galaxies and cosmic rays were not in the "
        "training."]
    return "\n".join(lines) + "\n"


def _dense_scores(folder):
    settings = json.loads((folder / "settings.json").read_text())
    curve, errors = (Table.read(folder / f"{name}.ecsv") for name in ("curves-3px", "errors-own"))
    lines = ["## Scores", "",
             f"An artificial cluster test of {settings['clusters']:,} clusters on synthetic "
             "galaxies of other seeds and structures (`benchmarks/detectors.py`, seed "
             f"{settings['seed']}, PSF {settings['psf']}). Recall within 3 px at false detections "
             "per square arcmin:",
             "", "| detector | 0.3 | 1 | 3 | 10 |", "|---|---|---|---|---|"]
    names = list(dict.fromkeys(curve["detector"]))
    for name in names:
        rows = curve[curve["detector"] == name]
        cells = []
        for density in (0.3, 1, 3, 10):
            below = rows["recall"][rows["false_density"] <= density]
            cells.append(f"{max(below):.3f}" if len(below) else "-")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines.append("")
    for selection in dict.fromkeys(errors["selection"]):
        part = errors[errors["selection"] == selection]
        lines += [f"Errors of posterior medians, {selection}:", "",
                  "| | | n | rms | bias | MAD | null |", "|---|---|---|---|---|---|---|"]
        lines += [f"| {r['parameter']} | {r['detector']} | {r['n']:,} | {r['rms']:.3f} | "
                  f"{r['bias']:.3f} | {r['mad']:.3f} | {r['null']:.3f} |" for r in part]
        lines.append("")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", type=Path)
    parser.add_argument("scores", type=Path)
    options = parser.parse_args()
    network = load_network(options.weights)
    versions = {name: version(name) for name in PACKAGES}
    if isinstance(network, DenseNetwork):
        network.metadata = replace(network.metadata, versions=versions)
        text = dense_card(network, None if str(options.scores) == "-" else options.scores)
    else:
        scores = json.loads(options.scores.read_text())
        network.metadata = replace(network.metadata, scores=scores, versions=versions)
        text = card(network, scores)
    WEIGHTS.mkdir(exist_ok=True)
    write_network(network, WEIGHTS / network.shipped_file)
    name = Path(network.shipped_file).with_suffix(".md").name
    with atomic_write(WEIGHTS / name) as temporary:
        temporary.write_text(text)


if __name__ == "__main__":
    main()
