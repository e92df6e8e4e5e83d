"""GaussianPSF against its closed forms."""

import numpy as np
import pytest
from astropy import units as u
from hypothesis import given
from hypothesis import strategies as st

from clusternet.psf import GaussianPSF

widths = st.floats(0.02, 0.3)


@given(widths, st.integers(1, 8), st.data())
def test_every_sub_pixel_phase_holds_all_light(width, oversampling, data):
    start = st.integers(0, oversampling - 1)
    j, i = data.draw(start), data.draw(start)
    star = GaussianPSF(width * u.arcsec).effective_psf("F336W", oversampling, 65)
    assert star[j::oversampling, i::oversampling].sum() == pytest.approx(1, abs=1e-9)


@given(widths, st.integers(1, 8), st.integers(0, 20).map(lambda n: 2 * n + 1))
def test_star_is_at_the_centre_of_an_odd_array(width, oversampling, size):
    star = GaussianPSF(width * u.arcsec).effective_psf("F438W", oversampling, size)
    n = size * oversampling | 1
    assert star.shape == (n, n)
    assert star.dtype == float
    np.testing.assert_allclose(star, star[::-1, ::-1], atol=1e-15)
    assert star[n // 2, n // 2] == star.max()


def test_light_inside_a_circle_is_that_of_the_gaussian():
    # Wide against a pixel, whose own blur adds a variance of one twelfth.
    psf = GaussianPSF(0.4 * u.arcsec)
    sigma = np.hypot(0.4 / np.sqrt(8 * np.log(2)), 0.0396 / np.sqrt(12))
    radius = np.array([0.1, 0.2, 0.5])
    expected = 1 - np.exp(-((radius / sigma) ** 2) / 2)
    measured = psf.encircled_energy("F814W", radius * u.arcsec)
    np.testing.assert_allclose(measured, expected, atol=5e-4)
    assert psf.encircled_energy("F814W", 2 * u.arcsec) == pytest.approx(1, abs=1e-9)


def test_each_band_can_have_its_own_width_and_the_image_its_own_scale():
    psf = GaussianPSF({"r": 0.2 * u.arcsec, "i": 0.1 * u.arcsec}, pixel_scale=50 * u.mas)
    assert psf.bands == ("r", "i")
    assert psf.pixel_scale == 0.05 * u.arcsec
    assert psf.effective_psf("i", 1, 9).max() > psf.effective_psf("r", 1, 9).max()


def test_bands_without_a_width_and_bad_widths_are_refused():
    with pytest.raises(ValueError, match="no fwhm for z"):
        GaussianPSF({"r": 0.2 * u.arcsec}, bands=("r", "z"))
    with pytest.raises(ValueError, match="fwhm of F336W"):
        GaussianPSF(-0.1 * u.arcsec)
    with pytest.raises(ValueError, match="fwhm of F336W"):
        GaussianPSF(np.nan * u.arcsec)
    with pytest.raises(KeyError, match="has F336W, F438W, F814W"):
        GaussianPSF(0.1 * u.arcsec).effective_psf("F555W")
