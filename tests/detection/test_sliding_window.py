"""The detector says of every pixel what the network says of the window around it."""

import pickle

import numpy as np
import pytest
import torch
from scipy.ndimage import maximum_filter

from clusternet.catalog import ClusterFlag
from clusternet.detection import PeakFinder, SlidingWindowDetector
from clusternet.detection.sliding_window import _Part
from clusternet.images import ImageWindows, Mosaic


@pytest.fixture(scope="module")
def detector(blob_network):
    return SlidingWindowDetector(blob_network)


def test_every_value_is_that_of_the_window_centred_there(make_field, paper_network):
    image = make_field((67, 66), [(33, 32)])
    maps = SlidingWindowDetector(paper_network, precision="float32").value_maps(
        image, progress=False)
    network = paper_network
    for y, x in ((32, 32), (35, 34), (33, 33)):
        window = torch.from_numpy(image.data[None, :, y - 32:y + 32, x - 32:x + 32].copy())
        with torch.inference_mode():
            logits = network.model(network.normaliser(window))
        assert maps["class_cb"].data[y, x] == pytest.approx(
            logits["cluster"].softmax(1)[0, 1].item(), abs=1e-4)
        cdf = logits["log_r_h"].softmax(1)[0].cumsum(0).numpy()
        assert maps["log_r_h"].data[y, x] == pytest.approx(
            np.interp(0.5, np.append(0, cdf), network.bins.edges("log_r_h")), abs=1e-4)


def test_there_is_a_value_wherever_a_window_fits_and_nowhere_else(detector, make_field):
    maps = detector.value_maps(make_field(), progress=False)
    known = np.zeros((96, 104), bool)
    known[32:65, 32:73] = True
    for name in ("class_cb", "visibility", "log_age", "log_mass", "a_v", "log_r_h"):
        np.testing.assert_array_equal(np.isfinite(maps[name].data), known)
    np.testing.assert_array_equal(maps["flags"].data, np.where(known, 0, ClusterFlag.EDGE))


def test_parameters_are_medians_in_their_units(detector, make_field):
    maps = detector.value_maps(make_field(), progress=False)
    at = 40, 40
    for name, value in (("log_age", 7.2125), ("a_v", 1.05), ("log_mass", 4.286),
                        ("log_r_h", -1.079), ("visibility", 10**1.1)):
        assert maps[name].data[at] == pytest.approx(value, abs=1e-3)


def test_blobs_are_found(detector, make_field):
    found = detector(make_field(blobs=[(40, 45), (62, 51)]), progress=False)
    assert sorted(zip(found["x_peak"], found["y_peak"], strict=True)) == [(40, 45), (62, 51)]
    assert np.all(found["flags"] == 0)


def test_candidates_next_to_the_border_are_flagged(detector, make_field):
    found = detector(make_field(blobs=[(33, 45), (62, 51)]), progress=False)
    assert found["flags"][found["x_peak"] < 34].tolist() == [ClusterFlag.EDGE]
    assert found["flags"][found["x_peak"] == 62].tolist() == [0]


def test_a_nan_patch_costs_only_the_windows_it_spoils(detector, make_field):
    def spoil(data):
        data[1, 40:64, 76:100] = np.nan  # 576 of 4096 pixels: more than 10 %

    image = make_field(blobs=[(40, 45), (56, 60)], spoil=spoil)
    maps = detector.value_maps(image, progress=False)
    assert np.isnan(maps["class_cb"].data[50, 70])
    assert np.isfinite(maps["class_cb"].data[50, 50])
    found = detector.peaks(maps)
    flags = dict(zip(found["x_peak"].tolist(), found["flags"], strict=True))
    assert flags == {40: 0, 56: ClusterFlag.MASKED_NEIGHBOURS}


def test_steps_evaluate_fewer_windows_and_interpolate_between_them(blob_network, make_field):
    image = make_field((70, 75), [(37, 35)])
    fine, coarse = (SlidingWindowDetector(blob_network, step=step).value_maps(
        image, progress=False)["class_cb"].data for step in (1, 3))
    np.testing.assert_array_equal(np.isnan(fine), np.isnan(coarse))
    np.testing.assert_allclose(coarse[32:39:3, 32:44:3], fine[32:39:3, 32:44:3], atol=1e-6)
    assert coarse[38, 43] == pytest.approx(fine[38, 43], abs=1e-6)  # the last window as well
    between = (2 * fine[35, 35] + fine[35, 38]) / 3
    assert coarse[35, 36] == pytest.approx(between, abs=1e-6)


def test_an_image_of_one_window_has_one_value(blob_network, make_field):
    maps = SlidingWindowDetector(blob_network, step=5).value_maps(
        make_field((64, 64)), progress=False)
    assert np.argwhere(np.isfinite(maps["class_cb"].data)).tolist() == [[32, 32]]


