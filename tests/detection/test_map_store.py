"""Value maps on disk: what was written is there, whatever happened in between."""

import os
import pickle
import shutil
import signal
import subprocess
import sys

import numpy as np
import pytest
from astropy.wcs import WCS
from hypothesis import given, settings
from hypothesis import strategies as st

from clusternet.detection import ValueMaps
from clusternet.detection.map_store import MapStore
from clusternet.images import tiles

zarr = pytest.importorskip("zarr")

SHAPE, CHUNK = (70, 90), 32
NAMES = ("class_cb", "a_v", "flags")
META = {"step": 2, "bands": ["F336W"], "network": "abc"}


def make_wcs():
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval = (204.2537917123456, -29.8657611)
    wcs.wcs.cdelt = [-1.1e-5, 1.1e-5]
    return wcs


def make_arrays():
    rng = np.random.default_rng(4)
    values = {name: rng.uniform(size=SHAPE).astype(np.float32) for name in NAMES[:2]}
    values["class_cb"][3, 4] = np.nan
    return {**values, "flags": rng.integers(0, 8, SHAPE).astype(np.int16)}


ARRAYS = make_arrays()
TILES = [tile.core for tile in tiles(SHAPE, CHUNK)]


def create(folder, **changes):
    settings = {"shape": SHAPE, "names": NAMES, "wcs": make_wcs(), "meta": META, "chunk": CHUNK}
    return MapStore.create(folder / "maps", **{**settings, **changes})


def write(store, *cores):
    for core in cores:
        store.write(*core, {name: values[core] for name, values in ARRAYS.items()})


