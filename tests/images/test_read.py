"""Images in files: every form is read, every fault is named."""

import bz2
import gzip
import os
from pathlib import Path

import numpy as np
import pytest
from astropy import units as u
from astropy.io import fits
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clusternet.images import MultiBandImage
from clusternet.images.fits_source import split_extension
from clusternet.images.units import electron_rate_factor

REAL = Path(__file__).parents[3] / "shared" / "data" / "m83_arm.fits.gz"


@pytest.fixture
def files(write_band, pixels):
    return {b: write_band(f"{b}.fits", p) for b, p in zip(("F336W", "F438W"), pixels, strict=False)}


def test_bands_are_read_from_a_file_each(files, pixels, make_wcs):
    image = MultiBandImage.read(files)
    assert image.bands == ("F336W", "F438W")
    assert np.array_equal(image.data, pixels[:2])
    assert image.data.dtype.isnative
    sky = make_wcs().pixel_to_world(12.5, 70.25)
    assert np.allclose(image.wcs.world_to_pixel(sky), (12.5, 70.25), atol=1e-6)
    assert image.meta["sources"]["F438W"]["file"] == str(files["F438W"])


@pytest.mark.parametrize("kind", [fits.PrimaryHDU, fits.CompImageHDU])
def test_reading_in_strips_gives_the_same_pixels(write_band, pixels, monkeypatch, kind):
    path = write_band("a.fits", pixels[0], kind=kind)
    whole = MultiBandImage.read({"F336W": path}).data
    monkeypatch.setattr("clusternet.images.read.READ_PIXELS", 700)
    assert np.array_equal(MultiBandImage.read({"F336W": path}).data, whole)


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress])
def test_file_compressed_as_a_whole(files, pixels, tmp_path, compress):
    packed = tmp_path / "packed.fits.gz"
    packed.write_bytes(compress(files["F336W"].read_bytes()))
    assert np.array_equal(MultiBandImage.read({"F336W": packed}).data[0], pixels[0])


def test_file_compressed_in_tiles(write_band, pixels):
    path = write_band("a.fits.fz", pixels[0], kind=fits.CompImageHDU)
    image = MultiBandImage.read({"F336W": path})
    assert np.allclose(image.data[0], pixels[0], atol=0.05)  # quantised by the compression


def test_scaled_integers(write_band, make_wcs, tmp_path):
    counts = np.arange(8000, dtype=np.int16).reshape(80, 100)
    hdu = fits.PrimaryHDU(counts, header=make_wcs().to_header())
    hdu.header.update({"BSCALE": 0.01, "BZERO": 5.0, "BLANK": 7})
    hdu.writeto(tmp_path / "scaled.fits")
    with fits.open(tmp_path / "scaled.fits", memmap=False) as hdus:
        expected = hdus[0].data.astype(np.float32)
    image = MultiBandImage.read({"F336W": tmp_path / "scaled.fits"})
    assert np.array_equal(image.data[0], expected, equal_nan=True)
    assert image.mask.sum() == np.isnan(expected).sum()


def test_image_with_axes_of_length_one(write_band, pixels, make_wcs, tmp_path):
    header = make_wcs().to_header()
    fits.PrimaryHDU(pixels[:1, None], header=header).writeto(tmp_path / "cube.fits")
    image = MultiBandImage.read({"F336W": tmp_path / "cube.fits"})
    assert np.array_equal(image.data[0], pixels[0])


def test_open_hdus(pixels, make_wcs):
    for kind in (fits.PrimaryHDU, fits.ImageHDU, fits.CompImageHDU):
        image = MultiBandImage.read({"F336W": kind(pixels[0], header=make_wcs().to_header())})
        assert np.array_equal(image.data[0], pixels[0])


@pytest.fixture
def product(tmp_path, pixels, make_wcs):
    header = make_wcs().to_header()
    hdus = [fits.PrimaryHDU()]
    hdus += [
        fits.ImageHDU(p, header=header, name=n)
        for p, n in zip(pixels, ("WHT", "SCI", "CTX"), strict=True)
    ]
    fits.HDUList(hdus).writeto(tmp_path / "drz.fits")
    return tmp_path / "drz.fits"


@pytest.mark.parametrize(
    ("extension", "index"), [("", 1), ("[SCI]", 1), ("[sci]", 1), ("[1]", 0), ("[WHT]", 0)]
)
def test_extension_in_brackets(product, pixels, extension, index):
    image = MultiBandImage.read({"F336W": f"{product}{extension}"})
    assert np.array_equal(image.data[0], pixels[index])


def test_brackets_in_a_real_name_are_no_extension(files, tmp_path):
    odd = tmp_path / "field[2].fits[1]"
    odd.write_bytes(files["F336W"].read_bytes())
    assert split_extension(odd) == (odd, None)
    assert MultiBandImage.read({"F336W": odd}).bands == ("F336W",)


