"""MoffatPSF against its closed forms."""

import numpy as np
import pytest
from astropy import units as u
from hypothesis import given, settings
from hypothesis import strategies as st

from clusternet.psf import GaussianPSF, MoffatPSF

SCALE = 0.2 * u.arcsec


@settings(max_examples=20)
@given(st.floats(0.1, 1.5), st.floats(1.5, 8.0), st.floats(0.5, 3.0))
def test_light_inside_a_circle_is_that_of_the_moffat_function(fwhm, beta, radius):
    # On pixels so small that they hardly blur.
    psf = MoffatPSF(fwhm * u.arcsec, beta, ["r"], pixel_scale=fwhm / 10 * u.arcsec)
    alpha = fwhm / (2 * np.sqrt(2 ** (1 / beta) - 1))
    expected = 1 - (1 + (radius * fwhm / alpha) ** 2) ** (1 - beta)
    assert psf.encircled_energy("r", radius * fwhm * u.arcsec) == pytest.approx(expected, abs=5e-3)


@settings(max_examples=20)
@given(st.floats(0.1, 1.0), st.floats(3.0, 8.0), st.integers(1, 5), st.data())
def test_every_sub_pixel_phase_holds_the_same_light(fwhm, beta, oversampling, data):
    start = st.integers(0, oversampling - 1)
    j, i = data.draw(start), data.draw(start)
    psf = MoffatPSF(fwhm * u.arcsec, beta, ["r"], pixel_scale=SCALE)
    star = psf.effective_psf("r", oversampling, 33)
    held = star[j::oversampling, i::oversampling].sum()
    alpha = fwhm / (2 * np.sqrt(2 ** (1 / beta) - 1))
    outside = (1 + (16 * 0.2 / alpha) ** 2) ** (1 - beta)
    assert 1 - outside - 1e-5 < held < 1 + 1e-5


def test_pixel_integral_is_exact_for_sharp_and_wide_stars():
    # The central pixel of a slope of 2 has a closed form: a product of arctangents.
    for alpha in (0.02, 0.2, 2.0):
        fwhm = 2 * alpha * np.sqrt(np.sqrt(2) - 1)
        psf = MoffatPSF(fwhm * u.arcsec, 2.0, ["r"], pixel_scale=SCALE)
        half = 0.1
        root = np.hypot(alpha, half)
        expected = 4 / np.pi * half / root * np.arctan(half / root)
        for oversampling in (1, 2, 3, 4):
            star = psf.effective_psf("r", oversampling, 5)
            assert star.max() == pytest.approx(expected, rel=1e-4)


def test_star_is_at_the_centre_and_symmetric():
    psf = MoffatPSF(0.5 * u.arcsec, 3.0, ["r"], pixel_scale=SCALE)
    for oversampling in (1, 2, 3, 4, 5):
        star = psf.effective_psf("r", oversampling, 9)
        n = 9 * oversampling | 1
        assert star.shape == (n, n)
        assert star[n // 2, n // 2] == star.max()
        np.testing.assert_allclose(star, star[::-1, ::-1], rtol=1e-9)
        np.testing.assert_allclose(star, star.T, rtol=1e-9)


def test_values_do_not_depend_on_oversampling():
    psf = MoffatPSF(0.5 * u.arcsec, 3.0, ["r"], pixel_scale=SCALE)
    coarse, fine = psf.effective_psf("r", 1, 9), psf.effective_psf("r", 4, 9)
    np.testing.assert_allclose(coarse, fine[2::4, 2::4], rtol=1e-6)


def test_steep_wings_make_a_gaussian():
    moffat = MoffatPSF(0.6 * u.arcsec, 500.0, ["r"], pixel_scale=SCALE).effective_psf("r", 4, 15)
    gaussian = GaussianPSF(0.6 * u.arcsec, ["r"], pixel_scale=SCALE).effective_psf("r", 4, 15)
    np.testing.assert_allclose(moffat, gaussian, atol=2e-4)


def test_each_band_can_have_its_own_width_and_slope():
    psf = MoffatPSF({"g": 0.8 * u.arcsec, "r": 0.7 * u.arcsec}, {"g": 3.0, "r": 4.0})
    assert psf.bands == ("g", "r")
    assert psf.beta == {"g": 3.0, "r": 4.0}
    assert "beta" in repr(psf)
    assert MoffatPSF(0.1 * u.arcsec).bands == ("F336W", "F438W", "F814W")


@pytest.mark.parametrize("beta", [1.0, 0.5, -2.0, np.nan, np.inf])
def test_wings_that_never_end_are_refused(beta):
    with pytest.raises(ValueError, match="beta of F336W"):
        MoffatPSF(0.1 * u.arcsec, beta)


def test_other_nonsense_is_refused():
    with pytest.raises(ValueError, match="fwhm of F336W"):
        MoffatPSF(-0.1 * u.arcsec)
    with pytest.raises(ValueError, match="no fwhm for z"):
        MoffatPSF({"r": 0.1 * u.arcsec}, bands=["r", "z"])
    with pytest.raises(ValueError, match="no beta for r"):
        MoffatPSF(0.1 * u.arcsec, {"g": 3.0}, bands=["g", "r"])
    with pytest.raises(KeyError, match="F555W"):
        MoffatPSF(0.1 * u.arcsec).effective_psf("F555W")
