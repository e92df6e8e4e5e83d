"""From an image to files, with a network whose answers are known."""

import numpy as np
import pytest
from astropy import units as u
from astropy.table import QTable
from regions import Regions

from clusternet.catalog import (
    PARAMETERS,
    ClusterFlag,
    check_catalogue,
    make_catalogue,
    read_catalogue,
)
from clusternet.detection import (
    DenseDetector,
    Detector,
    SlidingWindowDetector,
    StarFinderDetector,
    ValueMaps,
)
from clusternet.estimation import NetworkEstimator
from clusternet.pipeline import search
from clusternet.report import catalogue_page

FILES = ("candidates.fits", "catalogue.ecsv", "catalogue.fits", "clusters.reg", "maps.fits",
         "search.png")


@pytest.fixture(scope="module")
def image(make_field):
    return make_field(blobs=[(40, 45), (62, 51)])


@pytest.fixture(scope="module")
def result(image, blob_network):
    return search(image, SlidingWindowDetector(blob_network), distance=4.5 * u.Mpc,
                  progress=False)


def test_the_catalogue_has_positions_parameters_and_intervals(result):
    catalogue = result.catalogue
    check_catalogue(catalogue)
    assert sorted(np.rint(catalogue["x_centroid"]).astype(int).tolist()) == [40, 62]
    assert np.all(catalogue["class_cb"] > 0.95)
    for name, value in (("log_age", 7.2125), ("log_mass", 4.286), ("log_r_h", -1.079),
                        ("visibility", 10**1.1)):
        np.testing.assert_allclose(catalogue[name], value, rtol=1e-3)
        assert np.all(catalogue[f"{name}_lo"] < catalogue[name])
        assert np.all(catalogue[name] < catalogue[f"{name}_hi"])
    np.testing.assert_allclose(catalogue["a_v"].to_value(u.mag), 1.05, rtol=1e-4)


def test_a_distance_gives_radii_in_parsecs_and_densities(result, image, blob_network):
    np.testing.assert_allclose(result.catalogue["r_h_pc"].to_value(u.pc), 1.82, rtol=0.01)
    assert np.all(np.isfinite(result.catalogue["log_density"]))
    without = search(image, SlidingWindowDetector(blob_network), progress=False)
    assert np.isnan(without.catalogue["r_h_pc"]).all()


def test_the_catalogue_says_what_made_it(result):
    meta = result.catalogue.meta
    assert meta["maps"]["detector"] == "SlidingWindowDetector"
    assert meta["estimation"]["estimator"] == "NetworkEstimator"
    assert meta["maps"]["network"] == meta["estimation"]["network"]
    assert meta["distance"] == 4.5 * u.Mpc
    assert meta["selections"][0]["class_cb"] == 0.5
    assert "clusternet" in meta


def test_thresholds_select_from_the_candidates(image, blob_network):
    result = search(image, SlidingWindowDetector(blob_network), visibility=13, progress=False)
    assert (len(result.candidates), len(result.catalogue)) == (2, 0)
    assert result.counts() == {2.0: 2, 2.5: 2, 3.0: 2}
    assert result.counts(class_cb=0.9999999) == {2.0: 0, 2.5: 0, 3.0: 0}


def test_everything_is_written_and_reads_back(result, tmp_path):
    result.write(tmp_path / "new" / "folder")
    folder = tmp_path / "new" / "folder"
    assert tuple(sorted(file.name for file in folder.iterdir())) == FILES
    for name in ("catalogue.ecsv", "catalogue.fits"):
        np.testing.assert_array_equal(read_catalogue(folder / name)["sky_centroid"].ra,
                                      result.catalogue["sky_centroid"].ra)
    np.testing.assert_array_equal(ValueMaps.read(folder / "maps.fits")["class_cb"].data,
                                  result.maps["class_cb"].data)
    assert len(Regions.read(folder / "clusters.reg")) == 2


