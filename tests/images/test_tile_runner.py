"""Tiles are worked on once each, in any number of threads, and a stopped run goes on."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusternet.images import image_digest, run_tiles, tiles

SHAPE = 50, 70
PARTS = list(tiles(SHAPE, 16, halo=2))  # 4 x 5
IMAGE = np.random.default_rng(4).normal(size=SHAPE).astype(np.float32)


def work(tile):
    return {"root": np.sqrt(abs(IMAGE[tile.core])), "row": tile.core[0].start}


def run(work=work, parts=PARTS, **options):
    return list(run_tiles(work, parts, **{"progress": False, "workers": 2, **options}))


def assembled(found, parts=PARTS):
    result = np.full(SHAPE, np.nan)
    for tile, values in zip(parts, found, strict=True):
        result[tile.core] = values["root"]
    return result


def interrupt():
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)


def counting(done):
    def counted(tile):
        done.append(tile)
        return work(tile)
    return counted


@given(size=st.integers(9, 80), workers=st.integers(1, 5))
def test_results_come_in_order_whatever_the_tiles_and_threads(size, workers):
    parts = list(tiles(SHAPE, size))
    found = run(parts=parts, workers=workers)
    np.testing.assert_array_equal(assembled(found, parts), np.sqrt(abs(IMAGE)))
    assert [values["row"] for values in found] == [tile.core[0].start for tile in parts]


def test_a_slow_tile_keeps_its_place():
    def slow_at_first(tile):
        time.sleep(0.2 * (tile is PARTS[0]))
        return work(tile)

    assert [values["row"] for values in run(slow_at_first)] == [p.core[0].start for p in PARTS]


def test_only_a_few_tiles_are_under_way():
    done = []
    found = run_tiles(counting(done), PARTS, workers=2, progress=False)
    assert done == []
    next(found)
    time.sleep(0.1)
    assert len(done) <= 4
    found.close()
    time.sleep(0.05)
    assert len(done) <= 4


def test_one_worker_is_the_calling_thread():
    found = run(lambda tile: {"thread": threading.get_ident()}, workers=1)
    assert {int(values["thread"]) for values in found} == {threading.get_ident()}
    found = run(lambda tile: {"thread": threading.get_ident()}, workers=2)
    assert threading.get_ident() not in {int(values["thread"]) for values in found}


def test_without_tiles_there_is_nothing(capsys):
    assert list(run_tiles(work, [])) == []
    assert capsys.readouterr().err == ""


def test_a_second_run_takes_all_from_the_folder(tmp_path):
    first, done = run(folder=tmp_path, settings={"step": 2}), []
    second = run(counting(done), folder=tmp_path, settings={"step": 2}, workers=1)
    assert done == []
    for a, b in zip(first, second, strict=True):
        assert list(a) == list(b)
        for name in a:
            assert a[name].dtype == b[name].dtype
            assert a[name].tobytes() == b[name].tobytes()
    assert json.loads((tmp_path / "settings.json").read_text()) == {"step": 2}
    assert (tmp_path / "tiles" / "000016-000032.npz").exists()
    assert len(list((tmp_path / "tiles").iterdir())) == len(PARTS)


def test_a_run_dropped_on_the_way_goes_on(tmp_path):
    found = run_tiles(work, PARTS, folder=tmp_path, workers=1, progress=False)
    for _ in range(7):
        next(found)
    found.close()
    done = []
    np.testing.assert_array_equal(assembled(run(counting(done), folder=tmp_path)),
                                  np.sqrt(abs(IMAGE)))
    assert sorted(map(PARTS.index, done)) == list(range(7, len(PARTS)))


KILLED = """
import os, signal, sys
import numpy as np
from clusternet.images import run_tiles, tiles

def run(folder, last=16):
    calls = []
    def work(tile):
        calls.append(tile)
        if len(calls) > last:
            os.kill(os.getpid(), signal.SIGKILL)
        values = np.random.default_rng(tile.core[0].start).normal(size=(16, 16))
        return {"a": values, "b": values.astype(">f4").T}
    list(run_tiles(work, tiles((64, 64), 16), folder=folder, settings={"seed": 1}, workers=1,
                   progress=False))
    return len(calls)

if __name__ == "__main__":
    run(sys.argv[1], last=9)
