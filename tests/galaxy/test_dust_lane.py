"""A dust lane on a made-up image is found again."""

import astropy.units as u
import numpy as np
import pytest

from clusternet.galaxy import M83, LogarithmicSpiral, SpiralArms, trace_dust_lane
from clusternet.images import MultiBandImage

RADII = (1.2 * u.kpc, 2.4 * u.kpc)
LANE = LogarithmicSpiral(2 * u.kpc, 20 * u.deg, 15 * u.deg, RADII)
GUESS = LogarithmicSpiral(2.1 * u.kpc, 18 * u.deg, 17 * u.deg, RADII)


@pytest.fixture(scope="module")
def lane():
    return SpiralArms([LANE], M83)


@pytest.fixture(scope="module")
def image(lane):
    """An exponential disc with a lane of 1.2 mag, photon noise, bright stars and bad pixels."""
    rng, shape = np.random.default_rng(1), (260, 260)
    wcs = M83.wcs(shape, 1.0 * u.arcsec)
    y, x = np.mgrid[:shape[0], :shape[1]]
    at = wcs.pixel_to_world(x, y)
    a_v = 1.2 * np.exp(-0.5 * (lane.distance(at).value / 0.06) ** 2)
    disc = np.exp(-M83.polar(at)[0].value / 2.4)
    data = np.stack([disc * 10 ** (-0.4 * 1.33 * a_v), 2 * disc * 10 ** (-0.4 * 0.6 * a_v)])
    data = rng.poisson(2000 * data) / 2000
    data[:, rng.random(shape) < 0.03] += rng.exponential(20)
    return MultiBandImage(data, ("F438W", "F814W"), wcs, mask=rng.random(shape) < 0.02)


@pytest.mark.parametrize("bands", [("F438W", "F814W"), "F438W"])
def test_the_lane_is_followed(image, lane, bands):
    traced = trace_dust_lane(image, M83, GUESS, bands=bands)
    off, guess_off = (np.abs(lane.distance(curve).value)[2:-2]
                      for curve in (traced.curve, traced.guess))
    assert guess_off.max() > 0.15
    assert np.median(off) < 0.02
    assert off.max() < 0.08
    assert traced.reddening.shape == (len(traced.along), len(traced.across))
    assert len(traced.curve) == len(traced.offset) == len(traced.along)


def test_the_lane_lies_off_the_guess_by_its_offset(image):
    traced = trace_dust_lane(image, M83, GUESS.curve(M83))
    apart = traced.curve.separation(traced.guess).to_value(u.arcsec) * M83.parsecs_per_arcsec / 1000
    np.testing.assert_allclose(apart, np.abs(traced.offset.value), atol=1e-6)
    # To the left, with north up and east to the left, is x before y turned by 90 deg.
    x, y = image.wcs.world_to_pixel(traced.guess)
    x2, y2 = image.wcs.world_to_pixel(traced.curve)
    left = np.gradient(x) * (y2 - y) - np.gradient(y) * (x2 - x)
    clear = np.abs(traced.offset.value) > 0.02
    np.testing.assert_array_equal(np.sign(left[clear]), np.sign(traced.offset.value[clear]))


def test_ends_off_the_image_are_left_out(image):
    long = LogarithmicSpiral(GUESS.r0, GUESS.phi0, GUESS.pitch, (1.2 * u.kpc, 5 * u.kpc))
    traced = trace_dust_lane(image, M83, long)
    x, y = image.wcs.world_to_pixel(traced.guess)
    assert (x > -20).all()
    assert (x < 280).all()
    assert (y > -20).all()
    assert (y < 280).all()


@pytest.mark.parametrize(("change", "message"), [
    ({"bands": ("F438W", "F555W")}, "give one or two of F438W, F814W"),
    ({"bands": ()}, "give one or two"),
    ({"step": 0 * u.kpc}, "positive step"), ({"step": 1 * u.kpc}, "not longer than the reach"),
    ({"guess": M83.sky([1, 1.01] * u.kpc, [0, 0] * u.deg)}, "shorter than two steps"),
    ({"guess": M83.sky([20, 21] * u.kpc, [0, 0] * u.deg)}, "not on the image")])
def test_impossible_requests(image, change, message):
    with pytest.raises(ValueError, match=message):
        trace_dust_lane(**{"image": image, "galaxy": M83, "guess": GUESS} | change)
