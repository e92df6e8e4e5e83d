"""The command line: what it writes and says, and its one-line errors."""

import subprocess
import sys

import numpy as np
import pytest
from astropy.io import fits

import clusternet
from clusternet.catalog import read_catalogue
from clusternet.cli import main
from clusternet.detection import ValueMaps


@pytest.fixture
def bands(make_field, tmp_path):
    """Write an image of 70 x 68 px, a file a band, and return the words that name them."""
    image = make_field((68, 70), [(36, 34)])
    paths = []
    for band in image.bands:
        image.select(band).write(tmp_path / f"{band}.fits")
        paths.append(f"{band}={tmp_path / band}.fits")
    return paths


@pytest.fixture
def search(paper_weights, tmp_path, capsys):
    """Return a function that runs a search and returns status, output and error."""

    def run(*words):
        status = main(["search", *words, "--out", str(tmp_path / "out"), "--weights",
                       str(paper_weights), "--detector", "sliding", "--no-progress"])
        return status, *capsys.readouterr()

    return run


def test_a_search_writes_its_results_and_prints_the_numbers(search, bands, tmp_path):
    status, out, err = search(*bands, "--class", "0", "--distance", "4.5")
    assert (status, err) == (0, "")
    catalogue = read_catalogue(tmp_path / "out" / "catalogue.ecsv")
    assert f"{len(catalogue)} in the catalogue" in out
    for threshold in ("2", "2.5", "3"):
        assert f"class > 0.95 and visibility > {threshold}: " in out
    assert (tmp_path / "out" / "search.png").stat().st_size > 1000
    assert ValueMaps.read(tmp_path / "out" / "maps.fits").shape == (68, 70)


@pytest.fixture
def dense(dense_weights, tmp_path, capsys):
    """Return a function that runs a dense search and returns status, output and error."""

    def run(*words, weights=dense_weights):
        status = main(["search", *words, "--out", str(tmp_path / "out"), "--weights",
                       str(weights), "--no-progress"])
        return status, *capsys.readouterr()

    return run


def test_a_dense_search_is_the_default(dense, bands, tmp_path):
    status, out, err = dense(*bands, "--class", "0", "--distance", "4.5", "--maps", "--keep",
                             str(tmp_path / "kept"))
    assert (status, err) == (0, "")
    catalogue = read_catalogue(tmp_path / "out" / "catalogue.fits")
    assert len(catalogue) > 0
    assert f"{len(catalogue)} in the catalogue" in out
    assert np.isfinite(catalogue["log_age_lo"]).all()
    assert np.isfinite(catalogue["r_h_pc"]).all()
    assert "Fraction of mock clusters" in catalogue["out_of_domain"].info.description
    assert ValueMaps.read(tmp_path / "out" / "maps.fits").shape == (68, 70)
    assert len(list((tmp_path / "kept" / "tiles").glob("*.npz"))) == 1


def test_large_images_are_left_on_disk(dense, bands, tmp_path, monkeypatch):
    assert dense(*bands, "--class", "0")[0] == 0
    whole = read_catalogue(tmp_path / "out" / "catalogue.fits")
    monkeypatch.setattr("clusternet.cli._LARGE", 1000)
    monkeypatch.setattr("clusternet.images.MultiBandImage.read", None)
    assert dense(*bands, "--class", "0", "--overwrite")[0] == 0
    again = read_catalogue(tmp_path / "out" / "catalogue.fits")
    assert np.array_equal(whole["x_centroid"], again["x_centroid"])


def test_weights_must_fit_the_detector(dense, bands, paper_weights):
    assert fails_with(dense(*bands, weights=paper_weights), "a DenseNetwork is needed")
    assert fails_with(dense(*bands, "--step", "2"), "add --detector sliding")


def test_bands_can_be_extensions_of_one_compressed_file(search, make_field, tmp_path):
    path = tmp_path / "all.fits.gz"
    make_field((64, 66)).write(path)
    status, *_ = search(*(f"{band}={path}[{band}]" for band in ("F814W", "F336W", "F438W")))
    assert status == 0
    status, *_ = search(str(path), "--overwrite")
    assert status == 0


def test_a_section_and_a_step_make_the_search_shorter(search, bands, tmp_path):
    assert search(*bands, "--section", "2:68,1:66", "--step", "2")[0] == 0
    maps = ValueMaps.read(tmp_path / "out" / "maps.fits")
    assert maps.shape == (65, 66)
    assert maps.meta["step"] == 2


def fails_with(result, *phrases):
    status, out, err = result
    assert status == 2
    assert out == ""
    assert err.startswith("clusternet: error: ")
    assert err.count("\n") == 1
    for phrase in phrases:
        assert phrase in err
    return True


def test_a_missing_band_is_named(search, bands):
    assert fails_with(search(*bands[:2]), "no F814W in the image")


def test_a_missing_file_is_named(search, bands):
    assert fails_with(search("F336W=nowhere.fits", *bands[1:]), "nowhere.fits", "does not exist")


def test_bands_of_different_size_are_refused(search, bands, make_field, tmp_path):
    make_field((70, 75)).select("F814W").write(tmp_path / "F814W.fits")
    assert fails_with(search(*bands), "band F814W does not fit band F336W", "75 x 70 px")


