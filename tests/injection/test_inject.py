"""Clusters put into an image: there, as bright as in the truth, repeatable."""

import numpy as np
import pytest
from astropy import units as u
from hypothesis import given, settings
from hypothesis import strategies as st

from clusternet.images import MultiBandImage
from clusternet.injection import inject, light
from clusternet.injection.places import Grid, grid_places
from clusternet.mocks import visibility

PLACES = [(100.3, 90.7), (200.0, 150.25), (221.5, 160.0)]


def put(image, mocks, **options):
    return inject(image, mocks, **{"rng": 3, "progress": False, **options})


@pytest.fixture(scope="module")
def made(empty, mocks):
    return put(empty, mocks, positions=PLACES)


@pytest.fixture(scope="module")
def clean(empty, mocks):
    return put(empty, mocks, positions=PLACES, noise=False)


def test_truth_has_the_columns_of_a_galaxys_truth_and_two_more(made):
    truth = made[1]
    assert truth.colnames == ["x_centroid", "y_centroid", "sky_centroid", "log_age", "log_mass",
                              "a_v", "log_r_h", "mag_F336W", "mag_F438W", "mag_F814W",
                              "visibility", "crowding"]
    assert truth["a_v"].unit == truth["mag_F336W"].unit == u.mag
    assert all(truth[name].info.description for name in truth.colnames)


def test_clusters_stand_where_they_were_put(made):
    image, truth = made
    np.testing.assert_array_equal(
        np.stack([truth["x_centroid"], truth["y_centroid"]], axis=-1), PLACES)
    found = image.wcs.world_to_pixel(truth["sky_centroid"])
    np.testing.assert_allclose(np.transpose(found), PLACES, atol=1e-6)


def test_places_on_the_sky_are_places_in_pixels(empty, mocks, made):
    image, truth = put(empty, mocks, positions=made[1]["sky_centroid"])
    np.testing.assert_allclose(truth["x_centroid"], made[1]["x_centroid"], atol=1e-6)
    np.testing.assert_allclose(image.data, made[0].data, atol=1e-3)
    alone, one = put(empty, mocks, positions=made[1]["sky_centroid"][0])
    assert len(one) == 1
    assert one["log_mass"][0] == truth["log_mass"][0]
    assert alone.shape == empty.shape


def test_the_light_added_is_that_of_the_truth(empty, mocks, clean):
    image, truth = clean
    added = (image.data.astype(float) - empty.data).sum((1, 2))
    # Some stars lie beyond the image, some light beyond the array of the PSF.
    expected = [band.flux(truth[f"mag_{band.name}"].value).sum() for band in mocks.instrument]
    assert np.all((0.8 * np.array(expected) < added) & (added < 1.001 * np.array(expected)))


def test_the_light_is_centred_on_the_place(empty, mocks):
    off = []
    for x, y in ((60.0, 70.5), (150.3, 140.0), (256.0, 200.8)):
        image, _ = put(empty, mocks, positions=[(x, y)], noise=False)
        light = (image.data.astype(float) - empty.data).sum(0)
        rows, columns = np.mgrid[:300, :340]
        near = light * (np.hypot(columns - x, rows - y) < 20)
        off.append(((near * columns).sum() / near.sum() - x, (near * rows).sum() / near.sum() - y))
    # Few bright stars scatter within the radius of the cluster, up to 10 px.
    assert np.abs(np.mean(off, axis=0)).max() < 3


def test_without_noise_only_light_is_added(empty, clean):
    assert (clean[0].data - empty.data).min() > -1e-5


def test_light_comes_with_its_photon_noise(empty, mocks, made, clean):
    noise = made[0].data.astype(float) - clean[0].data
    light = clean[0].data.astype(float) - empty.data
    bright = light[0] > 0.03
    assert bright.sum() > 200
    for i, band in enumerate(mocks.instrument):
        expected = np.sqrt(light[i][bright] / band.exposure_time.to_value(u.s))
        assert np.std(noise[i][bright] / expected) == pytest.approx(1, abs=0.1)
        assert abs(np.mean(noise[i][bright] / expected)) < 0.15


def test_the_image_given_stays_as_it_is(empty, mocks):
    before = empty.data.copy()
    image, _ = put(empty, mocks, positions=PLACES)
    np.testing.assert_array_equal(empty.data, before)
    assert not np.shares_memory(image.data, empty.data)
    assert isinstance(image, MultiBandImage)


