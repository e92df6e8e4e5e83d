"""Scores, on answers whose scores can be worked out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusternet.posterior import ParameterBins
from clusternet.training.kinds import KINDS
from clusternet.training.scores import area_under_roc, predict, score

BINS = ParameterBins()
class_values = st.lists(st.integers(0, 5).map(lambda i: i / 5), min_size=1, max_size=12)
N = 600


@pytest.fixture(scope="module")
def truth():
    rng = np.random.default_rng(1)
    drawn = np.arange(N) % len(KINDS)
    out = {"kind": np.array([kind.name for kind in KINDS])[drawn],
           "cluster": np.array([kind.label for kind in KINDS])[drawn]}
    for name in BINS.names:
        low, high, _ = BINS.axes[name]
        out[name] = np.where(drawn == 0, rng.uniform(low, high, N), np.nan)
    return out


@pytest.fixture(scope="module")
def perfect(truth):
    """All in the true bin, and clusters known for sure."""
    there = truth["cluster"] == 1
    out = {"cluster": there.astype(float)}
    for name in BINS.names:
        index = BINS.index(name, np.where(there, truth[name], 0))
        out[name] = np.eye(len(BINS.centres(name)))[index]
    return out


@given(class_values, class_values)
def test_area_under_roc_is_the_chance_to_rank_a_pair_right(positive, negative):
    pairs = [(p > n) + 0.5 * (p == n) for p in positive for n in negative]
    assert area_under_roc(positive, negative) == pytest.approx(np.mean(pairs))


def test_area_under_roc_of_nothing_is_nan():
    assert np.isnan(area_under_roc([], [0.5]))
    assert np.isnan(area_under_roc([0.5], []))


def test_perfect_answers_are_as_good_as_the_bins_allow(truth, perfect):
    found = score(perfect, truth, BINS)
    detection = found["detection"]
    assert detection["auc_random"] == detection["auc_hard"] == detection["recall"] == 1
    assert detection["false_random"] == detection["false_hard"] == 0
    for name, values in found["parameters"]["all"].items():
        assert values["n"] == N / len(KINDS)
        assert values["rms"] == pytest.approx(values["floor"], abs=1e-9)
        low, high, n_bins = BINS.axes[name]
        assert values["floor"] == pytest.approx((high - low) / n_bins / np.sqrt(12), rel=0.2)
        assert values["null"] == pytest.approx((high - low) / np.sqrt(12), rel=0.1)


def test_errors_are_those_of_the_medians(truth, perfect):
    shifted = perfect | {"a_v": np.roll(perfect["a_v"], 1, axis=1)}
    inside = truth | {"a_v": np.where(truth["a_v"] > 2.7, 1.0, truth["a_v"])}
    index = BINS.index("a_v", np.nan_to_num(inside["a_v"]))
    shifted["a_v"] = np.eye(10)[np.minimum(index + 1, 9)]
    found = score(shifted, inside, BINS)["parameters"]["all"]["a_v"]
    there = truth["cluster"] == 1
    error = BINS.centres("a_v")[index[there] + 1] - inside["a_v"][there]
    assert found["bias"] == pytest.approx(error.mean())
    assert found["rms"] == pytest.approx(np.sqrt(np.mean(error**2)))
    assert found["mad"] == pytest.approx(np.median(np.abs(error)))


def test_selections_are_by_age_and_visibility(truth, perfect):
    found = score(perfect, truth, BINS)["parameters"]
    there = truth["cluster"] == 1
    young, visible = truth["log_age"] < 8, truth["log_visibility"] > np.log10(2.5)
    expected = {"all": there, "log_age < 8": there & young, "visible": there & visible,
                "visible, log_age < 8": there & young & visible,
                "not visible": there & ~visible}
    assert {label: found[label]["log_age"]["n"] for label in found} == {
        label: rows.sum() for label, rows in expected.items()}


def test_detection_is_counted_at_class_0_95(truth, perfect):
    kind = truth["kind"]
    answers = perfect | {"cluster": np.select(
        [kind == name for name in ("cluster", "background", "offcentre", "stars", "aliased")],
        [0.96, 0.94, 0.955, 0.3, 0.2], 0.99)}
    found = score(answers, truth, BINS)["detection"]
    assert found["recall"] == found["recall_visible"] == 1
    assert found["false_random"] == 0
    assert found["false_offcentre"] == found["false_association"] == 1
    assert found["false_stars"] == 0
    assert found["false_hard"] == pytest.approx(2 / 4)
    assert found["auc_random"] == found["auc_stars"] == 1
    assert found["auc_hard"] == pytest.approx(3 / 4)
    assert found["auc_association"] == 0
    assert found["auc_aliased"] == 1
    assert (found["n_cluster"], found["n_random"], found["n_hard"]) == (100, 100, 400)


def test_what_no_window_tells_is_nan(truth, perfect):
    rows = truth["kind"] == "background"
    only_background = ({k: v[rows] for k, v in part.items()} for part in (perfect, truth))
    found = score(*only_background, BINS)
    assert np.isnan(found["detection"]["recall"])
    assert np.isnan(found["detection"]["auc_random"])
    assert found["detection"]["false_random"] == 0
    assert found["parameters"]["all"]["log_age"]["n"] == 0
    assert np.isnan(found["parameters"]["all"]["log_age"]["rms"])


def test_predictions_are_histograms_that_add_up(paper_network):
    windows = np.random.default_rng(2).gamma(0.5, size=(3, 3, 64, 64)).astype(np.float32)
    found = predict(paper_network, windows)
    assert found["cluster"].shape == (3,)
    assert found.keys() == {"cluster", *BINS.names}
    for name in BINS.names:
        assert found[name].shape == (3, len(BINS.centres(name)))
        np.testing.assert_allclose(found[name].sum(1), 1, atol=1e-3)
