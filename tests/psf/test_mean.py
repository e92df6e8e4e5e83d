"""MeanPSF is linear in what it averages."""

import numpy as np
import pytest
from astropy import units as u

from clusternet.psf import GaussianPSF, MeanPSF

SHARP, SOFT = GaussianPSF(0.07 * u.arcsec), GaussianPSF(0.14 * u.arcsec)


def test_light_is_the_weighted_mean():
    psf = MeanPSF([SHARP, SOFT], weights=[3, 1])
    parts = [p.effective_psf("F438W", 3, 9) for p in (SHARP, SOFT)]
    expected = 0.75 * parts[0] + 0.25 * parts[1]
    np.testing.assert_allclose(psf.effective_psf("F438W", 3, 9), expected, rtol=1e-12)
    radius = [0.05, 0.2] * u.arcsec
    expected = 0.75 * SHARP.encircled_energy("F438W", radius)
    expected += 0.25 * SOFT.encircled_energy("F438W", radius)
    np.testing.assert_allclose(psf.encircled_energy("F438W", radius), expected, rtol=1e-12)
    assert psf.pixel_scale == SHARP.pixel_scale
    assert "weights" in repr(psf)


def test_bands_are_those_that_all_have():
    other = GaussianPSF({"F814W": 0.1 * u.arcsec, "F555W": 0.1 * u.arcsec})
    assert MeanPSF([SHARP, other]).bands == ("F814W",)


def test_what_cannot_be_averaged_is_refused():
    with pytest.raises(ValueError, match="nothing to average"):
        MeanPSF([])
    with pytest.raises(ValueError, match="at least one band"):
        MeanPSF([SHARP, GaussianPSF({"r": 0.1 * u.arcsec})])
    with pytest.raises(ValueError, match="pixel_scale"):
        MeanPSF([SHARP, GaussianPSF(0.1 * u.arcsec, pixel_scale=0.05 * u.arcsec)])
    for weights in ([1.0], [1.0, -1.0], [0.0, 0.0], [1.0, np.nan]):
        with pytest.raises(ValueError, match="weights"):
            MeanPSF([SHARP, SOFT], weights)
