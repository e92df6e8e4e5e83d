"""Correcting posteriors: what is asked of them agrees, and holds for other objects."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from astropy import units as u
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from clusternet.nn import NetworkMetadata, WindowNetwork, load_network, write_network
from clusternet.posterior import ParameterBins
from clusternet.posterior.core import Posterior
from clusternet.posterior.recalibration import Calibration, linear_weights, recalibrated, transfer

BINS = ParameterBins(log_age=(6, 10, 8), a_v=(0, 3, 4), log_mass=(3, 5, 5), log_r_h=(-1, 0, 10),
                     log_visibility=(-1, 3, 8))
N = 4000


def bells(name, at, width):
    """Histograms of normal distributions."""
    p = np.exp(-0.5 * ((BINS.centres(name) - at[:, None]) / width) ** 2)
    return p / p.sum(1, keepdims=True)


def groups(seed, width, shift=0.0):
    """What a network tells whose posteriors have another width than its errors, and the truth."""
    rng = np.random.default_rng(seed)
    middle = {"log_age": rng.uniform(7.5, 8.5, N), "a_v": rng.uniform(1, 2, N),
              "log_mass": rng.uniform(3.7, 4.3, N), "log_r_h": rng.uniform(-0.7, -0.3, N),
              "log_visibility": rng.uniform(0, 2, N)}
    sigma = {"log_age": 0.5, "a_v": 0.4, "log_mass": 0.25, "log_r_h": 0.1, "log_visibility": 0.4}
    truth = {n: np.clip(rng.normal(m + shift * sigma[n], sigma[n]), *BINS.axes[n][:2])
             for n, m in middle.items()}
    predicted = {n: bells(n, m, width * sigma[n]) for n, m in middle.items()}
    joint = np.einsum("ni,nj,nk->nijk", *(predicted[n] for n in BINS.joint))
    return {"joint": joint.reshape(N, -1), "log_r_h": predicted["log_r_h"],
            "log_visibility": predicted["log_visibility"]}, truth


def posterior(predicted, calibration=None):
    return Posterior(BINS, predicted, calibration=calibration)


@pytest.fixture(scope="module")
def wide():
    predicted, truth = groups(1, 2.0, 0.3)
    return Calibration.fit(posterior(predicted), truth, nodes=3)


@pytest.fixture(scope="module")
def some(wide):
    predicted, _ = groups(2, 2.0, 0.3)
    return posterior({name: values[:50] for name, values in predicted.items()}, wide)


@pytest.mark.parametrize(("width", "shift"), [(2.0, 0.0), (0.6, 0.0), (1.5, 0.5)])
def test_intervals_hold_what_they_promise_on_other_objects(width, shift):
    predicted, truth = groups(1, width, shift)
    calibration = Calibration.fit(posterior(predicted), truth, nodes=3)
    others, known = groups(2, width, shift)
    before, after = posterior(others), posterior(others, calibration)
    for name in BINS.names:
        pits = [p.pit(name, known[name]) for p in (before, after)]
        for level in (0.5, 0.68, 0.9, 0.95):
            low, high = after.interval(name, level)
            inside = np.mean((known[name] >= low) & (known[name] <= high))
            assert inside == pytest.approx(level, abs=0.035)
        off = [np.abs(np.sort(p) - (np.arange(N) + 0.5) / N).max() for p in pits]
        assert off[1] < 0.04 < off[0]


def test_probability_of_the_right_bin_grows(wide):
    predicted, truth = groups(3, 2.0, 0.3)
    cell = BINS.joint_index(*(truth[n] for n in BINS.joint))
    score = [np.log(p.joint.reshape(N, -1)[np.arange(N), cell]).mean()
             for p in (posterior(predicted), posterior(predicted, wide))]
    assert score[1] > score[0] + 0.2


def test_marginals_are_those_of_the_joint(some):
    joint = some.joint
    np.testing.assert_allclose(joint.sum((1, 2, 3)), 1, rtol=1e-5)
    for axis, name in enumerate(BINS.joint):
        others = tuple(a + 1 for a in range(3) if a != axis)
        np.testing.assert_allclose(joint.sum(others), some.marginal(name), atol=1e-5)


def test_quantiles_undo_the_probability_below(some):
    for name in BINS.names:
        for q in (0.03, 0.16, 0.5, 0.84, 0.99):
            np.testing.assert_allclose(some.pit(name, some.quantile(name, q)), q, atol=2e-3)


def test_marginals_are_differences_of_the_probability_below(some):
    for name in BINS.names:
        below = [some.pit(name, np.full(len(some), edge)) for edge in BINS.edges(name)]
        np.testing.assert_allclose(np.diff(below, axis=0).T, some.marginal(name), atol=1e-9)


def test_draws_follow_the_corrected_posterior(some):
    draws = some.sample(4000, rng=1)
    for name in BINS.names:
        for q in (0.1, 0.5, 0.9):
            below = np.mean(draws[name] <= some.quantile(name, q)[:, None], axis=1)
            np.testing.assert_allclose(below, q, atol=0.035)
    counts = np.zeros(BINS.joint_shape)
    np.add.at(counts, tuple(BINS.index(n, draws[n][0]) for n in BINS.joint), 1 / 4000)
    np.testing.assert_allclose(counts, some.joint[0], atol=0.03)


def test_objects_keep_their_correction_when_taken_out(some):
    np.testing.assert_allclose(some[3:5].median("a_v"), some.median("a_v")[3:5])


def test_no_objects_are_no_error(some):
    none = some[:0]
    assert none.joint.shape == (0, *BINS.joint_shape)
    assert none.sample(3)["a_v"].shape == (0, 3)
    assert all(len(values) == 0 for values in none.columns().values())


def test_what_is_not_known_stays_so_and_others_do_not_change(wide):
    predicted, _ = groups(2, 2.0, 0.3)
    predicted = {name: values[:4].copy() for name, values in predicted.items()}
    whole = posterior(predicted, wide)
    predicted["joint"][1] = np.nan
    part = posterior(predicted, wide)
    for name in BINS.names:
        unknown = name in BINS.joint
        assert np.isnan(part.median(name)[1]) == unknown
        assert np.isnan(part.sample(2, rng=1)[name][1]).all() == unknown
        assert np.isnan(part.marginal(name)[1]).all() == unknown
        np.testing.assert_array_equal(part.median(name)[[0, 2, 3]], whole.median(name)[[0, 2, 3]])
    assert np.isnan(part.joint[1]).all()
    assert np.isfinite(part.joint[2]).all()


def test_parameters_without_known_values_are_left_as_they_are():
    predicted, truth = groups(1, 2.0)
    calibration = Calibration.fit(posterior(predicted), {"a_v": truth["a_v"]}, nodes=1)
    before, after = posterior(predicted)[:5], posterior(predicted, calibration)[:5]
    np.testing.assert_array_equal(after.median("log_age"), before.median("log_age"))
    assert not np.array_equal(after.interval("a_v"), before.interval("a_v"))
    np.testing.assert_allclose(after.joint.sum((2, 3)), before.marginal("log_age"), atol=1e-6)


def test_the_correction_depends_on_the_visibility():
    predicted, truth = groups(1, 1.0)
    seen = posterior(predicted).median("log_visibility")
    truth["a_v"] = np.where(seen > 1, 2.5, 0.5) + np.random.default_rng(1).uniform(-0.3, 0.3, N)
    after = posterior(predicted, Calibration.fit(posterior(predicted), truth, nodes=3))
    found = after.median("a_v")
    assert found[seen > 1.5].mean() > 2.3
    assert found[seen < 0.5].mean() < 0.7


def test_it_travels_with_the_weights(wide, tmp_path):
    network = WindowNetwork(("F336W",), 0.0396 * u.arcsec, bins=BINS)
    predicted, _ = groups(2, 2.0, 0.3)
    predicted = {name: values[:5] for name, values in predicted.items()}
    assert network.posterior(predicted).calibration is None
    network.metadata = NetworkMetadata(calibration=wide)
    write_network(network, tmp_path / "n.safetensors")
    loaded = load_network(tmp_path / "n.safetensors")
    found = loaded.posterior(predicted)
    for name in BINS.names:
        np.testing.assert_allclose(found.median(name), posterior(predicted, wide).median(name),
                                   atol=1e-4)


def test_plain_values_come_back_as_they_were(wide):
    again = Calibration.from_dict(json.loads(json.dumps(wide.to_dict())))
    np.testing.assert_array_equal(again.nodes["log_age"], wide.nodes["log_age"])
    for name in BINS.names:
        np.testing.assert_allclose(again.quantiles[name], wide.quantiles[name], atol=1e-7)


def test_too_few_objects_are_refused():
    predicted, truth = groups(1, 1.0)
    few = posterior(predicted)[:50]
    known = {name: values[:50] for name, values in truth.items()}
    with pytest.raises(ValueError, match=r"50 objects with a known log_age; 3 x 3 nodes need 180"):
        Calibration.fit(few, known, nodes=3)
    known["a_v"][:45] = np.nan
    with pytest.raises(ValueError, match="5 objects with a known a_v"):
        Calibration.fit(few, known, nodes=1)


def test_a_corrected_posterior_is_not_fitted_again(some):
    with pytest.raises(ValueError, match="has a calibration already"):
        Calibration.fit(some, {})


def test_wrong_settings_are_refused(wide):
    good = wide.to_dict()
    with pytest.raises(ValueError, match="nodes of log_age"):
        Calibration({**good["nodes"], "log_age": [8, 7, 9]}, good["levels"], {})
    with pytest.raises(ValueError, match=r"levels go from 0.1 to 1.0"):
        Calibration(good["nodes"], [0.1, 1], {})
    with pytest.raises(ValueError, match="quantiles of a_v have shape"):
        Calibration(good["nodes"], good["levels"], {"a_v": [0, 1]})
    with pytest.raises(ValueError, match="nodes is 0"):
        Calibration.fit(SimpleNamespace(calibration=None), {}, nodes=0)
    with pytest.raises(ValueError, match=r"q = 1.5"):
        posterior(groups(1, 1.0)[0], wide).quantile("a_v", 1.5)


_PROBABILITIES = arrays(float, (3, 6), elements=st.floats(0.01, 1))


@given(_PROBABILITIES, _PROBABILITIES)
@settings(max_examples=50, deadline=None)
def test_the_transfer_of_a_histogram_is_the_other_histogram(predicted, wanted):
    predicted, wanted = (p / p.sum(1, keepdims=True) for p in (predicted, wanted))
    cdf = [np.clip(np.concatenate([np.zeros((3, 1)), np.cumsum(p, 1)], 1), 0, 1)
           for p in (predicted, wanted)]
    fractions = transfer(*cdf)
    assert (fractions >= 0).all()
    np.testing.assert_allclose(fractions.sum(2), 1, atol=1e-9)
    np.testing.assert_allclose(np.einsum("ni,nij->nj", predicted, fractions), wanted, atol=1e-9)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=8))
def test_weights_of_nodes_interpolate(values):
    nodes = np.array([-1.0, 0.5, 2.0])
    weights = linear_weights(values, nodes)
    np.testing.assert_allclose(weights.sum(1), 1)
    np.testing.assert_allclose(weights @ nodes, np.clip(values, -1, 2), atol=1e-12)


def test_rows_are_corrected_each_by_its_own_map():
    levels = np.array([0, 0.5, 1])
    knots = np.array([[0, 0.2, 1], [0, 0.8, 1]])
    found = recalibrated(np.array([[0, 0.2, 1], [0, 0.2, np.nan]]), knots, levels)
    np.testing.assert_allclose(found, [[0, 0.5, 1], [0, 0.125, np.nan]])
