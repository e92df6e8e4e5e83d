"""Bright stars and loose associations: centred, bright enough to fool, and no clusters."""

import numpy as np
import pytest

from clusternet.mocks import BrightStars, LooseAssociations


@pytest.fixture(scope="module")
def stars(mocks):
    return BrightStars(mocks).draw(200, size=48, rng=1)


@pytest.fixture(scope="module")
def associations(mocks):
    return LooseAssociations(mocks).draw(40, rng=1)


def centroids(images):
    """Centroids (y, x) of each stamp, all bands together."""
    light = images.sum(1)
    total = light.sum((1, 2))
    along = np.arange(light.shape[-1])
    return (light.sum(2) @ along) / total, (light.sum(1) @ along) / total


def test_negatives_are_finite_and_lit_in_every_band(stars, associations):
    for images, n, size in ((stars, 200, 48), (associations, 40, 64)):
        assert (images.shape, images.dtype) == ((n, 3, size, size), np.float32)
        assert np.isfinite(images).all()
        assert np.all(images.sum((1, 2, 3)) > 0)


def test_stars_are_in_the_middle(stars):
    for along in centroids(stars):
        assert np.abs(along - 24).max() < 2.6
        assert np.mean(along) == pytest.approx(24, abs=0.3)


def test_stars_are_points(stars):
    # Of one star alone most of the light is within 3 px; of four, within 3.5 px of the middle.
    y, x = np.indices((48, 48)) - 24
    near = stars[..., np.hypot(x, y) < 6].sum(-1)
    assert np.all(near > 0.95 * stars.sum((2, 3)))


def test_stars_are_as_bright_as_faint_clusters(mocks, stars):
    limits = mocks.parameters.magnitude_limits
    faintest = [band.flux(limits[band.name]) for band in mocks.instrument]
    # Fainter ones, and a dust screen of up to 3 mag, are drawn on purpose.
    brightness = (stars.sum((2, 3)) / faintest).max(1)
    assert 0.2 < np.mean(brightness > 1) < 0.9
    assert np.median(brightness) > 0.3


def test_associations_are_about_the_middle_and_wider_than_any_cluster(mocks, associations):
    for along in centroids(associations):
        assert np.mean(along) == pytest.approx(32, abs=2.5)
    largest = 10 ** mocks.parameters.log_r_h[1] / 0.0396
    y, x = np.indices((64, 64)) - 32
    inside = associations[..., np.hypot(x, y) < largest].sum(-1) / associations.sum((2, 3))
    # A cluster has half of its stars there; the stamp itself cuts the widest associations.
    assert np.median(inside) < 0.4


@pytest.mark.parametrize("kind", [BrightStars, LooseAssociations])
def test_one_seed_gives_the_same_stamps(mocks, kind):
    first, again, other = (kind(mocks).draw(3, size=32, rng=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)