def test_two_searches_give_the_same_bytes(image, paper_network, tmp_path):
    image = image.cutout((51, 48), (70, 70))
    for name in ("first", "second"):
        search(image, SlidingWindowDetector(paper_network), class_cb=0, output=tmp_path / name,
               progress=False)
    for file in FILES:
        contents = [(tmp_path / name / file).read_bytes() for name in ("first", "second")]
        assert contents[0] == contents[1], file


class NeverCalled(Detector):
    def __call__(self, image, *, progress=True):
        raise AssertionError("the search began")


def test_an_unwritable_folder_is_found_out_before_the_search(image, blob_network, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="it is a file"):
        search(image, NeverCalled(), NetworkEstimator(blob_network), output=tmp_path / "file")


def test_results_are_not_overwritten_unless_asked_for(image, result, blob_network, tmp_path):
    result.write(tmp_path)
    with pytest.raises(FileExistsError, match=r"holds results already \(catalogue.ecsv"):
        search(image, NeverCalled(), NetworkEstimator(blob_network), output=tmp_path)
    result.write(tmp_path, overwrite=True)


def test_any_detector_and_estimator_can_be_used(image, blob_network, tmp_path):
    class Known(Detector):
        def __call__(self, image, *, progress=True):
            unknown = {name: [np.nan] for name in PARAMETERS}
            return make_catalogue({"x_centroid": [40.2], "y_centroid": [44.8], "class_cb": [1.0],
                                   "flags": [ClusterFlag.EDGE], **unknown}, image.wcs)

    result = search(image, Known(), NetworkEstimator(blob_network), output=tmp_path,
                    progress=False)
    assert result.maps is None
    assert result.catalogue["x_centroid"][0] == 40.2
    assert result.catalogue["log_age"][0] == pytest.approx(7.2125, abs=1e-3)
    assert result.catalogue["flags"][0] == ClusterFlag.EDGE
    assert not (tmp_path / "maps.fits").exists()


def test_a_search_without_candidates_gives_an_empty_catalogue(make_field, blob_network, tmp_path):
    result = search(make_field(), SlidingWindowDetector(blob_network), output=tmp_path,
                    progress=False)
    assert len(result.catalogue) == 0
    assert len(read_catalogue(tmp_path / "catalogue.fits")) == 0
    assert isinstance(result.catalogue, QTable)


def test_a_dense_search_has_parameters_of_its_own(image, dense_network):
    detector = DenseDetector(dense_network, threshold=0)
    result = search(image, detector, class_cb=None, distance=4.5 * u.Mpc, progress=False)
    alone = detector(image, progress=False)
    check_catalogue(result.candidates)
    assert result.maps is None
    for name in ("x_centroid", "class_cb", "log_age", "a_v_hi", "flags", "x_peak", "class_map"):
        np.testing.assert_array_equal(result.candidates[name], alone[name])
    assert result.candidates.colnames == alone.colnames
    for name in result.candidates.colnames:
        assert result.candidates[name].info.description == alone[name].info.description
    assert np.isfinite(result.candidates["log_density"]).all()
    assert result.candidates.meta["detector"] == "DenseDetector"
    assert "estimation" not in result.candidates.meta


def test_the_window_network_can_look_again_at_dense_candidates(image, dense_network, blob_network):
    detector = DenseDetector(dense_network, threshold=0)
    result = search(image, detector, NetworkEstimator(blob_network), class_cb=None, progress=False)
    assert result.candidates.meta["estimation"]["estimator"] == "NetworkEstimator"
    known = np.isfinite(result.candidates["log_age"])
    np.testing.assert_allclose(result.candidates["log_age"][known], 7.2125, rtol=1e-3)


def test_maps_of_a_dense_search_are_made_on_request(image, dense_network, tmp_path):
    detector = DenseDetector(dense_network)
    without = search(image, detector, folder=tmp_path, progress=False)
    assert without.maps is None
    for options in ({}, {"folder": tmp_path}, {"folder": tmp_path, "workers": 1}):
        result = search(image, detector, maps=True, progress=False, **options)
        assert list(result.maps) == ["class_cb"]
        np.testing.assert_array_equal(result.maps["class_cb"].data,
                                      detector.value_maps(image, progress=False)["class_cb"].data)
        np.testing.assert_array_equal(result.candidates["x_centroid"],
                                      without.candidates["x_centroid"])