def test_equal_seeds_give_equal_results_and_others_do_not(empty, mocks, made):
    image, truth = put(empty, mocks, positions=PLACES)
    np.testing.assert_array_equal(image.data, made[0].data)
    for name in set(truth.colnames) - {"sky_centroid"}:
        np.testing.assert_array_equal(truth[name], made[1][name])
    assert not np.any(put(empty, mocks, positions=PLACES, rng=4)[1]["log_mass"]
                      == made[1]["log_mass"])


def test_a_cluster_does_not_depend_on_those_after_it(empty, mocks, made):
    truth = put(empty, mocks, positions=PLACES[:2])[1]
    for name in ("log_age", "log_mass", "a_v", "log_r_h", "mag_F336W"):
        np.testing.assert_array_equal(truth[name], made[1][name][:2])


@pytest.mark.parametrize("side", [128, 512])
def test_the_squares_in_which_the_work_is_done_do_not_show(empty, mocks, clean, monkeypatch,
                                                           side):
    monkeypatch.setattr(light, "BLOCK", side)
    image, truth = put(empty, mocks, positions=PLACES, noise=False)
    np.testing.assert_allclose(image.data, clean[0].data, atol=1e-4)
    np.testing.assert_array_equal(truth["log_mass"], clean[1]["log_mass"])
    np.testing.assert_allclose(truth["visibility"], clean[1]["visibility"], rtol=1e-4)


def test_how_many_clusters_are_kept_does_not_show(empty, mocks, made, monkeypatch):
    monkeypatch.setattr(light, "CLUSTERS_KEPT", 1)
    monkeypatch.setattr(light, "BATCH", 2)
    image, truth = put(empty, mocks, positions=PLACES)
    np.testing.assert_array_equal(image.data, made[0].data)
    np.testing.assert_allclose(truth["visibility"], made[1]["visibility"], rtol=1e-6)


def test_visibility_is_the_cluster_over_all_else(empty, mocks, made):
    image, truth = made
    alone = put(empty, mocks, positions=PLACES[:1], noise=False)[0].data - empty.data
    window = np.s_[:, 91 - 32:91 + 32, 100 - 32:100 + 32]
    expected = visibility(alone[window], image.data[window] - alone[window])
    assert truth["visibility"][0] == pytest.approx(expected, rel=0.02)


def test_neighbours_count_as_background(empty, mocks):
    far = put(empty, mocks, positions=[(80, 80), (260, 220)], noise=False)[1]
    near = put(empty, mocks, positions=[(80, 80), (92, 88)], noise=False)[1]
    assert near["visibility"][0] < 0.7 * far["visibility"][0]


def test_crowding_is_the_distance_to_the_nearest(empty, mocks, made):
    np.testing.assert_allclose(made[1]["crowding"],
                               [np.hypot(99.7, 59.55), *[np.hypot(21.5, 9.75)] * 2])
    assert put(empty, mocks, positions=PLACES[:1])[1]["crowding"].tolist() == [np.inf]


def test_a_cluster_in_the_corner_is_seen_in_part(empty, mocks):
    image, truth = put(empty, mocks, positions=[(0, 0), (339.4, 299.4)], noise=False)
    assert np.all(truth["visibility"] > 0)
    added = image.data[0].astype(float) - empty.data[0]
    total = mocks.instrument["F336W"].flux(truth["mag_F336W"].value).sum()
    assert 0.05 * total < added.sum() < 0.7 * total


def test_no_positions_change_nothing(empty, mocks, made):
    image, truth = put(empty, mocks, positions=[])
    np.testing.assert_array_equal(image.data, empty.data)
    assert (len(truth), truth.colnames) == (0, made[1].colnames)


def test_the_grid_fills_the_image_within_its_border(empty, mocks):
    truth = put(empty, mocks, spacing=80)[1]
    assert len(truth) == 3 * 2
    x, y = (np.sort(truth[name]) for name in ("x_centroid", "y_centroid"))
    np.testing.assert_allclose(x, np.repeat([89.5, 169.5, 249.5], 2), atol=0.5)
    np.testing.assert_allclose(y, np.repeat([109.5, 189.5], 3), atol=0.5)
    assert len(set(np.round(x % 1, 3))) == 6


