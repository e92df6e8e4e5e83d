"""Running TinyTim, shown on stand-ins that behave and misbehave as the real programs do."""

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest
from astropy import units as u

from clusternet.psf import TinyTim, TinyTimImage, TinyTimPSF, TinyTimRequest
from clusternet.psf.tinytim.bounded_process import run_bounded

pytestmark = pytest.mark.skipif(os.name != "posix", reason="TinyTim is for POSIX systems")

_spec = importlib.util.spec_from_file_location(
    "fake_tinytim", Path(__file__).with_name("fake_tinytim.py")
)
fake_tinytim = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(fake_tinytim)

SMALL = {"diameter": 0.6 * u.arcsec}


class Bench:
    """Where one test runs TinyTim: its folder, cache, log and temporary files."""

    def __init__(self, root, monkeypatch):
        self.folder = fake_tinytim.install(root / "tinytim")
        self.cache, self.log, self.temporary = root / "cache", root / "log", root / "temporary"
        self.temporary.mkdir()
        self._set = monkeypatch.setenv
        self._set("FAKE_LOG", str(self.log))
        monkeypatch.setattr("tempfile.tempdir", str(self.temporary))

    def program(self, **options):
        return TinyTim(self.folder, cache=self.cache, **options)

    def fail(self, fault):
        self._set("FAKE_FAULT", fault)

    def lines(self, kind):
        text = self.log.read_text() if self.log.exists() else ""
        return [
            line.split(" ", 1)[1] if " " in line else ""
            for line in text.splitlines()
            if line.split(" ")[0] == kind
        ]


@pytest.fixture
def bench(tmp_path, monkeypatch):
    return Bench(tmp_path, monkeypatch)


