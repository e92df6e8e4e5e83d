"""The local background: known noise, rings with holes, places off the image."""

import numpy as np
import pytest
from astropy import units as u

from clusternet.galaxy import M83
from clusternet.images import Mosaic, MultiBandImage
from clusternet.injection import local_background


@pytest.fixture(scope="module")
def half_noisy():
    """Noise of 0.01 on the left, of 0.1 on the right, twice as much in the second band."""
    pixels = np.random.default_rng(1).normal(0, 0.01, (2, 400, 300))
    pixels[:, :, 150:] *= 10
    pixels[1] *= 2
    return MultiBandImage(pixels, ["F438W", "F814W"], M83.wcs((400, 300), 0.04 * u.arcsec))


def test_normal_noise_gives_its_standard_deviation(half_noisy):
    found = local_background(half_noisy, [60, 240], [200, 200])
    np.testing.assert_allclose(found, np.array([-2, -1]) + np.log10(2) / 2, atol=0.02)


def test_many_places_are_as_one_by_one_and_in_any_order(half_noisy):
    rng = np.random.default_rng(2)
    x, y = rng.uniform(0, 299, 600), rng.uniform(0, 399, 600)
    together = local_background(half_noisy, x, y)
    order = rng.permutation(600)
    np.testing.assert_array_equal(local_background(half_noisy, x[order], y[order]),
                                  together[order])
    for i in (0, 17, 599):
        assert local_background(half_noisy, x[i], y[i])[0] == together[i]


def test_a_cluster_in_the_middle_changes_nothing(half_noisy):
    pixels = half_noisy.data.copy()
    pixels[:, 195:206, 55:66] += 100
    with_cluster = MultiBandImage(pixels, half_noisy.bands, half_noisy.wcs)
    assert local_background(with_cluster, 60, 200) == local_background(half_noisy, 60, 200)


def test_masked_pixels_and_borders_do_not_count(half_noisy):
    mask = np.zeros((400, 300), dtype=bool)
    mask[170:200] = True
    pixels = half_noisy.data.copy()
    pixels[:, mask] = 1e6
    masked = MultiBandImage(pixels, half_noisy.bands, half_noisy.wcs, mask=mask)
    found = local_background(masked, [60, 0, 60], [201, 399, 185])
    np.testing.assert_allclose(found, -2 + np.log10(2) / 2, atol=0.04)


def test_off_the_image_and_without_fluctuations_there_is_none(half_noisy):
    assert np.isnan(local_background(half_noisy, [-3, 301, np.nan], [10, 10, 10])).all()
    flat = MultiBandImage(np.ones((1, 50, 50)), ["F438W"], half_noisy.wcs)
    assert np.isnan(local_background(flat, 20, 20)).all()
    assert len(local_background(flat, [], [])) == 0


def test_a_mosaic_gives_the_same(half_noisy, tmp_path):
    half_noisy.write(tmp_path / "field.fits")
    with Mosaic.open(tmp_path / "field.fits") as mosaic:
        np.testing.assert_array_equal(local_background(mosaic, [10, 200], [390, 7]),
                                      local_background(half_noisy, [10, 200], [390, 7]))


@pytest.mark.parametrize("ring", [(5, 5), (-1, 4), (0.2, 0.5)])
def test_impossible_rings_are_refused(half_noisy, ring):
    with pytest.raises(ValueError, match="ring from"):
        local_background(half_noisy, 10, 10, inner=ring[0], outer=ring[1])
