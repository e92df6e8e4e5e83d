"""Isochrones are asked of the CMD web interface: here of a server that answers like it."""

import gzip
import http.server
import threading
import time
import warnings
from pathlib import Path
from urllib.parse import parse_qs

import numpy as np
import pytest
from astropy.config import set_temp_cache
from astropy.utils.data import CacheMissingWarning, conf, get_cached_urls

from clusternet.stars import PadovaIsochrones

EXCERPT = Path(__file__).parent / "data" / "cmd37_ubvrijhk_excerpt.dat"
AGES = {"metallicity": 0.01471, "log_ages": (10.05, 10.1, 0.05)}


def output():
    """Real rows of Z = 0.01471, at the ages asked."""
    lines = EXCERPT.read_text().splitlines()
    old = [line for line in lines[14:] if line.split()[:1] == ["0.01471"] and " 10." in line[:20]]
    assert len(old) > 50
    return "\n".join([*lines[:14], *old, "#isochrone terminated", ""]).encode()


class CMD(http.server.BaseHTTPRequestHandler):
    """Answers as ``server.answers`` says."""

    def log_message(self, *args):
        pass

    def send(self, content, length=None, status=200):
        self.send_response(status)
        self.send_header("Content-Length", str(length or len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.forms.append({k: v[0] for k, v in parse_qs(body.decode()).items()})
        self.server.answers["form"](self)

    def do_GET(self):
        self.server.paths.append(self.path)
        self.server.answers["file"](self)


def page(handler):
    handler.send(b'<html><a href="../tmp/output123456.dat">output123456.dat</a></html>')


@pytest.fixture
def cmd(tmp_path):
    """Server with the address of its form; the download cache is an empty one."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), CMD)
    server.daemon_threads = True
    server.url = f"http://127.0.0.1:{server.server_port}/cgi-bin/cmd"
    server.forms, server.paths = [], []
    server.answers = {"form": page, "file": lambda handler: handler.send(output())}
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    with set_temp_cache(tmp_path):
        yield server
    server.shutdown()
    thread.join()
    server.server_close()


def kept():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CacheMissingWarning)
        return get_cached_urls()


def test_the_answer_is_read(cmd):
    stars = PadovaIsochrones.query(**AGES, url=cmd.url)
    expected = PadovaIsochrones.read(EXCERPT, metallicity=0.01471)
    assert stars.bands == tuple("UBVRIJHK")
    np.testing.assert_array_equal(stars.tabulated_log_ages, [10.05, 10.1])
    np.testing.assert_array_equal(
        stars.isochrone(10.1).magnitudes["V"], expected.isochrone(10.1).magnitudes["V"]
    )


def test_the_form_says_what_was_asked_and_the_file_it_names_is_fetched(cmd):
    PadovaIsochrones.query(**AGES, photometric_system="ubvrijhk", url=cmd.url, eta_reimers=0.3)
    (form,) = cmd.forms
    assert form["isoc_zlow"] == form["isoc_zupp"] == "0.01471"
    assert (form["isoc_lagelow"], form["isoc_lageupp"], form["isoc_dlage"]) == (
        "10.05", "10.1", "0.05",
    )  # fmt: skip
    assert form["photsys_file"] == "YBC_tab_mag_odfnew/tab_mag_ubvrijhk.dat"
    assert form["eta_reimers"] == "0.3"
    assert form["isoc_isagelog"] == "1"
    assert form["cmd_version"] == "3.8"
    assert cmd.paths == ["/tmp/output123456.dat"]


def test_a_gzipped_answer_is_unpacked(cmd):
    cmd.answers["file"] = lambda handler: handler.send(gzip.compress(output()))
    assert PadovaIsochrones.query(**AGES, url=cmd.url).log_age_range == (10.05, 10.1)
    assert PadovaIsochrones.query(**AGES, url=cmd.url).log_age_range == (10.05, 10.1)
    assert len(cmd.forms) == 1


def test_the_answer_is_kept_and_no_other_request_gets_it(cmd):
    for _ in range(2):
        PadovaIsochrones.query(**AGES, url=cmd.url)
    assert len(cmd.forms) == 1
    PadovaIsochrones.query(**AGES, url=cmd.url, photometric_system="acs_wfc_202101")
    assert len(cmd.forms) == 2
    PadovaIsochrones.query(**AGES, url=cmd.url, cache="update")
    assert len(cmd.forms) == 3
    assert len(kept()) == 2


def test_without_a_cache_nothing_is_kept(cmd):
    PadovaIsochrones.query(**AGES, url=cmd.url, cache=False)
    assert kept() == []


def test_an_error_page_is_reported(cmd):
    cmd.answers["form"] = lambda handler: handler.send(
        b'<html><p class="errorwarning">Error: <b>Z out</b> of range</p></html>'
    )
    with pytest.raises(ValueError, match="CMD refused the request: Error: Z out of range"):
        PadovaIsochrones.query(**AGES, url=cmd.url)
    assert kept() == []


def test_a_page_without_a_file_is_refused(cmd):
    cmd.answers["form"] = lambda handler: handler.send(b"<html>we moved</html>")
    with pytest.raises(ValueError, match="names no file of isochrones"):
        PadovaIsochrones.query(**AGES, url=cmd.url)


def test_an_error_page_in_place_of_the_file_is_reported(cmd):
    cmd.answers["file"] = lambda handler: handler.send(b"<html>gone</html>\n#isochrone terminated")
    with pytest.raises(ValueError, match="a header with Zini"):
        PadovaIsochrones.query(**AGES, url=cmd.url)
    assert kept() == []


@pytest.mark.parametrize("which", ["form", "file"])
def test_a_broken_server_is_reported(cmd, which):
    cmd.answers[which] = lambda handler: handler.send(b"no", status=503)
    with pytest.raises(OSError, match="answered 503 Service Unavailable"):
        PadovaIsochrones.query(**AGES, url=cmd.url)


@pytest.mark.parametrize("which", ["form", "file"])
def test_a_silent_server_is_not_waited_for(cmd, which):
    release = threading.Event()
    cmd.answers[which] = lambda handler: release.wait(5)
    start = time.monotonic()
    with pytest.raises(TimeoutError, match=r"took longer than 0\.2 s"):
        PadovaIsochrones.query(**AGES, url=cmd.url, timeout=0.2)
    release.set()
    assert time.monotonic() - start < 3


def test_a_server_that_drips_is_not_waited_for(cmd):
    release = threading.Event()

    def drip(handler):
        handler.send_response(200)
        handler.end_headers()
        while not release.wait(0.05):
            handler.wfile.write(b"#")

    cmd.answers["file"] = drip
    with pytest.raises(TimeoutError, match=r"took longer than 0\.3 s"):
        PadovaIsochrones.query(**AGES, url=cmd.url, timeout=0.3)
    release.set()


def test_half_an_answer_is_refused_whether_its_length_is_known_or_not(cmd):
    half = output()[: len(output()) // 2]
    whole_rows = half[: half.rindex(b"\n") + 1]
    cmd.answers["file"] = lambda handler: handler.send(half, length=len(output()))
    with pytest.raises(OSError, match=r"broke off its answer after \d+ of \d+ bytes"):
        PadovaIsochrones.query(**AGES, url=cmd.url)
    cmd.answers["file"] = lambda handler: handler.send(whole_rows)
    with pytest.raises(ValueError, match="stops before its last line"):
        PadovaIsochrones.query(**AGES, url=cmd.url)
    cmd.answers["file"] = lambda handler: handler.send(gzip.compress(output())[:1000])
    with pytest.raises(ValueError, match="damaged gzip"):
        PadovaIsochrones.query(**AGES, url=cmd.url)
    assert kept() == []


def test_ages_that_do_not_come_are_missed(cmd):
    with pytest.raises(ValueError, match=r"lacks log age 10\.15"):
        PadovaIsochrones.query(0.01471, (10.05, 10.15, 0.05), url=cmd.url)
    assert kept() == []


def test_an_absent_server_is_reported(cmd):
    with pytest.raises(OSError, match=r"cannot be reached .* PadovaIsochrones\.read"):
        PadovaIsochrones.query(**AGES, url="http://127.0.0.1:9/cgi-bin/cmd")


def test_no_download_where_astropy_allows_none(cmd):
    with (
        conf.set_temp("allow_internet", False),
        pytest.raises(OSError, match="allows no downloads"),
    ):
        PadovaIsochrones.query(**AGES, url=cmd.url)
    assert cmd.forms == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"metallicity": 0.3}, "give the metal fraction Z"),
        ({"metallicity": 0.0}, "metallicity is 0.0"),
        ({"log_ages": (9.0, 8.0, 0.1)}, "first <= last"),
        ({"log_ages": (8.0, 9.0, 0.0)}, "a step above 0"),
        ({"cache": "always"}, "give True, False or 'update'"),
        ({"url": "file:///etc/hosts"}, "one of http or https"),
    ],
)
def test_impossible_requests_are_not_sent(cmd, changes, message):
    with pytest.raises(ValueError, match=message):
        PadovaIsochrones.query(**({"url": cmd.url} | AGES | changes))
    assert cmd.forms == []


@pytest.mark.remote_data
def test_the_real_cmd_answers_with_wfc3_magnitudes(tmp_path):
    with set_temp_cache(tmp_path):
        stars = PadovaIsochrones.query(0.03, (7.0, 9.0, 1.0))
        found = stars.isochrone(9.0)
    assert {"F336W", "F438W", "F814W"} <= set(stars.bands)
    assert stars.metallicity == pytest.approx(0.03)
    assert found.magnitudes["F814W"][found.label >= 7].min() == pytest.approx(-4.86, abs=0.3)
