"""OpticalPSF against the optics it is made of and against HST on orbit."""

import numpy as np
import pytest
from astropy import units as u
from hypothesis import given, settings
from hypothesis import strategies as st

from clusternet.psf import OpticalPSF, PSFProvider, TopHatBand, uvis_bands
from clusternet.psf.optical.diffraction import TransferFunction
from clusternet.psf.optical.pupil import hubble_pupil, mirror_errors

BANDS = ("F336W", "F438W", "F814W")

# STScI 2020, light inside these radii on the chip that is sharper in the band, and on both.
RADII = np.array([0.08, 0.12, 0.20, 0.40, 0.99]) * u.arcsec
SHARPER = {
    "F336W": [0.610, 0.754, 0.840, 0.894, 0.947],
    "F438W": [0.613, 0.765, 0.852, 0.909, 0.949],
    "F814W": [0.527, 0.686, 0.836, 0.902, 0.953],
}
MEAN = {
    "F336W": [0.543, 0.710, 0.828, 0.892, 0.9465],
    "F438W": [0.601, 0.7555, 0.845, 0.9075, 0.9485],
    "F814W": [0.466, 0.662, 0.8285, 0.902, 0.9495],
}


@pytest.fixture(scope="module")
def psf():
    return OpticalPSF()


def width_at_half_maximum(row, spacing):
    half = row.max() / 2
    inside = np.flatnonzero(row > half)
    left, right = inside[0], inside[-1]
    start = left - (row[left] - half) / (row[left] - row[left - 1])
    stop = right + (row[right] - half) / (row[right] - row[right + 1])
    return (stop - start) * spacing


@pytest.mark.parametrize("band", BANDS)
def test_light_inside_circles_is_that_of_the_sharper_chip_on_orbit(psf, band):
    difference = psf.encircled_energy(band, RADII) - SHARPER[band]
    limit = {"F336W": 0.022, "F438W": 0.024, "F814W": 0.035}[band]
    assert np.sqrt(np.mean(difference**2)) < limit


@pytest.mark.parametrize("band", BANDS)
def test_light_beyond_the_core_is_that_of_both_chips_on_orbit(psf, band):
    # Inside 0.12 arcsec the chips differ from each other by more than from any one model.
    difference = psf.encircled_energy(band, RADII[2:]) / MEAN[band][2:] - 1
    assert np.sqrt(np.mean(difference**2)) < 0.015


