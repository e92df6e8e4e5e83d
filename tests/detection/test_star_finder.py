"""The star finder: extended sources are found, stars are not, and the class sorts by brightness."""

import numpy as np
import pytest
from astropy.wcs import WCS

from clusternet.catalog import PARAMETERS, check_catalogue
from clusternet.detection import Detector, StarFinderDetector
from clusternet.images import MultiBandImage

BANDS = ("F336W", "F438W", "F814W")
CLUSTERS = ((40.3, 50.0, 3.0), (90.0, 100.6, 1.0), (120.2, 30.0, 0.5))
STAR = 0.85  # sigma in pixels


def field(sources=(), mask=None, shape=(160, 150), bands=BANDS, sigma=2.0):
    y, x = np.mgrid[:shape[0], :shape[1]]
    data = np.random.default_rng(1).normal(0.5, 0.01, (len(bands), *shape))
    for x0, y0, peak in sources:
        data += peak * np.exp(-((x - x0) ** 2 + (y - y0) ** 2) / 2 / sigma**2)
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.cdelt = [-1.1e-5, 1.1e-5]
    return MultiBandImage(data, bands, wcs, mask=mask)


def test_clusters_are_found_where_they_are_brightest_first():
    found = StarFinderDetector(threshold=10)(field(CLUSTERS), progress=False)
    check_catalogue(found)
    places = np.stack([found["x_centroid"], found["y_centroid"]], axis=-1)
    np.testing.assert_allclose(places, np.array(CLUSTERS)[:, :2], atol=0.2)
    assert np.all(np.diff(found["class_cb"]) < 0)
    assert np.all((found["class_cb"] > 0) & (found["class_cb"] < 1))
    np.testing.assert_allclose(found["class_cb"], 1 - 10 / found["significance"])
    assert all(np.isnan(found[name]).all() for name in PARAMETERS)


def test_significance_is_proportional_to_brightness():
    found = StarFinderDetector(threshold=10)(field(CLUSTERS), progress=False)
    ratio = found["significance"] / found["significance"][0]
    np.testing.assert_allclose(ratio, [1, 1 / 3, 1 / 6], rtol=0.05)


def test_stars_are_told_by_their_concentration():
    stars = field(CLUSTERS, sigma=STAR)
    assert len(StarFinderDetector(threshold=10)(stars, progress=False)) == 0
    everything = StarFinderDetector(threshold=10, concentration_range=(0.1, 9))
    found = everything(stars, progress=False)
    assert len(found) == 3
    # exp(-r^2 / 2 sigma^2) integrated over circles, and over the pixels they cut
    expected = 2.5 * np.log10(-np.expm1(-9 / 2 / STAR**2) / -np.expm1(-1 / 2 / STAR**2))
    np.testing.assert_allclose(found["concentration"], expected, atol=0.15)


def test_noise_alone_has_almost_no_peaks():
    assert len(StarFinderDetector()(field(), progress=False)) <= 1


def test_masked_sources_are_not_found_and_those_beside_a_mask_are():
    mask = np.zeros((160, 150), dtype=bool)
    mask[45:56, 35:46] = True
    found = StarFinderDetector(threshold=10)(field(CLUSTERS, mask), progress=False)
    assert len(found) == 2
    image = field(CLUSTERS)
    image.data[:, mask] = np.nan
    spoilt = MultiBandImage(image.data, BANDS, image.wcs)
    again = StarFinderDetector(threshold=10)(spoilt, progress=False)
    np.testing.assert_allclose(again["x_centroid"], found["x_centroid"])


def test_bands_may_be_chosen():
    found = StarFinderDetector(threshold=10, bands=["F814W"])(field(CLUSTERS), progress=False)
    assert len(found) == 3
    assert found.meta["bands"] == ["F814W"]


def test_an_image_smaller_than_the_boxes_is_searched():
    small = field([(12, 13, 3.0)], shape=(28, 28))
    assert len(StarFinderDetector(threshold=10, box=64)(small, progress=False)) <= 1


def test_bad_input_is_refused():
    for wrong in ({"threshold": 0}, {"fwhm": -1}, {"box": 0}, {"concentration": (3, 1)},
                  {"concentration_range": (2, 1)}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            StarFinderDetector(**wrong)
    with pytest.raises(ValueError, match="no F438W in the image"):
        StarFinderDetector()(field(CLUSTERS, bands=("F275W",)), progress=False)
    blank = field()
    flat = MultiBandImage(np.ones_like(blank.data), BANDS, blank.wcs)
    with pytest.raises(ValueError, match="no noise"):
        StarFinderDetector()(flat, progress=False)


def test_it_is_a_detector():
    assert issubclass(StarFinderDetector, Detector)
