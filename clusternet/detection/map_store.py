"""Value maps on disk, written tile by tile."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS
from numpy.typing import ArrayLike

from clusternet._files import check_settings
from clusternet.detection.maps import ValueMaps
from clusternet.images.alignment import shifted_wcs
from clusternet.images.tiling import rectangle
from clusternet.images.wcs_header import celestial_wcs, wcs_header
from clusternet.images.zarr_group import import_zarr, new_folder, open_group, store_errors

__all__ = ["MapStore"]

__doctest_requires__ = {"MapStore": ["zarr"]}

_FORMAT = "clusternet-maps-1"
_STORE = "map store that MapStore.create made"


class MapStore:
    """Value maps of a search in a folder, written tile by tile.

    A search that is stopped finds the tiles that it had finished when it makes the same store
    again. Several processes may write different tiles at once. `MapStore.create` and
    `MapStore.open` make the object; another process that it is sent to opens the folder again.

    Attributes
    ----------
    path : pathlib.Path
        The folder.
    shape : tuple of int
        Shape (y, x) of every map.
    names : tuple of str
        Names of the maps.
    chunk : int
        Height and width of a tile, in pixels.
    wcs : `~astropy.wcs.WCS`
        Celestial world coordinates of the pixels.
    meta : dict
        Record of how the maps were made.

    Notes
    -----
    The folder is a zarr group, format version 3, with an array (y, x) for each map, NaN (0 for
    flags) where nothing was written, and the array ``done``, which is 1 for each finished tile.
    A file holds one tile of one map, and takes the place of an older one when it is complete.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from astropy.wcs import WCS
    >>> from clusternet.detection.map_store import MapStore
    >>> wcs = WCS(naxis=2)
    >>> wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store = MapStore.create(f"{folder}/maps", (300, 200), ["class_cb"], wcs, chunk=128)
    ...     tile = slice(256, 300), slice(0, 128)
    ...     store.write(*tile, {"class_cb": np.full((44, 128), 0.5)})
    ...     print(store.done(*tile), store.done())
    ...     maps = store.maps(slice(250, 300), slice(100, 150))
    True False
    >>> maps
    ValueMaps(class_cb; 50 x 50 px)
    """

    def __init__(self, path: str | os.PathLike[str], group: Any) -> None:
        self.path = Path(path).absolute()
        with store_errors(path):
            settings = group.attrs.asdict()
            self.shape = tuple(settings["shape"])
            self.names = tuple(settings["names"])
            self.chunk = settings["chunk"]
            self.meta = settings["meta"]
            header = fits.Header.fromstring(settings["header"], sep="\n")
            self._maps = {name: group[name] for name in self.names}
            self._done = group["done"]
        self.wcs = shifted_wcs(celestial_wcs(header, str(path)), 0, 0, self.shape)

    @classmethod
    def create(cls, path: str | os.PathLike[str], shape: Sequence[int], names: Sequence[str],
               wcs: WCS, *, meta: dict | None = None, chunk: int = 1024) -> Self:
        """Make a store, or open it if it was made with the same settings.

        Parameters
        ----------
        path : str or os.PathLike
            Folder to make; it appears when it is complete.
        shape : tuple of int
            Shape (y, x) of the maps, in pixels.
        names : sequence of str
            Names of the maps, as for `ValueMaps`.
        wcs : `~astropy.wcs.WCS`
            Celestial world coordinates of the pixels.
        meta : dict, optional
            Settings that the maps depend on: anything that JSON can hold.
        chunk : int, optional
            Height and width of a tile, in pixels.

        Returns
        -------
        MapStore
            Open for writing.

        Raises
        ------
        ImportError
            If the package zarr is not installed.
        OSError
            If the folder cannot be made, written to, or read.
        ValueError
            If there is a store that was made with other settings, or something else of that
            name; or there can be no such maps, tiles or ``meta``.
        """
        zarr = import_zarr()
        settings = _settings(shape, names, wcs, meta, chunk)
        if not os.path.lexists(path):
            try:
                with new_folder(path) as folder:
                    _make(zarr.create_group(folder, zarr_format=3), settings)
            except FileExistsError:
                pass  # another process was faster
        group = open_group(path, _FORMAT, _STORE, mode="r+")
        check_settings(_flat(group.attrs.asdict()), _flat(settings), str(path))
        return cls(path, group)

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Self:
        """Open a store.

        Parameters
        ----------
        path : str or os.PathLike
            Folder that `create` made.

        Returns
        -------
        MapStore
            Open for reading and writing.

        Raises
        ------
        ImportError
            If the package zarr is not installed.
        OSError
            If it is missing (`FileNotFoundError`) or cannot be read.
        ValueError
            If it is no such store.
        """
        return cls(path, open_group(path, _FORMAT, _STORE, mode="r+"))

    def write(self, rows: slice, columns: slice, arrays: Mapping[str, ArrayLike]) -> None:
        """Write a tile, or several that adjoin, and then mark them as done.

        Parameters
        ----------
        rows, columns : slice
            Pixels of the maps. Bounds are multiples of ``chunk``, or ends of the maps.
        arrays : dict of str to array_like
            Values of every map, shape (rows, columns).

        Raises
        ------
        OSError
            If they cannot be written.
        ValueError
            If the slices do not fit the tiles, or the arrays do not fit the slices or the maps.
        """
        part = rectangle(rows, columns, self.shape)
        size = tuple(span.stop - span.start for span in part)
        for span, n in zip(part, self.shape, strict=True):
            if span.start % self.chunk or (span.stop % self.chunk and span.stop != n):
                raise ValueError(
                    f"rows {part[0].start} to {part[0].stop}, columns {part[1].start} to "
                    f"{part[1].stop} are no whole tiles of {self.chunk} px; write whole tiles"
                )
        if set(arrays) != set(self.names):
            raise ValueError(
                f"arrays of {', '.join(arrays) or 'nothing'} for maps of "
                f"{', '.join(self.names)}; pass one for each map"
            )
        arrays = {name: np.asarray(values) for name, values in arrays.items()}
        for name, values in arrays.items():
            if values.shape != size:
                raise ValueError(
                    f"array of {name} has shape {values.shape}; the pixels to write are {size}"
                )
        if 0 in size:
            return
        with store_errors(self.path):
            self._done[self._tiles(part)] = 0
            for name, values in arrays.items():
                stored = self._maps[name]
                stored[part] = values.astype(stored.dtype, copy=False)
            self._done[self._tiles(part)] = 1

    def done(self, rows: slice = slice(None), columns: slice = slice(None)) -> bool:
        """Whether all tiles that pixels lie in are finished.

        Parameters
        ----------
        rows, columns : slice, optional
            The pixels; all by default.

        Returns
        -------
        bool

        Raises
        ------
        OSError
            If the folder cannot be read.
        ValueError
            If the slices reach beyond the maps.
        """
        part = rectangle(rows, columns, self.shape)
        with store_errors(self.path):
            return bool(np.all(self._done[self._tiles(part)]))

    def maps(self, rows: slice = slice(None), columns: slice = slice(None)) -> ValueMaps:
        """Read a rectangle of the maps.

        Parameters
        ----------
        rows, columns : slice, optional
            The pixels; all by default.

        Returns
        -------
        ValueMaps
            The rectangle, with its own WCS; NaN (0 for flags) in tiles that were not written.

        Raises
        ------
        OSError
            If they cannot be read.
        ValueError
            If the slices reach beyond the maps.
        """
        part = rectangle(rows, columns, self.shape)
        with store_errors(self.path):
            arrays = {name: stored[part] for name, stored in self._maps.items()}
        size = tuple(span.stop - span.start for span in part)
        wcs = shifted_wcs(self.wcs, part[1].start, part[0].start, size)
        return ValueMaps(arrays, wcs, meta=self.meta)

    def _tiles(self, part):
        return tuple(
            slice(span.start // self.chunk, -(-span.stop // self.chunk)) for span in part
        )

    def __reduce__(self):
        return MapStore.open, (self.path,)

    def __repr__(self) -> str:
        with store_errors(self.path):
            done = self._done[:]
        ny, nx = self.shape
        return (
            f"{type(self).__name__}({', '.join(self.names)}; {nx} x {ny} px; "
            f"{np.count_nonzero(done)} of {done.size} tiles done)"
        )


def _settings(shape, names, wcs, meta, chunk):
    shape = tuple(int(n) for n in shape)
    if len(shape) != 2 or min(shape) < 1:
        raise ValueError(f"maps of shape {shape} hold no pixel; pass (y, x), both 1 or more")
    if chunk != int(chunk) or chunk < 1:
        raise ValueError(f"chunk is {chunk} px; it must be a whole number, 1 or more")
    names = list(ValueMaps(dict.fromkeys(names, np.zeros((1, 1))), wcs))  # in one order
    try:
        meta = json.loads(json.dumps(meta or {}, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise ValueError(f"meta = {meta!r} cannot be kept as JSON: {error}") from error
    return {
        "format": _FORMAT,
        "shape": list(shape),
        "names": names,
        "chunk": int(chunk),
        "header": wcs_header(wcs).tostring(sep="\n", endcard=False, padding=False),
        "meta": meta,
    }


def _make(group, settings):
    group.attrs.update(settings)
    shape, chunk = settings["shape"], settings["chunk"]
    for name in settings["names"]:
        kind, empty = ("int16", 0) if name == "flags" else ("float32", np.nan)
        group.create_array(
            name, shape=shape, dtype=kind, fill_value=empty, chunks=[min(chunk, n) for n in shape]
        )
    # A file for each tile, so that no process ever writes the mark of another's.
    group.create_array(
        "done", shape=[-(-n // chunk) for n in shape], dtype="uint8", fill_value=0, chunks=(1, 1)
    )


def _flat(settings):
    """Settings on one level, with the world coordinates under a name that users know."""
    flat = {name: settings.get(name) for name in ("shape", "names", "chunk")}
    meta = {f"meta {name}": value for name, value in settings.get("meta", {}).items()}
    return {**flat, "WCS": settings.get("header"), **meta}