@settings(max_examples=30, deadline=None)
@given(spacing=st.floats(8, 200), share=st.floats(0, 0.5), border=st.floats(0, 40),
       seed=st.integers(0, 99))
def test_grids_keep_their_distances(empty, spacing, share, border, seed):
    jitter = share * spacing
    x, _ = grid_places(empty, Grid(spacing, jitter, border, 8), np.random.default_rng(seed))
    still = grid_places(empty, Grid(spacing, 0, border, 8), np.random.default_rng(seed))
    assert np.abs(x - still[0]).max() <= jitter
    for place, n in zip(still, (340, 300), strict=True):
        assert place.min() >= border - 0.5
        assert place.max() <= n - 0.5 - border
        nodes = np.unique(place.round(6))
        assert np.allclose(np.diff(nodes), spacing)
        assert (nodes[0] + nodes[-1]) / 2 == pytest.approx((n - 1) / 2)
        assert n - 2 * border - len(nodes) * spacing < spacing


def test_the_grid_keeps_clear_of_masked_pixels(make_empty, empty, mocks):
    mask = np.zeros((300, 340), dtype=bool)
    mask[:, 150:180] = True
    image, truth = put(make_empty(mask=mask), mocks, spacing=80)
    assert len(truth) == 4
    assert not np.any((truth["x_centroid"] > 141) & (truth["x_centroid"] < 189))
    np.testing.assert_array_equal(image.mask[0], mask)
    # The others stand where they would without the mask.
    whole = put(empty, mocks, spacing=80)[1]
    assert set(truth["x_centroid"]) < set(whole["x_centroid"])


def test_masked_and_nan_pixels_do_not_spoil_the_visibility(empty, mocks, made):
    pixels = empty.data.copy()
    pixels[:, 80:90, 120:124] = np.nan
    pixels[1] = np.where(np.arange(340) > 180, np.nan, pixels[1])
    spoilt = MultiBandImage(pixels, empty.bands, empty.wcs)
    image, truth = put(spoilt, mocks, positions=PLACES[:1])
    assert truth["visibility"][0] == pytest.approx(made[1]["visibility"][0], rel=0.05)
    assert np.isnan(image.data[0, 85, 122])


def test_only_the_bands_of_the_mocks_are_kept(make_empty, mocks):
    more = make_empty(bands=("F814W", "F555W", "F438W", "F336W"))
    assert put(more, mocks, positions=PLACES[:1])[0].bands == ("F336W", "F438W", "F814W")


@pytest.mark.parametrize(("options", "message"), [
    ({"positions": [(340, 10)]}, r"not on the image of 340 x 300 px, such as \(340.0, 10.0\)"),
    ({"positions": [(np.nan, 10)]}, "1 of 1 positions are not on the image"),
    ({"positions": [1.0, 2.0, 3.0]}, r"positions of shape \(3,\)"),
    ({"spacing": 0}, "spacing = 0 px"),
    ({"spacing": np.nan}, "spacing = nan px"),
    ({"jitter": 40}, "jitter = 40 px; give 0 to half of the spacing"),
    ({"border": -1}, "neither may be negative"),
    ({"border": 140}, "no place on an image of 340 x 300 px"),
])
def test_impossible_places_are_refused(empty, mocks, options, message):
    with pytest.raises(ValueError, match=message):
        put(empty, mocks, **options)


def test_masked_places_are_refused(make_empty, mocks):
    mask = np.zeros((300, 340), dtype=bool)
    mask[85:95, 95:105] = True
    with pytest.raises(ValueError, match="1 of 3 positions are on masked pixels"):
        put(make_empty(mask=mask), mocks, positions=PLACES)
    mask[::4, ::4] = True
    with pytest.raises(ValueError, match="give a smaller clearance"):
        put(make_empty(mask=mask), mocks)


def test_an_image_that_does_not_fit_is_refused(make_empty, mocks):
    with pytest.raises(ValueError, match="no F438W"):
        put(make_empty(bands=("F336W", "F814W")), mocks)
    with pytest.raises(ValueError, match="resample the image"):
        put(make_empty(scale=0.05 * u.arcsec), mocks)


def test_progress_is_shown_on_request(empty, mocks, capsys):
    put(empty, mocks, positions=PLACES[:1])
    assert capsys.readouterr().err == ""
    put(empty, mocks, positions=PLACES, progress=True)
    assert "6/6" in capsys.readouterr().err
