"""The completeness function: known probabilities found again, calibrated, kept in a file."""

import json

import numpy as np
import pytest
from astropy import units as u
from astropy.table import QTable
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.special import expit

from clusternet.completeness import CompletenessFunction
from clusternet.completeness.logistic import fit_logistic, log_loss

RANGES = {"log_age": (6.6, 10.1), "log_mass": (3.5, 5.5), "a_v": (0, 3)}


def probability(table):
    faint = (4.2 + 0.3 * (table["log_age"] - 8) + 0.3 * table["a_v"].value - table["log_mass"])
    return expit(-5 * np.asarray(faint))


def draw(n, seed):
    rng = np.random.default_rng(seed)
    table = QTable({name: rng.uniform(low, high, n) for name, (low, high) in RANGES.items()})
    table["a_v"] = table["a_v"] * u.mag
    table["found"] = rng.random(n) < probability(table)
    return table


@pytest.fixture(scope="module")
def fitted():
    return CompletenessFunction.fit(draw(4000, 1))


def test_known_probabilities_are_found_again(fitted):
    other = draw(2000, 2)
    assert fitted.names == ("log_age", "log_mass", "a_v")
    assert np.sqrt(np.mean((fitted(other) - probability(other)) ** 2)) < 0.04


def test_intervals_hold_the_truth_about_as_often_as_told(fitted):
    other = draw(2000, 2)
    low, high = fitted.interval(other)
    inside = (low <= probability(other)) & (probability(other) <= high)
    assert 0.5 < inside.mean() < 0.85
    wide_low, wide_high = fitted.interval(other, level=0.95)
    assert np.all((wide_low < low) & (high < wide_high))


def test_the_score_on_other_clusters_is_near_the_best_possible(fitted):
    other = draw(4000, 3)
    table = fitted.score(other)
    best = np.mean((probability(other) - other["found"]) ** 2)
    assert table["n"].sum() == table.meta["n"] == 4000
    assert best < table.meta["brier"] < 1.05 * best < table.meta["brier_constant"]
    assert table.meta["calibration_error"] < 0.02
    assert fitted.summary["brier"] == pytest.approx(table.meta["brier"], rel=0.15)
    within = (table["recall_lo"] - 0.02 <= table["p"]) & (table["p"] <= table["recall_hi"] + 0.02)
    assert within.all()
    edges = fitted.score(other, [0, 0.5, 1])
    assert edges["p_lo"].tolist() == [0, 0.5]


def test_a_wrong_function_scores_badly(fitted):
    other = draw(2000, 3)
    other["found"] = ~other["found"]
    score = fitted.score(other).meta
    assert score["brier"] > score["brier_constant"]
    assert score["calibration_error"] > 0.3


def test_noise_columns_are_smoothed_away():
    table = draw(1500, 4)
    table["found"] = np.random.default_rng(5).random(1500) < 0.7
    flat = CompletenessFunction.fit(table)
    assert np.ptp(flat(draw(500, 6))) < 0.25
    assert flat.penalty >= 10
    assert flat.summary["brier"] == pytest.approx(flat.summary["brier_constant"], rel=0.02)


def test_values_beyond_the_range_are_those_at_its_end(fitted):
    inside = {"log_age": [8.0], "log_mass": [fitted.ranges[1, 1]], "a_v": [1.0]}
    beyond = {**inside, "log_mass": [7.0]}
    assert fitted(beyond) == fitted(inside)
    assert (fitted.outside(beyond).tolist(), fitted.outside(inside).tolist()) == ([True], [False])


def test_unknown_values_give_no_probability(fitted):
    table = draw(5, 1)
    table["log_age"][2] = np.nan
    assert np.isnan(fitted(table)).tolist() == [False, False, True, False, False]
    assert np.isnan(fitted.interval(table)[0][2])
    assert fitted.score(table).meta["n"] == 4
    del table["log_mass"]
    with pytest.raises(ValueError, match="no column log_mass"):
        fitted(table)
    with pytest.raises(ValueError, match="a_v is in pc; give it in mag"):
        fitted({"log_age": [8], "log_mass": [4], "a_v": [1] * u.pc})
    with pytest.raises(ValueError, match="no cluster with all of"):
        fitted.score(draw(5, 1)[:0])


