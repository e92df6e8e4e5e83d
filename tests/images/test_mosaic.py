"""Images left on disk: the same pixels as in memory, read a rectangle at a time."""

import builtins
import copy
import gzip
import os
import pickle
import signal
import subprocess
import sys
import threading
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from astropy import units as u
from astropy.io import fits
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clusternet.images import Mosaic, MultiBandImage, write_zarr
from clusternet.images.tiling import rectangle

ALL = (slice(None), slice(None))
PART = (slice(2, 71), slice(3, 50))


def same(found, expected):
    """Whether pixels and mask are those of another (pixels, mask), of the same types."""
    return all(
        f.dtype == e.dtype and np.array_equal(f, e, equal_nan=f.dtype == np.float32)
        for f, e in zip(found, expected, strict=True)
    )


@pytest.fixture
def files(write_band, pixels):
    return {b: write_band(f"{b}.fits", p) for b, p in zip(("F336W", "F438W"), pixels, strict=False)}


@pytest.fixture(params=["fits", "zarr"])
def stored(request, image, tmp_path):
    """Path of an image with bad pixels of all kinds, in either form."""
    path = tmp_path / f"image.{request.param}"
    if request.param == "fits":
        image.write(path)
    else:
        pytest.importorskip("zarr")
        write_zarr(image, path, chunk=32)
    return path


def test_it_is_like_the_image_in_memory(stored, image):
    with Mosaic.open(stored) as mosaic:
        assert mosaic.bands == image.bands
        assert mosaic.shape == image.shape
        assert mosaic.wcs.array_shape == image.wcs.array_shape
        assert u.isclose(mosaic.pixel_scale, image.pixel_scale)
        corners = np.array([[0, 99.5], [0, 79.5]])
        back = mosaic.wcs.world_to_pixel(image.wcs.pixel_to_world(*corners))
        assert np.abs(np.array(back) - corners).max() < 1e-6
        assert same(mosaic.section(*ALL), image.section(*ALL))
        assert same(mosaic.section(*PART), image.section(*PART))
        assert len(list(mosaic.tiles(64))) == len(list(image.tiles(64)))
        mosaic.check_size(80)
        with pytest.raises(ValueError, match="100 x 80 px is smaller than a window of 81"):
            mosaic.check_size(81)
        mosaic.check_pixel_scale(0.0396 * u.arcsec)
        with pytest.raises(ValueError, match=r"are not those of 0\.05 arcsec"):
            mosaic.check_pixel_scale(0.05 * u.arcsec)
        assert list(mosaic.meta["sources"]) == list(image.bands)
        assert repr(mosaic) == "Mosaic(F336W, F438W, F814W; 100 x 80 px of 0.0396 arcsec)"


def test_bands_can_be_picked_and_put_in_order(stored, image):
    with Mosaic.open(stored) as mosaic:
        chosen = mosaic.select(("F814W", "F336W"))
        with pytest.raises(ValueError, match=r"no F275W in the image \(has F336W, F438W, F814W\)"):
            mosaic.select(("F275W", "F336W"))
    assert chosen.bands == ("F814W", "F336W")
    assert chosen.shape == (2, 80, 100)
    expected = image.select(("F814W", "F336W"))
    assert same(chosen.section(*PART), expected.section(*PART))
    assert same(chosen.select("F336W").section(*ALL), image.select("F336W").section(*ALL))
    opened = Mosaic.open(stored, bands=("F814W", "F336W"))
    assert same(opened.section(*PART), expected.section(*PART))


def test_cutouts_are_images_in_memory(stored, image):
    mosaic = Mosaic.open(stored)
    for arguments in (((50.4, 39.6), 64), ((5, 5), (20, 30)), ((-500, 900), 8)):
        part, expected = (some.cutout(*arguments, fill=True) for some in (mosaic, image))
        assert type(part) is MultiBandImage
        assert same(part.section(*ALL), expected.section(*ALL))
        assert np.allclose(part.wcs.wcs.crpix, expected.wcs.wcs.crpix)
    with pytest.raises(ValueError, match="beyond the image of 100 x 80 px"):
        mosaic.cutout((10, 10), 64)


def test_a_closed_mosaic_says_so(stored):
    with Mosaic.open(stored) as mosaic:
        pass
    for use in (lambda: mosaic.section(*ALL), lambda: mosaic.select("F336W")):
        with pytest.raises(ValueError, match=r"Mosaic\(F336W.* is closed; open it again"):
            use()
    mosaic.close()


