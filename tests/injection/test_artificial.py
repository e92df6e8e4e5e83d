"""Artificial cluster tests: the same on any tiles, resumed, on disk, and true to inject."""

import shutil
from copy import copy
from dataclasses import replace

import numpy as np
import pytest
from astropy import units as u
from scipy.ndimage import gaussian_filter, maximum_filter

from clusternet.catalog import make_catalogue, match, select_found
from clusternet.completeness import recall
from clusternet.detection import Detector
from clusternet.images import Mosaic, MultiBandImage
from clusternet.injection import artificial_cluster_test, inject, local_background


class Peaks(Detector):
    """Finds bright peaks of the second band; predicts that all clusters are alike."""

    def __init__(self, threshold=0.15):
        self.threshold = threshold
        self.searched = []

    @property
    def meta(self):
        return {"threshold": self.threshold}

    def __call__(self, image, *, progress=True):
        self.searched.append(image.shape[1:])
        smooth = gaussian_filter(np.where(image.mask[1], 0, image.data[1]).astype(float), 1.5)
        y, x = np.nonzero((smooth > self.threshold) & (smooth == maximum_filter(smooth, 9)))
        n = len(x)
        guess = {"log_age": 7.5, "log_mass": 3.8, "a_v": 0.2, "log_r_h": -0.9, "visibility": 5.0}
        return make_catalogue({"x_centroid": x, "y_centroid": y,
                               "class_cb": 1 - self.threshold / smooth[y, x],
                               **{name: np.full(n, value) for name, value in guess.items()}},
                              image.wcs)


def run(image, mocks, detector=None, **options):
    detector = Peaks() if detector is None else detector
    return artificial_cluster_test(image, mocks, detector,
                                   **{"rng": 3, "progress": False, "spacing": 60, **options})


FEW = {"positions": [(80.0, 90.0), (200.0, 60.0), (290.0, 250.0)], "tile": 180, "halo": 32}


def same(a, b):
    assert a.colnames == b.colnames
    for name in set(a.colnames) - {"sky_centroid"}:
        np.testing.assert_array_equal(a[name], b[name])


@pytest.fixture(scope="module")
def whole(empty, mocks):
    return run(empty, mocks)


def test_one_tile_gives_what_inject_search_and_match_give(empty, mocks, whole):
    image, truth = inject(empty, mocks, spacing=60, rng=3, progress=False)
    matched, unmatched = match(truth, Peaks()(image))
    assert 0 < matched["found"].sum() < len(matched) == 12
    for name in set(matched.colnames) - {"sky_centroid"}:
        np.testing.assert_array_equal(whole.matched[name], matched[name], err_msg=name)
    np.testing.assert_array_equal(whole.unmatched["x_centroid"], unmatched["x_centroid"])
    assert whole.before is None


def test_the_rows_do_not_depend_on_the_tiles(empty, mocks, whole):
    detector = Peaks()
    tiled = run(empty, mocks, detector, tile=180, halo=64)
    assert sorted(detector.searched) == [(184, 224), (184, 244), (244, 224), (244, 244)]
    for name in ("x_centroid", "log_mass", "a_v", "mag_F438W", "found", "crowding"):
        np.testing.assert_array_equal(tiled.matched[name], whole.matched[name], err_msg=name)
    np.testing.assert_allclose(tiled.matched["visibility"], whole.matched["visibility"], rtol=1e-4)
    np.testing.assert_allclose(tiled.matched["log_background"], whole.matched["log_background"])
    assert len(tiled.unmatched) == len(whole.unmatched)


def test_no_candidate_is_lost_or_doubled_at_the_border_of_tiles(empty, mocks):
    places = [(199.6, 60.0), (150.0, 199.5), (199.5, 199.5)]
    wide = run(empty, mocks, positions=places)
    tiled = run(empty, mocks, positions=places, tile=200, halo=100)
    np.testing.assert_array_equal(tiled.matched["found"], wide.matched["found"])
    assert len(tiled.unmatched) == len(wide.unmatched)


