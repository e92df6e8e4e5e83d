"""Candidates are where the smoothed class map peaks."""

import numpy as np
import pytest
from astropy.wcs import WCS
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from clusternet.catalog import ClusterFlag, check_catalogue
from clusternet.detection import PeakFinder, ValueMaps

WCS_ = WCS(naxis=2)
WCS_.wcs.ctype = ["RA---TAN", "DEC--TAN"]
WCS_.wcs.cdelt = [-1.1e-5, 1.1e-5]


def blobs(places, shape=(70, 80), height=0.9, sigma=2.0):
    y, x = np.mgrid[: shape[0], : shape[1]]
    return sum(height * np.exp(-((x - x0) ** 2 + (y - y0) ** 2) / (2 * sigma**2))
               for x0, y0 in places)


def find(class_cb, finder=None, **maps):
    return (finder or PeakFinder())(ValueMaps({"class_cb": class_cb, **maps}, WCS_))


def test_each_blob_is_found_at_its_place():
    places = [(20, 15), (50, 22), (33, 55)]
    found = find(blobs(places))
    check_catalogue(found)
    assert sorted(zip(found["x_peak"], found["y_peak"], strict=True)) == sorted(places)
    assert [f"{x:.2f}" for x in found["x_centroid"]] == ["20.00", "50.00", "33.00"]
    sky = WCS_.pixel_to_world(found["x_centroid"], found["y_centroid"])
    assert np.all(sky.separation(found["sky_centroid"]).arcsec < 1e-6)


@given(st.floats(30, 40), st.floats(30, 40))
def test_centroids_follow_a_cluster_between_pixels(x, y):
    found = find(blobs([(x, y)]))
    assert len(found) == 1
    assert abs(found["x_centroid"][0] - x) < 0.5
    assert abs(found["y_centroid"][0] - y) < 0.5


def test_two_peaks_closer_than_the_smoothing_become_one_candidate():
    assert len(find(blobs([(30, 30), (33, 30)], sigma=1))) == 1
    assert len(find(blobs([(30, 30), (42, 30)], sigma=1))) == 2


def test_the_threshold_is_on_the_map_before_smoothing():
    class_cb = blobs([(30, 30)], height=0.8, sigma=1)
    assert gaussian_filter(class_cb, 3).max() < 0.1
    assert find(class_cb)["class_cb"][0] == pytest.approx(0.8)
    assert len(find(class_cb, PeakFinder(threshold=0.85))) == 0


def test_smoothing_passes_over_pixels_without_value():
    class_cb = np.full((40, 50), 0.7)
    class_cb[:, :10] = np.nan
    smooth = PeakFinder().smooth(class_cb)
    assert np.isnan(smooth[:, :10]).all()
    np.testing.assert_allclose(smooth[:, 10:], 0.7)


def test_without_gaps_smoothing_is_a_gaussian_of_three_pixels():
    class_cb = blobs([(40, 35)])
    np.testing.assert_allclose(PeakFinder().smooth(class_cb), gaussian_filter(class_cb, 3.0),
                               atol=1e-3)


def test_a_plateau_gives_one_candidate_in_its_middle():
    class_cb = np.zeros((90, 100))
    class_cb[20:61, 30:71] = 1
    found = find(class_cb)
    assert list(zip(found["x_peak"], found["y_peak"], strict=True)) == [(50, 40)]


def test_parameters_are_means_weighted_by_class_and_distance():
    rng = np.random.default_rng(2)
    class_cb = blobs([(30, 30)], sigma=1.5)
    log_age = rng.uniform(7, 9, class_cb.shape)
    row = find(class_cb, log_age=log_age)[0]
    y, x = np.mgrid[28:33, 28:33]
    log_age = np.float32(log_age)[28:33, 28:33]
    weights = np.float32(class_cb)[28:33, 28:33] * np.exp(
        -((x - 30) ** 2 + (y - 30) ** 2) / (2 * 1.5**2))
    assert row["log_age"] == pytest.approx(np.average(log_age, weights=weights))
    assert np.isnan(row["log_mass"])
    assert np.isnan(row["log_age_lo"])


def test_pixels_without_value_are_left_out_of_the_means():
    class_cb = blobs([(30, 30)])
    class_cb[:, 31:] = np.nan
    a_v = np.where(np.isnan(class_cb), np.nan, 1.5)
    found = find(class_cb, a_v=a_v)
    assert found["a_v"][0].value == pytest.approx(1.5)
    assert found["x_centroid"][0] < 30


def test_flags_of_all_pixels_around_a_peak_are_collected():
    flags = np.zeros((70, 80))
    flags[28, 32] = ClusterFlag.EDGE
    flags[30, 28] = ClusterFlag.MASKED_NEIGHBOURS
    flags[30, 33] = ClusterFlag.A_V_AT_LIMIT
    assert find(blobs([(30, 30)]), flags=flags)["flags"][0] == 3


@pytest.mark.parametrize("class_cb", [
    np.zeros((40, 40)), np.full((40, 40), 0.9), np.full((40, 40), np.nan)])
def test_maps_without_a_peak_give_an_empty_catalogue(class_cb):
    found = find(class_cb)
    assert len(found) == 0
    check_catalogue(found)


@pytest.mark.parametrize(("options", "message"), [
    ({"sigma": 0}, "sigma is 0 px"), ({"weight_sigma": -1}, "weight_sigma is -1 px"),
    ({"threshold": 1.5}, r"threshold is 1\.5")])
def test_impossible_settings_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        PeakFinder(**options)