def contents(store):
    return {p.relative_to(store.path): p.read_bytes() for p in store.path.rglob("*")
            if p.is_file() and p.suffix != ".partial"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A store with all tiles written; not to be changed."""
    store = create(tmp_path_factory.mktemp("whole"))
    write(store, *TILES)
    return store


@pytest.fixture(scope="module")
def almost(tmp_path_factory):
    """A store with all tiles written but the fourth; not to be changed."""
    store = create(tmp_path_factory.mktemp("almost"))
    write(store, *TILES[:3], *TILES[4:])
    return store


@pytest.fixture
def store(almost, tmp_path):
    """The same, to be changed."""
    shutil.copytree(almost.path, tmp_path / "maps")
    return MapStore.open(tmp_path / "maps")


def test_what_was_written_is_read_and_the_rest_is_nan(store):
    maps = store.maps()
    assert isinstance(maps, ValueMaps)
    assert list(maps) == ["class_cb", "a_v", "flags"]
    assert maps.meta == META
    for name, values in ARRAYS.items():
        expected = values.copy()
        expected[TILES[3]] = 0 if name == "flags" else np.nan
        np.testing.assert_array_equal(maps[name].data, expected)
        assert maps[name].data.dtype == values.dtype
    assert repr(store) == "MapStore(class_cb, a_v, flags; 90 x 70 px; 8 of 9 tiles done)"


def test_done_is_what_was_written(store):
    assert [store.done(*core) for core in TILES] == [k != 3 for k in range(9)]
    assert not store.done()
    assert not store.done(slice(31, 33), slice(0, 1))
    assert store.done(slice(0, 32))
    write(store, TILES[3])
    assert store.done()


def test_a_part_has_its_place_on_the_sky(store):
    part = store.maps(slice(40, 70), slice(5, 50))
    np.testing.assert_array_equal(part["a_v"].data[:, 27:], ARRAYS["a_v"][40:70, 32:50])
    sky = make_wcs().pixel_to_world(45, 60)
    assert np.allclose(part.wcs.world_to_pixel(sky), (40, 20), atol=1e-6)
    assert store.maps().wcs.array_shape == SHAPE


def test_a_store_is_found_again(store, monkeypatch):
    monkeypatch.chdir(store.path.parent)
    relative = MapStore.open("maps")
    monkeypatch.chdir("/")
    for again in (MapStore.open(store.path), relative, pickle.loads(pickle.dumps(relative)),
                  create(store.path.parent, meta={**META, "bands": ("F336W",)}),
                  create(store.path.parent, names=NAMES[::-1])):
        assert (again.shape, again.names, again.chunk, again.meta) == (SHAPE, NAMES, CHUNK, META)
        sky = make_wcs().pixel_to_world(45, 60)
        assert np.allclose(again.wcs.world_to_pixel(sky), (45, 60), atol=1e-6)
        np.testing.assert_array_equal(again.maps()["a_v"].data, store.maps()["a_v"].data)


def other_wcs():
    wcs = make_wcs()
    wcs.wcs.crpix = (1, 0)
    return wcs


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shape": (70, 91)}, r"shape = \[70, 90\] there, \[70, 91\] here"),
        ({"names": ("class_cb",)}, r"names = \['class_cb', .*'\] there, \['class_cb'\] here"),
        ({"chunk": 16}, "chunk = 32 there, 16 here"),
        ({"meta": {**META, "step": 1}}, "meta step = 2 there, 1 here"),
        ({"meta": None}, "meta bands = .*; meta network = 'abc' there, None here; meta step = .*"),
        ({"wcs": other_wcs()}, "WCS"),
    ],
)
def test_other_settings_are_refused_by_name(store, change, message):
    before = contents(store)
    with pytest.raises(ValueError, match=rf"maps was made with other settings \({message}\); rem"):
        create(store.path.parent, **change)
    assert contents(store) == before


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"shape": (0, 5)}, r"shape \(0, 5\) hold no pixel"),
        ({"shape": (5, 5, 5)}, "hold no pixel"),
        ({"chunk": 0}, "chunk is 0 px"),
        ({"chunk": 1.5}, "chunk is 1.5 px"),
        ({"names": ("a_v",)}, "class_cb is needed"),
        ({"names": ("class_cb", "colour")}, "value maps of class_cb, colour"),
        ({"meta": {"network": object()}}, "cannot be kept as JSON"),
        ({"meta": {"limit": np.nan}}, "cannot be kept as JSON"),
    ],
)
def test_stores_that_make_no_sense_are_refused(tmp_path, change, message):
    with pytest.raises(ValueError, match=message):
        create(tmp_path, **change)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("rows", "columns", "message"),
    [
        (slice(0, 31), slice(0, 32), "rows 0 to 31, columns 0 to 32 are no whole tiles of 32 px"),
        (slice(0, 32), slice(16, 48), "no whole tiles"),
        (slice(64, 96), slice(0, 32), "no part of an image of 90 x 70 px"),
    ],
)
def test_tiles_that_do_not_fit_are_refused(store, rows, columns, message):
    size = rows.stop - rows.start, columns.stop - columns.start
    with pytest.raises(ValueError, match=message):
        store.write(rows, columns, {name: np.zeros(size) for name in NAMES})


def test_arrays_that_do_not_fit_are_refused_and_change_nothing(store):
    arrays = {name: np.zeros((32, 32)) for name in NAMES}
    before = contents(store)
    for wrong, message in [
        ({"class_cb": arrays["class_cb"]}, "arrays of class_cb for maps of class_cb, a_v, flags"),
        ({**arrays, "log_age": arrays["a_v"]}, "pass one for each map"),
        ({}, "arrays of nothing"),
        ({**arrays, "a_v": np.zeros((32, 31))}, r"array of a_v has shape \(32, 31\); .*\(32, 32\)"),
    ]:
        with pytest.raises(ValueError, match=message):
            store.write(slice(0, 32), slice(0, 32), wrong)
    assert contents(store) == before


def test_several_tiles_can_be_written_at_once(tmp_path):
    store = create(tmp_path)
    store.write(slice(32, None), slice(0, 64), {n: v[32:, :64] for n, v in ARRAYS.items()})
    assert [store.done(*core) for core in TILES] == [False] * 3 + [True, True, False] * 2
    np.testing.assert_array_equal(store.maps(slice(32, 70), slice(0, 64))["class_cb"].data,
                                  ARRAYS["class_cb"][32:, :64])
    store.write(slice(32, 32), slice(0, 64), {name: np.zeros((0, 64)) for name in NAMES})
    assert not store.done(slice(0, 32), slice(0, 64))


@settings(max_examples=3)
@given(order=st.permutations(range(9)), again=st.integers(0, 8))
def test_the_order_of_the_tiles_does_not_matter(tmp_path_factory, whole, order, again):
    store = create(tmp_path_factory.mktemp("store"))
    write(store, *(TILES[k] for k in [*order, again]))
    assert contents(store) == contents(whole)


def test_a_tile_without_values_counts_as_done(tmp_path):
    store = create(tmp_path)
    store.write(*TILES[0], {name: np.full((32, 32), 0 if name == "flags" else np.nan)
                            for name in NAMES})
    assert store.done(*TILES[0])
    write(store, TILES[0])
    store.write(*TILES[0], {name: np.full((32, 32), 0 if name == "flags" else np.nan)
                            for name in NAMES})
    assert np.isnan(store.maps(*TILES[0])["a_v"].data).all()


def test_a_tile_that_cannot_be_written_is_not_done(store, monkeypatch):
    assert store.done(*TILES[0])
    blocked = store.path / "a_v" / "c" / "0" / "0"
    blocked.unlink()
    blocked.mkdir()
    with pytest.raises(OSError, match=r"maps cannot be used as a zarr store: .* full"):
        write(store, TILES[0])
    assert not store.done(*TILES[0])


def test_a_missing_or_other_folder_is_a_clear_error(tmp_path, store):
    with pytest.raises(FileNotFoundError, match=r"none does not exist; pass the folder of a map"):
        MapStore.open(tmp_path / "none")
    (tmp_path / "other").mkdir()
    for use in (MapStore.open, lambda path: MapStore.create(path, SHAPE, NAMES, make_wcs())):
        with pytest.raises(FileNotFoundError, match="other is no zarr store"):
            use(tmp_path / "other")
    zarr.create_group(tmp_path / "group", zarr_format=3)
    with pytest.raises(ValueError, match=r"group is no map store that MapStore\.create made"):
        MapStore.open(tmp_path / "group")
    (store.path / "a_v" / "zarr.json").unlink()
    with pytest.raises(OSError, match="incomplete"):
        MapStore.open(store.path)


def test_a_process_that_makes_the_store_first_is_joined(tmp_path, monkeypatch):
    from clusternet.detection import map_store

    original = map_store.new_folder

    def slow(path):
        if not os.path.exists(path):
            monkeypatch.setattr(map_store, "new_folder", original)
            write(create(tmp_path), TILES[0])
        return original(path)

    monkeypatch.setattr(map_store, "new_folder", slow)
    assert create(tmp_path).done(*TILES[0])
    assert os.listdir(tmp_path) == ["maps"]


WORKER = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import test_map_store as t
from clusternet.detection.map_store import MapStore

store = t.create(Path(sys.argv[2]))
first, step, killed = map(int, sys.argv[3:])
for k, core in list(enumerate(t.TILES))[first::step]:
    if k == killed:
        stored = store._maps["a_v"]
        class Deadly:
            dtype = stored.dtype
            def __setitem__(self, part, values):
                stored[part] = values
                os.kill(os.getpid(), signal.SIGKILL)
        store._maps["a_v"] = Deadly()
    if not store.done(*core):
        t.write(store, core)
"""


def worker(folder, first=0, step=1, killed=-1):
    here = os.path.dirname(__file__)
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, here, str(folder), *map(str, (first, step, killed))]
    )


@pytest.mark.slow
def test_a_killed_search_goes_on_to_the_same_bytes(whole, tmp_path):
    assert worker(tmp_path, killed=5).wait() == -signal.SIGKILL
    store = MapStore.open(tmp_path / "maps")
    assert [store.done(*core) for core in TILES] == [True] * 5 + [False] * 4
    np.testing.assert_array_equal(store.maps()["a_v"].data[:32], ARRAYS["a_v"][:32])
    again = create(tmp_path)
    write(again, *(core for core in TILES if not again.done(*core)))
    assert contents(store) == contents(whole)


@pytest.mark.slow
def test_two_processes_write_one_store(tmp_path):
    workers = [worker(tmp_path, first, 2) for first in (0, 1)]
    assert [process.wait() for process in workers] == [0, 0]
    store = MapStore.open(tmp_path / "maps")
    assert store.done()
    for name, values in ARRAYS.items():
        np.testing.assert_array_equal(store.maps()[name].data, values)
