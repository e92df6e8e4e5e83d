"""Foreign programs are stopped, with their children, when they take or print too much."""

import os
import sys
import time
from pathlib import Path

import pytest

from clusternet.psf.tinytim.bounded_process import run_bounded

pytestmark = pytest.mark.skipif(os.name != "posix", reason="groups of processes are POSIX")


def test_output_of_both_kinds_and_the_status_come_back(tmp_path):
    script = "import sys; print(input()); print('oh', file=sys.stderr); sys.exit(3)"
    command = [sys.executable, "-IS", "-c", script]
    status, text = run_bounded(command, tmp_path, "hello\n")
    assert (status, text) == (3, "hello\noh\n")


def test_program_that_does_not_listen_is_no_error(tmp_path):
    assert run_bounded(["true"], tmp_path, "x" * 10_000)[0] == 0


def test_only_the_end_of_long_output_is_kept(tmp_path):
    command = [sys.executable, "-IS", "-c", "print('a' * 50000 + 'b')"]
    status, text = run_bounded(command, tmp_path)
    assert status == 0
    assert text.endswith("ab\n")
    assert len(text) <= 2000


def test_child_of_a_stopped_program_dies_with_it(tmp_path):
    script = "sleep 60 & echo $! > child; wait"
    with pytest.raises(TimeoutError, match=r"sh was stopped after 0\.5 s"):
        run_bounded(["sh", "-c", script], tmp_path, timeout=0.5)
    child = int((tmp_path / "child").read_text())
    for _ in range(100):
        # Nobody may be there to collect the dead child, so a zombie counts as gone.
        status = Path(f"/proc/{child}/stat")
        if not status.exists() or status.read_text().split()[2] == "Z":
            break
        time.sleep(0.05)
    else:
        pytest.fail("the child lives on")


def test_program_that_closes_its_output_but_lives_on_is_stopped(tmp_path):
    script = "exec >&- 2>&-; sleep 60"
    with pytest.raises(TimeoutError, match="stopped"):
        run_bounded(["sh", "-c", script], tmp_path, timeout=0.5)


def test_flood_is_stopped_long_before_the_time_is_up(tmp_path):
    with pytest.raises(RuntimeError, match="yes was stopped after printing 10000 bytes"):
        run_bounded(["yes"], tmp_path, timeout=60, max_output=10_000)


def test_absent_program_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no_such_program"):
        run_bounded(["no_such_program"], tmp_path)