def test_a_progress_bar_can_be_had(detector, make_field, capsys):
    detector.value_maps(make_field((64, 66)))
    assert "3/3" in capsys.readouterr().err
    detector.value_maps(make_field((64, 66)), progress=False)
    assert capsys.readouterr().err == ""


def test_maps_say_what_made_them(detector, make_field):
    meta = detector.value_maps(make_field((64, 64)), progress=False).meta
    assert meta == {"detector": "SlidingWindowDetector", "bands": ["F336W", "F438W", "F814W"],
                    "network": detector.engine.fingerprint, "precision": "float32", "step": 1,
                    "max_masked": 0.1}


def test_a_larger_threshold_finds_fewer(blob_network, make_field):
    image = make_field(blobs=[(40, 45)])
    detector = SlidingWindowDetector(blob_network, peaks=PeakFinder(threshold=1.0))
    assert len(detector(image, progress=False)) == 0


def test_an_image_without_any_good_window_is_refused(detector, make_field):
    def constant(data):
        data[2] = 0.5

    with pytest.raises(ValueError, match=r"no window .* a band is constant"):
        detector.value_maps(make_field(spoil=constant), progress=False)


def test_an_image_too_small_or_of_other_bands_or_scale_is_refused(detector, make_field):
    with pytest.raises(ValueError, match="smaller than a window"):
        detector(make_field((40, 100)), progress=False)
    with pytest.raises(ValueError, match="no F336W in the image"):
        detector(make_field(bands=("F275W", "F438W", "F814W")), progress=False)
    with pytest.raises(ValueError, match="arcsec expected"):
        detector(make_field(scale=0.05), progress=False)


def spoiled(data):
    data[0, 33:36, 47:51] = np.nan
    data[1, 60:78, 80:104] = np.nan
    data[2, :20, :60] = 0.25


BLOBS = [(40, 45), (58, 60), (64, 40), (66, 43)]


def same(maps, others, where=..., rtol=0):
    assert list(maps) == list(others)
    for name in maps:
        np.testing.assert_allclose(maps[name].data[where], others[name].data[where], rtol=rtol)


@pytest.mark.parametrize("options", [{}, {"step": 3}, {"step": 4, "refine": 0.2}])
@pytest.mark.parametrize("tile", [7, 33])
def test_maps_do_not_depend_on_the_tiles(blob_network, make_field, options, tile):
    image = make_field(blobs=BLOBS, spoil=spoiled)
    whole = SlidingWindowDetector(blob_network, **options).value_maps(image, progress=False)
    tiled = SlidingWindowDetector(blob_network, tile=tile, **options).value_maps(
        image, progress=False)
    same(tiled, whole, rtol=1e-5)  # windows come in other batches


@pytest.mark.parametrize(("step", "lost"), [(2, 0), (3, 0), (4, 0), (6, 1)])
@pytest.mark.parametrize("spoil", [None, spoiled])
def test_refined_maps_are_exact_where_the_class_is_high(blob_network, make_field, step, lost,
                                                        spoil):
    image = make_field(blobs=BLOBS, spoil=spoil)
    fine = SlidingWindowDetector(blob_network)
    refined = SlidingWindowDetector(blob_network, step=step, refine=0.1)
    exact, maps = fine.value_maps(image, progress=False), refined.value_maps(image, progress=False)
    np.testing.assert_array_equal(np.isnan(maps["class_cb"].data), np.isnan(exact["class_cb"].data))
    np.testing.assert_array_equal(maps["flags"].data, exact["flags"].data)
    near_candidates = maximum_filter(maps["class_cb"].data >= 0.5, 9)
    known = near_candidates | (maps["class_cb"].data >= 0.1)
    assert 0 < known[32:65, 32:73].mean() < 0.9
    same(maps, exact, known, rtol=1e-5)
    found, wanted = refined.peaks(maps), fine.peaks(exact)
    assert len(wanted) - len(found) == lost < len(wanted)
    wanted = wanted[np.isin(wanted["x_peak"], found["x_peak"])]
    for name in ("x_peak", "y_peak", "class_cb", "x_centroid", "log_mass"):
        np.testing.assert_allclose(found[name], wanted[name], rtol=1e-5)