def test_workers_do_not_show(empty, mocks):
    same(run(empty, mocks, **FEW, workers=3).matched, run(empty, mocks, **FEW).matched)


@pytest.mark.slow
def test_a_cluster_of_workers_does_not_show(empty, mocks):
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None,
                                 processes=False, protocol="tcp://", host="127.0.0.1",
                                 silence_logs=50) as cluster,
        distributed.Client(cluster) as client,
    ):
        same(run(empty, mocks, **FEW, client=client).matched, run(empty, mocks, **FEW).matched)


def test_a_mosaic_on_disk_gives_the_same(empty, mocks, whole, tmp_path):
    empty.write(tmp_path / "field.fits")
    with Mosaic.open(tmp_path / "field.fits") as mosaic:
        same(run(mosaic, mocks).matched, whole.matched)


@pytest.fixture(scope="module")
def few(empty, mocks, tmp_path_factory):
    """A test of four tiles, and its folder."""
    folder = tmp_path_factory.mktemp("few")
    return run(empty, mocks, **FEW, folder=folder), folder


def test_finished_tiles_are_not_done_again(empty, mocks, few, tmp_path):
    folder = shutil.copytree(few[1], tmp_path / "few")
    files = sorted((folder / "tiles").glob("*.npz"))
    assert len(files) == 4
    files[0].unlink()
    files[2].write_bytes(b"spoilt")
    detector = Peaks()
    again = run(empty, mocks, detector, **FEW, folder=folder)
    assert len(detector.searched) == 2
    same(again.matched, few[0].matched)
    same(again.unmatched, few[0].unmatched)


@pytest.mark.parametrize("change", [{"rng": 4}, {"positions": [(80, 90)]}, {"halo": 40},
                                    {"search_before": True}, {"detector": Peaks(0.06)}])
def test_a_folder_of_another_test_is_refused(empty, mocks, few, change):
    with pytest.raises(ValueError, match="made with other settings"):
        run(empty, mocks, **{**FEW, "folder": few[1], **change})


def test_a_folder_of_another_image_or_other_mocks_is_refused(empty, mocks, few):
    brighter = MultiBandImage(empty.data + 0.01, empty.bands, empty.wcs)
    with pytest.raises(ValueError, match="image = "):
        run(brighter, mocks, **FEW, folder=few[1])
    others = copy(mocks)
    others.parameters = replace(mocks.parameters, log_mass=(4.0, 4.5))
    with pytest.raises(ValueError, match=r"parameters\.log_mass = "):
        run(empty, others, **FEW, folder=few[1])


@pytest.fixture(scope="module")
def with_clusters(empty, mocks):
    """An image with two clusters of its own, one where a mock will be put."""
    return inject(empty, mocks, positions=[(100.0, 100.0), (250.0, 200.0)], rng=8,
                  progress=False)[0]


def test_what_was_there_before_is_marked(with_clusters, mocks):
    places = [(101.0, 100.0), (180.0, 220.0)]
    blind = run(with_clusters, mocks, positions=places)
    aware = run(with_clusters, mocks, positions=places, search_before=True)
    np.testing.assert_array_equal(aware.matched["found"], blind.matched["found"])
    assert aware.matched["before"].tolist() == [True, False]
    x = aware.before["x_centroid"]
    assert np.any(np.abs(x - 250) < 3)
    assert np.any(np.abs(blind.unmatched["x_centroid"] - 250) < 3)
    assert not np.any(np.abs(aware.unmatched["x_centroid"] - 250) < 3)
    on_sky = run(with_clusters, mocks, positions=places, search_before=True,
                 radius=3 * 0.0396 * u.arcsec)
    assert on_sky.matched["before"].tolist() == [True, False]


def test_nothing_before_is_nothing(empty, mocks):
    assert not run(empty, mocks, positions=[(80, 90)], search_before=True).matched["before"].any()


