"""DrizzledPSF against closed forms, against OpticalPSF, and against drizzling by hand."""

import numpy as np
import pytest
from astropy import units as u
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clusternet.psf import DrizzledPSF, GaussianPSF, OpticalPSF, PSFProvider

ARCSEC = u.arcsec
FWHM = 0.1 * ARCSEC
SIGMA = 0.1 / np.sqrt(8 * np.log(2)) / 0.04
EXPOSURE = GaussianPSF(FWHM, ["x"], pixel_scale=0.04 * ARCSEC)


def convolved(offset, boxes, sigma=SIGMA):
    """Gaussian of one axis after any boxes, in detector pixels, by brute-force sums."""
    step = 1 / 200
    axis = np.arange(-2400, 2401) * step
    line = np.exp(-((axis / sigma) ** 2) / 2) / sigma / np.sqrt(2 * np.pi)
    for box in boxes:
        total = np.cumsum(line) * step
        upper = np.interp(axis + box / 2 - step / 2, axis, total)
        line = (upper - np.interp(axis - box / 2 - step / 2, axis, total)) / box
    return np.interp(offset, axis, line)


@pytest.mark.parametrize(
    ("scale", "pixfrac", "output_pixel"),
    [(1.0, 1.0, False), (1.0, 0.6, False), (0.75, 0.8, False), (1.3, 0.5, True), (0.5, 1.0, True)],
)
def test_boxes_are_those_of_pixel_drop_and_mosaic(scale, pixfrac, output_pixel):
    psf = DrizzledPSF(EXPOSURE, 0.04 * scale * ARCSEC, pixfrac=pixfrac, output_pixel=output_pixel)
    star = psf.effective_psf("x", 3, 21)
    offset = (np.arange(len(star)) - len(star) // 2) * scale / 3
    boxes = [1.0, pixfrac, scale] if output_pixel else [1.0, pixfrac]
    line = convolved(offset, boxes) * scale
    np.testing.assert_allclose(star, np.outer(line, line), atol=1e-5)


def test_point_kernel_adds_no_blur():
    star = DrizzledPSF(EXPOSURE, pixfrac=0).effective_psf("x", 4, 21)
    np.testing.assert_allclose(star, EXPOSURE.effective_psf("x", 4, 21), atol=1e-9)


def test_optical_model_drizzled_is_the_one_with_its_own_drop():
    detector = OpticalPSF(["F438W"], drop=0 * ARCSEC)
    expected = OpticalPSF(["F438W"]).effective_psf("F438W", 4, 21)
    star = DrizzledPSF(detector).effective_psf("F438W", 4, 21)
    np.testing.assert_allclose(star, expected, atol=1e-6)


def test_spikes_turn_with_the_detector_as_with_the_pupil():
    def model(**options):
        return OpticalPSF(["F438W"], error_rms=0 * u.nm, n_wavelengths=3, **options)

    detector = model(drop=0 * ARCSEC)
    turned = DrizzledPSF(detector, angle=30 * u.deg).effective_psf("F438W", 1, 41)
    same = model(angle=30 * u.deg).effective_psf("F438W", 1, 41)
    other = model(angle=-30 * u.deg).effective_psf("F438W", 1, 41)
    y, x = np.mgrid[-20:21, -20:21]
    ring = np.hypot(y, x) > 8
    # What the two turns have in common is the fall with radius.
    spikes = (turned - (same + other) / 2)[ring], (same - other)[ring] / 2
    assert np.corrcoef(*spikes)[0, 1] > 0.9


class SquarePSF(PSFProvider):
    """An exposure whose star fills a square of three by one pixels, before the pixel box."""

    def __init__(self):
        super().__init__(["x"], 0.04 * ARCSEC)

    def _effective_psf(self, band, oversampling, size, position):
        offset = (np.arange(size * oversampling | 1) - size * oversampling // 2) / oversampling
        wide = np.clip(2 - np.abs(offset), 0, 1) / 3
        narrow = np.clip(1 - np.abs(offset), 0, 1)
        return np.outer(narrow, wide)


@settings(max_examples=10)
@example(angle=0.0, pixfrac=0.0, ratio=1.0, output_pixel=False)
@given(st.floats(0, 360), st.floats(0, 1), st.floats(0.5, 1.5), st.booleans())
def test_moments_follow_angle_scale_and_boxes(angle, pixfrac, ratio, output_pixel):
    psf = DrizzledPSF(SquarePSF(), 0.04 * ratio * ARCSEC, pixfrac=pixfrac, angle=angle * u.deg,
                      output_pixel=output_pixel)
    star = psf.effective_psf("x", 4, 27)
    offset = (np.arange(len(star)) - len(star) // 2) / 4 * ratio
    star = star / star.sum()
    # Variance of boxes of 3 and 1, the pixel, the drop and the mosaic's pixel.
    along = (9 + 1 + pixfrac**2) / 12
    across = (1 + 1 + pixfrac**2) / 12
    extra = ratio**2 / 12 if output_pixel else 0
    c, s = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    assert star.sum(axis=0) @ offset == pytest.approx(0, abs=1e-3)
    expected = c**2 * along + s**2 * across + extra
    assert star.sum(axis=0) @ offset**2 == pytest.approx(expected, rel=0.02, abs=0.01)
    assert offset @ star @ offset == pytest.approx(c * s * (along - across), abs=0.02)


@settings(max_examples=10)
@given(st.floats(0, 90), st.floats(0, 1), st.floats(0.5, 1.5))
def test_no_light_is_lost_or_made(angle, pixfrac, ratio):
    psf = DrizzledPSF(EXPOSURE, 0.04 * ratio * ARCSEC, pixfrac=pixfrac, angle=angle * u.deg)
    star = psf.effective_psf("x", 2, 41)
    sums = [star[j::2, i::2].sum() for j in range(2) for i in range(2)]
    np.testing.assert_allclose(sums, 1, atol=2e-3)


def test_drizzling_by_hand_blurs_by_the_pixel_the_drop_and_the_mosaic_pixel():
    # Along one axis, as all is separable: many exposures, each at a random phase, rained on a
    # mosaic, and every mosaic pixel noted at its distance from the star, in bins.
    rng = np.random.default_rng(1)
    ratio, pixfrac, sigma, width = 0.9, 0.8, 0.2, 0.25
    phase, star = rng.uniform(-0.5, 0.5, (2, 8000, 1, 1))
    pixels = np.arange(-5, 6) + phase
    mosaic = np.arange(-4, 5)[:, None] * ratio
    overlap = np.minimum(pixels + pixfrac / 2, mosaic + ratio / 2)
    overlap -= np.maximum(pixels - pixfrac / 2, mosaic - ratio / 2)
    weight = np.clip(overlap, 0, None)
    rained = (weight * convolved(pixels - star, [1.0], sigma)).sum(axis=-1)
    where = np.rint((mosaic - star)[..., 0] / width).astype(int)
    bins = np.arange(-8, 9)
    found = [rained[where == k].sum() / weight[where == k].sum() for k in bins]
    exact = convolved(bins * width, [1.0, pixfrac, ratio, width], sigma)
    without = convolved(bins * width, [1.0, pixfrac, width], sigma)
    np.testing.assert_allclose(found, exact, atol=0.02)
    assert np.abs(without - exact).max() > 0.08


def test_widths_on_the_mosaics_of_m83_are_as_documented():
    detector = OpticalPSF(["F438W"], drop=0 * ARCSEC)
    stars = [
        psf.effective_psf("F438W", 16, 7)
        for psf in (detector, DrizzledPSF(detector), DrizzledPSF(detector, output_pixel=True))
    ]
    widths = []
    for star in stars:
        row = star[len(star) // 2, len(star) // 2 :]
        outside = np.flatnonzero(row < row[0] / 2)[0]
        part = (row[outside - 1] - row[0] / 2) / (row[outside - 1] - row[outside])
        widths.append(2 * (outside - 1 + part) * 0.0396 / 16)
    np.testing.assert_allclose(widths, [0.0765, 0.0827, 0.0883], atol=5e-4)
    np.testing.assert_allclose([star.max() for star in stars], [0.157, 0.139, 0.125], atol=5e-4)


def test_position_is_passed_on():
    class Varying(SquarePSF):
        def _effective_psf(self, band, oversampling, size, position):
            return super()._effective_psf(band, oversampling, size, None) * position[0]

    psf = DrizzledPSF(Varying())
    one, two = (psf.effective_psf("x", 1, 9, position=(x, 0)) for x in (1, 2))
    np.testing.assert_allclose(two, 2 * one)


def test_nonsense_is_refused():
    for pixfrac in (-0.1, 1.1, np.nan):
        with pytest.raises(ValueError, match="pixfrac"):
            DrizzledPSF(EXPOSURE, pixfrac=pixfrac)
    with pytest.raises(ValueError, match="pixel_scale"):
        DrizzledPSF(EXPOSURE, -0.04 * ARCSEC)
    for angle in (np.nan * u.deg, 30, 1 * u.m):
        with pytest.raises(ValueError, match="angle"):
            DrizzledPSF(EXPOSURE, angle=angle)
    assert "pixfrac=1.0" in repr(DrizzledPSF(EXPOSURE))
