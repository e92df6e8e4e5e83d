"""Model cards: how a network was trained, and how good it is."""
# pyright: reportArgumentType=false, reportCallIssue=false
# Rows and columns of astropy have no types of their own.

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import yaml
from astropy.table import Table

from clusternet.nn import DenseNetwork, Network, WindowNetwork
from clusternet.posterior import ParameterBins

__all__ = ["DetectorScores", "dense_model_card", "window_model_card"]

_MOCKS = ("PARSEC isochrones at [M/H] = +0.30 with WFC3 offsets, Kroupa IMF 0.1-120 Msun, EFF "
          "profiles with gamma 2.5-4, CCM89 extinction, a first-principles WFC3/UVIS PSF; 4.5 Mpc; "
          "Table 1 and the magnitude limits of Paper III")
_DENSITIES = (0.3, 1, 3, 10)  # false detections per square arcmin


class DetectorScores(NamedTuple):
    """Scores of detectors on synthetic fields."""

    settings: Mapping[str, Any]
    """Number of ``clusters``, ``seed``, and names of ``psf`` and ``structure``."""
    curve: Table
    """``recall`` by ``false_density``, for each ``detector``."""
    errors: Table
    """`~clusternet.validation.parameter_errors` for each ``detector``."""

    @classmethod
    def read(cls, folder: str | os.PathLike[str]) -> Self:
        """Read what ``benchmarks/detectors.py`` wrote.

        Parameters
        ----------
        folder : str or os.PathLike
            Its folder.

        Returns
        -------
        DetectorScores
        """
        folder = Path(folder)
        return cls(json.loads((folder / "settings.json").read_text()),
                   Table.read(folder / "curves-3px.ecsv"), Table.read(folder / "errors-own.ecsv"))


def window_model_card(network: WindowNetwork, *, mocks: str = _MOCKS) -> str:
    """Return the model card of a window network.

    Parameters
    ----------
    network : `~clusternet.nn.WindowNetwork`
        With the recipe, and if there are any, the scores (`clusternet.training.scores.score`), in
        its metadata.
    mocks : str, optional
        Description of the mock clusters of the training.

    Returns
    -------
    str
        Markdown.

    Examples
    --------
    >>> from clusternet.nn import WindowNetwork
    >>> from clusternet.training.model_card import window_model_card
    >>> print(window_model_card(WindowNetwork.shipped()).splitlines()[0])
    # paper_m83_wfc3
    """
    recipe = _recipe(network)
    return _text([
        f"# {recipe['name']}", "",
        "A ResNet50 of half width (Bialopetravicius & Narbutis 2020, A&A 633, A148, Table 1) that "
        f"takes windows of {network.window} x {network.window} pixels and gives the probability "
        "that a star cluster is centred in it, its visibility, and posteriors of "
        f"{_posteriors(network.bins)}.", "",
        f"- Bands, in order: {', '.join(network.bands)}; {network.pixel_scale:g} per pixel, "
        "electron/s.",
        "- Input: each window and band to mean 0 and standard deviation 1, then "
        f"arcsinh(x / {network.normaliser.softening:g}).",
        _size(network), "",
        "## Trained on", "",
        f"{_drawn(recipe):,} windows composed on the fly from {recipe['clusters']:,} mock clusters "
        f"({mocks}), {recipe['offcentre']:,} clusters off the centre, {recipe['aliased']:,} off it "
        f"by whole strides of the network, {recipe['stars']:,} groups of bright stars, "
        f"{recipe['associations']:,} loose associations, and {_patches(recipe)} synthetic spiral "
        "galaxies of different structure. No real image was used. Backgrounds, stamps, quarter "
        "turns and mirror images pair at random; photon noise is drawn for each window.", "",
        *_recipe_lines(network),
        *(_window_scores(network.metadata.scores) if network.metadata.scores else ()),
        *_limits(network, "Zero points enter only through the mocks' light against the noise of "
                 "their backgrounds, because every window is normalised by itself.")])


def dense_model_card(network: DenseNetwork, scores: DetectorScores | None = None, *,
                     mocks: str = _MOCKS, remarks: str = "") -> str:
    """Return the model card of a dense network.

    Parameters
    ----------
    network : `~clusternet.nn.DenseNetwork`
        With the recipe, and what was fitted to it, in its metadata.
    scores : DetectorScores, optional
        Its scores on synthetic fields.
    mocks : str, optional
        Description of the mock clusters of the training.
    remarks : str, optional
        In what the training differed from the recipe.

    Returns
    -------
    str
        Markdown.
    """
    recipe, bins = _recipe(network), network.bins
    crop = recipe["stages"][-1]["crop"]
    lines = [
        f"# {recipe['name']}", "",
        "A ResNet50 trunk of half width with a feature pyramid. For every pixel of an image it "
        "gives the probability that a star cluster is centred within 1.5 px; its peak head gives, "
        f"at given pixels, a class, the visibility, and posteriors of {_posteriors(bins)}.", "",
        f"- Bands, in order: {', '.join(network.bands)}; {network.pixel_scale:g} per pixel, "
        f"electron/s on Vega zero points {', '.join(f'{z:g}' for z in network.zero_points)}.",
        f"- Input: arcsinh(x / {network.normaliser.softening:g} electron/s).",
        _size(network), "",
        "## Trained on", "",
        f"{_drawn(recipe):,} scenes of {crop} x {crop} pixels, composed on the fly from, for each "
        f"PSF, {recipe['clusters']:,} mock clusters ({mocks}), {recipe['stars']:,} groups of "
        f"bright stars, {recipe['associations']:,} loose associations, and {_patches(recipe)} "
        "synthetic spiral galaxies for each distribution of structures. 1 to 20 clusters per scene "
        "on average (log uniform), 0.3 of them crowded. No real image was used. Zero points, PSF "
        "width, noise and its correlation, and sky vary from scene to scene "
        "(`clusternet.training.ObservingConditions`).", "",
        *_recipe_lines(network, remarks)]
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
        lines += ["Out-of-domain scores of candidates are measured against "
                  f"{domain.fitted_to} (`tools/fit_domain.py`).", ""]
    return _text([*lines, *(_detector_scores(scores) if scores else ()), *_limits(
        network, "Fluxes count: images on other zero points need these given. The class is "
        "calibrated for the density of clusters that it was fitted to.")])


