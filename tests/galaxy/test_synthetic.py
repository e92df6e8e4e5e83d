"""A synthetic galaxy is one galaxy, whatever part of it is looked at."""

import pickle

import numpy as np
import pytest
from astropy import units as u
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest

from clusternet.galaxy import GalaxyStructure
from clusternet.galaxy.accuracy import BLOCK
from clusternet.mocks import Cluster, MockClusters
from clusternet.psf import OpticalPSF
from clusternet.render import StarRenderer

NY, NX = 600, 550


@settings(max_examples=8)
@given(st.integers(0, NX - 1), st.integers(0, NY - 1), st.integers(1, 300), st.integers(1, 300))
def test_a_part_is_the_same_alone_as_within_the_whole(galaxy, pixels, x0, y0, nx, ny):
    nx, ny = min(nx, NX - x0), min(ny, NY - y0)
    part = galaxy.pixels(x0, y0, nx, ny)
    assert (part.shape, part.dtype) == ((3, ny, nx), np.float32)
    np.testing.assert_array_equal(part, pixels[:, y0:y0 + ny, x0:x0 + nx])


def test_the_order_of_asking_does_not_matter(make_galaxy, pixels):
    other = make_galaxy()
    corner = other.pixels(500, 550, 50, 50)
    np.testing.assert_array_equal(corner, pixels[:, 550:, 500:])
    np.testing.assert_array_equal(other.pixels(240, 240, 40, 40), pixels[:, 240:280, 240:280])


def test_a_seed_is_a_galaxy(make_galaxy, pixels):
    part = (100, 200, 64, 64)
    np.testing.assert_array_equal(make_galaxy(rng=1).pixels(*part), pixels[:, 200:264, 100:164])
    assert not np.allclose(make_galaxy(rng=2).pixels(*part), pixels[:, 200:264, 100:164])


def test_wings_of_a_star_run_on_into_the_next_blocks(make_galaxy, monkeypatch):
    nothing = GalaxyStructure(disc_density=0, bulge_density=0, young_density=0)
    galaxy = make_galaxy((512, 512), nothing, 0, mocks=MockClusters(psf=OpticalPSF()))
    x, y, flux = np.array([234.3]), np.array([237.8]), np.full((1, 3), 1e4)
    none = np.empty(0), np.empty(0), np.empty((0, 3))
    monkeypatch.setattr(
        galaxy, "_block", lambda by, bx: ((x, y, flux) if by == bx == 0 else none, []))
    found = galaxy.pixels(216, 216, 80, 80, noise=False)
    whole = StarRenderer(galaxy.mocks.renderer.psf, galaxy.bands)
    star = whole(x - 216, y - 216, flux, [0], 1, (80, 80))[0]
    sky = np.array([band.sky for band in galaxy.instrument])[:, None, None]
    assert np.all(star[:, 30, BLOCK - 216 + 5] > 0.01)
    # Places are rounded to float32, in other coordinates in every block.
    np.testing.assert_allclose(found, star + sky, rtol=2e-4, atol=1e-6 * star.max())


def test_smooth_light_runs_on_across_blocks(galaxy):
    left, right = galaxy._disc.smooth(1, 0), galaxy._disc.smooth(1, 1)
    across = np.concatenate([left[:, :, -4:], right[:, :, :4]], axis=2)
    steps = np.abs(np.diff(across, axis=2))
    assert steps[:, :, 3].max() <= 1.5 * steps.max((0, 1)).max()
    # Between cells' centres the light is linear, so the step over the seam equals its neighbours.
    np.testing.assert_allclose(steps[:, :, 3], steps[:, :, 2], rtol=1e-3, atol=1e-9)


def test_noise_is_that_of_photons_and_reading(galaxy):
    bands = galaxy.instrument
    for level in (0.0, 0.01, 3.0):
        found = galaxy.noise_std(np.full((3, 2, 2), level))
        for std, band in zip(found, bands, strict=True):
            time = band.exposure_time.to_value(u.s)
            electrons = level * time + band.n_exposures * band.read_noise**2
            np.testing.assert_allclose(std, np.sqrt(electrons) / time)


def test_noise_scatters_as_it_says_and_is_independent(galaxy, pixels):
    part = (256, 256, 200, 200)
    clean = galaxy.pixels(*part, noise=False)
    noise = (pixels[:, 256:456, 256:456] - clean) / galaxy.noise_std(clean)
    for band in noise:
        assert kstest(band.ravel(), "norm").pvalue > 1e-3
        assert np.mean(band[:, 1:] * band[:, :-1]) == pytest.approx(0, abs=4 / 200)
    assert np.mean(noise[0] * noise[1]) == pytest.approx(0, abs=4 / 200)