def test_units_are_understood(fitted):
    plain = fitted({"log_age": [8], "log_mass": [4.5], "a_v": [1.5]})
    np.testing.assert_allclose(
        fitted({"log_age": [8], "log_mass": [4.5], "a_v": [1500] * u.mmag}), plain)


def test_a_file_gives_the_same_function(fitted, tmp_path):
    fitted.write(tmp_path / "completeness.json")
    again = CompletenessFunction.read(tmp_path / "completeness.json")
    table = draw(50, 7)
    np.testing.assert_array_equal(again(table), fitted(table))
    np.testing.assert_array_equal(again.interval(table), fitted.interval(table))
    assert (again.names, again.units, again.summary) == (fitted.names, fitted.units,
                                                         fitted.summary)
    assert repr(again) == "CompletenessFunction(log_age, log_mass, a_v; degree 3; 4000 clusters)"


def test_other_files_are_refused(fitted, tmp_path):
    path = tmp_path / "completeness.json"
    fitted.write(path)
    content = json.loads(path.read_text())
    for spoilt in ("{", "[]", json.dumps({**content, "format": "x"}),
                   json.dumps({**content, "degree": 2}), json.dumps({"format": 1})):
        path.write_text(spoilt)
        with pytest.raises(ValueError, match="is no completeness function"):
            CompletenessFunction.read(path)
    with pytest.raises(FileNotFoundError):
        CompletenessFunction.read(tmp_path / "missing.json")


@pytest.mark.parametrize(("change", "options", "message"), [
    (lambda t: t[:10], {}, "10 clusters with all of log_age, log_mass, a_v for 20 terms"),
    (lambda t: t[t["found"]], {}, "all of .* clusters were found"),
    (lambda t: t[~t["found"]], {}, "none of .* clusters were found"),
    (lambda t: t["found",], {}, "none of log_age, log_mass"),
    (lambda t: t, {"names": ["radius"]}, "no column radius"),
    (lambda t: t[t["a_v"] == t["a_v"][0]][[0] * 50], {}, "one value only|were found"),
    (lambda t: t, {"degree": 0}, "degree = 0"),
])
def test_what_cannot_be_fitted_is_refused(change, options, message):
    with pytest.raises(ValueError, match=message):
        CompletenessFunction.fit(change(draw(300, 1)), **options)


def test_the_fit_is_the_minimum_that_another_method_finds():
    rng = np.random.default_rng(1)
    design = np.column_stack([np.ones(200), rng.normal(size=(200, 3))])
    found = rng.random(200) < expit(design @ [0.5, 1, -2, 0])
    penalty = np.array([0, 1, 1, 4.0])

    def objective(beta):
        s = design @ beta
        return np.sum(np.logaddexp(0, s) - found * s) + 0.5 * np.sum(penalty * beta**2)

    beta, covariance = fit_logistic(design, found, penalty)
    np.testing.assert_allclose(beta, minimize(objective, np.zeros(4)).x, atol=1e-4)
    assert np.all(np.linalg.eigvalsh(covariance) > 0)


def test_the_fit_survives_perfect_separation():
    x = np.linspace(-1, 1, 100)
    beta, _ = fit_logistic(np.column_stack([np.ones(100), x]), x > 0, np.array([0, 0.01]))
    assert np.isfinite(beta).all()
    assert expit(beta[0] + beta[1] * 0.5) > 0.99


@settings(max_examples=25)
@given(st.floats(0.01, 0.99), st.integers(0, 100))
def test_the_log_loss_is_least_for_the_fraction_found(p, k):
    found = np.arange(100) < k
    assert log_loss(np.full(100, p), found) >= log_loss(np.full(100, k / 100), found) - 1e-9
