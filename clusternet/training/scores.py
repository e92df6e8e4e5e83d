"""Scores of a window network on windows whose truth is known."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from clusternet.nn import WindowEngine, WindowNetwork
from clusternet.posterior import ParameterBins, marginals, quantile
from clusternet.training.kinds import BACKGROUND
from clusternet.validation.errors import errors

__all__ = ["area_under_roc", "predict", "score"]


def area_under_roc(positive: ArrayLike, negative: ArrayLike) -> float:
    """Probability that a positive scores above a negative (ties count half); NaN without either.

    Examples
    --------
    >>> from clusternet.training.scores import area_under_roc
    >>> area_under_roc([0.9, 0.8], [0.1, 0.8])
    0.875
    """
    positive, negative = np.asarray(positive), np.asarray(negative)
    ranks = rankdata(np.concatenate([positive, negative]))[:len(positive)].sum()
    n, m = len(positive), len(negative)
    if not n * m:
        return float("nan")
    return float((ranks - n * (n + 1) / 2) / (n * m))


def predict(network: WindowNetwork, windows: np.ndarray) -> dict[str, np.ndarray]:
    """Predict the class, and the marginal histogram of every parameter.

    Parameters
    ----------
    network : `~clusternet.nn.WindowNetwork`
        Evaluated as in a search.
    windows : numpy.ndarray, shape (n, band, size, size)
        electron/s.

    Returns
    -------
    dict of str to numpy.ndarray
        ``cluster`` of shape (n,) and, by parameter, (n, bins).
    """
    def described(p):
        return {"cluster": p["cluster"][:, 1], **marginals(network.bins, p)}

    return WindowEngine(network).run(
        lambda part: np.moveaxis(windows[part], 1, -1), len(windows), reduce=described)


def score(predicted: Mapping[str, np.ndarray], truth: Mapping[str, np.ndarray],
          bins: ParameterBins, *, threshold: float = 0.95,
          visibility: float = 2.5) -> dict[str, dict[str, Any]]:
    """Detection and parameter scores.

    Parameters
    ----------
    predicted : dict
        From `predict`.
    truth : dict
        From `~clusternet.training.windows.WindowComposer.draw`.
    bins : `~clusternet.posterior.ParameterBins`
        Bins of the network.
    threshold : float, optional
        Class above which a window counts as one with a cluster; that of the catalogue of
        Paper III.
    visibility : float, optional
        Visibility above which a cluster counts as visible; likewise.

    Returns
    -------
    dict
        ``detection``: areas under the ROC curve, recall and false-positive rates at the
        threshold, against windows of ``background`` alone (``random``), against all others
        without a cluster (``hard``), and by their kind; ``parameters``: for each selection and
        parameter ``n``, ``rms``, ``bias``, ``mad`` and ``null`` of posterior medians
        (`~clusternet.validation.parameter_errors`), and ``floor``, the rms of the centre of the
        true bin. NaN where no window says.
    """
    kind, there = np.asarray(truth["kind"]), np.asarray(truth["cluster"]) == 1
    visible = there & (truth["log_visibility"] > np.log10(visibility))
    young = there & (truth["log_age"] < 8)
    random = kind == BACKGROUND.name
    hard = ~there & ~random
    class_cb = predicted["cluster"]

    def above(rows):
        return float((class_cb[rows] > threshold).mean()) if rows.any() else float("nan")

    detection = {
        "auc_random": area_under_roc(class_cb[there], class_cb[random]),
        "auc_hard": area_under_roc(class_cb[there], class_cb[hard]),
        "recall": above(there), "recall_visible": above(visible),
        "false_random": above(random), "false_hard": above(hard)}
    for name in sorted(set(kind[hard].tolist())):
        rows = kind == name
        detection[f"auc_{name}"] = area_under_roc(class_cb[there], class_cb[rows])
        detection[f"false_{name}"] = above(rows)
    detection |= {"n_cluster": int(there.sum()), "n_visible": int(visible.sum()),
                  "n_random": int(random.sum()), "n_hard": int(hard.sum())}
    selections = {"all": there, "log_age < 8": young, "visible": visible,
                  "visible, log_age < 8": visible & young, "not visible": there & ~visible}
    parameters = {label: {name: _errors(predicted[name][rows], truth[name][rows], bins, name)
                          for name in bins.names} for label, rows in selections.items()}
    return {"detection": detection, "parameters": parameters}


def _errors(histograms, value, bins, name):
    """Errors of posterior medians, and of the best that the bins allow."""
    found = errors(value, quantile(histograms, bins.edges(name), 0.5))
    best = bins.centres(name)[bins.index(name, value)] if found.n else value
    return {**found._asdict(), "floor": errors(value, best).rms}