def test_the_mean_light_does_not_depend_on_the_flux_limit(make_galaxy):
    old = GalaxyStructure(disc_density=30, bulge_density=0, young_density=0, dust=0)
    options = {"shape": (256, 256), "structure": old, "cluster_density": 0}
    deep, shallow = (make_galaxy(flux_limit=limit, **options) for limit in (0.1, 0.5))
    flux = deep._block(0, 0)[0][2]
    # Stars of either image scatter about the same mean; deep's are most of them.
    scatter = np.sqrt(2 * np.sum(flux**2, axis=0)) / 256**2
    means = [g.pixels(noise=False).mean((1, 2)) for g in (deep, shallow)]
    assert np.all(np.abs(means[0] - means[1]) < 4 * scatter)
    assert np.all(scatter < 0.15 * means[0])
    assert len(deep._block(0, 0)[0][0]) > 2 * len(shallow._block(0, 0)[0][0])


def test_without_stars_there_is_the_sky(make_galaxy):
    empty = GalaxyStructure(disc_density=0, bulge_density=0, young_density=0, sky=2.0)
    pixels = make_galaxy((64, 64), structure=empty, cluster_density=0).pixels(noise=False)
    for band, values in zip(make_galaxy().instrument, pixels, strict=True):
        np.testing.assert_allclose(values, 2 * band.sky, rtol=1e-6)


def test_dust_dims_the_blue_most(make_galaxy):
    options = {"shape": (128, 128), "cluster_density": 0, "flux_limit": 1e9}
    clear, dusty = (GalaxyStructure(association_fraction=0, dust=dust) for dust in (0, 2))
    light = [make_galaxy(structure=s, **options).pixels(noise=False).mean((1, 2))
             for s in (clear, dusty)]
    f336w, f438w, f814w = light[1] / light[0]
    assert f336w < f438w < f814w < 1


def test_the_galaxy_is_brightest_in_its_middle(make_galaxy):
    galaxy = make_galaxy((4000, 4000), structure=GalaxyStructure(clumping=0), cluster_density=0)
    x = np.array([0.0, 1000.0, 1999.5])
    old, _, _ = galaxy._disc.surface(x, np.full(3, 1999.5))
    assert old[0] < old[1] < old[2]
    # A pixel at the centre holds the central density over the area it covers in the disc.
    parsecs = 0.0396 * galaxy.galaxy.parsecs_per_arcsec
    assert old[2] == pytest.approx(
        galaxy.structure.old(0.0) * parsecs**2 / np.cos(np.radians(24)), rel=1e-6)


def test_clusters_come_at_the_density_asked_for(make_galaxy, monkeypatch):
    galaxy = make_galaxy((2560, 2560), cluster_density=30)
    monkeypatch.setattr(galaxy.mocks, "draw_one", lambda rng: Cluster({}, NoLight, None))
    places = [row for by in range(10) for bx in range(10)
              for row, _ in galaxy._clusters(by, bx, np.random.default_rng([by, bx]))]
    assert len(places) == pytest.approx(30 * 2.56**2, abs=4 * np.sqrt(30 * 2.56**2))
    for name in ("x", "y"):
        assert kstest([(row[name] + 0.5) / 2560 for row in places], "uniform").pvalue > 0.01


class NoLight:
    """Stars of a cluster that was not drawn."""

    flux = np.ones((1, 3))


@pytest.mark.parametrize("part", [(-1, 0, 10, 10), (0, -1, 10, 10), (545, 0, 10, 10),
                                  (0, 595, 10, 10), (0, 0, 0, 10), (0, 0, 10, -3), (550, 0)])
def test_a_part_outside_of_the_image_is_refused(galaxy, part):
    for ask in (galaxy.pixels, galaxy.image, galaxy.truth):
        with pytest.raises(ValueError, match=r"not inside the image of 550 x 600 pixels"):
            ask(*part)


@pytest.mark.parametrize("shape", [(10,), (0, 10), (10, 10, 3)])
def test_a_shape_that_is_none_is_refused(make_galaxy, shape):
    with pytest.raises(ValueError, match=r"shape is .*; give \(ny, nx\), both positive"):
        make_galaxy(shape)


def test_a_generator_draws_a_galaxy_which_stays_the_same_in_other_processes(make_galaxy):
    rng = np.random.default_rng(5)
    first, second = (make_galaxy((64, 64), cluster_density=0, rng=rng) for _ in range(2))
    again = pickle.loads(pickle.dumps(first))
    np.testing.assert_array_equal(again.pixels(), first.pixels())
    assert not np.allclose(second.pixels(), first.pixels())