@pytest.mark.parametrize("again", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_mosaics_can_be_sent_to_another_process(stored, image, again, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    mosaic = Mosaic.open(stored.name).select(("F814W", "F438W"))
    mosaic.meta["note"] = "kept"
    monkeypatch.chdir("/")
    other = again(mosaic)
    assert same(mosaic.section(*PART), image.select(mosaic.bands).section(*PART))
    assert other.bands == mosaic.bands
    assert other.meta == mosaic.meta
    assert other.wcs.wcs.compare(mosaic.wcs.wcs)
    assert same(other.section(*PART), image.select(mosaic.bands).section(*PART))


def test_many_threads_read_at_once(stored, image):
    mosaic = Mosaic.open(stored)
    rng = np.random.default_rng(3)
    corners = np.sort([rng.integers(0, 81, (60, 2)), rng.integers(0, 81, (60, 2))], axis=-1)
    parts = [tuple(slice(*pair) for pair in pairs) for pairs in corners.swapaxes(0, 1)]
    gate = threading.Barrier(6)

    def read(k):
        gate.wait()
        return [mosaic.section(*part) for part in parts[k::6]]

    with ThreadPoolExecutor(6) as pool:
        for k, found in enumerate(pool.map(read, range(6))):
            for part, section in zip(parts[k::6], found, strict=True):
                assert same(section, image.section(*part))


@pytest.fixture
def mosaic(files):
    return Mosaic.open(files)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_rectangle_is_that_of_the_array(data, mosaic, pixels):
    rows, columns = (
        slice(*sorted(data.draw(st.tuples(st.integers(0, n), st.integers(0, n)))))
        for n in (80, 100)
    )
    found, mask = mosaic.section(rows, columns)
    assert np.array_equal(found, pixels[:2, rows, columns])
    assert mask.shape == found.shape


def test_section_of_an_image_in_memory_is_a_view(image):
    found, mask = image.section(*PART)
    assert np.shares_memory(found, image.data)
    assert np.shares_memory(mask, image.mask)
    assert np.array_equal(found, image.data[:, *PART], equal_nan=True)


@pytest.mark.parametrize(
    ("part", "error", "message"),
    [
        ((slice(0, 81), slice(None)), ValueError, r"rows slice\(0, 81.* 100 x 80 px .*0 to 80"),
        ((slice(None), slice(-3, None)), ValueError, "columns slice.* no part of an image"),
        ((slice(5, 3), slice(None)), ValueError, "no part"),
        ((slice(0, 8, 2), slice(None)), ValueError, "steps of 1"),
        ((3, slice(None)), TypeError, "rows = 3 is no slice"),
        ((slice(0, 2.5), slice(None)), TypeError, "integer"),
        ((slice(0, np.nan), slice(None)), TypeError, "integer"),
    ],
)
def test_what_is_no_rectangle_of_the_image_is_a_clear_error(stored, image, part, error, message):
    for source in (image, Mosaic.open(stored)):
        with pytest.raises(error, match=message):
            source.section(*part)


def test_open_ends_are_those_of_the_image():
    assert rectangle(slice(np.int64(2), None), slice(None, 7), (5, 9)) == (slice(2, 5), slice(0, 7))


@pytest.mark.parametrize(
    "stored_as", [">f4", ">f8", ">i2", ">i4", ">i8", "u1", ">u2", ">u4", "<f4", "<i2"]
)
def test_stored_types_give_the_pixels_of_astropy(stored_as, make_wcs, tmp_path):
    values = np.random.default_rng(2).uniform(0, 100, (80, 100)).astype(stored_as)
    path = tmp_path / "a.fits"
    fits.PrimaryHDU(values, header=make_wcs().to_header()).writeto(path)
    found, _ = Mosaic.open({"F336W": path}).section(*PART)
    assert found.dtype == np.float32
    assert found.dtype.isnative
    assert np.array_equal(found[0], fits.getdata(path)[PART].astype(np.float32))
    whole = MultiBandImage.read({"F336W": path})
    assert same(whole.section(*PART), (found, np.zeros(found.shape, bool)))


@pytest.mark.parametrize("stored_as", ["u1", ">i2", ">i4", ">f4"])
def test_scaled_pixels_give_those_of_astropy(stored_as, make_wcs, tmp_path):
    path = tmp_path / "a.fits"
    values = np.arange(8000).reshape(80, 100) % 200
    hdu = fits.PrimaryHDU(values.astype(stored_as), header=make_wcs().to_header())
    hdu.header.update({"BSCALE": 0.01, "BZERO": 5.0})
    if stored_as != ">f4":
        hdu.header["BLANK"] = 7
    hdu.writeto(path)
    expected = fits.getdata(path, memmap=False).astype(np.float32)
    assert np.isnan(expected).sum() == (0 if stored_as == ">f4" else 40)
    found, mask = Mosaic.open({"F336W": path}).section(*ALL)
    assert np.array_equal(found[0], expected, equal_nan=True)
    assert np.array_equal(mask[0], np.isnan(expected))


def test_units_are_converted_as_in_memory(write_band, pixels):
    files = {
        "F336W": write_band("a.fits", pixels[0], BUNIT="electron / min"),
        "F438W": write_band("b.fits", pixels[1], BUNIT="COUNTS/S"),
    }
    with pytest.raises(ValueError, match="band F438W has BUNIT 'COUNTS/S'"):
        Mosaic.open(files)
    unit = {"F438W": "1.56 electron / s"}
    mosaic = Mosaic.open(files, unit=unit)
    expected = MultiBandImage.read(files, unit=unit)
    assert np.allclose(expected.data[:, 0, 0], pixels[:2, 0, 0] * [1 / 60, 1.56])
    assert same(mosaic.section(*PART), expected.section(*PART))
    assert mosaic.meta == expected.meta
    assert same(pickle.loads(pickle.dumps(mosaic)).section(*PART), expected.section(*PART))


def test_what_float32_cannot_hold_is_masked(write_band, pixels):
    huge = pixels[0].astype(np.float64)
    huge[4, 5] = 1e300
    path = write_band("a.fits", huge)
    found, mask = Mosaic.open({"F336W": path}).section(*ALL)
    assert np.argwhere(mask).tolist() == [[0, 4, 5]]
    assert same((found, mask), MultiBandImage.read({"F336W": path}).section(*ALL))


def test_extensions_and_odd_names(image, pixels, make_wcs, tmp_path):
    image.write(tmp_path / "image.fits")
    files = {b: f"{tmp_path}/image.fits[{b}]" for b in ("F814W", "F336W")}
    mosaic = Mosaic.open(files)
    assert same(mosaic.section(*ALL), image.select(("F814W", "F336W")).section(*ALL))
    assert same(Mosaic.open(f"{tmp_path}/image.fits[F814W]").section(*ALL),
                image.select("F814W").section(*ALL))
    assert pickle.loads(pickle.dumps(mosaic)).bands == mosaic.bands
    odd = tmp_path / "field[2].fits[1]"
    fits.PrimaryHDU(pixels[:1, None], header=make_wcs().to_header()).writeto(odd)
    assert np.array_equal(Mosaic.open({"F336W": odd}).section(*ALL)[0], pixels[:1])


def test_hdus_can_be_opened_but_not_sent(pixels, make_wcs, write_band):
    header = make_wcs().to_header()
    path = write_band("b.fits", pixels[1])
    with fits.open(path) as hdus:
        mosaic = Mosaic.open({"F336W": fits.ImageHDU(pixels[0], header=header), "F438W": hdus[0]})
    assert np.array_equal(mosaic.section(*PART)[0], pixels[:2, *PART])
    for send in (pickle.dumps, copy.copy):
        with pytest.raises(TypeError, match=r"opened from HDUs.*open it from the paths"):
            send(mosaic.select("F438W"))


def test_compressed_files_are_refused_before_they_are_unpacked(files, write_band, pixels, image,
                                                               tmp_path, monkeypatch):
    packed = tmp_path / "packed.fits.gz"
    packed.write_bytes(gzip.compress(files["F336W"].read_bytes()))
    image.write(tmp_path / "image.fits.gz")
    tiled = write_band("a.fits.fz", pixels[0], kind=fits.CompImageHDU)

    def refuse(*_):
        raise AssertionError("unpacked")

    monkeypatch.setattr("shutil.copyfileobj", refuse)
    message = "compressed.*decompress it .*or read it with MultiBandImage.read"
    with pytest.raises(ValueError, match=rf"band F438W: .*packed.fits.gz is {message}"):
        Mosaic.open({"F336W": files["F336W"], "F438W": packed})
    for whole in (tmp_path / "image.fits.gz", f"{tmp_path}/image.fits.gz[F336W]"):
        with pytest.raises(ValueError, match=rf"image.fits.gz.* is {message}"):
            Mosaic.open(whole)
    with pytest.raises(ValueError, match=rf"band F336W: .*a.fits.fz is {message}"):
        Mosaic.open({"F336W": tiled})
    with pytest.raises(ValueError, match=r"given HDU .* is compressed"):
        Mosaic.open({"F336W": fits.CompImageHDU(pixels[0], header=fits.getheader(tiled, 1))})


def test_bands_that_do_not_fit_are_refused(write_band, pixels, make_wcs):
    files = {
        "F336W": write_band("a.fits", pixels[0]),
        "F438W": write_band("b.fits", pixels[1], wcs=make_wcs(crpix=(50.9, 40.5))),
        "F814W": write_band("c.fits", pixels[2, :70]),
    }
    with pytest.raises(ValueError, match=r"F438W does not fit .* F336W: .*0\.4 px.* align=True"):
        Mosaic.open(files)
    with pytest.raises(ValueError, match="it has 100 x 70 px"):
        Mosaic.open({b: files[b] for b in ("F336W", "F814W")})
    mosaic = Mosaic.open(files, bands=("F438W", "F336W"), max_offset=0.5)
    assert np.isclose(mosaic.wcs.wcs.crpix[0], 50.9)
    again = pickle.loads(pickle.dumps(mosaic.select(("F336W", "F438W"))))
    assert np.isclose(again.wcs.wcs.crpix[0], 50.9)


def test_bad_input_is_a_clear_error(files, pixels, write_band, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"b\.fits for band F814W does not exist"):
        Mosaic.open({**files, "F814W": tmp_path / "b.fits"})
    with pytest.raises(FileNotFoundError, match=r"no\.zarr does not exist"):
        Mosaic.open(tmp_path / "no.zarr")
    with pytest.raises(FileNotFoundError, match="is a folder"):
        Mosaic.open(tmp_path)
    with pytest.raises(ValueError, match="no files to read"):
        Mosaic.open({})
    with pytest.raises(ValueError, match="no file for F814W"):
        Mosaic.open(files, bands=("F336W", "F814W"))
    with pytest.raises(ValueError, match="says FILTER = F438W"):
        Mosaic.open({**files, "F336W": write_band("s.fits", pixels[0], FILTER="F438W")})
    fits.PrimaryHDU(pixels[0]).writeto(tmp_path / "no_wcs.fits")
    with pytest.raises(ValueError, match="no celestial WCS"):
        Mosaic.open({"F336W": tmp_path / "no_wcs.fits"})
    table = fits.BinTableHDU.from_columns([fits.Column("a", "E", array=[1.0])])
    table.writeto(tmp_path / "table.fits")
    with pytest.raises(ValueError, match="not that of one image"):
        Mosaic.open({"F336W": f"{tmp_path}/table.fits[1]"})
    content = files["F336W"].read_bytes()
    (tmp_path / "cut.fits").write_bytes(content[: len(content) // 2])
    with pytest.raises(OSError, match=r"cut\.fits cannot be read as FITS"):
        Mosaic.open({"F336W": tmp_path / "cut.fits"})


def resident():
    """Memory of this process that is in use, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is measured in /proc")
def test_a_part_of_a_large_image_needs_little_memory(make_wcs, tmp_path):
    header = fits.PrimaryHDU(header=make_wcs().to_header()).header
    header["BITPIX"], header["NAXIS"] = -32, 2
    header.set("NAXIS1", 20000, after="NAXIS")
    header.set("NAXIS2", 10000, after="NAXIS1")
    start = len(header.tostring())
    files = {}
    for band in ("F336W", "F438W"):
        files[band] = tmp_path / f"{band}.fits"
        with files[band].open("wb") as file:
            file.write(header.tostring().encode())
            file.truncate(start + -(-4 * 20000 * 10000 // 2880) * 2880)
            file.seek(start + 4 * (9000 * 20000 + 15000))
            file.write(np.array([2.5], ">f4").tobytes())
    assert sum(f.stat().st_blocks * 512 for f in files.values()) < 1e6  # the rest are holes
    before = resident()
    tracemalloc.start()
    try:
        with Mosaic.open(files) as mosaic:
            found, mask = mosaic.section(slice(8990, 9054), slice(14990, 15054))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert mosaic.shape == (2, 10000, 20000)
    assert found[:, 10, 10].tolist() == [2.5, 2.5]
    assert found.sum() == 5
    assert not mask.any()
    assert peak < 5e6  # bytes, of 1.6e9 in the files
    assert resident() - before < 6e7


# zarr stores


def test_a_zarr_image_reads_back_equal(image, tmp_path):
    pytest.importorskip("zarr")
    for chunk in (41, 1024):
        write_zarr(image, tmp_path / f"{chunk}.zarr", chunk=chunk)
        again = MultiBandImage.read(tmp_path / f"{chunk}.zarr")
        assert again.bands == image.bands
        assert same(again.section(*ALL), image.section(*ALL))
        picked = MultiBandImage.read(tmp_path / f"{chunk}.zarr", bands=("F814W",),
                                     scratch=tmp_path)
        assert same(picked.section(*ALL), image.select("F814W").section(*ALL))
    assert sorted(os.listdir(tmp_path)) == ["1024.zarr", "41.zarr"]


def test_the_layout_of_a_zarr_image(image, make_wcs, tmp_path):
    zarr = pytest.importorskip("zarr")
    write_zarr(image, tmp_path / "image.zarr", chunk=32)
    group = zarr.open_group(tmp_path / "image.zarr", mode="r")
    assert group.metadata.zarr_format == 3
    assert group.attrs["format"] == "clusternet-image-1"
    assert group.attrs["bands"] == ["F336W", "F438W", "F814W"]
    assert "CTYPE1  = 'RA---TAN'" in group.attrs["header"]
    assert group["data"].chunks == group["mask"].chunks == (3, 32, 32)
    assert group["data"].dtype == np.float32
    assert np.argwhere(group["mask"][:]).tolist() == [[2, 7, 8]]
    plain = MultiBandImage(np.ones((1, 80, 100)), "F336W", make_wcs())
    write_zarr(plain, tmp_path / "plain.zarr")
    assert sorted(zarr.open_group(tmp_path / "plain.zarr", mode="r")) == ["data"]


def test_a_mosaic_becomes_a_zarr_store(files, tmp_path):
    pytest.importorskip("zarr")
    mosaic = Mosaic.open(files).select(("F438W", "F336W"))
    write_zarr(mosaic, tmp_path / "m83.zarr", chunk=50)
    assert same(Mosaic.open(tmp_path / "m83.zarr").section(*PART), mosaic.section(*PART))


def test_equal_images_make_equal_stores(image, tmp_path):
    pytest.importorskip("zarr")
    stores = []
    for name in ("a.zarr", "b.zarr"):
        write_zarr(image, tmp_path / name, chunk=32)
        files = sorted(p for p in (tmp_path / name).rglob("*") if p.is_file())
        stores.append({p.relative_to(tmp_path / name): p.read_bytes() for p in files})
    assert stores[0] == stores[1]


def test_an_existing_folder_is_left_alone(image, tmp_path):
    pytest.importorskip("zarr")
    (tmp_path / "image.zarr").mkdir()
    with pytest.raises(FileExistsError, match=r"image\.zarr exists already: remove it"):
        write_zarr(image, tmp_path / "image.zarr")
    assert list((tmp_path / "image.zarr").iterdir()) == []
    with pytest.raises(ValueError, match="chunk is 0 px"):
        write_zarr(image, tmp_path / "other.zarr", chunk=0)


def test_a_failed_write_leaves_nothing_behind(image, tmp_path, monkeypatch):
    pytest.importorskip("zarr")
    calls = iter((image.section, image.section))
    monkeypatch.setattr(image, "section", lambda *part: next(calls)(*part))
    with pytest.raises(StopIteration):
        write_zarr(image, tmp_path / "image.zarr", chunk=32)
    assert list(tmp_path.iterdir()) == []


def test_another_writer_that_was_faster_is_not_overwritten(image, tmp_path, monkeypatch):
    pytest.importorskip("zarr")
    target = tmp_path / "image.zarr"

    def section(*part):
        target.mkdir(exist_ok=True)
        (target / "theirs").touch()
        return MultiBandImage.section(image, *part)

    monkeypatch.setattr(image, "section", section)
    with pytest.raises(FileExistsError, match="exists already"):
        write_zarr(image, target)
    assert [p.name for p in tmp_path.rglob("*")] == ["image.zarr", "theirs"]


KILLED = """
import os, signal, sys
import numpy as np
from astropy.wcs import WCS
from clusternet.images import MultiBandImage, write_zarr

class Slow(MultiBandImage):
    def section(self, rows, columns):
        if columns.start == 64:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().section(rows, columns)

wcs = WCS(naxis=2)
wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
write_zarr(Slow(np.ones((1, 80, 100)), "F336W", wcs), sys.argv[1], chunk=32)
"""


@pytest.mark.slow
def test_a_killed_write_leaves_no_store(tmp_path):
    pytest.importorskip("zarr")
    target = tmp_path / "image.zarr"
    done = subprocess.run([sys.executable, "-c", KILLED, str(target)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert list(tmp_path.glob(".*.image.zarr"))
    assert not target.exists()


@pytest.fixture
def store(image, tmp_path):
    pytest.importorskip("zarr")
    write_zarr(image, tmp_path / "image.zarr", chunk=32)
    return tmp_path / "image.zarr"


def test_a_corrupt_store_is_a_clear_error(store):
    (store / "data" / "c" / "0" / "1" / "1").write_bytes(b"nonsense")
    mosaic = Mosaic.open(store)
    assert mosaic.section(slice(0, 20), slice(0, 20))[0].shape == (3, 20, 20)
    with pytest.raises(OSError, match=r"image\.zarr cannot be used as a zarr store: it is incom"):
        mosaic.section(*ALL)
    (store / "data" / "zarr.json").unlink()
    with pytest.raises(OSError, match="cannot be used as a zarr store"):
        Mosaic.open(store)


def test_a_lost_chunk_is_masked(store, image):
    (store / "data" / "c" / "0" / "1" / "1").unlink()
    found, mask = Mosaic.open(store).section(*ALL)
    assert np.isnan(found[:, 32:64, 32:64]).all()
    assert mask[:, 32:64, 32:64].all()
    assert same((found[:, :32], mask[:, :32]), image.section(slice(32), slice(None)))


def test_another_zarr_store_is_refused(tmp_path, store):
    zarr = pytest.importorskip("zarr")
    zarr.create_group(tmp_path / "other.zarr", zarr_format=3)
    for read in (Mosaic.open, MultiBandImage.read):
        with pytest.raises(ValueError, match=r"other.zarr is no image .*format = None"):
            read(tmp_path / "other.zarr")
    zarr.open_group(store, mode="r+").attrs["bands"] = ["F336W"]
    with pytest.raises(ValueError, match=r"data of shape \(3, 80, 100\) for bands F336W"):
        Mosaic.open(store)


def test_a_store_has_its_unit(store):
    for read in (Mosaic.open, MultiBandImage.read):
        with pytest.raises(ValueError, match=r"holds electron / s; leave out unit='2 electron / s"):
            read(store, unit="2 electron / s")


@pytest.mark.parametrize("version", [None, "2.18.2"])
def test_without_zarr_the_error_says_how_to_get_it(store, image, tmp_path, monkeypatch, version):
    zarr = pytest.importorskip("zarr")
    if version is None:
        original = builtins.__import__

        def fail(name, *rest):
            if name == "zarr":
                raise ImportError("No module named 'zarr'")
            return original(name, *rest)

        monkeypatch.setattr(builtins, "__import__", fail)
    else:
        monkeypatch.setattr(zarr, "__version__", version)
    for use in (lambda: Mosaic.open(store), lambda: write_zarr(image, tmp_path / "b.zarr")):
        with pytest.raises(ImportError, match=r"pip install 'astro-clusternet\[zarr\]'"):
            use()


def test_distortion_tables_are_refused(image, tmp_path):
    pytest.importorskip("zarr")
    from astropy.wcs import DistortionLookupTable

    image.wcs.cpdis1 = DistortionLookupTable(np.zeros((2, 2), np.float32), (1, 1), (1, 1), (9, 9))
    for write in (lambda: write_zarr(image, tmp_path / "a.zarr"),
                  lambda: image.write(tmp_path / "a.fits")):
        with pytest.raises(ValueError, match=r"distortion tables .* which a header cannot hold"):
            write()
    assert list(tmp_path.iterdir()) == []
