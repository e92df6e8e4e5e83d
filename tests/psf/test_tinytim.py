"""TinyTimPSF from small files made here, and from one that TinyTim wrote, where it is."""

from pathlib import Path

import numpy as np
import pytest
from astropy import units as u
from astropy.io import fits

from clusternet.psf import GaussianPSF, OpticalPSF, TinyTimImage, TinyTimPSF
from clusternet.psf.gaussian import _SIGMA_PER_FWHM

REAL = Path(__file__).parents[3] / "shared" / "data" / "tinytim_f438w_uvis1.fits"
ARCSEC = u.arcsec
KERNEL = np.array([[0.017, 0.097, 0.017], [0.097, 0.544, 0.097], [0.017, 0.097, 0.017]])
SIGMA = 0.035


def write(path, subsampling=4, sampling=None, kernel=KERNEL, **changes):
    """Write a Gaussian star of known width with the header that TinyTim gives it."""
    true = 0.03939 / subsampling if sampling is None else sampling
    n = int(2.2 / true) // 2 * 2
    # Samples of a Gaussian that has been integrated over each sample's own square.
    fwhm = SIGMA / _SIGMA_PER_FWHM * ARCSEC
    psf = GaussianPSF(fwhm, ["x"], pixel_scale=true * ARCSEC)
    data = psf.effective_psf("x", 1, n + 1)[:-1, :-1]
    data = data / data.sum()
    header = fits.Header()
    header["INSTRUME"] = "WFC3_UVIS1"
    if sampling is None:
        header["PIXSCALE"] = (round(0.04 / subsampling, 4), "Approximate pixel scale in arcseconds")
    else:
        header["PIXSCALE"] = (sampling, "Pixel scale in arcseconds")
    header["SPECTRUM"], header["FILTER"] = "bpgs_14", "f438w"
    if subsampling > 1 and sampling is None:
        header["COMMENT"] = "This PSF is subsampled, so the charge diffusion kernel was"
        header["COMMENT"] = "NOT applied.  After you rebin this PSF to normal sampling,"
        header["COMMENT"] = "you should convolve it with the following kernel :"
        for row in kernel:
            header["COMMENT"] = "   " + " ".join(f"{value:.6f}" for value in row)
    for key, value in changes.items():
        if value is None:
            header.remove(key, remove_all=True)
        elif key != "data":
            header[key] = value
    data = changes.get("data", data)
    fits.PrimaryHDU(data.astype(np.float32), header).writeto(path)
    return path


def expected_star(sigma, boxes, oversampling, size):
    """Gaussian after any boxes, by brute-force sums over a fine grid."""
    fine = 0.0396 / (oversampling * 25)
    axis = np.arange(-int(1.6 / fine), int(1.6 / fine) + 1) * fine
    profile = np.exp(-((axis / sigma) ** 2) / 2) / sigma / np.sqrt(2 * np.pi)
    for box in boxes:
        edges = np.cumsum(profile) * fine
        upper = np.interp(axis + box / 2 - fine / 2, axis, edges)
        profile = (upper - np.interp(axis - box / 2 - fine / 2, axis, edges)) / box
    offset = (np.arange(size * oversampling | 1) - size * oversampling // 2) * 0.0396 / oversampling
    line = 0.0396 * np.interp(offset, axis, profile)
    return np.outer(line, line)


@pytest.mark.parametrize("subsampling", [3, 4, 7])
def test_subsampled_file_gives_the_star_integrated_over_pixels(tmp_path, subsampling):
    identity = np.zeros((3, 3))
    identity[1, 1] = 1
    path = write(tmp_path / "a.fits", subsampling, kernel=identity)
    star = TinyTimPSF.read({"F438W": path}).effective_psf("F438W", 4, 21)
    np.testing.assert_allclose(star, expected_star(SIGMA, (0.03939, 0.0396), 4, 21), atol=2e-5)


def test_undistorted_file_keeps_its_own_scale_and_gets_the_blur_of_the_detector(tmp_path):
    path = write(tmp_path / "a00_psf.fits", sampling=0.0123)
    image = TinyTimImage.read(path)
    assert not image.diffused
    assert image.sampling == 0.0123
    star = TinyTimPSF({"F438W": image}).effective_psf("F438W", 4, 21)
    wide = np.hypot(SIGMA, 0.024)
    np.testing.assert_allclose(star, expected_star(wide, (0.03939, 0.0396), 4, 21), atol=2e-5)
    plain = TinyTimPSF({"F438W": image}, blur=0 * ARCSEC).effective_psf("F438W", 4, 21)
    np.testing.assert_allclose(plain, expected_star(SIGMA, (0.03939, 0.0396), 4, 21), atol=2e-5)


def test_kernel_in_the_comments_is_applied_over_detector_pixels(tmp_path):
    path = write(tmp_path / "a.fits", 4)
    image = TinyTimImage.read(path)
    bare = fits.getdata(path).astype(float)
    assert image.diffused
    shifted = sum(
        KERNEL[j + 1, i + 1] * np.roll(bare, (4 * j, 4 * i), (0, 1))
        for j in (-1, 0, 1)
        for i in (-1, 0, 1)
    )
    np.testing.assert_allclose(image.data, shifted, atol=1e-7)


@pytest.mark.parametrize("subsampling", [1, 4])
def test_every_phase_holds_the_same_light_and_the_centroid_stays(tmp_path, subsampling):
    psf = TinyTimPSF.read({"F438W": write(tmp_path / "a.fits", subsampling)})
    star = psf.effective_psf("F438W", 3, 65)
    sums = [star[j::3, i::3].sum() for j in range(3) for i in range(3)]
    np.testing.assert_allclose(sums, 1, atol=1e-3)
    offset = (np.arange(len(star)) - len(star) // 2) / 3
    assert star.sum(axis=0) @ offset / star.sum() == pytest.approx(0, abs=0.01)


def test_light_beyond_the_file_can_be_counted(tmp_path):
    path = write(tmp_path / "a.fits")
    part = TinyTimPSF.read({"F438W": path}, enclosed=0.97).effective_psf("F438W", 1, 33)
    assert part.sum() == pytest.approx(0.97, abs=1e-3)
    with pytest.raises(ValueError, match="enclosed"):
        TinyTimPSF.read({"F438W": path}, enclosed=1.2)


def test_single_wavelength_serves_any_band(tmp_path):
    path = write(tmp_path / "a.fits", FILTER=None, SPECTRUM=None, WAVELNTH=0.8)
    image = TinyTimImage.read(path)
    assert image.band is None
    assert image.wavelength == pytest.approx(800)
    assert TinyTimPSF({"anything": image}).bands == ("anything",)


def test_file_of_another_band_is_refused(tmp_path):
    with pytest.raises(ValueError, match="given as F336W is of F438W"):
        TinyTimPSF.read({"F336W": write(tmp_path / "a.fits")})
    with pytest.raises(ValueError, match="dict"):
        TinyTimPSF.read(tmp_path / "a.fits")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"INSTRUME": "ACS_WFC1"}, "ACS_WFC1"),
        ({"INSTRUME": None}, "nothing"),
        ({"PIXSCALE": 4.0}, "PIXSCALE"),
        ({"FILTER": "clear"}, "CLEAR"),
        ({"FILTER": None}, "WAVELNTH"),
        ({"COMMENT": None}, "no 3 x 3 kernel"),
        ({"data": np.ones((4, 6))}, "no square image"),
        ({"data": np.ones((8, 8))}, "sum of 64"),
        ({"data": np.full((8, 8), np.nan)}, "sum of nan"),
    ],
)
def test_file_that_tinytim_did_not_write_for_uvis_is_refused(tmp_path, changes, message):
    with pytest.raises(ValueError, match=message):
        TinyTimImage.read(write(tmp_path / "a.fits", **changes))


