"""Scenes: clusters stand where the truth says, with the light they have."""

from dataclasses import replace

import astropy.units as u
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusternet.instruments import Instrument, wfc3_uvis
from clusternet.mocks import visibility
from clusternet.training import ObservingConditions, TrainingData
from clusternet.training.kinds import ASSOCIATION, CLUSTER, STARS
from clusternet.training.orientations import turned, turned_place
from clusternet.training.scenes import SceneComposer

PLAIN = ObservingConditions(zero_point=0, blur_probability=0, noise=(1, 1),
                            correlation_probability=0, subtracted=0, sky_probability=0,
                            clip_probability=0)


@given(st.integers(-3, 3), st.integers(-3, 3), st.integers(0, 7))
def test_turning_takes_places_along(x, y, which):
    image = np.zeros((2, 7, 7))
    image[:, 3 + y, 3 + x] = 1
    image, (x, y) = turned(image, which), turned_place(x, y, which)
    assert image[0, 3 + y, 3 + x] == 1
    assert image.sum() == 2


def test_the_eight_ways_of_turning_differ():
    image = np.arange(9.0).reshape(1, 3, 3)
    assert len({turned(image, which).tobytes() for which in range(8)}) == 8


def stamps(n, rng, size=128):
    """Blobs of known places and fluxes."""
    table = np.zeros(n, dtype=[(name, float) for name in (
        "x", "y", "log_age", "a_v", "log_mass", "log_r_h")])
    table["x"], table["y"] = size // 2 + rng.uniform(-1.5, 1.5, (2, n))
    table["log_mass"] = np.arange(n)
    y, x = np.mgrid[:size, :size]
    images = np.exp(-((x - table["x"][:, None, None]) ** 2
                      + (y - table["y"][:, None, None]) ** 2) / 8)
    return table, np.repeat(images[:, None], 3, 1).astype(np.float16)


def camera(exposure):
    """WFC3/UVIS of another exposure time, without read noise."""
    known = wfc3_uvis()
    bands = [replace(band, exposure_time=exposure * u.s, read_noise=0.0) for band in known]
    return Instrument("WFC3/UVIS", bands, known.pixel_scale)


@pytest.fixture
def compose():
    """Return a function that makes a composer of clusters alone on a flat background."""

    def compose(conditions=PLAIN, background=0.0, exposure=1e12, **options):
        rng = np.random.default_rng(2)
        nothing = np.zeros(3), np.zeros((3, 3, 128, 128), np.float16)
        data = TrainingData({CLUSTER: stamps(6, rng), STARS: nothing, ASSOCIATION: nothing},
                            [np.full((3, 150, 150), background, np.float32)],
                            instrument=camera(exposure))
        options = {"size": 128, "density": (4, 4.001), "crowding": 0.0, **options}
        return SceneComposer([data], conditions=conditions, **options)

    return compose


def test_clusters_are_where_the_truth_says(compose):
    images, truth = compose(density=(0.5, 0.501)).draw(40, np.random.default_rng(1))
    alone = [s for s in range(40) if np.sum(truth["scene"] == s) == 1]
    checked = 0
    for scene in alone:
        i = np.flatnonzero(truth["scene"] == scene)[0]
        x, y = truth["x"][i], truth["y"][i]
        if not (20 < x < 108 and 20 < y < 108):
            continue
        window = np.s_[round(y) - 12:round(y) + 13, round(x) - 12:round(x) + 13]
        row, column = np.mgrid[window]
        light = images[scene][0][window]
        assert light.sum() == pytest.approx(8 * np.pi, rel=1e-3)
        assert np.average(column, weights=light) == pytest.approx(x, abs=0.02)
        assert np.average(row, weights=light) == pytest.approx(y, abs=0.02)
        checked += 1
    assert checked > 5


@pytest.mark.parametrize("scale", [0.0, 0.15])
def test_pixels_of_another_size_move_places_and_spread_light(compose, scale):
    conditions = replace(PLAIN, pixel_scale=scale, pixel_scale_probability=1.0)
    images, truth = compose(conditions, density=(0.5, 0.501)).draw(30, np.random.default_rng(1))
    row, column = np.mgrid[:128, :128]
    widths = []
    for scene in range(30):
        (here,) = np.nonzero(truth["scene"] == scene)
        if len(here) != 1 or not all(25 < truth[n][here[0]] < 103 for n in ("x", "y")):
            continue
        x, y = (truth[name][here[0]] for name in ("x", "y"))
        light = images[scene][0] * (np.hypot(row - y, column - x) < 15)
        # Light is all there, wherever pixels end.
        assert light.sum() == pytest.approx(8 * np.pi, rel=2e-3)
        assert np.average(column, weights=light) == pytest.approx(x, abs=0.03)
        assert np.average(row, weights=light) == pytest.approx(y, abs=0.03)
        widths.append(np.sqrt(np.average((column - x) ** 2, weights=light)))
    assert len(widths) > 3
    assert np.ptp(widths) == pytest.approx(0, abs=0.02) if scale == 0 else np.ptp(widths) > 0.2


def test_published_pictures_are_black_in_places_and_go_in_steps(compose):
    conditions = replace(PLAIN, noise=(1, 1.001), published=1.0)
    composer = compose(conditions, background=1.0, exposure=100.0)
    images, _ = composer.draw(12, np.random.default_rng(3))
    assert images.min() == 0
    black = (images == 0).mean((2, 3))
    assert 0.2 < np.mean(black > 0.01) < 1
    assert len(np.unique(images[0, 0])) < 400


