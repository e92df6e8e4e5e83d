"""Training windows: their foregrounds, backgrounds, noise and truth."""

from dataclasses import replace

import astropy.units as u
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusternet.instruments import Instrument, wfc3_uvis
from clusternet.mocks import visibility
from clusternet.posterior import ParameterBins
from clusternet.training import TrainingData
from clusternet.training.kinds import (
    ALIASED,
    ASSOCIATION,
    BACKGROUND,
    CLUSTER,
    KINDS,
    OFFCENTRE,
    STARS,
    Clusters,
)
from clusternet.training.orientations import turned_each
from clusternet.training.windows import WindowComposer

BINS = ParameterBins()
EXPOSURE = np.array([1000.0, 2000.0, 4000.0])
EVEN = dict.fromkeys(KINDS, 1 / len(KINDS))
#: Light of a stamp by kind; the places are the four corners of a square and the centre.
LEVEL = {CLUSTER: 5.0, OFFCENTRE: 7.0, STARS: 11.0, ASSOCIATION: 13.0, ALIASED: 17.0}


def camera(exposure):
    """WFC3/UVIS with other exposure times."""
    known = wfc3_uvis()
    return Instrument("WFC3/UVIS", [replace(band, exposure_time=time * u.s)
                                    for band, time in zip(known, exposure, strict=True)],
                      known.pixel_scale)


def background(scatter):
    """Noise about 1, or nothing but a level."""
    noise = np.random.default_rng(3).standard_normal((3, 200, 200))
    return [(1 + scatter * noise).astype(np.float32)]


@pytest.fixture(scope="module")
def foregrounds():
    rng = np.random.default_rng(1)
    names = ["log_age", "a_v", "log_mass", "log_r_h"]
    table = np.zeros(6, dtype=[(name, float) for name in names])
    for name in names:
        low, high, _ = BINS.axes[name]
        table[name] = rng.uniform(low, high, 6)
    out = {}
    for kind, level in LEVEL.items():
        images = np.zeros((6, 3, 64, 64), dtype=np.float16)
        place = {OFFCENTRE: (20, 41), ALIASED: (16, 48)}.get(kind, (32, 32))
        images[:, :, *place] = level * np.arange(1, 7)[:, None]
        out[kind] = (table if kind is CLUSTER else None, images)
    return out


@pytest.fixture(scope="module")
def make(foregrounds):
    """Return a function that makes a composer."""

    def make(fractions=EVEN, scatter=0.1, stamps=foregrounds, exposure=EXPOSURE, **options):
        data = TrainingData(stamps, background(scatter), instrument=camera(exposure))
        return WindowComposer(data, BINS, fractions, **options)

    return make


def test_windows_and_truth_come_together(make):
    windows, truth = make().draw(40, np.random.default_rng(1))
    assert (windows.shape, windows.dtype) == ((40, 3, 64, 64), np.float32)
    assert set(truth) == {*BINS.names, "kind", "cluster"}
    assert all(len(values) == 40 for values in truth.values())
    assert np.isfinite(windows).all()


def test_kinds_come_in_their_fractions(make):
    fractions = {CLUSTER: 0.5, BACKGROUND: 0.25, OFFCENTRE: 0.15, STARS: 0.1}
    _, truth = make(fractions, scatter=0).draw(1500, np.random.default_rng(2))
    names, counts = np.unique(truth["kind"], return_counts=True)
    assert set(names) == {kind.name for kind in fractions}
    found = dict(zip(names, counts / 1500, strict=True))
    for kind, fraction in fractions.items():
        assert found[kind.name] == pytest.approx(fraction, abs=4 * 0.5 / np.sqrt(1500))


def test_the_order_of_the_fractions_does_not_matter(make, foregrounds):
    wanderers = Clusters("wanderers", jitter=(5, 9))
    stamps = {**foregrounds, wanderers: foregrounds[OFFCENTRE]}
    fractions = {wanderers: 0.3, STARS: 0.2, BACKGROUND: 0.1, CLUSTER: 0.4}
    (a, s), (b, t) = (make(dict(order), stamps=stamps).draw(20, np.random.default_rng(1))
                      for order in (fractions.items(), reversed(fractions.items())))
    np.testing.assert_array_equal(a, b)
    assert list(s["kind"]) == list(t["kind"])
    assert "wanderers" in s["kind"]


