"""Running a foreign program that may never end, or never stop printing."""

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping
from typing import IO

__all__ = ["run_bounded"]

_KEPT = 500


def run_bounded(
    command: list[str],
    folder: str | os.PathLike[str],
    answers: str = "",
    *,
    environment: Mapping[str, str] | None = None,
    timeout: float = 60.0,
    max_output: int = 1_000_000,
) -> tuple[int, str]:
    r"""Run a program until it ends, or kill it with all its children.

    Parameters
    ----------
    command : list of str
        The program and its arguments.
    folder : str or os.PathLike
        Working directory of the program.
    answers : str
        Text for its standard input.
    environment : dict of str to str, optional
        Environment of the program; that of this process by default.
    timeout : float
        Seconds after which it is killed.
    max_output : int
        Bytes of output, errors included, after which it is killed.

    Returns
    -------
    status : int
        Exit status; negative if a signal ended it.
    tail : str
        End of its output, followed by the end of its errors.

    Raises
    ------
    OSError
        If it cannot be started.
    TimeoutError
        If it took too long.
    RuntimeError
        If it printed too much.

    Examples
    --------
    >>> import sys
    >>> from clusternet.psf.tinytim.bounded_process import run_bounded
    >>> run_bounded([sys.executable, "-c", "print(input()[::-1])"], ".", answers="olleh")
    (0, 'hello\n')
    """
    name = os.path.basename(command[0])
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        bufsize=0,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    # Apart, as what is buffered would else come after the error that explains the end.
    tails = {process.stdout: b"", process.stderr: b""}
    stop, printed, ended = time.monotonic() + timeout, 0, False
    try:
        _give(process.stdin, answers)
        open_ends = list(tails)
        while open_ends:
            left = stop - time.monotonic()
            ready = left > 0 and select.select(open_ends, [], [], left)[0]
            if not ready:
                raise TimeoutError(
                    f"{name} was stopped after {timeout:g} s; it last printed {_text(tails)!r}"
                )
            for stream in ready:
                block = os.read(stream.fileno(), 65536)
                if not block:
                    open_ends.remove(stream)
                printed += len(block)
                tails[stream] = (tails[stream] + block)[-_KEPT:]
            if printed > max_output:
                raise RuntimeError(
                    f"{name} was stopped after printing {max_output} bytes; the last were "
                    f"{_text(tails)!r}"
                )
        status = process.wait(max(stop - time.monotonic(), 0.1))
        ended = True
        return status, _text(tails)
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"{name} was stopped after {timeout:g} s") from error
    finally:
        if not ended:
            # Not yet waited for, so its number still is its own, and that of its group.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for stream in tails:
            stream.close()


def _give(stream: IO[bytes], answers: str) -> None:
    # Short enough for the pipe's buffer, so that this never waits for the program.
    with contextlib.suppress(BrokenPipeError), stream:
        stream.write(answers.encode())


def _text(tails: Mapping[IO[bytes], bytes]) -> str:
    return b"".join(tails.values()).decode("utf-8", "replace")