def test_bands_of_another_sky_are_refused(search, bands, tmp_path):
    with fits.open(tmp_path / "F438W.fits", mode="update") as hdus:
        hdus[1].header["CRVAL1"] += 1.0
    assert fails_with(search(*bands), "band F438W does not fit band F336W")


def test_another_unit_is_refused(search, bands, tmp_path):
    with fits.open(tmp_path / "F438W.fits", mode="update") as hdus:
        hdus[1].header["BUNIT"] = "Jy"
    assert fails_with(search(*bands), "band F438W has BUNIT 'Jy'")


def test_an_image_without_wcs_is_refused(search, bands, tmp_path):
    data = fits.getdata(tmp_path / "F438W.fits")
    fits.writeto(tmp_path / "F438W.fits", data, overwrite=True)
    assert fails_with(search(*bands), "band F438W", "no celestial WCS")


def test_an_image_of_nan_is_refused(search, bands, tmp_path):
    with fits.open(tmp_path / "F438W.fits", mode="update") as hdus:
        hdus[1].data[:] = np.nan
    assert fails_with(search(*bands), "band F438W has no good pixel")


def test_a_nan_patch_is_searched_around(search, bands, tmp_path):
    with fits.open(tmp_path / "F438W.fits", mode="update") as hdus:
        hdus[1].data[:22, :22] = np.nan
    assert search(*bands)[0] == 0
    class_cb = ValueMaps.read(tmp_path / "out" / "maps.fits")["class_cb"].data
    assert np.isnan(class_cb[32, 32])
    assert np.isfinite(class_cb[36, 38])


def test_an_image_smaller_than_a_window_is_refused(search, bands):
    assert fails_with(search(*bands, "--section", "0:70,0:63"), "70 x 63 px is smaller")


def test_a_truncated_file_is_refused(search, bands, tmp_path):
    path = tmp_path / "F438W.fits"
    path.write_bytes(path.read_bytes()[:9000])
    assert fails_with(search(*bands), "F438W.fits", "cut short or corrupt")


def test_weights_for_other_bands_are_refused(search, make_field, tmp_path):
    path = tmp_path / "other.fits"
    make_field((64, 64), bands=("F275W", "F555W")).write(path)
    assert fails_with(search(str(path)), "the network is for F336W, F438W, F814W",
                      "has F275W, F555W", "load weights for its bands")


def test_weights_that_are_none_are_refused(bands, tmp_path, capsys):
    (tmp_path / "bad.safetensors").write_bytes(b"nothing")
    for name, phrase in (("bad", "not a readable safetensors file"), ("no", "no network weights")):
        words = ["--out", str(tmp_path), "--weights", str(tmp_path / f"{name}.safetensors")]
        assert fails_with((main(["search", *bands, *words]), *capsys.readouterr()), phrase)


def test_an_unwritable_folder_is_refused_before_anything_is_read(search, tmp_path):
    (tmp_path / "out").touch()
    assert fails_with(search("F336W=nowhere.fits"), "it is a file; choose another folder")


def test_results_are_not_overwritten_unasked(search, bands):
    assert search(*bands, "--step", "4")[0] == 0
    assert fails_with(search(*bands), "holds results already")


@pytest.mark.parametrize(("words", "phrase"), [
    (["F336W"], "F336W"),
    (["F336W=a.fits", "F438W"], "'F438W' is not of the form BAND=FILE"),
    (["F336W=a.fits", "F336W=b.fits"], "band F336W is given twice"),
    (["=a.fits", "F438W=b.fits"], "'=a.fits' is not of the form BAND=FILE")])
def test_bands_that_cannot_be_understood_are_quoted(search, words, phrase):
    assert fails_with(search(*words), phrase)


@pytest.mark.parametrize(("words", "phrase"), [
    (["--section", "1-5"], "not of the form X0:X1,Y0:Y1"),
    (["--section", "5:5,0:9"], "holds no pixel"),
    (["--step", "two"], "invalid int value"),
    (["--colour", "red"], "unrecognized arguments")])
def test_words_that_cannot_be_understood_are_one_line_too(words, phrase, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["search", "a.fits", "--out", "out", *words])
    assert fails_with((stop.value.code, *capsys.readouterr()), phrase, "--help")


def test_a_section_beyond_the_image_is_refused(search, bands):
    assert fails_with(search(*bands, "--section", "0:71,0:68"),
                      "reaches beyond the image of 70 x 68 px")


def test_the_version_is_printed(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--version"])
    assert stop.value.code == 0
    assert capsys.readouterr().out == f"clusternet {clusternet.__version__}\n"


def test_train_and_demo_pass_their_words_on(monkeypatch):
    calls = []
    monkeypatch.setattr("clusternet.training.train_from_config",
                        lambda *args, **kwargs: calls.append((args, kwargs)))
    monkeypatch.setattr("clusternet.pipeline.demo.run",
                        lambda *args, **kwargs: calls.append((args, kwargs)))
    assert main(["train", "config.yaml"]) == 0
    assert main(["demo", "--out", "there", "--seed", "4", "--size", "120"]) == 0
    assert calls == [(("config.yaml",), {}), ((), {"out": "there", "rng": 4, "size": 120})]


def test_help_does_not_load_torch():
    code = ("import sys, clusternet.cli\n"
            "try: clusternet.cli.main(['--help'])\n"
            "except SystemExit: pass\n"
            "assert not {'torch', 'numpy', 'astropy'} & set(sys.modules)")
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
