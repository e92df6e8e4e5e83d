"""The dense search: every cluster once, wherever tiles, masks and borders are."""

import pickle
import shutil

import numpy as np
import pytest
import torch
from astropy import units as u
from astropy.table import QTable

from clusternet.catalog import ClusterFlag, check_catalogue
from clusternet.detection import DenseDetector, MapStore
from clusternet.detection.dense_candidates import TileSearch
from clusternet.estimation import DenseEstimator
from clusternet.images import Mosaic, MultiBandImage
from clusternet.nn import DenseMaps, DenseNetwork, NetworkMetadata
from clusternet.posterior import ClassWeights

BANDS = ("F336W", "F438W")


class Eyes:
    """In place of a network: a cluster is where the first band is above 1."""

    precision, fingerprint = "exact", "0" * 16

    def __init__(self, network):
        self.network = network
        self.seen = []

    def __call__(self, pixels):
        assert not np.isnan(pixels).any()
        assert all(n % 32 == 0 for n in pixels.shape[1:])
        self.seen.append(pixels.shape[1:])
        class_cb = np.clip(pixels[0] / 4, 0, 1)
        offset = np.full((2, *(n // 2 for n in class_cb.shape)), 0.25)
        return DenseMaps(class_cb, offset, pixels)

    def describe(self, maps, y, x):
        values = maps.features[:, y, x]
        groups = {name: np.full((len(y), n), 1 / n)
                  for name, n in self.network.bins.group_sizes.items()}
        groups["cluster"] = np.stack([1 - values[0] / 4, values[0] / 4], axis=1)
        return groups


class Stopping(Eyes):
    """Is told to stop after four tiles."""

    def __call__(self, pixels):
        if len(self.seen) == 4:
            raise KeyboardInterrupt
        return super().__call__(pixels)


@pytest.fixture
def detector():
    """Return a function that makes a detector with eyes."""

    def detector(**options):
        made = DenseDetector(DenseNetwork(BANDS, 0.0396 * u.arcsec, (23.46, 24.98)),
                             **{"tile": 64, "halo": 32, **options})
        made.engine = Eyes(made.network)
        return made

    return detector


@pytest.fixture
def image(celestial):
    """Return a function that makes an image with bright pixels."""

    def image(places, shape=(150, 170), scale=0.0396, **options):
        data = np.full((2, *shape), 0.01, np.float32)
        for x, y, brightness in places:
            data[:, y, x] = brightness
        return MultiBandImage(data, BANDS, celestial(scale), **options)

    return image


@pytest.fixture
def celestial():
    from astropy.wcs import WCS

    def celestial(scale):
        wcs = WCS(naxis=2)
        wcs.wcs.ctype, wcs.wcs.crval = ["RA---TAN", "DEC--TAN"], [204.25, -29.87]
        wcs.wcs.cdelt = [-scale / 3600, scale / 3600]
        return wcs

    return celestial


# In the middle, at the borders of tiles and of the image.
PLACES = [(40, 50, 3.6), (63, 20, 3.5), (64, 100, 3.5), (100, 63, 3.5), (127, 127, 3.5),
          (128, 64, 3.5), (0, 0, 3.5), (169, 149, 3.5), (5, 140, 2.1)]


def found_at(catalogue):
    return sorted(zip(catalogue["x_peak"].tolist(), catalogue["y_peak"].tolist(), strict=True))


def test_every_cluster_is_found_once(detector, image):
    catalogue = detector()(image(PLACES), progress=False)
    check_catalogue(catalogue)
    assert found_at(catalogue) == sorted((x, y) for x, y, _ in PLACES)
    assert np.array_equal(catalogue["id"], np.arange(1, len(PLACES) + 1))
    order = list(zip(catalogue["y_peak"].tolist(), catalogue["x_peak"].tolist(), strict=True))
    assert order == sorted(order)


def test_tiles_do_not_matter(detector, image):
    there = image(PLACES)
    a, b = (detector(tile=tile)(there, progress=False) for tile in (32, 512))
    for name in a.colnames:
        if name != "sky_centroid":
            np.testing.assert_array_equal(a[name], b[name])


def test_positions_are_those_of_the_cells_and_their_offsets(detector, image):
    there = image([(40, 51, 3.6)])
    there.data[0][there.data[0] < 1] = 0
    catalogue = detector()(there, progress=False)
    # The middle of the pixels 40 and 41, and what the network adds.
    assert catalogue["x_centroid"][0] == pytest.approx(40.5 + 0.25)
    assert catalogue["y_centroid"][0] == pytest.approx(50.5 + 0.25)


def test_the_cells_around_a_peak_are_heard_too(detector, image):
    there = image([(40, 51, 3.6), (42, 51, 1.2), (40, 49, 1.2)])
    there.data[0][there.data[0] < 1] = 0
    catalogue = detector()(there, progress=False)
    assert catalogue["x_centroid"][0] == pytest.approx(40.75 + 2 * 1.2 / 6)
    assert catalogue["y_centroid"][0] == pytest.approx(50.75 - 2 * 1.2 / 6)


def test_parameters_come_with_intervals(detector, image):
    catalogue = detector()(image([(40, 51, 3.6)]), progress=False)
    assert catalogue["class_cb"][0] == pytest.approx(0.9)
    assert catalogue["class_map"][0] == pytest.approx(0.9)
    assert catalogue["log_age_lo"][0] < catalogue["log_age"][0] < catalogue["log_age_hi"][0]


def test_of_close_candidates_the_best_stays(detector, image):
    catalogue = detector()(image([(40, 50, 3.0), (42, 50, 3.6), (44, 50, 3.2), (52, 50, 3.1)]),
                           progress=False)
    assert found_at(catalogue) == [(42, 50), (52, 50)]


def test_where_the_class_is_zero_all_cells_are_heard_alike(detector, image):
    catalogue = detector(threshold=0, proposal=0)(image([], shape=(32, 32)), progress=False)
    assert np.isfinite(catalogue["x_centroid"]).all()


@pytest.mark.parametrize(("threshold", "n"), [(0.0, 9), (0.5, 9), (0.6, 8), (0.99, 0)])
def test_the_threshold_counts(detector, image, threshold, n):
    assert len(detector(threshold=threshold)(image(PLACES), progress=False)) == n


def test_flags(detector, image):
    mask = np.zeros((150, 170), dtype=bool)
    mask[100, 100] = True
    catalogue = detector()(image([(75, 90, 3.5), (60, 60, 3.5), (20, 80, 3.5), (100, 100, 3.5)],
                                 mask=mask), progress=False)
    flags = {x: int(f) & 3 for x, f in zip(catalogue["x_peak"], catalogue["flags"], strict=True)}
    assert flags == {75: ClusterFlag.MASKED_NEIGHBOURS, 60: 0, 20: ClusterFlag.EDGE}


def test_nothing_is_found_on_bad_or_blank_pixels(detector, image):
    there = image(PLACES)
    data = there.data.copy()
    data[:, 40:60, 30:50] = np.nan
    data[:, :, 115:] = 0
    data[:, 127, 127] = 0
    there = MultiBandImage(data, BANDS, there.wcs)
    found = found_at(detector()(there, progress=False))
    assert found == sorted((x, y) for x, y, _ in PLACES if x < 115 and (x, y) != (40, 50))


def test_tiles_without_pixels_are_skipped(detector, image):
    there = image([(10, 10, 3.5)])
    mask = np.zeros((150, 170), dtype=bool)
    mask[:, 64:] = True
    detector = detector()
    detector(MultiBandImage(there.data, BANDS, there.wcs, mask=mask), progress=False)
    assert len(detector.engine.seen) == 3


def test_an_image_without_clusters_gives_an_empty_catalogue(detector, image):
    catalogue = detector()(image([]), progress=False)
    check_catalogue(catalogue)
    assert len(catalogue) == 0


def test_an_image_smaller_than_a_tile_or_a_cell(detector, image):
    assert len(detector()(image([(3, 3, 3.5)], shape=(5, 7)), progress=False)) == 1


def test_zero_points_scale_the_pixels(detector, image):
    there = image([(40, 50, 3.0)])
    deeper = {"F336W": 23.46 + 2.5 * np.log10(2), "F438W": 24.98}  # twice the electrons
    catalogue = detector(zero_points=deeper, threshold=0.1)(there, progress=False)
    assert catalogue["class_cb"][0] == pytest.approx(3.0 / 8)


def test_bands_in_any_order_and_number(detector, image):
    there = image(PLACES)
    more = MultiBandImage(np.stack([there.data[1], np.ones_like(there.data[0]), there.data[0]]),
                          ("F438W", "F555W", "F336W"), there.wcs)
    assert found_at(detector()(more, progress=False)) == sorted((x, y) for x, y, _ in PLACES)


def test_a_stopped_search_goes_on(detector, image, tmp_path):
    there = image(PLACES)
    whole = detector()(there, progress=False)
    first = detector()
    first.engine = Stopping(first.network)
    with pytest.raises(KeyboardInterrupt):
        first(there, progress=False, folder=tmp_path, workers=1)
    second = detector()
    again = second(there, progress=False, folder=tmp_path, workers=1)
    assert len(second.engine.seen) == 9 - 4
    for name in whole.colnames:
        if name != "sky_centroid":
            np.testing.assert_array_equal(whole[name], again[name])


def test_another_search_in_the_folder_is_refused(detector, image, tmp_path):
    detector()(image(PLACES), progress=False, folder=tmp_path)
    with pytest.raises(ValueError, match="threshold"):
        detector(threshold=0.7)(image(PLACES), progress=False, folder=tmp_path)
    with pytest.raises(ValueError, match="image"):
        detector()(image(PLACES[1:]), progress=False, folder=tmp_path)


def test_what_was_fitted_to_the_network_makes_another_search(detector, image, tmp_path):
    first, other = detector(), detector()
    assert first.meta == other.meta
    other.network.metadata = NetworkMetadata(class_weights=ClassWeights(constant=1.0))
    first(image(PLACES), progress=False, folder=tmp_path)
    with pytest.raises(ValueError, match="corrections"):
        other(image(PLACES), progress=False, folder=tmp_path)


def test_maps(detector, image):
    there = image(PLACES)
    maps = detector().value_maps(there, progress=False)
    assert list(maps) == ["class_cb"]
    np.testing.assert_allclose(maps["class_cb"].data, there.data[0] / 4)
    maps = detector().value_maps(image(PLACES, shape=(150, 170)), progress=False, parameters=True)
    assert set(maps) == {"class_cb", "visibility", "log_age", "log_mass", "a_v", "log_r_h"}
    np.testing.assert_allclose(maps["log_age"].data, 8.35, atol=1e-5)


def test_masked_pixels_have_no_value_on_the_maps(detector, image):
    mask = np.zeros((150, 170), dtype=bool)
    mask[10:20, 30:70] = True
    maps = detector().value_maps(image(PLACES, mask=mask), progress=False)
    assert np.array_equal(np.isnan(maps["class_cb"].data), mask)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"threshold": 1.5}, "threshold is 1.5"), ({"proposal": -1}, "proposal is -1"),
     ({"tile": 100}, "tile is 100 px; it must be a multiple of 32, 32 or more"),
     ({"tile": 0}, "tile is 0"), ({"halo": 5}, "halo is 5"),
     ({"zero_points": {"F336W": 23.0}}, "no zero point of F438W"),
     ({"zero_points": {"F336W": 23.0, "F438W": np.nan}}, "must be finite")])