def test_the_background_is_that_without_the_clusters(empty, mocks, whole):
    matched = whole.matched
    np.testing.assert_array_equal(
        matched["log_background"],
        local_background(empty, matched["x_centroid"], matched["y_centroid"]))


def test_masked_tiles_are_left_out(make_empty, mocks):
    mask = np.zeros((300, 340), dtype=bool)
    mask[:, :250] = True
    detector = Peaks()
    test = run(make_empty(mask=mask), mocks, detector, positions=[(300, 90)], tile=170, halo=32)
    assert len(detector.searched) == 2
    assert len(test.matched) == 1


def test_blank_areas_get_no_cluster(empty, mocks):
    pixels = empty.data.copy()
    pixels[:, :, :170] = 0
    blank = MultiBandImage(pixels, empty.bands, empty.wcs)
    assert run(blank, mocks).matched["x_centroid"].min() > 178


def test_no_positions_give_no_rows(empty, mocks, whole):
    test = run(empty, mocks, positions=[])
    assert len(test.matched) == 0
    assert test.matched.colnames == whole.matched.colnames


class Sharp(Peaks):
    """Adds columns of its own."""

    def __call__(self, image, *, progress=True):
        found = super().__call__(image)
        found["width"] = np.arange(len(found)) * 0.1 * u.arcsec
        found["width"].info.description = "Width of the peak"
        found["sharp"] = found["class_cb"] > 0.5
        found["note"] = np.where(found["sharp"], "yes", "no")
        found["flags"] = np.full(len(found), 4)
        return found


def test_every_column_of_the_detector_survives(with_clusters, mocks):
    test = run(with_clusters, mocks, Sharp(), search_before=True, tile=180, halo=64)
    for table in (test.found, test.unmatched, test.before):
        assert {"width", "sharp", "note"} <= set(table.colnames)
        assert table["width"].unit == u.arcsec
        assert table["width"].info.description == "Width of the peak"
        assert set(table["flags"]) == {4}
    found = np.asarray(test.matched["found"])
    assert 0 < found.sum() < len(found)
    assert np.isfinite(test.matched["width_found"][found]).all()
    assert np.isnan(test.matched["width_found"][~found]).all()
    assert test.matched["width_found"].info.description == "Of the candidate: Width of the peak"
    np.testing.assert_array_equal(test.matched["sharp_found"] == 1,
                                  found & (test.matched["class_cb"] > 0.5))
    assert set(test.matched["note_found"][found]) == {"yes", "no"}


def test_thresholds_are_applied_afterwards(whole):
    middle = np.nanmedian(whole.matched["class_cb"])
    chosen = select_found(whole.matched, class_cb=middle, visibility=2)
    expected = whole.matched["found"] & (whole.matched["class_cb"] > middle)
    np.testing.assert_array_equal(chosen["found"], expected)
    assert 0 < recall(chosen)["recall"][0] < recall(whole.matched)["recall"][0]
    assert not select_found(whole.matched, class_cb=0, visibility=6)["found"].any()
    young = select_found(whole.matched, None, None, log_age=(None, 7))
    assert not young["found"].any()
    with pytest.raises(ValueError, match="no column r_h"):
        select_found(whole.matched, r_h=(0, 1))


def test_impossible_settings_are_refused(empty, mocks):
    with pytest.raises(ValueError, match="tile = 0 px"):
        run(empty, mocks, tile=0)
    with pytest.raises(ValueError, match="halo of 8 px"):
        run(empty, mocks, halo=8)


def test_a_failing_detector_is_named_with_its_tile(empty, mocks):
    class Broken(Peaks):
        def __call__(self, image, *, progress=True):
            raise OSError("no weights")

    with pytest.raises(RuntimeError, match=r"tile of rows 0 to 299.*no weights"):
        run(empty, mocks, Broken())


def test_progress_is_shown_on_request(empty, mocks, capsys):
    run(empty, mocks, positions=[(100, 100)])
    assert capsys.readouterr().err == ""
    run(empty, mocks, positions=[(100, 100)], progress=True)
    assert "artificial clusters" in capsys.readouterr().err
