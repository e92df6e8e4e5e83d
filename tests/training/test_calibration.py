"""Calibration of a network on fields whose clusters are known."""

import numpy as np
import pytest
from astropy.table import QTable

from clusternet.catalog import ClusterFlag
from clusternet.detection import DenseDetector
from clusternet.estimation import DenseEstimator
from clusternet.plotting import calibration_figure
from clusternet.posterior import ClassWeights
from clusternet.training import calibrate, find_known, score_calibration
from clusternet.validation import true_values


@pytest.fixture(scope="module")
def fields(dense_network, make_field):
    """Two images; clusters stand at every other candidate, and are old, small and dusty."""
    made, rng = [], np.random.default_rng(2)
    for i in range(2):
        image = make_field((160, 160 + 16 * i))
        found = DenseDetector(dense_network, threshold=0)(image, progress=False, workers=1)
        found = found[found["flags"] & ClusterFlag.EDGE == 0][::2]
        truth = QTable({"x_centroid": found["x_centroid"], "y_centroid": found["y_centroid"]})
        for name, lo, hi in (("visibility", 1, 100), ("log_age", 8, 9.5), ("a_v", 2, 3),
                             ("log_mass", 4, 5), ("log_r_h", -1.2, -1)):
            truth[name] = rng.uniform(lo, hi, len(truth))
        made.append((image, truth))
    return made


@pytest.fixture(scope="module")
def known(dense_network, fields):
    return find_known(dense_network, fields, radius=0.1, progress=False)


@pytest.fixture(scope="module")
def metadata(dense_network, known):
    return calibrate(dense_network, known, class_cb=0, nodes=1, source="two fields")


def test_every_known_cluster_is_found_with_its_posterior(dense_network, fields, known):
    n = [len(truth) for _, truth in fields]
    assert len(known.index) == sum(n) == np.count_nonzero(known.candidates["is_cluster"])
    assert np.all(known.candidates["is_cluster"][known.index])
    second = slice(n[0], None)
    image, truth = fields[1]
    np.testing.assert_array_equal(known.truth["log_age"][second], truth["log_age"])
    found = DenseDetector(dense_network, threshold=0)(image, progress=False, workers=1)
    found = found[found["flags"] & ClusterFlag.EDGE == 0][::2]
    expected = DenseEstimator(dense_network)(image, found, progress=False)
    for name in ("log_r_h", "log_visibility"):
        np.testing.assert_allclose(known.groups[name][second], expected.marginal(name), rtol=1e-5)
    np.testing.assert_allclose(known.class_cb(ClassWeights())[known.index[second]],
                               found["class_cb"], rtol=1e-4)


def test_a_search_of_no_fields_is_refused(dense_network):
    with pytest.raises(ValueError, match="no fields"):
        find_known(dense_network, [], progress=False)


def test_what_is_fitted_names_its_clusters_and_leaves_the_network_alone(dense_network, known,
                                                                        metadata):
    n, m = len(known.candidates), len(known.index)
    assert metadata.class_weights.fitted_to == f"{n} candidates in two fields"
    assert metadata.calibration.fitted_to == f"{m} clusters in two fields"
    assert dense_network.metadata.calibration is None
    assert dense_network.metadata.class_weights == ClassWeights()


def test_only_clusters_above_the_class_count(dense_network, known):
    weights = calibrate(dense_network, known, class_cb=0, nodes=1).class_weights
    limit = np.quantile(known.class_cb(weights)[known.index], 0.2)
    fitted = calibrate(dense_network, known, class_cb=limit, nodes=1).calibration
    n = np.count_nonzero(known.class_cb(weights)[known.index] >= limit)
    assert fitted.fitted_to.startswith(f"{n} clusters")


def test_calibration_removes_the_bias_that_it_was_fitted_to(dense_network, known, metadata):
    before, after = score_calibration(dense_network, known, metadata, class_cb=0)
    for name in ("log_age", "a_v"):
        assert abs(np.nanmean(after.pit[name]) - 0.5) < 0.02
        assert abs(np.nanmean(before.pit[name]) - 0.5) > 0.08
    assert after.class_log_score <= before.class_log_score
    assert after.summary().meta["joint_log_score"] < before.summary().meta["joint_log_score"]


def test_the_summary_holds_the_scores_of_every_parameter(dense_network, known, metadata):
    _, after = score_calibration(dense_network, known, metadata, class_cb=0)
    summary, table = after.summary(), after.coverage
    assert set(summary["parameter"]) == set(true_values(known.truth))
    row = summary[summary["parameter"] == "a_v"][0]
    chosen = table[(table["parameter"] == "a_v") & (table["by"] == "all")]
    assert [row[f"{level:g} %"] for level in (50, 68, 90, 95)] == pytest.approx(
        chosen["coverage"] - chosen["level"])
    thirds = table[(table["parameter"] == "a_v") & (table["by"] == "true age")]
    assert abs(row["by true age"]) == np.abs(thirds["coverage"] - thirds["level"]).max()


def test_the_figure_shows_both(dense_network, known, metadata):
    figure = calibration_figure(*score_calibration(dense_network, known, metadata, class_cb=0))
    assert [ax.get_title() for ax in figure.axes[:2]] == ["before", "after"]
    assert len(figure.axes) == 6