def test_three_programs_make_an_image_in_the_detector_frame(bench):
    image = bench.program().image(TinyTimRequest("F438W", chip=1, subsampling=4, **SMALL))
    assert (image.band, image.diffused) == ("F438W", True)
    assert image.sampling == 0.03939 / 4
    assert image.data.sum() == pytest.approx(1, abs=1e-3)
    assert image.data.argmax() == (len(image.data) // 2) * (len(image.data) + 1)
    assert bench.lines("tiny1") == ["-v", "out.par"]
    assert bench.lines("tiny2") == ["out.par"]
    assert bench.lines("tiny3") == ["out.par SUB=4"]


def test_undistorted_image_keeps_the_digits_that_the_header_drops(bench):
    request = TinyTimRequest("F438W", chip=2, subsampling=None, **SMALL)
    image = bench.program().image(request)
    exact = 0.438 * 1296000 / (4 * np.pi * 2.4e6) / 1.3
    assert not image.diffused
    assert image.pixel == 0.03976
    assert image.sampling == pytest.approx(exact, abs=1e-6)
    assert round(image.sampling, 4) != image.sampling
    assert bench.lines("tiny3") == []
    # The second time from the cache, with the same digits.
    assert bench.program().image(request).sampling == image.sampling


@pytest.mark.parametrize(
    ("spectrum", "answers"),
    [
        (11, ["1", "11"]),
        (20_000 * u.K, ["2", "20000.00"]),
        (2e4 * u.K, ["2", "20000.00"]),
    ],
)
def test_questions_are_answered_in_their_order(bench, spectrum, answers):
    request = TinyTimRequest(
        "f438w",
        chip=2,
        position=(100, 2000),
        spectrum=spectrum,
        diameter=0.6 * u.arcsec,
        despace=1.5 * u.um,
        jitter=7 * u.mas,
        subsampling=1,
    )
    bench.program().image(request)
    expected = ["22", "2", "100", "2000", "F438W", *answers, "0.6000", "1.500000", "psf"]
    assert bench.lines("answer") == expected
    assert bench.lines("tiny1") == ["-v", "out.par jitter=7.0000"]


def test_spectrum_can_come_from_a_file_with_any_name(bench, tmp_path):
    path = tmp_path / "my star with spaces.txt"
    path.write_text("# a comment\nFLAM\n3000.0 1.0\n5000 2e-1\n")
    bench.program().image(TinyTimRequest("F438W", spectrum=path, **SMALL))
    assert bench.lines("answer")[5:7] == ["5", "spectrum.dat"]
    assert bench.lines("spectrum") == ["# a comment"]


def test_no_spectrum_is_given_where_none_is_asked_for(bench):
    image = bench.program().image(TinyTimRequest(612.5 * u.nm, **SMALL))
    assert bench.lines("answer")[4:6] == ["MONO", "612.5000"]
    assert image.band is None
    assert image.wavelength == pytest.approx(612.5)
    narrow = bench.program().image(TinyTimRequest("F502N", **SMALL))
    assert bench.lines("answer")[-4:] == ["F502N", "0.6000", "0.000100", "psf"]
    assert narrow.wavelength == pytest.approx(502)


@pytest.mark.parametrize("despace", [0.0, 1e-7, -1e-7])
def test_focus_of_the_field_survives_a_despace_of_nothing(bench, despace):
    bench.program().image(TinyTimRequest("F438W", despace=despace * u.um, **SMALL))
    # As 0.000000 it would switch the focus of the field position off.
    assert bench.lines("focus") == ["0.000001", "0.000001"]


def test_psf_comes_from_the_folder_that_the_environment_names(bench, monkeypatch):
    monkeypatch.setenv("TINYTIM", str(bench.folder))
    requests = {
        "F438W": TinyTimRequest("F438W", **SMALL),
        "F814W": TinyTimRequest("F814W", **SMALL),
    }
    psf = TinyTimPSF.run(requests, program=TinyTim(cache=bench.cache), drop=0 * u.arcsec)
    assert psf.bands == ("F438W", "F814W")
    assert psf.effective_psf("F814W", 2, 11)[::2, ::2].sum() == pytest.approx(1, abs=0.01)


def test_names_of_filters_are_enough(bench):
    psf = TinyTimPSF.run(["F336W"], bench.program())
    assert psf.bands == ("F336W",)
    assert bench.lines("answer")[7] == "3.0000"


def test_programs_loop_for_ever_when_answers_run_out(bench):
    # As the real ones do: this is what every answer is checked for beforehand.
    tiny1 = str(bench.folder / "tiny1")
    for answers in ("", "22\n1\n5 5\nF999W\n"):
        with pytest.raises((RuntimeError, TimeoutError), match="tiny1 was stopped"):
            run_bounded(
                [tiny1, "out.par"], bench.temporary, answers, timeout=20, max_output=100_000
            )
    assert not (bench.temporary / "out.par").exists()


@pytest.mark.parametrize("name", ["F999W", "F4", "W", "438W", "F547"])
def test_filter_that_the_program_lacks_is_refused_before_it_starts(bench, name):
    with pytest.raises(ValueError, match=r"no .* in TinyTim .*F336W, F438W"):
        bench.program().image(TinyTimRequest(name))
    assert not bench.log.exists()


@pytest.mark.parametrize("program", ["tiny1", "tiny2", "tiny3"])
@pytest.mark.parametrize(
    ("fault", "error", "message"),
    [
        ("floods", RuntimeError, "was stopped after printing"),
        ("writes nothing", RuntimeError, "did not write .*out of luck"),
        ("crashes", RuntimeError, "failed with status 2.*no memory"),
    ],
)
def test_failures_are_told_and_leave_nothing_behind(bench, program, fault, error, message):
    bench.fail(f"{program} {fault}")
    with pytest.raises(error, match=f"{program} {message}"):
        bench.program().image(TinyTimRequest("F438W", **SMALL))
    assert list(bench.temporary.iterdir()) == []
    assert list(bench.cache.iterdir()) == []


def test_program_that_never_ends_is_stopped(bench):
    bench.fail("tiny2 hangs")
    program = bench.program(timeout=1.0)
    program._version = "7.5"
    with pytest.raises(TimeoutError, match="was stopped after 1 s"):
        program.image(TinyTimRequest("F438W", **SMALL))
    assert list(bench.temporary.iterdir()) == []


@pytest.mark.parametrize(
    ("fault", "subsampling", "message"),
    [
        ("tiny3 writes half", 4, "damaged"),
        ("tiny2 writes half", None, "damaged"),
        ("tiny3 answers for another filter", 4, "image of F999W"),
    ],
)
def test_damaged_or_wrong_files_are_not_believed(bench, fault, subsampling, message):
    bench.fail(fault)
    with pytest.raises(RuntimeError, match=message):
        bench.program().image(TinyTimRequest("F438W", subsampling=subsampling, **SMALL))
    assert list(bench.cache.iterdir()) == []


@pytest.mark.parametrize("fault", ["tiny1 is other", "tiny1 is old"])
def test_other_versions_are_refused(bench, fault):
    bench.fail(fault)
    with pytest.raises(RuntimeError, match=r"7\.0, whose questions|was stopped after printing"):
        bench.program().image(TinyTimRequest("F438W", **SMALL))
    assert bench.lines("tiny2") == []


def test_same_request_is_computed_once(bench):
    request = TinyTimRequest("F438W", **SMALL)
    first = bench.program().image(request)
    second = bench.program().image(request)
    assert len(bench.lines("tiny2")) == 1
    np.testing.assert_array_equal(first.data, second.data)
    assert (first.sampling, first.band) == (second.sampling, second.band)


def test_every_input_is_part_of_the_key(bench, tmp_path):
    spectrum = tmp_path / "spectrum.txt"
    spectrum.write_text("FLAM\n3000 1\n5000 2\n")
    base = {"light": "F438W", "diameter": 0.5 * u.arcsec, "subsampling": 1}
    changes = [
        {},
        {"light": "F814W"},
        {"light": 438 * u.nm},
        {"chip": 2},
        {"position": (2048, 1000)},
        {"position": (2000, 1026)},
        {"spectrum": 8},
        {"spectrum": 8 * u.kK},
        {"spectrum": spectrum},
        {"diameter": 0.55 * u.arcsec},
        {"despace": 1 * u.um},
        {"jitter": 5 * u.mas},
        {"subsampling": 2},
        {"subsampling": None},
    ]
    program = bench.program()
    for change in changes:
        program.image(TinyTimRequest(**{**base, **change}))
    assert len(bench.lines("tiny2")) == len(changes)
    spectrum.write_text("FLAM\n3000 1\n5000 3\n")
    program.image(TinyTimRequest(**{**base, "spectrum": spectrum}))
    assert len(bench.lines("tiny2")) == len(changes) + 1
    (bench.folder / "wfc3_uvis1.tab").write_text("another focus")
    program.image(TinyTimRequest(**base))
    assert len(bench.lines("tiny2")) == len(changes) + 2


@pytest.mark.parametrize("ending", [".fits", ".json"])
@pytest.mark.parametrize("content", [None, b"", b"{}", b"half a file"])
def test_damaged_cache_is_made_anew(bench, ending, content):
    request = TinyTimRequest("F438W", **SMALL)
    first = bench.program().image(request)
    (path,) = (path for path in bench.cache.iterdir() if path.suffix == ending)
    path.unlink() if content is None else path.write_bytes(content)
    second = bench.program().image(request)
    assert len(bench.lines("tiny2")) == 2
    np.testing.assert_array_equal(first.data, second.data)
    bench.program().image(request)
    assert len(bench.lines("tiny2")) == 2


def test_default_cache_is_that_of_astropy(bench, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "clusternet").mkdir()
    TinyTim(bench.folder).image(TinyTimRequest("F438W", **SMALL))
    assert len(list((tmp_path / "clusternet" / "tinytim").glob("*.fits"))) == 1


def test_absent_program_is_explained(tmp_path, monkeypatch):
    monkeypatch.delenv("TINYTIM", raising=False)
    with pytest.raises(FileNotFoundError, match=r"\$TINYTIM .*TinyTimPSF\.read"):
        TinyTimPSF.run(["F438W"])
    monkeypatch.setenv("TINYTIM", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="no tiny1"):
        TinyTim()


def test_cache_that_cannot_be_written_is_told_before_the_work(bench):
    bench.cache.write_text("a file")
    with pytest.raises(OSError, match="it is a file"):
        bench.program().image(TinyTimRequest("F438W", **SMALL))
    assert bench.lines("tiny2") == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"light": "F438W;ls"}, "light"),
        ({"light": "F 438W"}, "light"),
        ({"light": ""}, "light"),
        ({"light": 438.0}, "light"),
        ({"light": 150 * u.nm}, "200 to 1000 nm"),
        ({"light": np.nan * u.nm}, "light"),
        ({"chip": 3}, "chip"),
        ({"position": (4096, 0)}, "position"),
        ({"position": (0, 2051)}, "position"),
        ({"position": (-1, 0)}, "position"),
        ({"position": (1.5, 0)}, "position"),
        ({"position": (1, 2, 3)}, "position"),
        ({"spectrum": 18}, "spectrum"),
        ({"spectrum": 0}, "spectrum"),
        ({"spectrum": 1.5}, "spectrum"),
        ({"spectrum": 50 * u.K}, "spectrum"),
        ({"spectrum": 5 * u.m}, "spectrum"),
        ({"diameter": 11 * u.arcsec}, "diameter"),
        ({"diameter": 3}, "diameter"),
        ({"despace": 50 * u.um}, "despace"),
        ({"despace": np.nan * u.um}, "despace"),
        ({"jitter": 0.1 * u.mas}, "jitter"),
        ({"subsampling": 11}, "subsampling"),
        ({"subsampling": 0}, "subsampling"),
        ({"subsampling": 2.5}, "subsampling"),
    ],
)
def test_requests_that_would_confuse_the_program_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        TinyTimRequest(**{"light": "F438W", **arguments})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "must start with"),
        ("3000 1\n4000 2\n", "must start with"),
        ("FLAM\n3000 1\n", "2 to 14999 lines"),
        ("FLAM\n3000 1\n4000\n", "not a wavelength and a flux"),
        ("FLAM\n3000 1\nfour 2\n", "not a wavelength and a flux"),
        ("FLAM\n3000 1\n3000 2\n", "ascending"),
        ("FLAM\n3000 1\n4000 nan\n", "ascending"),
        ("FLAM\n3000 1\n4000 -2\n", "no negative"),
    ],
)
def test_spectra_that_would_confuse_the_program_are_refused(tmp_path, text, message):
    path = tmp_path / "spectrum.txt"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        TinyTimRequest("F438W", spectrum=path)
    with pytest.raises(OSError, match="absent"):
        TinyTimRequest("F438W", spectrum=tmp_path / "absent.txt")


def test_what_the_program_wrote_can_be_read_later(bench):
    program = bench.program()
    image = program.image(TinyTimRequest("F438W", **SMALL))
    (path,) = bench.cache.glob("*.fits")
    np.testing.assert_array_equal(TinyTimImage.read(path).data, image.data)