def test_refining_evaluates_few_windows(blob_network, make_field, monkeypatch):
    image = make_field((150, 150), blobs=[(60, 70)])
    detector = SlidingWindowDetector(blob_network, step=4, refine=0.1)
    evaluated = []
    run = detector.engine.run
    monkeypatch.setattr(detector.engine, "run", lambda source, n, **others:
                        [evaluated.append(n), run(source, n, **others)][1])
    found = detector(image, progress=False)
    assert (found["x_peak"].tolist(), found["y_peak"].tolist()) == ([60], [70])
    assert evaluated[0] == 23**2  # 22 x 22 steps of 4, and the last row and column
    assert 0 < sum(evaluated[1:]) < 20**2
    assert detector.value_maps(image, progress=False).meta["refine"] == 0.1


@pytest.mark.parametrize("refine", [-0.1, 0.6, np.nan])
def test_refine_must_not_lose_candidates(blob_network, refine):
    with pytest.raises(ValueError, match=rf"refine is {refine}; .* from 0 to .* 0\.5"):
        SlidingWindowDetector(blob_network, step=2, refine=refine)


def test_a_stopped_search_goes_on(blob_network, make_field, tmp_path, monkeypatch):
    image = make_field(blobs=BLOBS, spoil=spoiled)

    def detector(calls=None):
        detector = SlidingWindowDetector(blob_network, step=3, refine=0.1, tile=48)
        run = detector.engine.run

        def counted(*arguments, **options):
            if calls is not None:
                calls.append(1)
                if len(calls) == 8:  # in the second pass, after six tiles in the first
                    raise KeyboardInterrupt
            return run(*arguments, **options)

        monkeypatch.setattr(detector.engine, "run", counted)
        return detector

    whole = detector().value_maps(image, progress=False)
    calls = []
    with pytest.raises(KeyboardInterrupt):
        detector(calls).value_maps(image, progress=False, folder=tmp_path)
    assert len(list(tmp_path.glob("pass-*/tiles/*.npz"))) == len(calls) - 1
    same(detector().value_maps(image, progress=False, folder=tmp_path), whole)
    found = detector([1] * 7)(image, progress=False, folder=tmp_path)  # evaluates nothing
    assert len(found) == len(detector().peaks(whole))
    image.data[0, 50, 50] += 1
    with pytest.raises(ValueError, match=r"other settings \(image = '\w+' there"):
        detector().value_maps(image, progress=False, folder=tmp_path)
    with pytest.raises(ValueError, match=r"other settings \(.*step = 3 there, 1 here"):
        SlidingWindowDetector(blob_network, tile=48).value_maps(
            image, progress=False, folder=tmp_path)


def test_a_bar_counts_the_windows_of_kept_tiles(detector, make_field, tmp_path, capsys):
    for _ in range(2):
        detector.value_maps(make_field((66, 66)), folder=tmp_path)
        assert "9/9" in capsys.readouterr().err


def test_what_workers_need_can_be_sent(paper_network, make_field):
    image = make_field((66, 64))
    detector = SlidingWindowDetector(paper_network, precision="float32")
    windows = ImageWindows(image, paper_network.window)
    part = _Part((slice(0, 66), slice(0, 64)), np.ones((66, 64), bool))
    sent = pickle.loads(pickle.dumps(detector._evaluation(windows, client="some")))
    there, here = sent(part), detector._evaluation(windows, client=None)(part)
    assert there["class_cb"].shape == (66 * 64,)
    for name in here:
        np.testing.assert_allclose(there[name], here[name], rtol=1e-5)


def test_a_cluster_finds_the_same(blob_network, make_field):
    distributed = pytest.importorskip("distributed")
    image = make_field(blobs=BLOBS, spoil=spoiled)
    detector = SlidingWindowDetector(blob_network, step=4, refine=0.1, tile=40)
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=2, processes=False,
                                 host="127.0.0.1", protocol="tcp", dashboard_address=None,
                                 silence_logs=50) as cluster,
        distributed.Client(cluster) as client,
    ):
        maps = detector.value_maps(image, progress=False, client=client)
    same(maps, detector.value_maps(image, progress=False))


def test_a_mosaic_gives_what_an_image_in_memory_gives(detector, make_field, tmp_path):
    image = make_field(blobs=BLOBS, spoil=spoiled)
    image.write(tmp_path / "image.fits")
    whole = detector.value_maps(image, progress=False)
    with Mosaic.open(tmp_path / "image.fits") as mosaic:
        same(detector.value_maps(mosaic, progress=False), whole)


@pytest.mark.parametrize("step", [0, 1.5, -2])
def test_a_step_is_a_whole_number_of_pixels(blob_network, step):
    with pytest.raises(ValueError, match=f"step is {step} px"):
        SlidingWindowDetector(blob_network, step=step)


@pytest.mark.parametrize("tile", [0, 2.5])
def test_a_tile_is_a_whole_number_of_pixels(blob_network, tile):
    with pytest.raises(ValueError, match=f"tile is {tile} px"):
        SlidingWindowDetector(blob_network, tile=tile)