@pytest.mark.parametrize(
    ("band", "chips", "fwhm"),
    [
        ("F336W", (0.203, 0.282), 0.080),
        ("F438W", (0.265, 0.283), 0.082),
        ("F814W", (0.119, 0.239), 0.085),
    ],
)
def test_averaged_bands_hold_the_light_of_both_chips_from_core_to_wing(band, chips, fwhm):
    psf = OpticalPSF(uvis_bands(averaged=True))
    difference = psf.encircled_energy(band, RADII) / MEAN[band] - 1
    assert np.sqrt(np.mean(difference**2)) < 0.016
    assert chips[0] < psf.encircled_energy(band, 0.04 * u.arcsec) < chips[1]
    star = psf.effective_psf(band, oversampling=8, size=17)
    width = width_at_half_maximum(star[len(star) // 2], 0.0396 / 8)
    assert width == pytest.approx(fwhm, rel=0.03)


def test_second_blur_takes_its_fraction_of_the_light():
    def star(**blurs):
        band = TopHatBand(432.6 * u.nm, 61.8 * u.nm, **blurs)
        return OpticalPSF({"F438W": band}, n_wavelengths=1).effective_psf("F438W", 2, 9)

    narrow, wide = (star(blur=value * u.arcsec) for value in (0.02, 0.05))
    both = star(blur=0.02 * u.arcsec, wide_blur=0.05 * u.arcsec, wide_fraction=0.3)
    np.testing.assert_allclose(both, 0.7 * narrow + 0.3 * wide, atol=1e-12)


@pytest.mark.parametrize(
    ("wide_blur", "wide_fraction"),
    [(None, 0.3), (0.05 * u.arcsec, 0.0), (0.05 * u.arcsec, 1.2), (0.05 * u.arcsec, -0.1)],
)
def test_half_a_second_blur_is_refused(wide_blur, wide_fraction):
    with pytest.raises(ValueError, match="wide_fraction"):
        TopHatBand(433 * u.nm, 60 * u.nm, wide_blur=wide_blur, wide_fraction=wide_fraction)
    with pytest.raises(ValueError, match="wide_blur"):
        TopHatBand(433 * u.nm, 60 * u.nm, wide_blur=-1 * u.arcsec, wide_fraction=0.5)


def test_place_on_the_detector_makes_no_difference(psf):
    here = psf.effective_psf("F438W", 1, 9, position=(17.5, 2000))
    np.testing.assert_array_equal(here, psf.effective_psf("F438W", 1, 9))
    with pytest.raises(ValueError, match="position"):
        psf.effective_psf("F438W", 1, 9, position="centre")


@pytest.mark.parametrize(
    ("band", "peak", "fwhm"),
    [("F336W", 0.142, 0.080), ("F438W", 0.139, 0.082), ("F814W", 0.122, 0.085)],
)
def test_drizzled_star_has_the_peak_and_width_of_the_mosaics(psf, band, peak, fwhm):
    star = psf.effective_psf(band, oversampling=8, size=17)
    centre = len(star) // 2
    assert star[centre, centre] == star.max() == pytest.approx(peak, abs=0.001)
    assert width_at_half_maximum(star[centre], 0.0396 / 8) == pytest.approx(fwhm, abs=0.0015)
    assert width_at_half_maximum(star[:, centre], 0.0396 / 8) == pytest.approx(fwhm, abs=0.0015)


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(BANDS), st.integers(1, 6), st.data())
def test_every_sub_pixel_phase_holds_the_same_light(psf, band, oversampling, data):
    start = st.integers(0, oversampling - 1)
    j, i = data.draw(start), data.draw(start)
    star = psf.effective_psf(band, oversampling, 65)
    held = star[j::oversampling, i::oversampling].sum()
    # The wings that each phase cuts off at the rim differ by less than a thousandth.
    assert held == pytest.approx(star.sum() / oversampling**2, abs=1e-3)
    assert 0.965 < held < 0.99


@pytest.mark.parametrize("band", BANDS)
def test_what_the_array_lacks_is_the_light_beyond_it(psf, band):
    inner = psf.encircled_energy(band, 33 * psf.pixel_scale)
    outer = psf.encircled_energy(band, 33 * np.sqrt(2) * psf.pixel_scale)
    assert inner < psf.effective_psf(band, 1, 65).sum() < outer < 1


@pytest.mark.parametrize("band", BANDS)
@pytest.mark.parametrize("size", [5, 11, 65])
def test_centroid_is_where_the_star_is_in_any_window(psf, band, size):
    star = psf.effective_psf(band, 4, size)
    offset = (np.arange(len(star)) - len(star) // 2) / 4
    assert abs(star.sum(axis=0) @ offset) < 1e-9
    assert abs(star.sum(axis=1) @ offset) < 1e-9


@settings(max_examples=15, deadline=None)
@given(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_centroid_of_a_star_at_any_phase_is_right_to_a_hundredth_of_a_pixel(psf, y, x):
    # Bilinear between samples four to a pixel, as a renderer would shift it.
    star = psf.effective_psf("F438W", 4, 65)
    offset = np.arange(-30, 31)

    def along(array, shift):
        where = len(star) // 2 + 4 * (offset - shift)
        low = np.floor(where).astype(int)
        part = (where - low)[:, None]
        return array[low] * (1 - part) + array[low + 1] * part

    image = along(along(star, y).T, x).T
    # The window is centred on a pixel, not on the star: a Gaussian weight keeps its rim out.
    found = np.zeros(2)
    for _ in range(20):
        rows, columns = (np.exp(-((offset - f) ** 2) / (2 * 1.5**2)) for f in found)
        weighted = image * rows[:, None] * columns
        moments = np.array([weighted.sum(axis=1) @ offset, weighted.sum(axis=0) @ offset])
        found = moments / weighted.sum()
    np.testing.assert_allclose(found, [y, x], atol=0.01)


def test_values_do_not_depend_on_oversampling_or_size(psf):
    fine = psf.effective_psf("F814W", 8, 21)
    coarse = psf.effective_psf("F814W", 2, 9)
    middle = slice(84 - 9 * 4, 84 + 9 * 4 + 1, 4)
    np.testing.assert_allclose(coarse, fine[middle, middle], atol=1e-12)


def test_more_light_is_lost_with_more_mirror_error():
    smooth = OpticalPSF(["F336W"], error_rms=0 * u.nm).encircled_energy("F336W", RADII)
    rough = OpticalPSF(["F336W"]).encircled_energy("F336W", RADII)
    assert np.all(rough < smooth)
    assert smooth[0] == pytest.approx(0.81, abs=0.01)
    assert rough[0] == pytest.approx(0.65, abs=0.01)


def test_circles_agree_with_sums_over_the_samples(psf):
    numeric = PSFProvider._encircled_energy(psf, "F438W", (RADII / psf.pixel_scale).value)
    np.testing.assert_allclose(numeric, psf.encircled_energy("F438W", RADII), atol=1e-3)


def test_without_drizzling_the_star_is_sharper(psf):
    detector = OpticalPSF(drop=0 * u.arcsec)
    assert detector.effective_psf("F438W", 1, 9).max() > psf.effective_psf("F438W", 1, 9).max()


def test_spikes_are_diagonal_and_turn_with_the_telescope():
    def on_spikes(angle):
        star = OpticalPSF(["F438W"], angle=angle * u.deg).effective_psf("F438W", 1, 65)
        y, x = np.mgrid[-32:33, -32:33]
        ring = (np.hypot(y, x) > 12) & (np.hypot(y, x) < 30)
        diagonal = np.abs(np.abs(y) - np.abs(x)) <= 1
        axis = np.minimum(np.abs(y), np.abs(x)) <= 1
        return star[ring & diagonal].mean() / star[ring & axis].mean()

    assert on_spikes(0) > 1.5
    assert on_spikes(45) < 1 / 1.5
    assert on_spikes(90) == pytest.approx(on_spikes(0), rel=0.05)


def test_any_band_can_be_given_by_centre_and_width():
    bands = {
        "F555W": TopHatBand(530.8 * u.nm, 156.2 * u.nm),
        "F814W": TopHatBand(8039 * u.AA, 0.15 * u.um),
    }
    psf = OpticalPSF(bands)
    assert psf.bands == ("F555W", "F814W")
    assert psf.effective_psf("F555W", 1, 9).max() > psf.effective_psf("F814W", 1, 9).max()


def test_caller_may_change_what_it_gets(psf):
    first = psf.effective_psf("F336W", 1, 9)
    kept = first.copy()
    first[:] = 0
    np.testing.assert_array_equal(psf.effective_psf("F336W", 1, 9), kept)


def test_two_telescopes_do_not_share_results():
    sharp = OpticalPSF(["F336W"], error_rms=0 * u.nm).effective_psf("F336W", 1, 9)
    other = OpticalPSF(["F336W"], rng=7, error_maps=1).effective_psf("F336W", 1, 9)
    usual = OpticalPSF(["F336W"]).effective_psf("F336W", 1, 9)
    assert sharp.max() > usual.max()
    assert not np.array_equal(usual, other)


def test_bare_circular_pupil_makes_the_airy_disc():
    n = 128
    axis = (np.arange(n) + 0.5) / n * 2 - 1
    pupil = (np.hypot(axis[:, None], axis) <= 1).astype(float)
    # Angles in units of wavelength over diameter: frequencies step by 1 / n.
    transfer = TransferFunction.of_pupil(pupil, np.zeros((1, n, n)), 1.0, 1 / n)
    inside = transfer.encircled_energy([1.22, 2.233, 3.238])
    np.testing.assert_allclose(inside, [0.838, 0.910, 0.938], atol=2e-3)
    profile = transfer.sampled(np.array([0.0, 1.22]))
    assert profile[0, 0] == pytest.approx(np.pi / 4, rel=1e-2)
    assert profile[0, 1] == pytest.approx(0, abs=2e-3)


def test_blurring_keeps_all_light():
    transfer = TransferFunction.of_pupil(hubble_pupil(128), mirror_errors(128), 500.0, 0.1)
    assert transfer.blurred([(1.0, 0.3)], (1.0, 2.0)).values[0, 0] == 1


def test_mirror_errors_have_the_rms_asked_for_and_no_tilt():
    clear = hubble_pupil(128)
    axis = np.arange(128) - 63.5
    for screen in mirror_errors(128, 28.0, (0, 1)):
        assert np.sqrt(np.average(screen**2, weights=clear)) == pytest.approx(28.0)
        assert abs(np.sum(clear * screen)) < 1e-6
        assert abs(np.sum(clear * screen * axis)) < 1e-6
        assert abs(np.sum(clear * screen * axis[:, None])) < 1e-6


def test_unknown_bands_are_refused_with_a_way_out(psf):
    with pytest.raises(KeyError, match="F336W, F438W, F814W"):
        psf.effective_psf("F275W")
    with pytest.raises(KeyError, match="F275W"):
        psf.encircled_energy("F275W", 0.1 * u.arcsec)
    with pytest.raises(KeyError, match="TopHatBand"):
        OpticalPSF(["F275W"])
    with pytest.raises(ValueError, match="band"):
        OpticalPSF([])


@pytest.mark.parametrize("size", [64, 0, -3, 9.0])
def test_arrays_without_a_central_pixel_are_refused(psf, size):
    with pytest.raises(ValueError, match="odd"):
        psf.effective_psf("F336W", 4, size)


@pytest.mark.parametrize("oversampling", [0, -1, 2.5])
def test_oversampling_that_is_no_count_is_refused(psf, oversampling):
    with pytest.raises(ValueError, match="oversampling"):
        psf.effective_psf("F336W", oversampling)


@pytest.mark.parametrize("scale", [-0.04 * u.arcsec, np.nan * u.arcsec, 0.04, 1 * u.nm, None])
def test_scales_that_are_no_angles_are_refused(scale):
    with pytest.raises(ValueError, match="pixel_scale"):
        OpticalPSF(pixel_scale=scale)


def test_other_nonsense_is_refused(psf):
    with pytest.raises(ValueError, match="radius"):
        psf.encircled_energy("F336W", -1 * u.arcsec)
    with pytest.raises(ValueError, match="radius"):
        psf.encircled_energy("F336W", 0.1)
    with pytest.raises(ValueError, match="drop"):
        OpticalPSF(drop=-0.1 * u.arcsec)
    with pytest.raises(ValueError, match="error_rms"):
        OpticalPSF(error_rms=-1 * u.nm)
    with pytest.raises(ValueError, match="error_maps"):
        OpticalPSF(error_maps=0)
    with pytest.raises(ValueError, match="cycles"):
        mirror_errors(64)
    with pytest.raises(ValueError, match="reaches below 0"):
        TopHatBand(300 * u.nm, 700 * u.nm)
    with pytest.raises(ValueError, match="centre = 300 is not a length"):
        TopHatBand(300, 50)
    with pytest.raises(ValueError, match="centre"):
        TopHatBand(-300 * u.nm, 50 * u.nm)
    with pytest.raises(ValueError, match="blur"):
        TopHatBand(300 * u.nm, 50 * u.nm, blur=-1 * u.arcsec)
