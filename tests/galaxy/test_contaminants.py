"""Other galaxies, foreground stars and blemishes on a synthetic galaxy."""

import numpy as np
import pytest

from clusternet.galaxy import BackgroundGalaxies, BadColumns, CosmicRays, ForegroundStars
from clusternet.instruments import wfc3_uvis

CAMERA = wfc3_uvis()
AREA = (-0.5, -0.5, 999.5, 999.5)


def test_foreground_stars_come_in_their_number_and_magnitudes():
    stars = ForegroundStars(500, magnitudes=(18.0, 20.0))
    x, y, flux = stars.draw(AREA, CAMERA, np.random.default_rng(1))
    assert abs(len(x) - 500) < 5 * np.sqrt(500)
    assert min(x.min(), y.min()) >= -0.5
    assert max(x.max(), y.max()) <= 999.5
    magnitude = CAMERA["F814W"].magnitude(flux[:, -1])
    assert magnitude.min() >= 18
    assert magnitude.max() <= 20


def test_half_of_the_light_of_a_round_galaxy_lies_inside_its_radius():
    # The outermost 2 % of the profile are left out: the radius holds 0.5 / 0.98 of the rest. A
    # flattened galaxy has more inside the circle, a round one (axis ratio 1) just that.
    source = BackgroundGalaxies(1.0, radii=(10.0, 10.001), points=20000)
    found = [source.draw(AREA, CAMERA, np.random.default_rng(seed)) for seed in range(12)]
    single = [f for f in found if len(f[0]) == 20000]
    assert len(single) > 1
    inside = []
    for x, y, flux in single:
        assert np.ptp(flux, axis=0).max() == 0
        assert 18 <= CAMERA["F814W"].magnitude(flux[:, -1].sum()) <= 25
        inside.append(np.mean(np.hypot(x - np.median(x), y - np.median(y)) < 10))
    assert min(inside) > 0.5
    assert max(inside) < 0.75


def test_contaminants_leave_the_galaxy_as_it_is(make_galaxy, pixels):
    dirty = make_galaxy(contaminants=[BadColumns({1: [7, 300]})]).pixels()
    assert np.isnan(dirty[1][:, [7, 300]]).all()
    good = np.isfinite(dirty)
    assert (~good).sum() == 2 * dirty.shape[1]
    np.testing.assert_array_equal(dirty[good], pixels[good])


def test_cosmic_rays_hit_single_bands_and_only_add(make_galaxy, pixels):
    dirty = make_galaxy(contaminants=[CosmicRays(200, flux=(1.0, 2.0))]).pixels()
    excess = dirty - pixels
    hit = excess > 0.5
    assert hit.any()
    assert excess[~hit].max() == 0
    assert not hit.all(0).any()


def test_sky_sources_are_seen_through_the_psf_and_without_seams(make_galaxy):
    dirty = make_galaxy(contaminants=[ForegroundStars(300), BackgroundGalaxies(30)])
    whole = dirty.pixels(200, 200, 120, 120)
    np.testing.assert_array_equal(dirty.pixels(230, 240, 40, 50), whole[:, 40:90, 30:70])
    clean = make_galaxy().pixels(200, 200, 120, 120, noise=False)
    assert (dirty.pixels(200, 200, 120, 120, noise=False) - clean).sum() > 0


def test_bad_settings_are_refused(make_galaxy):
    with pytest.raises(ValueError, match="density is -1"):
        ForegroundStars(-1)
    with pytest.raises(TypeError, match="'rain' is no contaminant"):
        make_galaxy(contaminants=["rain"])
