"""GriddedPSF from files in the layout of STScI's STDPSF library, with all its traps."""

import numpy as np
import pytest
from astropy import units as u
from astropy.io import fits
from astropy.nddata import NDData

from clusternet.psf import DrizzledPSF, GaussianPSF, GriddedPSF, MoffatPSF

ARCSEC = u.arcsec
X = [0, 682, 1365, 2048, 2731, 3413, 4096]
Y = [0, 682, 1365, 2048, 2049, 2731, 3413, 4096]
FACTOR = 0.845


def width(x, y):
    """Widths of the stars on the mosaic of both chips, so that each place has its own."""
    return 0.07 + 0.02 * x / 4096 + 0.03 * y / 4096


def star(x, y, size=25, oversampling=4):
    return GaussianPSF(width(x, y) * ARCSEC, ["x"]).effective_psf("x", oversampling, size)


def write_stdpsf(path, flag=-0.1, rest=b" " * 2880):
    """Write 56 stars as STScI does: chip 2 below chip 1, a flag in the last row.

    What follows the data is taken for one more header, which misses its END card.
    """
    cards = [
        "SIMPLE  =                    T",
        "BITPIX  =                  -32",
        "NAXIS   =                    3",
        "NAXIS1  =                  101",
        "NAXIS2  =                  101",
        "NAXIS3  =                   56",
        "DATE    = '2014-01-31'",
        "TIME    = '09:45:22'",
        "BSCALE  =               1.0000",
        "BZERO   =               0.0000",
        "COMMENT",
        "NXPSFS  =                    7",
        "NYPSFS  =                    8",
        *[f"IPSFX{i + 1:02d} = {value:20d}" for i, value in enumerate([*X, 9999, 9999, 9999])],
        *[f"JPSFY{i + 1:02d} = {value:20d}" for i, value in enumerate([*Y, 9999, 9999])],
        "COMMENT ../../WFC3UV_PSFs/PSFEFF_WFC3UV_F438W_C0.fits",
        "COMMENT PSFSTD_WFC3UV_F438W.fits",
        "END",
    ]
    assert len(cards) == 36
    data = np.array([star(x, y) for y in Y for x in X])
    assert data.shape == (56, 101, 101)
    if flag is not None:
        data[:, 100, :] = flag
    header = "".join(card.ljust(80) for card in cards).encode()
    content = header + data.astype(">f4").tobytes()
    path.write_bytes(content + bytes(-len(content) % 2880) + rest)
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_stdpsf(tmp_path_factory.mktemp("stdpsf") / "STDPSF_WFC3UV_F438W.fits")


def test_header_without_an_end_after_the_data_does_no_harm(path, tmp_path):
    with pytest.raises(OSError, match="END"), fits.open(path):
        pass
    GriddedPSF.read({"F438W": path}, "UVIS1")
    padded = write_stdpsf(tmp_path / "STDPSF_WFC3UV_F438W.fits", rest=bytes(2880))
    GriddedPSF.read({"F438W": padded}, "UVIS1")


def test_chips_are_those_of_the_names(path):
    # Chip 2 is the lower half of the mosaic, though it is the first extension of an exposure.
    lower = GriddedPSF.read({"F438W": path}, "UVIS2")
    upper = GriddedPSF.read({"F438W": path}, "UVIS1")
    at = {"oversampling": 4, "size": 9, "position": (681, 681)}
    expected = FACTOR * star(682, 682, 9)
    np.testing.assert_allclose(lower.effective_psf("F438W", **at), expected, atol=1e-6)
    at["position"] = (681, 682)
    expected = FACTOR * star(682, 2731, 9)
    np.testing.assert_allclose(upper.effective_psf("F438W", **at), expected, atol=1e-6)


