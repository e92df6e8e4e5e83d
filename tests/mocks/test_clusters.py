"""Mock clusters: what is on a stamp is the cluster that the table tells of."""

import numpy as np
import pytest
from astropy import units as u
from astropy.table import QTable
from scipy.stats import kstest

from clusternet.instruments import wfc3_uvis
from clusternet.mocks import MockClusters, ParameterSpace
from clusternet.profiles import EFFFamily
from clusternet.psf import GaussianPSF

COMPACT = {"log_age": 8.0, "log_mass": 5.0, "a_v": 0.5, "log_r_h": -1.4}
PSF = GaussianPSF(0.08 * u.arcsec)
LIMITS = {"F336W": 24.0, "F438W": 23.5, "F814W": 23.0}


@pytest.fixture(scope="module")
def drawn(mocks):
    return mocks.draw(150, size=48, rng=1)


def test_a_draw_is_a_table_and_as_many_stamps(drawn):
    table, images = drawn
    assert isinstance(table, QTable)
    assert table.colnames == ["log_age", "a_v", "log_mass", "log_r_h", "mag_F336W", "mag_F438W",
                              "mag_F814W", "x", "y"]
    assert (len(table), images.shape, images.dtype) == (150, (150, 3, 48, 48), np.float32)
    assert np.isfinite(images).all()


@pytest.mark.parametrize("band", LIMITS)
def test_no_cluster_is_fainter_than_the_limits(drawn, band):
    # A single evolved star may end up fainter than its cell's mean, by which clusters are chosen.
    beyond = drawn[0][f"mag_{band}"] - LIMITS[band]
    assert np.mean(beyond > 0) < 0.02
    assert beyond.max() < 0.05


def test_limits_bite(drawn):
    table = ParameterSpace().draw(5000, rng=2)
    kept = drawn[0]
    assert np.mean(kept["log_age"]) < np.mean(table["log_age"]) - 0.3
    assert np.mean(kept["log_mass"]) > np.mean(table["log_mass"]) + 0.1
    assert kept["mag_F438W"].max() > 22.5


def test_parameters_are_within_their_ranges_and_on_their_grids(drawn):
    table = drawn[0]
    assert np.isin(table["log_age"], ParameterSpace().grid("log_age")).all()
    assert np.isin(table["a_v"], ParameterSpace().grid("a_v")).all()
    for name, low, high in (("log_mass", 3.5, 5.5), ("log_r_h", -1.4, -0.4)):
        assert np.all((table[name] >= low) & (table[name] <= high))


def test_flux_on_the_stamp_is_that_of_the_stars_on_it(mocks):
    for seed, log_r_h in enumerate((-1.4, -0.9, -0.4)):
        cluster = mocks.build(COMPACT | {"log_r_h": log_r_h}, rng=seed)
        image = mocks.render([cluster], [32.3], [31.6], (64, 64))[0]
        stars, place = cluster.stars, cluster.offsets / 0.0396 + (32.3, 31.6)
        # A star within 5 px of the edge is partly on the stamp.
        on = np.all((place > 4.5) & (place < 58.5), axis=1)
        near = np.all((place > -5.5) & (place < 68.5), axis=1)
        found = image.sum((1, 2))
        assert np.all(found > stars.flux[on].sum(0) * (1 - 1e-3))
        assert np.all(found < stars.flux[near].sum(0) * (1 + 1e-3))


def test_magnitudes_are_those_of_all_stars(mocks):
    table, images = mocks.draw(12, size=256, jitter=0, rng=3)
    small = 10 ** table["log_r_h"] < 0.15
    assert small.sum() > 3
    for row, image in zip(table[small], images[small], strict=True):
        found = mocks.instrument.magnitudes(image.sum((1, 2)))
        expected = [row[f"mag_{band}"] for band in LIMITS]
        # Wide haloes lose a few per cent beyond 5 arcsec.
        assert np.all(np.subtract(found, expected) > -2e-3)
        assert np.all(np.subtract(found, expected) < 0.15)


def test_half_of_many_stars_are_within_r_h():
    single = MockClusters(psf=PSF, population={"bundle_flux": 0, "bundle_fraction": 0})
    for seed, log_r_h in enumerate((-1.4, -0.8)):
        cluster = single.build(COMPACT | {"log_mass": 4.3, "log_r_h": log_r_h}, rng=seed)
        inside = np.hypot(*cluster.offsets.T) < 10**log_r_h
        assert len(inside) > 20_000
        assert inside.mean() == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(len(inside)))


def test_stars_follow_the_profile_that_was_drawn():
    fixed = EFFFamily(gamma=3.0)
    single = MockClusters(psf=PSF, profiles=fixed,
                          population={"bundle_flux": 0, "bundle_fraction": 0})
    offsets = single.build(COMPACT | {"log_mass": 4.0}, rng=4).offsets
    profile = fixed.draw(10 ** COMPACT["log_r_h"])
    assert kstest(np.hypot(*offsets.T), profile.number_fraction).pvalue > 0.01
    assert kstest(np.arctan2(*offsets.T) / (2 * np.pi) + 0.5, "uniform").pvalue > 0.01


