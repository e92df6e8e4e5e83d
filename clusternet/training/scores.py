"""How well a window network does on windows whose truth is known."""

import numpy as np
from scipy.stats import rankdata

from clusternet.nn import WindowEngine
from clusternet.posterior.histograms import marginals, quantile
from clusternet.training.windows import KINDS

__all__ = ["area_under_roc", "predict", "score"]

#: Catalogue thresholds of Paper III.
CLASS, VISIBILITY = 0.95, 2.5


def area_under_roc(positive, negative):
    """Chance that a positive scores above a negative (ties count half); NaN without either.

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


def predict(network, windows):
    """Class, and the marginal histogram of every parameter.

    Parameters
    ----------
    network : `~clusternet.nn.WindowNetwork`
        What to score; evaluated as a search does it.
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


def score(predicted, truth, bins):
    """Detection and parameter scores.

    Parameters
    ----------
    predicted : dict
        From `predict`.
    truth : dict
        From `~clusternet.training.windows.WindowComposer.draw`.
    bins : `~clusternet.posterior.ParameterBins`
        Of the network.

    Returns
    -------
    dict
        ``detection``: areas under the ROC curve, recall and false-positive
        rates at class 0.95; ``parameters``: for each selection and parameter
        ``n``, ``rms``, ``bias``, ``mad`` (median absolute deviation), ``null``
        (rms of the selection's own mean) and ``floor`` (rms of the centre of
        the true bin). Estimates are posterior medians. What no window tells is
        NaN.
    """
    there = truth["kind"] == 0
    visible = there & (10 ** np.where(there, truth["log_visibility"], -9) > VISIBILITY)
    class_cb = predicted["cluster"]
    hard = ~there & (truth["kind"] > 1)
    random = truth["kind"] == KINDS.index("background")
    detection = {
        "auc_random": area_under_roc(class_cb[there], class_cb[random]),
        "auc_hard": area_under_roc(class_cb[there], class_cb[hard]),
        "recall": _part_above(class_cb[there]), "recall_visible": _part_above(class_cb[visible]),
        "false_random": _part_above(class_cb[random]), "false_hard": _part_above(class_cb[hard])}
    for i, kind in enumerate(KINDS[2:], 2):
        rows = truth["kind"] == i
        if rows.any():
            detection[f"auc_{kind}"] = area_under_roc(class_cb[there], class_cb[rows])
            detection[f"false_{kind}"] = _part_above(class_cb[rows])
    detection |= {"n_cluster": int(there.sum()), "n_visible": int(visible.sum()),
                  "n_random": int(random.sum()), "n_hard": int(hard.sum())}
    young = there & (truth["log_age"] < 8)
    selections = {"all": there, "log_age < 8": young, "visible": visible,
                  "visible, log_age < 8": visible & young, "not visible": there & ~visible}
    parameters = {}
    for label, rows in selections.items():
        parameters[label] = {}
        for name in bins.names:
            estimate = quantile(predicted[name][rows], bins.edges(name), 0.5)
            parameters[label][name] = _errors(estimate, truth[name][rows], bins, name)
    return {"detection": detection, "parameters": parameters}


def _part_above(class_cb):
    return float((class_cb > CLASS).mean()) if len(class_cb) else float("nan")


def _errors(estimate, value, bins, name):
    out = dict.fromkeys(("rms", "bias", "mad", "null", "floor"), float("nan"))
    if len(value):
        error = estimate - value
        centre = bins.centres(name)[bins.index(name, value)]
        out = {"rms": np.sqrt(np.mean(error**2)), "bias": error.mean(),
               "mad": np.median(np.abs(error)), "null": value.std(),
               "floor": np.sqrt(np.mean((centre - value) ** 2))}
    return {"n": len(value)} | {key: float(number) for key, number in out.items()}