@pytest.mark.parametrize("oversampling", [1, 3, 4])
def test_values_hold_the_pixel_once_and_the_light_of_the_whole_star(path, oversampling):
    psf = GriddedPSF.read({"F438W": path}, "UVIS2")
    found = psf.effective_psf("F438W", oversampling, 9, position=(2047, -1))
    expected = FACTOR * star(2048, 0, 9, oversampling)
    np.testing.assert_allclose(found, expected, atol=2e-4 if oversampling == 3 else 1e-6)


def test_star_between_grid_points_is_interpolated(path):
    psf = GriddedPSF.read({"F438W": path}, "UVIS2")
    found = psf.effective_psf("F438W", 4, 9, position=(681 + 683 / 2, 681))
    expected = FACTOR * (star(682, 682, 9) + star(1365, 682, 9)) / 2
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_without_a_position_it_is_the_mean_over_the_field(path):
    psf = GriddedPSF.read({"F438W": path}, "UVIS2")
    expected = FACTOR * np.mean([star(x, y, 9) for y in Y[:4] for x in X], axis=0)
    np.testing.assert_allclose(psf.effective_psf("F438W", 4, 9), expected, atol=1e-6)
    narrow = psf.encircled_energy("F438W", 0.05 * ARCSEC, position=(0, 0))
    wide = psf.encircled_energy("F438W", 0.05 * ARCSEC, position=(4095, 2050))
    assert wide < psf.encircled_energy("F438W", 0.05 * ARCSEC) < narrow


def test_flag_in_the_last_row_is_not_light(path):
    psf = GriddedPSF.read({"F438W": path}, "UVIS2")
    found = psf.effective_psf("F438W", 4, 25, position=(2047, 681))
    np.testing.assert_allclose(found, FACTOR * star(2048, 682), atol=1e-6)
    assert found.min() > -1e-6


def test_row_without_a_flag_is_kept(tmp_path):
    plain = write_stdpsf(tmp_path / "STDPSF_WFC3UV_F438W.fits", flag=None)
    model = GriddedPSF.read({"F438W": plain}, "UVIS2").models["F438W"]
    np.testing.assert_allclose(model.data[0, 100], star(0, 0)[100], atol=1e-7)


