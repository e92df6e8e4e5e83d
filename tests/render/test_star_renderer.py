"""Stars on pixels: their light, their places and their shape are those asked for."""

import numpy as np
import pytest
from astropy import units as u
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from clusternet.psf import GaussianPSF, OpticalPSF
from clusternet.render import StarRenderer

BANDS = ("F336W", "F438W", "F814W")
PIXEL = 0.0396
# Narrower than the sharpest core of WFC3/UVIS, whose width at half maximum is 0.080 arcsec.
WIDTHS = {"F336W": 0.07, "F438W": 0.08, "F814W": 0.09}
phases = st.floats(-0.5, 0.5)
few = settings(max_examples=20)


@pytest.fixture(scope="module")
def renderer():
    return StarRenderer(GaussianPSF({band: w * u.arcsec for band, w in WIDTHS.items()}), BANDS)


@pytest.fixture(scope="module")
def hubble():
    return StarRenderer(OpticalPSF(), BANDS)


def one_star(renderer, x, y, flux=(1.0, 1.0, 1.0), shape=(64, 64)):
    return renderer([x], [y], [flux], [0], 1, shape)[0]


def centroid(image):
    y, x = np.indices(image.shape)
    return np.sum(image * x) / np.sum(image), np.sum(image * y) / np.sum(image)


def gaussian_star(x, y, width, shape):
    """A Gaussian integrated over every pixel, evaluated directly."""
    sigma = width / PIXEL / np.sqrt(8 * np.log(2))

    def along(centre, n):
        edges = np.arange(n + 1) - 0.5 - centre
        return np.diff(ndtr(edges / sigma))

    return np.outer(along(y, shape[0]), along(x, shape[1]))


def random_stars(n_stars, n_images, shape, seed=0):
    rng = np.random.default_rng(seed)
    x = rng.uniform(-10, shape[1] + 10, n_stars)
    y = rng.uniform(-10, shape[0] + 10, n_stars)
    return x, y, rng.lognormal(size=(n_stars, 3)), rng.integers(n_images, size=n_stars)


@few
@given(phases, phases)
def test_flux_in_is_flux_out_at_any_phase(renderer, dx, dy):
    flux = np.array([3.0, 50.0, 0.02])
    image = one_star(renderer, 32 + dx, 32 + dy, flux)
    np.testing.assert_allclose(image.sum((1, 2)), flux, rtol=1e-3)


@few
@given(phases, phases)
def test_flux_of_a_real_psf_is_whole_once_its_wings_are_counted(hubble, dx, dy):
    image = one_star(hubble, 48 + dx, 48 + dy, shape=(96, 96))
    np.testing.assert_allclose(image.sum((1, 2)) / hubble.psf_sums, 1, rtol=1e-3)


def test_psf_sums_say_what_the_psf_array_lacks(hubble):
    enclosed = [hubble.psf.encircled_energy(band, 32 * PIXEL * u.arcsec) for band in BANDS]
    # The square of 65 pixels holds its inscribed circle and a little more.
    assert np.all(hubble.psf_sums > enclosed)
    assert np.all(hubble.psf_sums < np.add(enclosed, 0.02))


@few
@given(st.floats(-8, 72), st.floats(-8, 72))
def test_flux_is_whole_wherever_the_star_is_once_the_flux_outside_is_counted(renderer, x, y):
    large = one_star(renderer, x + 32, y + 32, shape=(128, 128))
    small = one_star(renderer, x, y, shape=(64, 64))
    outside = large.copy()
    outside[:, 32:96, 32:96] = 0
    np.testing.assert_allclose(small.sum((1, 2)) + outside.sum((1, 2)), 1, atol=1e-3)


@few
@given(phases, phases)
def test_centroid_is_the_place_asked_for_to_a_hundredth_of_a_pixel(renderer, dx, dy):
    for band in one_star(renderer, 30 + dx, 35 + dy):
        assert centroid(band) == pytest.approx((30 + dx, 35 + dy), abs=0.01)


@few
@given(st.floats(-5, 68), st.floats(-5, 68))
def test_pixels_are_those_of_the_psf_evaluated_directly(renderer, x, y):
    image = one_star(renderer, x, y)
    for band, name in zip(image, BANDS, strict=True):
        expected = gaussian_star(x, y, WIDTHS[name], (64, 64))
        peak = gaussian_star(x % 1, y % 1, WIDTHS[name], (3, 3)).max()
        np.testing.assert_allclose(band, expected, atol=1e-3 * peak)


def test_pixels_of_a_real_psf_are_those_of_a_much_finer_grid(hubble):
    fine, reach = 12, 7
    psf = hubble.psf.effective_psf("F336W", oversampling=fine, size=17)  # the sharpest
    middle = len(psf) // 2
    offset = fine * np.arange(-reach, reach + 1)
    inside = slice(32 - reach, 32 + reach + 1)
    for step_x, step_y in [(0, 0), (7, 3), (6, 6), (5, 11)]:
        image = one_star(hubble, 32 + step_x / fine, 32 + step_y / fine)[0]
        expected = psf[np.ix_(middle + offset - step_y, middle + offset - step_x)]
        np.testing.assert_allclose(image[inside, inside], expected, atol=1e-3 * expected.max())


