"""The network estimator averages the histograms of the pixels around a candidate."""

import numpy as np
import pytest
from astropy.table import QTable

from clusternet.estimation import NetworkEstimator, ParameterEstimator
from clusternet.nn import WindowEngine
from clusternet.posterior.histograms import neighbour_weights


def at(*places, names=("x_peak", "y_peak")):
    return QTable(dict(zip(names, np.array(places, dtype=float).T, strict=True)))


def test_the_posterior_is_the_weighted_mean_of_25_histograms(make_field, paper_network):
    image = make_field((72, 70), [(35, 36)])
    estimator = NetworkEstimator(paper_network, precision="float32")
    assert isinstance(estimator, ParameterEstimator)
    posterior = estimator(image, at((34, 36)), progress=False)
    windows = [image.data[:, y - 32:y + 32, x - 32:x + 32]
               for y in range(34, 39) for x in range(32, 37)]
    found = WindowEngine(paper_network, precision="float32")(np.stack(windows))
    weights = neighbour_weights(found["cluster"][:, 1].reshape(1, 5, 5)).ravel()
    expected = np.average(found["log_r_h"], axis=0, weights=weights)
    np.testing.assert_allclose(posterior.marginal("log_r_h")[0], expected, atol=1e-5)
    expected = np.average(found["joint"], axis=0, weights=weights)
    np.testing.assert_allclose(posterior.joint.reshape(-1), expected, atol=1e-6)


def test_candidates_keep_their_order_wherever_they_are(make_field, blob_network):
    image = make_field((200, 100), [(40, 160), (50, 40), (60, 99)])
    estimator = NetworkEstimator(blob_network)
    together = estimator(image, at((40, 160), (50, 40), (60, 99)), progress=False)
    for i, place in enumerate(((40, 160), (50, 40), (60, 99))):
        alone = estimator(image, at(place), progress=False)
        np.testing.assert_allclose(together[i].joint, alone.joint, rtol=1e-5)


def test_pixels_without_a_window_are_left_out(make_field, blob_network):
    posterior = NetworkEstimator(blob_network)(
        make_field(), at((32, 32), (31, 31), (20, 40), (72, 64)), progress=False)
    known = np.isfinite(posterior.median("log_age"))
    assert known.tolist() == [True, True, False, True]
    assert posterior.median("log_age")[0] == pytest.approx(7.2125, abs=1e-3)


def test_no_candidates_give_an_empty_posterior(make_field, blob_network):
    nobody = QTable({"x_peak": np.zeros(0), "y_peak": np.zeros(0)})
    assert len(NetworkEstimator(blob_network)(make_field(), nobody, progress=False)) == 0


def test_centroids_are_rounded_where_there_are_no_peaks(make_field, blob_network):
    estimator = NetworkEstimator(blob_network)
    image = make_field(blobs=[(40, 45)])
    by_centroid = estimator(image, at((40.4, 44.6), names=("x_centroid", "y_centroid")),
                            progress=False)
    by_peak = estimator(image, at((40, 45)), progress=False)
    np.testing.assert_array_equal(by_centroid.joint, by_peak.joint)


def test_candidates_without_a_place_are_refused(make_field, blob_network):
    estimator = NetworkEstimator(blob_network)
    with pytest.raises(ValueError, match=r"no x_centroid, y_centroid \(there are id\)"):
        estimator(make_field(), QTable({"id": [1]}), progress=False)
    with pytest.raises(ValueError, match="not finite"):
        estimator(make_field(), at((np.nan, 40)), progress=False)


def test_an_image_for_another_network_is_refused(make_field, blob_network):
    with pytest.raises(ValueError, match="network is for F336W"):
        NetworkEstimator(blob_network)(make_field(bands=("F275W",)), at((40, 40)), progress=False)


def test_candidates_are_verified_with_the_class_around_them(make_field, blob_network):
    image = make_field(blobs=[(40, 45)])
    class_cb, posterior = NetworkEstimator(blob_network).verify(
        image, at((41, 44), (60, 60), (5, 5)), progress=False)
    assert class_cb[0] > 0.99
    assert class_cb[1] < 0.5
    assert np.isnan(class_cb[2])
    assert np.isnan(posterior.median("log_age")[2])