def test_the_truth_covers_the_scene_and_nothing_else(compose):
    _, truth = compose().draw(60, np.random.default_rng(1))
    for name in ("x", "y"):
        assert -0.5 <= truth[name].min() < 6
        assert 122 < truth[name].max() < 127.5
    assert 3 < len(truth["x"]) / 60 < 5


def test_crowded_clusters_stand_by_others(compose):
    def nearest(crowding):
        _, truth = compose(crowding=crowding).draw(40, np.random.default_rng(1))
        found = []
        for scene in range(40):
            x, y = (truth[name][truth["scene"] == scene] for name in ("x", "y"))
            distance = np.hypot(x - x[:, None], y - y[:, None]) + 1e3 * np.eye(len(x))
            found += distance.min(0, initial=1e3).tolist()
        return np.median(found)

    assert nearest(1.0) < 0.6 * nearest(0.0)


def test_one_seed_makes_one_batch(compose):
    composer = compose(ObservingConditions())
    (a, s), (b, t), (c, _) = (composer.draw(3, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(a, b)
    assert not np.array_equal(a, c)
    assert all(np.array_equal(s[name], t[name]) for name in s)


def test_visibility_is_that_of_the_window_network(compose):
    composer = compose(density=(0.3, 0.301), background=1.0, exposure=100.0)
    rng = np.random.default_rng(4)
    while True:
        images, truth = composer.draw(1, rng)
        if len(truth["x"]) == 1 and all(40 < truth[n][0] < 88 for n in ("x", "y")):
            break
    y, x = (round(float(truth[n][0])) for n in ("y", "x"))
    window = images[0][:, y - 32:y + 32, x - 32:x + 32]
    rows, columns = np.mgrid[y - 32:y + 32, x - 32:x + 32]
    cluster = np.exp(-((columns - truth["x"][0]) ** 2 + (rows - truth["y"][0]) ** 2) / 8)
    cluster = np.repeat(cluster[None], 3, 0)
    expected = np.log10(visibility(cluster, window - cluster))
    assert truth["log_visibility"][0] == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("change", [
    {}, {"blur": 0.8, "blur_probability": 1.0},
    {"pixel_scale": 0.05, "pixel_scale_probability": 1.0},
    {"blur": 0.8, "blur_probability": 1.0, "pixel_scale": 0.05, "pixel_scale_probability": 1.0}])
def test_no_light_of_a_cluster_counts_as_its_background(compose, change):
    composer = compose(replace(PLAIN, **change), density=(0.3, 0.301), background=1.0,
                       exposure=1e8)
    _, truth = composer.draw(150, np.random.default_rng(4))
    scene, number = np.unique(truth["scene"], return_counts=True)
    alone = np.isin(truth["scene"], scene[number == 1])
    for name in ("x", "y"):
        alone &= (truth[name] > 40) & (truth[name] < 88)
    assert alone.sum() > 1
    expected = np.log10(8 * np.pi / (100 * np.pi) / 1e-4)
    np.testing.assert_allclose(truth["log_visibility"][alone], expected, atol=0.05)


@pytest.mark.parametrize(
    ("change", "effect"),
    [({"zero_point": 0.3}, lambda a, b: not np.allclose(a, b) and np.allclose(
        b, a * (b.max((2, 3)) / a.max((2, 3)))[:, :, None, None], atol=1e-5)),
     ({"blur": 3.0, "blur_probability": 1.0},
      lambda a, b: (b - 1).max((1, 2, 3)).mean() < 0.9 * (a - 1).max((1, 2, 3)).mean()),
     ({"noise": (30, 30.1)}, lambda a, b: b.std() > a.std()),
     ({"sky": (0.5, 0.6), "sky_probability": 1.0},
      lambda a, b: np.all(np.abs(b - a - 0.55) < 0.0501)),
     ({"subtracted": 1.0}, lambda a, b: np.median(a) > 0.99 and abs(np.median(b)) < 1e-5),
     ({"sky": (-2, -1.5), "sky_probability": 1.0, "clip_probability": 1.0},
      lambda a, b: b.min() == 0)])
def test_each_condition_has_its_effect(compose, change, effect):
    draws = []
    for conditions in (PLAIN, replace(PLAIN, **change)):
        composer = compose(conditions, background=1.0, exposure=10.0 if "noise" in change else 1e12)
        draws.append(composer.draw(4, np.random.default_rng(3))[0])
    assert effect(*draws)


def test_backgrounds_that_scenes_cannot_use_are_refused(compose):
    data = compose().data[0]
    with pytest.raises(ValueError, match="a background of 150 x 150 px is smaller than a scene"):
        SceneComposer([data], size=160).draw(1, np.random.default_rng(1))
    masked = replace(data, masks=[np.zeros((150, 150), bool)])
    with pytest.raises(ValueError, match="backgrounds of scenes cannot have masks"):
        SceneComposer([masked])
    with pytest.raises(ValueError, match="no stamps of stars, association"):
        SceneComposer([TrainingData({CLUSTER: data.foregrounds[CLUSTER]}, data.backgrounds)])