@pytest.mark.parametrize(
    "kernel",
    [
        KERNEL + np.array([[0, 0.1, 0], [0, 0, 0], [0, 0, 0]]),
        KERNEL - np.array([[0.1, 0, 0.1], [0, -0.4, 0], [0.1, 0, 0.1]]),
        KERNEL * 0.5,
    ],
)
def test_kernel_that_is_no_diffusion_is_refused(tmp_path, kernel):
    with pytest.raises(ValueError, match="kernel of charge diffusion"):
        TinyTimImage.read(write(tmp_path / "a.fits", kernel=kernel))


def test_missing_file_is_named(tmp_path):
    with pytest.raises(OSError, match="absent"):
        TinyTimImage.read(tmp_path / "absent.fits")


@pytest.mark.skipif(not REAL.exists(), reason="no TinyTim file here")
def test_real_file_agrees_with_the_optical_model_beyond_the_core():
    psf = TinyTimPSF.read({"F438W": REAL}, enclosed=0.975)
    star = psf.effective_psf("F438W", 4, 65)
    assert star[::4, ::4].sum() == pytest.approx(0.97, abs=0.003)
    radii = [0.08, 0.12, 0.2, 0.4, 0.99] * ARCSEC
    ours = OpticalPSF(["F438W"]).encircled_energy("F438W", radii)
    # TinyTim knows no mirror errors as rough as those seen on orbit.
    np.testing.assert_allclose(psf.encircled_energy("F438W", radii), ours, atol=0.04)


@pytest.mark.parametrize("subsampling", range(1, 11))
def test_true_scale_on_the_sky_is_known_for_every_subsampling(tmp_path, subsampling):
    for chip, pixel in (("WFC3_UVIS1", 0.03939), ("WFC3_UVIS2", 0.03976)):
        image = TinyTimImage.read(write(tmp_path / f"{chip}.fits", subsampling, INSTRUME=chip))
        assert (image.pixel, image.sampling) == (pixel, pixel / subsampling)
        assert image.diffused


def test_rounded_scale_of_an_undistorted_file_can_be_replaced(tmp_path):
    path = write(tmp_path / "a00_psf.fits", sampling=0.0131)
    assert TinyTimImage.read(path).sampling == 0.0131
    assert TinyTimImage.read(path, sampling=0.013109 * ARCSEC).sampling == 0.013109
    with pytest.raises(ValueError, match="sampling"):
        TinyTimImage.read(path, sampling=0.013109)


def test_scale_that_does_not_tell_its_frame_is_refused(tmp_path):
    path = write(tmp_path / "a.fits", PIXSCALE=(0.01, ""))
    with pytest.raises(ValueError, match="remark"):
        TinyTimImage.read(path)
    path = write(tmp_path / "b.fits", PIXSCALE=0.0115)
    with pytest.raises(ValueError, match=r"not 0\.04 over 1 to 10"):
        TinyTimImage.read(path)


def test_file_cut_short_is_refused(tmp_path):
    path = write(tmp_path / "a.fits")
    content = path.read_bytes()
    for length in (0, 1000, 2880, len(content) // 2):
        path.write_bytes(content[:length])
        with pytest.raises((OSError, ValueError), match=r"a\.fits"):
            TinyTimImage.read(path)