def test_bad_settings(detector, options, message):
    with pytest.raises(ValueError, match=message):
        detector(**options)


def test_bad_images(detector, image):
    with pytest.raises(ValueError, match=r"the network is for F336W, F438W: no F336W"):
        detector()(image(PLACES).select(["F438W"]), progress=False)
    with pytest.raises(ValueError, match=r"pixels of 0\.05 x 0\.05 arcsec"):
        detector()(image(PLACES, scale=0.05), progress=False)


def test_seams_of_a_real_network_are_flat(image):
    rng = np.random.default_rng(2)
    there = image([(x, y, b) for x, y, b in zip(
        rng.integers(0, 320, 200), rng.integers(0, 320, 200), rng.gamma(1, 3, 200), strict=True)],
        shape=(320, 320))
    network = DenseNetwork(BANDS, 0.0396 * u.arcsec, (23.46, 24.98))
    one, four = (DenseDetector(network, tile=tile, precision="float32").value_maps(
        there, progress=False)["class_cb"].data for tile in (320, 160))
    np.testing.assert_allclose(one, four, atol=1e-3)


@pytest.fixture(scope="module")
def network():
    """Return a network with random weights whose maps and classes differ from place to place."""
    torch.manual_seed(1)
    network = DenseNetwork(BANDS, 0.0396 * u.arcsec, (23.46, 24.98))
    torch.nn.init.normal_(network.model.maps.weight, std=0.3)
    torch.nn.init.zeros_(network.model.maps.bias)
    return network