def test_only_clusters_have_parameters(make):
    _, truth = make().draw(100, np.random.default_rng(3))
    there = truth["cluster"] == 1
    np.testing.assert_array_equal(there, truth["kind"] == "cluster")
    assert 0 < there.sum() < 100
    for name in BINS.names:
        np.testing.assert_array_equal(np.isfinite(truth[name]), there)


def test_each_kind_shows_its_own_stamp(make):
    # Without neighbours and with next to no noise, the stamp follows from the light.
    composer = make(scatter=1e-4, exposure=np.full(3, 1e12), neighbour_fraction=0)
    windows, truth = composer.draw(80, np.random.default_rng(4))
    light = (windows - 1)[:, 0]
    table, _ = composer.data.foregrounds[CLUSTER]
    level = {kind.name: value for kind, value in LEVEL.items()}
    for window, name, mass in zip(light, truth["kind"], truth["log_mass"], strict=True):
        if name == "background":
            np.testing.assert_allclose(window, 0, atol=1e-3)
            continue
        place = np.unravel_index(window.argmax(), window.shape)
        stamp = window.max() / level[name]
        assert stamp == pytest.approx(round(stamp), abs=1e-3)
        if name == "offcentre":
            # (20, 41) is 12 rows above and 9 columns right of the centre, however it is turned.
            assert sorted(np.abs(np.subtract(place, 32))) == [9, 12]
        elif name == "aliased":
            assert np.abs(np.subtract(place, 32)).tolist() == [16, 16]
        else:
            assert place == (32, 32)
        if name == "cluster":
            assert mass == table["log_mass"][round(stamp) - 1]


def test_neighbours_come_in_their_fraction_and_off_the_centre(make):
    composer = make({BACKGROUND: 1.0}, scatter=0, neighbour_fraction=0.3)
    windows, _ = composer.draw(400, np.random.default_rng(5))
    lit = (windows - 1).max((1, 2, 3)) > 3
    assert lit.mean() == pytest.approx(0.3, abs=0.1)
    assert np.abs(windows[lit][:, :, 32, 32] - 1).max() < 0.01


def test_photon_noise_is_that_of_the_foreground(make, foregrounds):
    # The bright pixel of a cluster, over many windows of the same stamp.
    one = {CLUSTER: (foregrounds[CLUSTER][0][:1], foregrounds[CLUSTER][1][:1])}
    composer = make({CLUSTER: 1.0}, scatter=0, stamps=one, neighbour_fraction=0)
    windows, _ = composer.draw(2000, np.random.default_rng(6))
    values = windows[:, :, 32, 32]
    np.testing.assert_allclose(values.mean(0), 1 + LEVEL[CLUSTER],
                               atol=5 * np.sqrt(LEVEL[CLUSTER] / 1000 / 2000))
    np.testing.assert_allclose(values.var(0), LEVEL[CLUSTER] / EXPOSURE, rtol=0.15)
    # Elsewhere the background has its own noise already: none here.
    windows[:, :, 32, 32] = 1
    np.testing.assert_array_equal(windows, 1)


def test_visibility_is_that_of_the_cluster_over_all_else(make, foregrounds):
    composer = make({CLUSTER: 1.0}, neighbour_fraction=0)
    windows, truth = composer.draw(20, np.random.default_rng(7))
    stamps = {row["log_mass"]: image for row, image in zip(*foregrounds[CLUSTER], strict=True)}
    for window, mass, log_v in zip(windows, truth["log_mass"], truth["log_visibility"],
                                   strict=True):
        light = stamps[mass].astype(np.float32)
        assert log_v == pytest.approx(np.log10(visibility(light, window - light)), abs=1e-5)


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_one_seed_gives_one_batch(make, seed):
    (windows, truth), (again, same) = (make().draw(4, np.random.default_rng(seed))
                                       for _ in range(2))
    np.testing.assert_array_equal(windows, again)
    for name in truth:
        np.testing.assert_array_equal(truth[name], same[name])


def test_stamps_in_store_stay_as_they_are(make, foregrounds):
    before = {kind: images.copy() for kind, (_, images) in foregrounds.items()}
    make().draw(30, np.random.default_rng(8))
    for kind, (_, images) in foregrounds.items():
        np.testing.assert_array_equal(images, before[kind])


