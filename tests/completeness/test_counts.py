"""Corrected counts: the numbers put in come back, with errors that hold."""

import numpy as np
import pytest
from astropy.table import QTable
from scipy.special import expit

from clusternet.completeness import CompletenessFunction, corrected_counts

EDGES = {"log_mass": np.linspace(3.5, 5.5, 5)}


def draw(n, seed):
    rng = np.random.default_rng(seed)
    table = QTable({"log_mass": rng.uniform(3.5, 5.5, n), "log_age": rng.uniform(7, 9, n)})
    table["found"] = rng.random(n) < 0.15 + 0.8 * expit(5 * (table["log_mass"] - 4.3))
    return table


@pytest.fixture(scope="module")
def completeness():
    return CompletenessFunction.fit(draw(4000, 1))


def test_corrected_counts_are_those_put_in_within_their_errors(completeness):
    off = []
    for seed in range(40):
        clusters = draw(800, 100 + seed)
        counts = corrected_counts(clusters[clusters["found"]], completeness, EDGES)
        off.append((counts["n_corrected"] - 200) / counts["n_corrected_err"])
    off = np.array(off)
    assert np.abs(off.mean(axis=0)).max() < 0.8  # the fit is the same for all
    assert 0.7 < off.std() < 1.3


def test_without_bins_there_is_one_count(completeness):
    clusters = draw(800, 5)
    found = clusters[clusters["found"]]
    total = corrected_counts(found, completeness)
    parts = corrected_counts(found, completeness, EDGES)
    assert total.colnames == ["n", "n_corrected", "n_corrected_err", "n_floored", "n_unknown"]
    assert total["n"][0] == parts["n"].sum() == len(found)
    assert total["n_corrected"][0] == pytest.approx(parts["n_corrected"].sum())


def test_a_floor_bounds_the_weights_and_is_told(completeness):
    clusters = QTable({"log_mass": [3.55, 5.4], "log_age": [8.0, 8.0]})
    p = completeness(clusters)
    counts = corrected_counts(clusters, completeness, floor=0.5)
    assert p[0] < 0.5 < p[1]
    assert counts["n_corrected"][0] == pytest.approx(2 + 1 / p[1])
    assert counts["n_floored"][0] == 1


def test_clusters_without_a_probability_are_told(completeness):
    clusters = QTable({"log_mass": [5.4, 5.3, 9.0], "log_age": [8.0, np.nan, 8.0]})
    counts = corrected_counts(clusters, completeness, {"log_mass": [5, 6]})
    assert (counts["n"][0], counts["n_unknown"][0]) == (1, 1)
    none = corrected_counts(clusters[:0], completeness, {"log_mass": [5, 6]})
    assert (none["n"][0], none["n_corrected"][0], none["n_corrected_err"][0]) == (0, 0, 0)


@pytest.mark.parametrize("floor", [0, -1, 1.5, np.nan])
def test_impossible_floors_are_refused(completeness, floor):
    with pytest.raises(ValueError, match="floor = "):
        corrected_counts(draw(5, 1), completeness, floor=floor)
