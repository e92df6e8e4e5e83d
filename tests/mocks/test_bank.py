"""Banks of stamps: made chunk by chunk, never half, and again the same from their seed."""

import subprocess
import sys
from operator import methodcaller

import numpy as np
import pytest

from clusternet.mocks import StampBank

SETTINGS = {"kind": "noise", "chunk": 4}


def draw(rng):
    table = np.zeros(4, dtype=[("log_age", float), ("x", float)])
    table["log_age"] = rng.uniform(6.6, 10.1, 4)
    images = rng.normal(size=(4, 2, 8, 8))
    table["x"] = images[:, 0, 0, 0]  # so that a row knows its stamp
    return table, images


def build(folder, n_chunks=3, rng=5, drawing=draw, settings=SETTINGS, **options):
    return StampBank.build(folder, drawing, settings, n_chunks, rng, **options)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


class Interrupted(Exception):
    """Stands for whatever ends a run half-way."""


class Failing:
    """Draws some chunks, then fails."""

    def __init__(self, chunks):
        self.chunks = chunks

    def __call__(self, rng):
        if self.chunks == 0:
            raise Interrupted
        self.chunks -= 1
        return draw(rng)


def test_stamps_and_rows_belong_together(tmp_path):
    bank = build(tmp_path)
    images = bank.load()
    assert (len(bank), images.shape, images.dtype) == (12, (12, 2, 8, 8), np.float16)
    np.testing.assert_allclose(bank.table["x"], images[:, 0, 0, 0], atol=2e-3)


def test_every_chunk_has_its_own_seed(tmp_path):
    table = build(tmp_path).table
    assert len(np.unique(table["log_age"])) == len(table)


def test_one_seed_makes_one_bank(tmp_path):
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        build(tmp_path / name, rng=seed)
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert contents(tmp_path / "a") != contents(tmp_path / "c")


def test_a_longer_bank_begins_like_a_shorter_one(tmp_path):
    short, long = build(tmp_path / "a", 2), build(tmp_path / "b", 4)
    np.testing.assert_array_equal(short.load(), long.load()[:8])


def test_an_interrupted_bank_goes_on_where_it_stopped(tmp_path):
    build(tmp_path / "whole")
    with pytest.raises(Interrupted):
        build(tmp_path / "part", drawing=Failing(2))
    assert len(StampBank(tmp_path / "part")) == 8
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "part").iterdir()}
    build(tmp_path / "part")
    assert all(path.stat().st_mtime_ns == made for path, made in before.items())
    assert contents(tmp_path / "part") == contents(tmp_path / "whole")


def test_a_killed_bank_goes_on_where_it_stopped(tmp_path):
    # The same draw in a process that dies within its third chunk, after the table is written.
    code = f"""
import os
import numpy as np
import clusternet.mocks.bank as bank

def draw(rng):
    table = np.zeros(4, dtype=[("log_age", float), ("x", float)])
    table["log_age"] = rng.uniform(6.6, 10.1, 4)
    images = rng.normal(size=(4, 2, 8, 8))
    table["x"] = images[:, 0, 0, 0]
    return table, images

save, calls = np.save, []

def dying(file, array):
    calls.append(file)
    if len(calls) == 6:
        file.write(b"part of an array")
        file.flush()
        os._exit(9)
    save(file, array)

np.save = dying
bank.StampBank.build({str(tmp_path / "part")!r}, draw, {SETTINGS!r}, 3, 5)
"""
    ended = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)
    assert ended.returncode == 9, ended.stderr.decode()
    half = StampBank(tmp_path / "part")
    assert (len(half), len(half.table)) == (8, 8)
    build(tmp_path / "part")
    build(tmp_path / "whole")
    # The file that was being written stays behind under a hidden name that nothing reads.
    found = {k: v for k, v in contents(tmp_path / "part").items() if not k.startswith(".")}
    assert found == contents(tmp_path / "whole")


def test_a_failed_write_leaves_no_part_of_a_file(tmp_path, monkeypatch):
    def half_written(file, array):
        file.write(b"part of an array")
        raise Interrupted

    build(tmp_path, 1)
    before = contents(tmp_path)
    monkeypatch.setattr(np, "save", half_written)
    with pytest.raises(Interrupted):
        build(tmp_path, 2)
    assert contents(tmp_path) == before


def test_rows_stay_with_their_stamps_when_a_middle_chunk_is_missing(tmp_path):
    build(tmp_path)
    (tmp_path / "images-00001.npy").unlink()
    bank = StampBank(tmp_path)
    np.testing.assert_allclose(bank.table["x"], bank.load()[:, 0, 0, 0], atol=2e-3)


def test_workers_make_the_same_bank(tmp_path):
    # Drawn by a method that other processes can find: (table, images) of two normal arrays.
    normal = methodcaller("standard_normal", (2, 5, 2, 4, 4))
    for name, workers in (("one", 1), ("two", 2)):
        build(tmp_path / name, drawing=normal, workers=workers)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


@pytest.mark.parametrize(
    ("changed", "named"),
    [({"rng": 6}, "seed"), ({"settings": {**SETTINGS, "chunk": 5}}, "chunk"),
     ({"settings": {"kind": "noise"}}, "chunk")],
)
def test_a_folder_with_other_settings_is_refused_and_left_alone(tmp_path, changed, named):
    build(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(ValueError, match=rf"made with other settings \({named} = "):
        build(tmp_path, **changed)
    assert contents(tmp_path) == before


def test_a_generator_draws_the_seed_which_the_settings_keep(tmp_path):
    first, second = (build(tmp_path / str(n), rng=np.random.default_rng(n)) for n in (1, 2))
    again = build(tmp_path / "again", rng=first.settings["seed"])
    np.testing.assert_array_equal(first.load(), again.load())
    assert not np.array_equal(first.load(), second.load())


def test_progress_is_shown_chunk_by_chunk(tmp_path, capsys):
    build(tmp_path, progress=True)
    assert "3/3" in capsys.readouterr().err


def test_a_folder_without_a_bank_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no stamp bank in .*; make one with StampBank"):
        StampBank(tmp_path)
