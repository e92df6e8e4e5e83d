"""Zarr groups on disk: made whole or not at all, and opened with clear errors."""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Literal, TypeGuard

from astropy.utils import minversion

from clusternet._files import prepare_folder

if TYPE_CHECKING:
    import zarr

__all__ = ["import_zarr", "is_store", "new_folder", "open_group", "store_errors"]

_OLDEST = "3.1.3"  # the first that replaces files only when they are complete


def is_store(path: object) -> TypeGuard[str | os.PathLike[str]]:
    """Whether a path is that of a zarr store (format version 3).

    Parameters
    ----------
    path : object
        A path, or anything else.

    Returns
    -------
    bool
    """
    return isinstance(path, str | os.PathLike) and (Path(path) / "zarr.json").is_file()


def import_zarr() -> ModuleType:
    """Import the package zarr, which is optional.

    Returns
    -------
    module
        The package.

    Raises
    ------
    ImportError
        If it is not installed, or too old.
    """
    try:
        import zarr
    except ImportError as error:
        raise ImportError(
            "zarr stores need the package zarr: pip install 'astro-clusternet[zarr]'"
        ) from error
    if not minversion(zarr, _OLDEST):
        raise ImportError(
            f"zarr stores need zarr {_OLDEST}, and {zarr.__version__} is installed: pip install "
            f"'astro-clusternet[zarr]'"
        )
    return zarr


def open_group(path: str | os.PathLike[str], form: str, what: str,
               mode: Literal["r", "r+"] = "r") -> "zarr.Group":
    """Open the group of a zarr store.

    Parameters
    ----------
    path : str or os.PathLike
        Folder of the store.
    form : str
        Its attribute ``format``.
    what : str
        Name in messages of a store of that format.
    mode : {"r", "r+"}
        To read only, or also to write.

    Returns
    -------
    zarr.Group
        The group.

    Raises
    ------
    ImportError
        If the package zarr is not installed.
    OSError
        If the store is missing or cannot be read.
    ValueError
        If it holds something else.
    """
    zarr = import_zarr()
    if not is_store(path):
        state = "is no zarr store" if Path(path).exists() else "does not exist"
        raise FileNotFoundError(f"{path} {state}; pass the folder of a {what}")
    with store_errors(path):
        group = zarr.open_group(Path(path).absolute(), mode=mode)
    stated = group.attrs.get("format")
    if stated != form:
        raise ValueError(f"{path} is no {what} (format = {stated!r}, not {form!r})")
    return group


@contextmanager
def new_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary folder beside ``path`` to fill, and rename it when all went well.

    Parameters
    ----------
    path : str or os.PathLike
        Folder to make; missing parents are made as well.

    Yields
    ------
    pathlib.Path
        An empty folder.

    Raises
    ------
    FileExistsError
        If there is something of that name, at the beginning or at the end.
    OSError
        If the folder cannot be made: of the subclass the system gives.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from clusternet.images.zarr_group import new_folder
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with new_folder(Path(folder) / "store") as temporary:
    ...         (temporary / "part").touch()
    ...     sorted(str(file.relative_to(folder)) for file in Path(folder).rglob("*"))
    ['store', 'store/part']
    """
    target = Path(path).absolute()
    taken = f"{path} exists already: remove it, or choose another name"
    if os.path.lexists(target):
        raise FileExistsError(taken)
    temporary = prepare_folder(target.with_name(f".{uuid.uuid4().hex}.{target.name}"))
    try:
        yield temporary
        try:
            temporary.rename(target)
        except OSError as error:
            if os.path.lexists(target):
                raise FileExistsError(taken) from error
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def store_errors(path: object) -> Iterator[None]:
    """Turn the errors that zarr raises while a store is used into one kind.

    Parameters
    ----------
    path : str or os.PathLike
        Folder of the store.

    Raises
    ------
    OSError
        In place of any other error, save for `MemoryError`.
    """
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:  # zarr and its codecs raise many kinds
        raise OSError(
            f"{path} cannot be used as a zarr store: it is incomplete, corrupt, or on a full "
            f"disk; copy or make it again ({type(error).__name__}: "
            f"{str(error).partition(chr(10))[0]})"
        ) from error