"""


def test_a_killed_run_gives_the_same_files_when_it_goes_on(tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    process = subprocess.run([sys.executable, "-c", KILLED, killed], check=False)
    assert process.returncode == -signal.SIGKILL
    assert len(list((killed / "tiles").glob("[0-9]*.npz"))) == 9
    script = {"__name__": "script"}
    exec(KILLED, script)
    assert script["run"](killed) == 7
    assert script["run"](whole) == 16
    files = [{file.name: file.read_bytes() for file in folder.rglob("*.*")}
             for folder in (whole, killed)]
    assert len(files[0]) == 17
    assert files[0] == files[1]


def test_other_settings_are_refused_by_name(tmp_path):
    run(folder=tmp_path, settings={"step": 2, "tile": 16, "network": "ab", "shape": (5, 6)})
    with pytest.raises(ValueError, match=r"other settings \(network = 'ab' there, 'cd' here; "
                       r"step = 2 there, 1 here\); remove it, or choose another"):
        run_tiles(work, PARTS, folder=tmp_path, progress=False,
                  settings={"step": 1, "tile": 16, "network": "cd", "shape": (5, 6)})
    with pytest.raises(ValueError, match=r"\(network = 'ab' there, None here; "):
        run_tiles(work, PARTS, folder=tmp_path)
    done = []
    run(counting(done), folder=tmp_path,
        settings={"step": 2, "tile": 16, "network": "ab", "shape": (5, 6)})
    assert done == []


@pytest.mark.parametrize("spoil", [
    lambda content: b"",
    lambda content: content[:len(content) // 2],
    lambda content: content[:200] + bytes([content[200] ^ 1]) + content[201:],
    lambda content: content.replace(b"(16, 16)", b"(16, 15)"),
    lambda content: b"something else",
])
def test_a_spoilt_file_is_made_anew(tmp_path, spoil):
    run(folder=tmp_path)
    file = tmp_path / "tiles" / "000016-000032.npz"
    content = file.read_bytes()
    assert spoil(content) != content
    file.write_bytes(spoil(content))
    done = []
    np.testing.assert_array_equal(assembled(run(counting(done), folder=tmp_path)),
                                  np.sqrt(abs(IMAGE)))
    assert done == [PARTS[7]]
    assert file.read_bytes() == content


@pytest.mark.parametrize("workers", [1, 3])
def test_an_error_names_its_tile_and_keeps_the_others(tmp_path, workers):
    def fails(tile):
        if tile is PARTS[12]:
            raise ValueError("no star")
        return work(tile)

    with pytest.raises(RuntimeError, match=r"tile of rows 32 to 47, columns 32 to 47: "
                       r"ValueError: no star") as caught:
        run(fails, folder=tmp_path, workers=workers)
    assert isinstance(caught.value.__cause__, ValueError)
    kept = {file.name for file in (tmp_path / "tiles").iterdir()}
    assert len(kept) >= 12
    assert "000032-000032.npz" not in kept
    np.testing.assert_array_equal(assembled(run(folder=tmp_path)), np.sqrt(abs(IMAGE)))


@pytest.mark.parametrize("folder", [True, False])
def test_work_must_return_arrays_of_numbers(tmp_path, folder):
    with pytest.raises(RuntimeError, match=r"columns 0 to 15: TypeError: rows: Python objects"):
        run(lambda tile: {"rows": np.array([None])}, folder=tmp_path if folder else None)
    with pytest.raises(RuntimeError, match="columns 0 to 15: AttributeError"):
        run(lambda tile: np.zeros(3))


@pytest.fixture
def interruptible():
    """Let Ctrl-C through where the tests run in the background, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupt_stops_and_keeps_what_is_finished(tmp_path, workers):
    done = []

    def interrupted(tile):
        if len(done) == 5:
            interrupt()
            time.sleep(0.3)
        done.append(tile)
        return work(tile)

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run(interrupted, folder=tmp_path, workers=workers)
    assert time.monotonic() - start < 5
    kept = {file.name for file in (tmp_path / "tiles").iterdir()}
    assert 5 <= len(kept) < len(PARTS)
    time.sleep(0.1)
    assert {file.name for file in (tmp_path / "tiles").iterdir()} == kept
    np.testing.assert_array_equal(assembled(run(folder=tmp_path)), np.sqrt(abs(IMAGE)))


