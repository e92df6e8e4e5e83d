"""Output files: written whole or not at all."""

import errno
import gzip
import json
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["atomic_write", "check_settings", "keep_settings", "prepare_folder"]

_LONGEST = 200  # characters of a setting, there and here, that a message quotes


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary file beside ``path`` to write to, and rename it when all went well.

    Readers see the old file or the new one, never half of it, and a failed write leaves the
    old one as it was. A path that ends in ``.gz`` gets its content compressed here, without the
    time and file name that gzip stores, so that equal content gives equal bytes.

    Parameters
    ----------
    path : str or os.PathLike
        File to make. An existing file is replaced; a link is followed.

    Yields
    ------
    pathlib.Path
        An existing, empty file with the ending of ``path`` (without ``.gz``), to be overwritten.

    Raises
    ------
    OSError
        If the folder does not exist or cannot be written to, or ``path`` is a folder: of the
        subclass the system gives, such as `PermissionError`.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from clusternet._files import atomic_write
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = Path(folder) / "note.txt"
    ...     with atomic_write(target) as temporary:
    ...         written = temporary.write_text("done")
    ...     sorted(file.name for file in Path(folder).iterdir())
    ['note.txt']
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise IsADirectoryError(f"cannot write {path}: it is a folder; pass the name of a file")
    packed = target.suffix == ".gz"
    name = target.stem if packed else target.name
    temporary = target.with_name(f".{uuid.uuid4().hex}.{name}")
    compressed = temporary.with_name(temporary.name + ".gz")
    _touch(temporary, path)
    try:
        yield temporary
        if packed:
            with (
                temporary.open("rb") as source,
                compressed.open("wb") as sink,
                gzip.GzipFile(filename="", mode="wb", fileobj=sink, mtime=0) as gz,
            ):
                shutil.copyfileobj(source, gz, 1 << 20)
        finished = compressed if packed else temporary
        _flush_to_disk(finished)
        finished.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
        compressed.unlink(missing_ok=True)


def prepare_folder(path: str | os.PathLike[str]) -> Path:
    """Make an output folder, and prove that files can be made in it before any work begins.

    Parameters
    ----------
    path : str or os.PathLike
        The folder; missing parents are made as well.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    OSError
        If it cannot be made or written to: of the subclass the system gives.
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(
            f"cannot use {folder} as output folder: it is a file; choose another folder"
        ) from error
    except OSError as error:
        raise _explained(error, "make the folder", folder) from error
    probe = folder / f".{uuid.uuid4().hex}"
    _touch(probe, probe.with_name("a file"))
    probe.unlink()
    return folder


def keep_settings(path: str | os.PathLike[str], settings: dict, what: str) -> None:
    """Keep what results depend on beside them, and refuse to resume with other settings.

    Parameters
    ----------
    path : str or os.PathLike
        JSON file; written if it does not exist.
    settings : dict
        What JSON can hold.
    what : str
        Name in messages of that which was made with the settings.

    Raises
    ------
    OSError
        If the file cannot be written.
    ValueError
        If it holds other settings; the message says which.

    Examples
    --------
    >>> import tempfile
    >>> from clusternet._files import keep_settings
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     keep_settings(f"{folder}/settings.json", {"seed": 1}, "the bank")
    ...     keep_settings(f"{folder}/settings.json", {"seed": 2}, "the bank")
    Traceback (most recent call last):
    ...
    ValueError: the bank was made with other settings (seed = 1 there, 2 here); ...
    """
    path = Path(path)
    settings = json.loads(json.dumps(settings))
    if not path.is_file():
        with atomic_write(path) as temporary:
            temporary.write_text(json.dumps(settings, sort_keys=True, indent=1) + "\n",
                                 encoding="utf-8")
        return
    check_settings(json.loads(path.read_text(encoding="utf-8")), settings, what)


def check_settings(kept: dict, settings: dict, what: str) -> None:
    """Make sure that something was made with the settings wanted now.

    Parameters
    ----------
    kept, settings : dict
        Settings that it was made with, and those wanted: what JSON can hold.
    what : str
        Its name in messages.

    Raises
    ------
    ValueError
        If they differ; the message says in which.
    """
    differ = []
    for name in sorted({*kept, *settings}):
        there, here = kept.get(name), settings.get(name)
        if there != here:
            both = f"{there!r} there, {here!r} here"
            differ.append(f"{name} = {both}" if len(both) < _LONGEST else name)
    if differ:
        raise ValueError(f"{what} was made with other settings ({'; '.join(differ)}); remove it, "
                         "or choose another name")


def _touch(file: Path, shown: str | os.PathLike[str]) -> None:
    # Unlike tempfile.mkstemp, leaves the permissions to the user's umask.
    try:
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    except OSError as error:
        raise _explained(error, "write", Path(shown)) from error


def _explained(error: OSError, verb: str, path: Path) -> OSError:
    reasons = {
        errno.ENOENT: f"there is no folder {path.parent}; make it first",
        errno.ENOTDIR: f"{path.parent} is not a folder; choose another one",
        errno.EACCES: f"no permission in {path.parent}; choose another folder",
        errno.EPERM: f"no permission in {path.parent}; choose another folder",
        errno.EROFS: f"{path.parent} is read-only; choose another folder",
    }
    reason = reasons.get(error.errno or 0, f"{error.strerror}; choose another folder")
    return type(error)(f"cannot {verb} {path}: {reason}")


def _flush_to_disk(file: Path) -> None:
    with file.open("rb") as stream:
        os.fsync(stream.fileno())