def test_targets_are_the_bins_of_the_truth(make):
    composer = make()
    _, truth = composer.draw(60, np.random.default_rng(9))
    target = composer.targets(truth)
    there = truth["cluster"] == 1
    np.testing.assert_array_equal(target["cluster"], there)
    for name in BINS.names:
        assert target[name].dtype == target["cluster"].dtype
        np.testing.assert_array_equal(target[name][there], BINS.index(name, truth[name][there]))
        assert not target[name][~there].any()


@pytest.mark.parametrize("fractions", [{CLUSTER: 0.5}, {CLUSTER: 1.1, STARS: -0.1}, {}])
def test_fractions_of_another_sum_are_refused(make, fractions):
    with pytest.raises(ValueError, match=r"must be 0 or more and add up to 1"):
        make(fractions)


def test_missing_stamps_are_named(make, foregrounds):
    few = {kind: foregrounds[kind] for kind in (CLUSTER, OFFCENTRE)}
    with pytest.raises(ValueError, match=r"no stamps of stars .* \(they have cluster, off"):
        make({CLUSTER: 0.5, STARS: 0.5}, stamps=few)
    make({CLUSTER: 0.5, BACKGROUND: 0.5, STARS: 0.0}, stamps=few)


def test_stamps_of_another_size_are_refused(make):
    with pytest.raises(ValueError, match="windows of 32 px need stamps of that size"):
        make(size=32)


def turned(image, which, keep_centre):
    return turned_each(image.copy(), which, keep_centre=keep_centre)


@pytest.mark.parametrize("which", range(8))
@pytest.mark.parametrize(("size", "keep_centre"), [(8, True), (8, False), (64, True)])
def test_turning_keeps_the_flux_and_the_centre(which, size, keep_centre):
    image = np.random.default_rng(1).random((1, 3, size, size))
    image[..., size // 2, size // 2] = 7.0
    after = turned(image, [which], keep_centre)
    np.testing.assert_allclose(after.sum((2, 3)), image.sum((2, 3)))
    np.testing.assert_array_equal(np.sort(after, axis=None), np.sort(image, axis=None))
    if keep_centre:
        assert np.all(after[..., size // 2, size // 2] == 7.0)
        np.testing.assert_array_equal(after[..., 0, :], image[..., 0, :])
        np.testing.assert_array_equal(after[..., :, 0], image[..., :, 0])


@pytest.mark.parametrize("keep_centre", [True, False])
def test_the_eight_turns_are_eight_different_ones_that_keep_distances(keep_centre):
    image = np.zeros((1, 1, 9, 9)) if not keep_centre else np.zeros((1, 1, 10, 10))
    middle = 4 if not keep_centre else 5
    image[0, 0, middle + 1, middle + 3] = 1
    places = {tuple(np.argwhere(turned(image, [w], keep_centre)[0, 0])[0] - middle)
              for w in range(8)}
    expected = {(a * s, b * t) for a, b in ((1, 3), (3, 1)) for s in (-1, 1) for t in (-1, 1)}
    assert places == expected


def test_every_window_is_turned_by_itself_and_every_band_alike():
    images = np.random.default_rng(2).random((8, 2, 6, 6))
    together = turned(images, range(8), False)
    for i in range(8):
        np.testing.assert_array_equal(together[i], turned(images[i:i + 1], [i], False)[0])
        for band in range(2):
            alone = turned(images[i:i + 1, band:band + 1], [i], False)[0, 0]
            np.testing.assert_array_equal(together[i, band], alone)


def test_no_turn_is_no_change():
    images = np.random.default_rng(3).random((2, 3, 8, 8))
    np.testing.assert_array_equal(turned(images, [0, 0], True), images)
    np.testing.assert_array_equal(turned(images, [0, 0], False), images)


def test_clusters_need_their_parameters(foregrounds):
    bare = foregrounds | {CLUSTER: (None, foregrounds[CLUSTER][1])}
    with pytest.raises(ValueError, match="stamps of cluster have no table; give their parameters"):
        WindowComposer(TrainingData(bare, background(0.1)), BINS, EVEN)