@pytest.fixture
def stars(image):
    rng = np.random.default_rng(2)
    return image([(x, y, b) for x, y, b in zip(
        rng.integers(0, 100, 40), rng.integers(0, 90, 40), rng.gamma(1, 3, 40), strict=True)],
        shape=(90, 100))


def test_a_search_can_be_sent_to_another_process(network, stars):
    detector = DenseDetector(network, threshold=0, tile=64, halo=32, precision="float32")
    work = TileSearch(detector, detector._tiles(stars))
    again = pickle.loads(pickle.dumps(work))
    for tile in work.tiles.plan:
        here, there = work(tile), again(tile)
        assert len(here["x_peak"])
        assert all(np.array_equal(here[name], there[name], equal_nan=True) for name in here)


def test_an_estimator_gives_the_posteriors_of_the_catalogue(network, stars):
    options = {"tile": 128, "precision": "float32"}
    catalogue = DenseDetector(network, threshold=0, **options)(stars, progress=False)
    assert len(catalogue) > 5
    posterior = DenseEstimator(network, **options)(stars, catalogue, progress=False)
    for name, values in posterior.columns().items():
        if name != "flags":
            np.testing.assert_allclose(catalogue[name].value, values, rtol=1e-5)


def test_an_estimator_knows_nothing_of_bad_places(network, stars):
    mask = np.zeros(stars.shape[1:], dtype=bool)
    mask[:20] = True
    masked = MultiBandImage(stars.data, BANDS, stars.wcs, mask=mask)
    places = QTable({"x_centroid": [30.0, 30.0, -5.0], "y_centroid": [10.0, 50.0, 50.0]})
    posterior = DenseEstimator(network, tile=64, halo=32)(masked, places, progress=False)
    assert np.isnan(posterior.median("log_age")).tolist() == [True, False, True]


def test_the_class_map_can_be_kept_on_disk(detector, image, tmp_path):
    pytest.importorskip("zarr")
    there = image(PLACES)
    for _ in range(2):  # once more after they were lost
        detector()(there, progress=False, map_store=tmp_path / "maps",
                   folder=tmp_path / "kept")
        store = MapStore.open(tmp_path / "maps")
        assert store.done()
        np.testing.assert_allclose(store.maps()["class_cb"].data, there.data[0] / 4)
        shutil.rmtree(tmp_path / "maps")


def test_a_mosaic_on_disk_gives_the_same(detector, image, tmp_path):
    there = image(PLACES)
    for band in BANDS:
        there.select(band).write(tmp_path / f"{band}.fits")
    whole = detector()(there, progress=False)
    with Mosaic.open({band: tmp_path / f"{band}.fits" for band in BANDS}) as mosaic:
        again = detector()(mosaic, progress=False)
    assert len(whole) == len(again)
    for name in ("x_centroid", "class_cb", "flags"):
        assert np.array_equal(whole[name], again[name])