def test_light_beyond_half_an_arcsec_is_lost_or_comes_from_wings(path):
    lost = GriddedPSF.read({"F438W": path}, "UVIS2")
    assert lost.effective_psf("F438W", 1, 65).sum() == pytest.approx(FACTOR, abs=1e-4)
    assert lost.effective_psf("F438W", 1, 65)[0, 0] == 0
    wings = MoffatPSF(0.08 * ARCSEC, beta=1.8, bands=["F438W"])
    psf = GriddedPSF.read({"F438W": path}, "UVIS2", wings=wings)
    found = psf.effective_psf("F438W", 4, 65)
    outer = wings.effective_psf("F438W", 4, 65)
    offset = (np.arange(len(found)) - len(found) // 2) / 4
    radius = np.hypot(offset[:, None], offset)
    np.testing.assert_array_equal(found[radius >= 12.5], outer[radius >= 12.5])
    inner = lost.effective_psf("F438W", 4, 65)
    np.testing.assert_array_equal(found[radius <= 10.5], inner[radius <= 10.5])
    # No step on the way from one to the other.
    row = found[len(found) // 2, len(found) // 2 :]
    assert np.all(np.diff(row[20:]) <= np.maximum(0, 0.3 * outer.max() * 1e-2))


def test_wings_must_fit(path):
    with pytest.raises(ValueError, match="wings"):
        GriddedPSF.read({"F438W": path}, "UVIS2", wings=GaussianPSF({"r": 0.1 * ARCSEC}))
    coarse = GaussianPSF({"F438W": 0.1 * ARCSEC}, pixel_scale=0.05 * ARCSEC)
    with pytest.raises(ValueError, match="wings"):
        GriddedPSF.read({"F438W": path}, "UVIS2", wings=coarse)


def test_mosaic_of_it_is_one_step_more(path):
    exposure = GriddedPSF.read({"F438W": path}, "UVIS1")
    mosaic = DrizzledPSF(exposure)
    sharp = exposure.effective_psf("F438W", 1, 9, position=(0, 0))
    soft = mosaic.effective_psf("F438W", 1, 9, position=(0, 0))
    assert soft.max() < sharp.max()
    assert soft.sum() == pytest.approx(sharp.sum(), abs=1e-3)


def test_other_bands_need_their_normalisation(path, tmp_path):
    other = tmp_path / "STDPSF_WFC3UV_F606W.fits"
    other.write_bytes(path.read_bytes())
    with pytest.raises(ValueError, match="no enclosed for F606W"):
        GriddedPSF.read({"F606W": other}, "UVIS1")
    psf = GriddedPSF.read({"F606W": other}, "UVIS1", enclosed=0.84)
    assert psf.effective_psf("F606W", 1, 25).sum() == pytest.approx(0.84, abs=1e-4)
    for fraction in (0.0, 1.2, np.nan):
        with pytest.raises(ValueError, match="enclosed of F606W"):
            GriddedPSF.read({"F606W": other}, "UVIS1", enclosed=fraction)


def test_files_that_are_not_what_they_should_be_are_refused(path, tmp_path):
    with pytest.raises(ValueError, match="UVIS1"):
        GriddedPSF.read({"F438W": path})
    with pytest.raises(ValueError, match="no detector UVIS3"):
        GriddedPSF.read({"F438W": path}, "UVIS3")
    with pytest.raises(ValueError, match="of detector UVIS2, not WFC2"):
        GriddedPSF.read({"F438W": path}, "WFC2")
    with pytest.raises(ValueError, match="given as F814W is of F438W"):
        GriddedPSF.read({"F814W": path}, "UVIS1")
    with pytest.raises(ValueError, match="dict"):
        GriddedPSF.read(path)
    with pytest.raises(ValueError, match="dict"):
        GriddedPSF(path)
    with pytest.raises(OSError, match="absent"):
        GriddedPSF.read({"F438W": tmp_path / "absent.fits"}, "UVIS1")
    named = tmp_path / "my_psf_file.fits"
    named.write_bytes(path.read_bytes())
    with pytest.raises(ValueError, match="STDPSF_WFC3UV_F438W"):
        GriddedPSF.read({"F438W": named}, "UVIS1")
    text = tmp_path / "STDPSF_WFC3UV_F336W.fits"
    text.write_text("not FITS")
    with pytest.raises((OSError, ValueError), match=r"F336W|FITS"):
        GriddedPSF.read({"F336W": text}, "UVIS1")


def test_file_of_one_detector_needs_no_name_and_any_file_name_without_parts_will_do(path, tmp_path):
    renamed = tmp_path / "stars.fits"
    renamed.write_bytes(path.read_bytes())
    psf = GriddedPSF.read({"F438W": renamed}, "UVIS1")
    assert psf.bands == ("F438W",)
    assert "F438W" in repr(psf)


def test_grids_of_even_arrays_are_refused():
    from photutils.psf import GriddedPSFModel

    meta = {"grid_xypos": [(0, 0), (1, 0), (0, 1), (1, 1)], "oversampling": 4}
    model = GriddedPSFModel(NDData(np.ones((4, 10, 10)), meta=meta))
    with pytest.raises(ValueError, match="odd"):
        GriddedPSF({"F438W": model})


@pytest.mark.parametrize("position", [5, (1, 2, 3), (np.nan, 0), ("a", "b")])
def test_positions_that_are_none_are_refused(path, position):
    psf = GriddedPSF.read({"F438W": path}, "UVIS1")
    with pytest.raises(ValueError, match="position"):
        psf.effective_psf("F438W", position=position)
    with pytest.raises(ValueError, match="position"):
        psf.encircled_energy("F438W", 0.1 * ARCSEC, position=position)