def test_written_image_reads_back_equal(image, tmp_path):
    for name in ("image.fits", "image.fits.gz"):
        image.write(tmp_path / name)
        again = MultiBandImage.read(tmp_path / name)
        assert again.bands == image.bands
        assert np.array_equal(again.data, image.data, equal_nan=True)
        assert np.array_equal(again.mask, image.mask)
        picked = MultiBandImage.read(tmp_path / name, bands=("F814W", "F336W"))
        assert picked.bands == ("F814W", "F336W")
        assert np.array_equal(picked.mask, image.mask[[2, 0]])
        as_dict = MultiBandImage.read({"F814W": f"{tmp_path / name}[F814W]"})
        assert as_dict.mask.sum() == 1
        one = MultiBandImage.read(f"{tmp_path / name}[F438W]")
        assert one.bands == ("F438W",)
    assert sorted(os.listdir(tmp_path)) == ["image.fits", "image.fits.gz"]


def test_same_image_gives_the_same_bytes(image, tmp_path):
    for name in ("a.fits.gz", "b.fits.gz"):
        image.write(tmp_path / name)
    assert (tmp_path / "a.fits.gz").read_bytes() == (tmp_path / "b.fits.gz").read_bytes()


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    ra=st.floats(0, 359.99), dec=st.floats(-80, 80), angle=st.floats(-3, 3),
    x=st.floats(-5000, 5000), y=st.floats(-5000, 5000), scale=st.floats(0.01, 0.2),
)
def test_wcs_round_trip_to_a_millionth_of_a_pixel(
    tmp_path, make_wcs, ra, dec, angle, x, y, scale
):
    wcs = make_wcs(scale / 3600, angle, (ra, dec), (x, y))
    MultiBandImage(np.zeros((1, 80, 100)), "F336W", wcs).write(tmp_path / "image.fits")
    again = MultiBandImage.read(tmp_path / "image.fits").wcs
    corners = np.array([[0, 99, 0, 99], [0, 0, 79, 79]])
    back = again.world_to_pixel(wcs.pixel_to_world(*corners))
    assert np.abs(np.array(back) - corners).max() < 1e-6


def test_pixels_can_be_kept_on_disk(files, pixels, tmp_path):
    image = MultiBandImage.read(files, scratch=tmp_path)
    assert np.array_equal(image.data, pixels[:2])
    base = image.data
    while base.base is not None and not isinstance(base, np.memmap):
        base = base.base
    assert isinstance(base, np.memmap)
    assert sorted(os.listdir(tmp_path)) == ["F336W.fits", "F438W.fits"]


@pytest.mark.parametrize(
    "bunit",
    ["ELECTRONS/S", "e-/s", "electron / s", "electron/s (approx)", "electrons/sec", "ELECTRON S-1",
     "e/s", "electron s**-1", "", "  ", None, "e- s^-1", "electrons per second"],
)
def test_spellings_of_electrons_per_second(bunit):
    assert electron_rate_factor("band F336W", bunit) == 1


@pytest.mark.parametrize("bunit", ["ELECTRONS", "COUNTS/S", "DN", "MJy/sr", "nonsense", "s"])
def test_wrong_unit_names_band_unit_and_way_out(write_band, pixels, bunit):
    path = write_band("a.fits", pixels[0], BUNIT=bunit)
    with pytest.raises(ValueError, match=f"band F336W has BUNIT '{bunit}'.*pass unit="):
        MultiBandImage.read({"F336W": path})
    image = MultiBandImage.read({"F336W": path}, unit="1.5 electron / s")
    assert np.allclose(image.data[0], 1.5 * pixels[0])


def test_unit_by_band(files, pixels):
    image = MultiBandImage.read(files, unit={"F438W": 2 * u.electron / u.s})
    assert np.allclose(image.data, pixels[:2] * [[[1]], [[2]]])
    with pytest.raises(ValueError, match=r"band F438W has unit 'mag'"):
        MultiBandImage.read(files, unit={"F438W": "mag"})


def test_file_without_bunit_holds_electrons_per_second(pixels, make_wcs, tmp_path):
    fits.PrimaryHDU(pixels[0], header=make_wcs().to_header()).writeto(tmp_path / "a.fits")
    image = MultiBandImage.read({"F336W": tmp_path / "a.fits"})
    assert np.array_equal(image.data[0], pixels[0])
    assert image.meta["sources"]["F336W"]["bunit"] is None


def test_missing_file(files, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"b\.fits for band F814W does not exist"):
        MultiBandImage.read({**files, "F814W": tmp_path / "b.fits"})
    with pytest.raises(FileNotFoundError, match="is a folder"):
        MultiBandImage.read({"F814W": tmp_path})


def test_missing_band(files, image, tmp_path):
    with pytest.raises(ValueError, match=r"no file for F814W \(there are F336W, F438W\)"):
        MultiBandImage.read(files, bands=("F336W", "F814W"))
    with pytest.raises(ValueError, match="no files to read"):
        MultiBandImage.read({})
    image.write(tmp_path / "image.fits")
    with pytest.raises(ValueError, match=r"no extension 'F275W' .*images: F336W, F336W_MASK"):
        MultiBandImage.read({"F275W": f"{tmp_path / 'image.fits'}[F275W]"})