def test_a_detector_without_maps_or_an_option_says_so(image, tmp_path):
    with pytest.raises(ValueError, match="StarFinderDetector makes no value maps; leave maps out"):
        search(image, StarFinderDetector(), maps=True, progress=False)
    with pytest.raises(ValueError, match="StarFinderDetector takes no folder: the image"):
        search(image, StarFinderDetector(), folder=tmp_path, progress=False)
    with pytest.raises(ValueError, match=r"SlidingWindowDetector takes no workers: .*threads="):
        search(image, SlidingWindowDetector(), workers=2, progress=False)


class Sharp(Detector):
    """A detector that measures more than the schema has."""

    def __init__(self, estimator=None):
        self._estimator = estimator

    def estimator(self):
        return self._estimator

    def __call__(self, image, *, progress=True):
        found = make_catalogue(
            {"x_centroid": [40.2, 62.0], "y_centroid": [44.8, 51.0], "class_cb": [1.0, 0.9],
             **{name + end: [7.0, 4.0] for name in PARAMETERS for end in ("", "_lo", "_hi")}},
            image.wcs, meta={"detector": "Sharp"})
        found["sharpness"] = [0.5, 0.7]
        found["sharpness"].info.description = "Peak over the mean of its neighbours"
        found["width"] = [0.1, 0.2] * u.arcsec
        found["width"].info.description = "Full width at half maximum"
        found["seen_in"] = ["F336W", "F438W, F814W"]
        return found


@pytest.mark.parametrize("estimated", [False, True])
def test_every_column_of_a_detector_reaches_the_files_and_the_report(image, blob_network, tmp_path,
                                                                     estimated):
    estimator = NetworkEstimator(blob_network) if estimated else None
    result = search(image, Sharp(estimator), output=tmp_path, distance=4.5 * u.Mpc, progress=False)
    written = [read_catalogue(tmp_path / name)
               for name in ("catalogue.ecsv", "catalogue.fits", "candidates.fits")]
    for table in (result.catalogue, result.candidates, *written):
        assert table["sharpness"].tolist() == [0.5, 0.7]
        assert table["sharpness"].info.description == "Peak over the mean of its neighbours"
        assert u.allclose(table["width"], [0.1, 0.2] * u.arcsec)
        assert table["width"].unit == u.arcsec
        assert table["width"].info.description == "Full width at half maximum"
        assert table["seen_in"].tolist() == ["F336W", "F438W, F814W"]
        assert table["log_age"][0] == pytest.approx(7.2125 if estimated else 7.0, abs=1e-3)
        assert np.isfinite(table["log_density"]).all()
        assert table.meta["detector"] == "Sharp"
        assert ("estimation" in table.meta) is estimated
    for table in written:
        html = catalogue_page(table).html()
        for text in ("sharpness", "Full width at half maximum", "<td>arcsec</td>", "seen_in"):
            assert text in html


def test_peaks_and_their_concentration_stay_with_star_finder_candidates(image, blob_network):
    detector = StarFinderDetector(concentration_range=(0.1, 5), box=96)
    candidates = search(image, detector, NetworkEstimator(blob_network), class_cb=None,
                        progress=False).candidates
    assert len(candidates)
    alone = detector(image, progress=False)
    for name in ("significance", "concentration"):
        np.testing.assert_array_equal(candidates[name], alone[name])
        assert candidates[name].info.description == alone[name].info.description


def test_the_estimator_follows_from_the_detector(blob_network, dense_network):
    sliding = SlidingWindowDetector(blob_network, max_masked=0.2, batch=32)
    estimator = sliding.estimator()
    assert estimator.network is blob_network
    assert (estimator.max_masked, estimator.engine.batch) == (0.2, 32)
    assert DenseDetector(dense_network).estimator() is None
    assert isinstance(StarFinderDetector().estimator(), NetworkEstimator)