def test_bundled_stars_have_the_same_half_number_radius(mocks):
    inside = total = 0.0
    for seed in range(10):
        cluster = mocks.build(COMPACT, rng=seed)
        within = np.hypot(*cluster.offsets.T) < 10 ** COMPACT["log_r_h"]
        inside += cluster.stars.count @ within
        total += cluster.stars.count.sum()
    assert inside / total == pytest.approx(0.5, abs=0.02)


def test_a_rich_compact_cluster_is_centred_where_the_table_says(mocks):
    clusters = [mocks.build(COMPACT | {"log_mass": 5.5}, rng=seed) for seed in range(4)]
    x, y = np.array([30.0, 32.4, 34.9, 31.5]), np.array([32.0, 33.6, 29.1, 31.5])
    images = mocks.render(clusters, x, y, (64, 64))
    rows, columns = np.indices((64, 64))
    for image, a, b in zip(images[:, 1], x, y, strict=True):
        # Its few brightest stars move the centroid by a fraction of r_h, 1 px here.
        core = image * (np.hypot(columns - a, rows - b) < 8)
        assert np.sum(core * columns) / core.sum() == pytest.approx(a, abs=0.5)
        assert np.sum(core * rows) / core.sum() == pytest.approx(b, abs=0.5)


def test_clusters_on_one_image_add_up(mocks):
    clusters = [mocks.build(COMPACT, rng=seed) for seed in range(3)]
    x, y = [10.0, 25.5, 31.0], [20.0, 12.2, 30.0]
    alone = mocks.render(clusters, x, y, (40, 48))
    together = mocks.render(clusters, x, y, (40, 48), together=True)
    assert together.shape == (3, 40, 48)
    np.testing.assert_allclose(together, alone.sum(0), atol=1e-5 * together.max())


@pytest.mark.parametrize(("jitter", "inner", "outer"), [(1.5, 0, 1.5), ((4.0, 9.0), 4, 9)])
def test_centres_are_uniform_within_a_circle_or_a_ring(mocks, monkeypatch, jitter, inner, outer):
    one = mocks.draw_one(1)
    monkeypatch.setattr(mocks, "draw_one", lambda rng: one)
    table, _ = mocks.draw(300, size=16, jitter=jitter, rng=2)
    dx, dy = table["x"] - 8, table["y"] - 8
    area = (dx**2 + dy**2 - inner**2) / (outer**2 - inner**2)
    assert kstest(area, "uniform").pvalue > 0.01
    assert kstest(np.arctan2(dy, dx) / (2 * np.pi) + 0.5, "uniform").pvalue > 0.01


def test_one_seed_gives_the_same_clusters(mocks):
    (table, images), (again, same), (_, other) = (mocks.draw(3, 32, rng=s) for s in (1, 1, 2))
    assert all(np.array_equal(table[name], again[name]) for name in table.colnames)
    np.testing.assert_array_equal(images, same)
    assert not np.allclose(images, other)


def test_extinction_dims_and_reddens(mocks):
    bare, dusty = (mocks.build(COMPACT | {"a_v": a_v}, rng=5).flux for a_v in (0, 2))
    dimming = -2.5 * np.log10(dusty / bare)
    np.testing.assert_allclose(dimming, 2 * mocks.population.band_extinction, atol=0.02)
    assert dimming[0] > dimming[1] > dimming[2] > 1


def test_limits_that_nothing_passes_are_an_error():
    class Faint(ParameterSpace):
        def draw(self, n, rng=None):
            return [ROW]

    class Row(dict):
        colnames = tuple(COMPACT)

    ROW = Row(COMPACT | {"log_mass": 3.5, "log_age": 10.0})
    faint = MockClusters(psf=PSF, parameters=Faint(magnitude_limits={"F336W": 15.0}))
    faint.population.draw = lambda *args, **limits: None
    with pytest.raises(ValueError, match=r"fainter than the magnitude limits \{'F336W': 15.0\}"):
        faint.draw(1, rng=1)


def test_limits_of_a_band_that_is_not_observed_are_refused():
    with pytest.raises(ValueError, match="magnitude limits for F336W, F438W, but the instrument "):
        MockClusters(instrument=wfc3_uvis(["F814W"]), psf=PSF)


def test_one_band_is_enough():
    space = ParameterSpace(magnitude_limits={"F814W": 23.0})
    one = MockClusters(instrument=wfc3_uvis(["F814W"]), psf=PSF, parameters=space)
    table, images = one.draw(2, size=32, rng=1)
    assert images.shape == (2, 1, 32, 32)
    assert table["mag_F814W"].max() < 23.05


def test_a_distance_without_a_unit_is_refused():
    with pytest.raises(ValueError, match=r"distance = 4\.5 is not a length"):
        MockClusters(psf=PSF, distance=4.5)