def test_file_that_does_not_name_its_bands(product, files):
    with pytest.raises(ValueError, match=r"drz.fits does not name its bands .images: WHT, SCI"):
        MultiBandImage.read(product)
    with pytest.raises(ValueError, match="does not name its bands"):
        MultiBandImage.read(files["F336W"])


def test_several_images_without_a_clear_one(tmp_path, pixels, make_wcs):
    header = make_wcs().to_header()
    hdus = [fits.PrimaryHDU()]
    hdus += [fits.ImageHDU(p, header=header, name=n) for p, n in zip(pixels, "AB", strict=False)]
    fits.HDUList(hdus).writeto(tmp_path / "two.fits")
    with pytest.raises(ValueError, match=r"F336W: .*two.fits holds 2 images .A, B.; name the one"):
        MultiBandImage.read({"F336W": tmp_path / "two.fits"})


def test_extension_without_an_image(tmp_path, product):
    with pytest.raises(ValueError, match=r"has shape \(\), not that of one image"):
        MultiBandImage.read({"F336W": f"{product}[0]"})
    fits.PrimaryHDU().writeto(tmp_path / "empty.fits")
    with pytest.raises(ValueError, match=r"holds 0 images \(none\)"):
        MultiBandImage.read({"F336W": tmp_path / "empty.fits"})


def test_no_wcs(tmp_path, pixels):
    fits.PrimaryHDU(pixels[0]).writeto(tmp_path / "a.fits")
    with pytest.raises(ValueError, match=r"band F336W: .*a\.fits has no celestial WCS"):
        MultiBandImage.read({"F336W": tmp_path / "a.fits"})


def test_swapped_files(write_band, pixels):
    files = {
        "F336W": write_band("a.fits", pixels[0], FILTER="F438W"),
        "F438W": write_band("b.fits", pixels[1], FILTER="F336W"),
    }
    with pytest.raises(ValueError, match=r"band F336W: .*a\.fits says FILTER = F438W"):
        MultiBandImage.read(files)


def test_all_nan_image_and_nan_patch(write_band, pixels):
    patchy = pixels[0].copy()
    patchy[:10, :10] = np.nan
    files = {"F336W": write_band("a.fits", patchy)}
    assert MultiBandImage.read(files).mask.sum() == 100
    files["F438W"] = write_band("b.fits", np.full_like(patchy, np.nan))
    with pytest.raises(ValueError, match="band F438W has no good pixel: all are NaN"):
        MultiBandImage.read(files)


@pytest.mark.parametrize(
    ("ending", "kept"),
    [(".fits", k) for k in (0, 100, 2900, 5760, 0.5, 0.9)]
    + [(".fits.gz", k) for k in (1, 100, 2880, 0.5, 0.9)],
)
@pytest.mark.parametrize("whole", [True, False])
def test_file_that_is_cut_short(image, tmp_path, ending, kept, whole):
    image.write(tmp_path / f"whole{ending}")
    content = (tmp_path / f"whole{ending}").read_bytes()
    kept = kept if isinstance(kept, int) else int(kept * len(content))
    cut = tmp_path / f"cut{ending}"
    cut.write_bytes(content[:kept])
    with pytest.raises(OSError, match=rf"cut{ending} cannot be read as FITS: it is cut short"):
        MultiBandImage.read(cut if whole else {"F814W": f"{cut}[F814W]"})


def test_file_that_is_cut_short_in_compressed_tiles(write_band, pixels):
    path = write_band("a.fits.fz", pixels[0], kind=fits.CompImageHDU)
    path.write_bytes(path.read_bytes()[:-6000])
    with pytest.raises(OSError, match="cut short or corrupt"):
        MultiBandImage.read({"F336W": path})


def test_file_that_is_no_fits(tmp_path):
    (tmp_path / "a.fits").write_text("a picture\n" * 1000)
    with pytest.raises(OSError, match="cannot be read as FITS"):
        MultiBandImage.read({"F336W": tmp_path / "a.fits"})


def test_mask_of_another_size(tmp_path, pixels, make_wcs):
    hdus = [
        fits.PrimaryHDU(),
        fits.ImageHDU(pixels[0], header=make_wcs().to_header(), name="F336W"),
        fits.ImageHDU(np.zeros((3, 3), np.uint8), name="F336W_MASK"),
    ]
    fits.HDUList(hdus).writeto(tmp_path / "a.fits")
    with pytest.raises(ValueError, match=r"mask F336W_MASK of .* has shape \(3, 3\)"):
        MultiBandImage.read(tmp_path / "a.fits")


@pytest.mark.skipif(not REAL.exists(), reason="the M83 images are not here")
def test_real_images_of_m83():
    image = MultiBandImage.read(REAL)
    assert image.bands == ("F336W", "F438W", "F814W")
    assert image.shape == (3, 1024, 1024)
    image.check_pixel_scale(0.0396 * u.arcsec)
    same = MultiBandImage.read({b: f"{REAL}[{b}]" for b in ("F814W", "F336W")})
    assert np.array_equal(same.data, image.data[[2, 0]])