def test_stars_far_outside_are_dropped_and_near_ones_shed_their_wings(hubble):
    inside = one_star(hubble, 32, 32).sum()
    near = one_star(hubble, -hubble.margin + 0.5, 32).sum()
    assert 0 < near < 0.02 * inside
    for x, y in [(-hubble.margin, 32), (32, 63 + hubble.margin), (1e6, 32), (-1e6, -1e6)]:
        assert not one_star(hubble, x, y).any()


def test_wings_do_not_come_in_again_at_the_other_side(hubble):
    for x in (-hubble.margin + 0.01, 0.0, 63.0, 63 + hubble.margin - 0.01):
        image = one_star(hubble, x, 32.0)[0, 32]
        far = image[40:] if x < 32 else image[:24]
        # The PSF ends at 32 pixels; what is there is the rounding of float32.
        assert np.abs(far).max() < 1e-7


def test_a_batch_is_what_its_images_are_one_at_a_time(renderer):
    x, y, flux, image = random_stars(200, 5, (40, 40))
    together = renderer(x, y, flux, image, 5, (40, 40))
    for i in range(5):
        on = image == i
        alone = renderer(x[on], y[on], flux[on], np.zeros(on.sum(), int), 1, (40, 40))
        np.testing.assert_allclose(together[i], alone[0], atol=1e-5 * together.max())


def test_light_adds_up(renderer):
    x, y, flux, _ = random_stars(100, 1, (40, 40))
    both = renderer(x, y, flux, np.zeros(100, int), 1, (40, 40))
    apart = renderer(x, y, flux, np.arange(100) % 2, 2, (40, 40))
    np.testing.assert_allclose(both[0], apart.sum(0), atol=1e-5 * both.max())


@pytest.mark.parametrize("shape", [(20, 70), (70, 20), (1, 5), (33, 64)])
def test_shapes_need_not_be_square(renderer, shape):
    x, y, flux, _ = random_stars(30, 1, shape)
    image = renderer(x, y, flux, np.zeros(30, int), 1, shape)
    assert image.shape == (1, 3, *shape)
    expected = np.zeros((3, *shape))
    for a, b, light in zip(x, y, flux, strict=True):
        stars = [gaussian_star(a, b, WIDTHS[band], shape) for band in BANDS]
        expected += light[:, None, None] * stars
    np.testing.assert_allclose(image[0], expected, atol=1e-3 * 0.2 * flux.max())


def test_without_stars_all_is_dark(renderer):
    image = renderer([], [], np.empty((0, 3)), [], 2, (16, 24))
    assert image.shape == (2, 3, 16, 24)
    assert not image.any()


def test_an_image_without_stars_among_others_is_dark(renderer):
    image = renderer([8.0], [8.0], [[1.0, 1, 1]], [2], 4, (16, 16))
    assert [bool(part.any()) for part in image] == [False, False, True, False]


@pytest.mark.parametrize("flux", [[1.0, 1.0, 1.0], [[1.0, 1.0]], [[1.0, 1.0, 1.0]] * 2])
def test_flux_of_another_shape_is_refused(renderer, flux):
    with pytest.raises(ValueError, match=r"flux has shape .* expected \(star, band\)"):
        renderer([5.0], [5.0], flux, [0], 1, (16, 16))


@few
@given(st.integers(2, 6), st.sampled_from([9, 33, 65]))
def test_kernel_of_any_oversampling_and_size_has_its_star_in_place(oversampling, size):
    renderer = StarRenderer(
        GaussianPSF(0.1 * u.arcsec), ("F438W",), psf_size=size, oversampling=oversampling
    )
    image = renderer([20.3], [19.6], [[1.0]], [0], 1, (41, 40))[0, 0]
    assert centroid(image) == pytest.approx((20.3, 19.6), abs=0.01)
    assert image.sum() == pytest.approx(renderer.psf_sums[0], rel=1e-3)


def test_images_are_numpy_arrays_in_single_precision(renderer):
    image = renderer([8.0], [8.0], [[1.0, 1, 1]], [0], 1, (16, 16))
    assert type(image) is np.ndarray
    assert image.dtype == np.float32


def test_wings_of_stars_outside_an_image_reach_into_it(renderer):
    star = {"x": [-24.0], "y": [8.0], "flux": [[1.0, 1, 1]], "image": [0], "n_images": 1,
            "shape": (16, 16)}
    wide = renderer.with_wings()
    assert wide.margin == renderer.psf_size // 2 + 1 > renderer.margin
    assert not renderer(**star).any()
    assert wide(**star).any()