def test_the_bar_counts_pixels_and_starts_with_what_is_there(tmp_path, capsys):
    parts = list(tiles((4000, 4000), 1000))
    found = run_tiles(lambda tile: {"zero": np.zeros(1)}, parts, folder=tmp_path, workers=1,
                      label="search")
    for _ in range(4):
        next(found)
    found.close()
    shown = capsys.readouterr().err
    assert "search:   0%" in shown
    assert " 0.00/16.00 Mpx [" in shown
    list(run_tiles(lambda tile: {"zero": np.zeros(1)}, parts, folder=tmp_path, workers=2))
    shown = capsys.readouterr().err
    assert shown.strip().startswith("tiles:  25%")
    assert " 16.00/16.00 Mpx [" in shown
    assert "Mpx/s" in shown
    run(parts=parts, folder=tmp_path / "other", work=lambda tile: {"zero": np.zeros(1)})
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("workers", [0, -1])
def test_workers_are_one_or_more(workers):
    with pytest.raises(ValueError, match=f"workers = {workers}: pass 1 or more"):
        run_tiles(work, PARTS, workers=workers)


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError):
        run_tiles(work, PARTS, folder=tmp_path / "file")


def test_the_digest_tells_images_apart(make_field):
    image = make_field(shape=(70, 80))
    other = make_field(shape=(70, 80))
    assert image_digest(image) == image_digest(other)
    other.data[2, 69, 79] += 1
    assert image_digest(image) != image_digest(other)
    masked = make_field(shape=(70, 80))
    masked.mask[2, 69, 79] = other.mask[2, 69, 79] = True
    assert image_digest(masked) == image_digest(other) != image_digest(image)
    assert image_digest(image) != image_digest(image.select(["F814W", "F438W", "F336W"]))
    assert image_digest(image) != image_digest(make_field(shape=(80, 70)))


def test_a_client_needs_distributed(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match=r"pip install 'astro-clusternet\[dask\]'"):
        run_tiles(work, PARTS, client="tcp://127.0.0.1:8786")


def test_an_address_is_no_client():
    pytest.importorskip("distributed")
    with pytest.raises(TypeError, match=r"client is 'tcp://.*'; pass a dask\.distributed\.Client"):
        run_tiles(work, PARTS, client="tcp://127.0.0.1:8786")


@pytest.fixture
def cluster_client():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None,
                                 silence_logs=50) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.mark.slow
@pytest.mark.usefixtures("interruptible")
def test_a_cluster_that_loses_its_workers_does_every_tile_once(cluster_client, tmp_path):
    client, log = cluster_client, tmp_path / "calls"

    def noted(tile):  # inside of the test, so that it is sent as a whole: workers lack this module
        time.sleep(0.05)
        with log.open("a") as file:
            file.write(f"{os.getpid()} {tile.core[0].start} {tile.core[1].start}\n")
        return {"y": tile.core[0].start, "x": tile.core[1].start}

    def position(values):
        return int(values["y"]), int(values["x"])

    wanted = [(tile.core[0].start, tile.core[1].start) for tile in PARTS]
    found = run_tiles(noted, PARTS, folder=tmp_path, client=client, progress=False)
    seen = [position(next(found)) for _ in range(3)]
    pids = list(client.run(os.getpid).values())
    os.kill(pids[0], signal.SIGKILL)
    seen += [position(next(found)) for _ in range(8)]
    # With both workers goes the work that was sent to them.
    for pid in client.run(os.getpid).values():
        os.kill(pid, signal.SIGKILL)
    seen += [position(values) for values in found]
    assert seen == wanted
    calls = [tuple(map(int, line.split()[1:])) for line in log.read_text().splitlines()]
    assert set(calls) == set(wanted)
    assert len(calls) < 1.5 * len(wanted)  # only what was on a worker when it died is repeated

    calls_before = len(calls)
    again = run_tiles(noted, PARTS, folder=tmp_path, client=client, progress=False)
    assert [position(values) for values in again] == wanted
    assert len(log.read_text().splitlines()) == calls_before

    def fails(tile):
        if tile.core[1].start == 32:
            raise ValueError("no star")
        return noted(tile)

    with pytest.raises(RuntimeError, match=r"columns 32 to 47: ValueError: no star"):
        run(fails, folder=tmp_path / "failing", client=client)
    assert "000000-000016.npz" in os.listdir(tmp_path / "failing" / "tiles")

    def long(tile):
        time.sleep(600 * (tile.core[0].start > 0))
        return noted(tile)

    def interrupt_when_one_is_done():
        stop = time.monotonic() + 40
        while not list(tmp_path.glob("long/tiles/*.npz")) and time.monotonic() < stop:
            time.sleep(0.1)
        interrupt()

    threading.Thread(target=interrupt_when_one_is_done).start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run(long, folder=tmp_path / "long", client=client, workers=10)
    assert time.monotonic() - start < 60
    # Those of the first row, but for what came to stand behind a long one.
    assert 1 <= len(list(tmp_path.glob("long/tiles/*.npz"))) <= 5