def _recipe(network: Network) -> dict[str, Any]:
    if network.metadata.recipe is None:
        raise ValueError(f"{network} has no recipe in its metadata; give a network that "
                         "clusternet.training.train made")
    return network.metadata.recipe


def _drawn(recipe: Mapping[str, Any]) -> int:
    return sum(s["epochs"] * s["batch"] for s in recipe["stages"]) * recipe["steps_per_epoch"]


def _patches(recipe: Mapping[str, Any]) -> str:
    return (f"{recipe['patches']} parts of {recipe['patch_size']} x {recipe['patch_size']} pixels "
            f"from each of {recipe['galaxies']}")


def _posteriors(bins: ParameterBins) -> str:
    numbers = [str(len(bins.centres(name))) for name in bins.joint]
    return (f"age, extinction and mass (joint, {' x '.join(numbers)} bins) and of size "
            f"({len(bins.centres('log_r_h'))} bins)")


def _size(network: Network) -> str:
    return (f"- {sum(p.numel() for p in network.model.parameters()):,} parameters, float16 "
            "safetensors.")


def _recipe_lines(network: Network, remarks: str = "") -> list[str]:
    versions = ", ".join(f"{name} {v}" for name, v in network.metadata.versions.items())
    return [f"The recipe{f' ({remarks})' if remarks else ''}:", "", "```yaml",
            yaml.safe_dump(network.metadata.recipe, sort_keys=False).rstrip(), "```", "",
            *([f"Versions: {versions}.", ""] if versions else [])]


def _limits(network: Network, fluxes: str) -> list[str]:
    ranges = {name: "{:g} to {:g}".format(*network.bins.edges(name)[[0, -1]])
              for name in network.bins.names}
    return ["## Limits", "",
            "Backgrounds and PSF are simulated: on real mosaics the errors will be larger. "
            f"{fluxes} Clusters outside the parameter ranges (log age {ranges['log_age']}, log "
            f"mass {ranges['log_mass']}, A_V {ranges['a_v']}, log r_h/arcsec {ranges['log_r_h']}) "
            "get the nearest bins. Binaries, metallicity spread, field galaxies and cosmic rays "
            "were not in the training."]


def _window_scores(scores: Mapping[str, Any]) -> list[str]:
    d = scores["detection"]
    lines = ["## Scores", "",
             f"On {d['n_cluster']:,} windows with and {d['n_random'] + d['n_hard']:,} without a "
             "cluster from other seeds and other galaxies (`benchmarks/held_out.py`). Estimates "
             "are posterior medians; *null* is the rms of always predicting the mean, *floor* "
             "that of the right bin.", "",
             *_table(("", ""), [
                 ("area under ROC, random backgrounds", f"{d['auc_random']:.5f}"),
                 ("area under ROC, hard negatives", f"{d['auc_hard']:.5f}"),
                 ("recall at class > 0.95", f"{d['recall']:.4f}"),
                 ("recall at class > 0.95, visibility > 2.5", f"{d['recall_visible']:.4f}"),
                 ("false positives at class > 0.95, random backgrounds",
                  f"{d['false_random']:.4f}"),
                 ("false positives at class > 0.95, hard negatives", f"{d['false_hard']:.4f}")])]
    columns = ("rms", "bias", "mad", "null", "floor")
    for label, rows in scores["parameters"].items():
        lines += [f"{label} (n = {rows['log_age']['n']:,})", "",
                  *_table(("", "rms", "bias", "MAD", "null", "floor"),
                          [(name, *(f"{row[c]:.3f}" for c in columns))
                           for name, row in rows.items()])]
    return lines


def _detector_scores(scores: DetectorScores) -> list[str]:
    settings, curve, errors = scores
    detectors = np.asarray(curve["detector"])
    recall, density = (np.asarray(curve[name]) for name in ("recall", "false_density"))
    rows = []
    for name in dict.fromkeys(detectors):
        below = [recall[(detectors == name) & (density <= limit)] for limit in _DENSITIES]
        rows.append((name, *(f"{max(r):.3f}" if len(r) else "-" for r in below)))
    lines = ["## Scores", "",
             f"An artificial cluster test of {settings['clusters']:,} clusters on synthetic "
             "galaxies of other seeds and structures (`benchmarks/detectors.py`, seed "
             f"{settings['seed']}, PSF {settings['psf']}). Recall within 3 px at false detections "
             "per square arcmin:", "",
             *_table(("detector", *(f"{limit:g}" for limit in _DENSITIES)), rows)]
    for selection in dict.fromkeys(errors["selection"]):
        lines += [f"Errors of posterior medians, {selection}:", "", *_table(
            ("", "", "n", "rms", "bias", "MAD", "null"),
            [(r["parameter"], r["detector"], f"{r['n']:,}",
              *(f"{r[name]:.3f}" for name in ("rms", "bias", "mad", "null")))
             for r in errors[errors["selection"] == selection]])]
    return lines


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head),
            *("| " + " | ".join(row) + " |" for row in rows), ""]


def _text(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"
