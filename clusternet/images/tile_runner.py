"""Work done tile by tile: on threads or a dask cluster, and resumed where it stopped."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import closing
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from tqdm import tqdm

from clusternet._digest import Digest
from clusternet._files import atomic_write, keep_settings, prepare_folder
from clusternet._machine import usable_cores
from clusternet.images.accuracy import CLUSTER_LOSSES, DIGEST_ROWS, TILE_RETRIES
from clusternet.images.grid import PixelGrid

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["image_digest", "run_tiles"]

_BAR = ("{desc}: {percentage:3.0f}%|{bar}| {n:.2f}/{total:.2f} Mpx [{elapsed}<{remaining}, "
        "{rate_fmt}]")


def run_tiles(work: Callable[[Any], Mapping[str, ArrayLike]], tiles: Iterable[Any], *,
              folder: str | os.PathLike[str] | None = None, settings: dict | None = None,
              client: "Client | None" = None, workers: int | None = None, progress: bool = True,
              label: str = "tiles") -> Iterator[dict[str, np.ndarray]]:
    """Do the same work on every tile of an image.

    Tiles are given in order, and memory holds no more than two per worker. With a ``folder``, every
    finished tile is kept there, and a run that was stopped or killed resumes where it was. The
    result is the same, to the byte, with any number of workers and of interruptions.

    After an interrupt (Ctrl-C) or an error no tile is begun. Threads bring those that they are at
    to their end, which keeps them; a single thread and a cluster drop theirs.

    Parameters
    ----------
    work : callable
        Takes a `~clusternet.images.Tile` and returns a dict of str to arrays, the same ones
        every time. It is called from several threads; with a ``client`` it is sent to every
        worker of the cluster, once, and must be picklable.
    tiles : iterable of Tile
        The tiles.
    folder : str or os.PathLike, optional
        Where to keep finished tiles: as ``tiles/YYYYYY-XXXXXX.npz`` after the first row and
        column of the core, and ``settings`` as ``settings.json``.
    settings : dict, optional
        Everything that the results depend on, the sizes of tiles and image included: what JSON
        can hold.
    client : distributed.Client, optional
        Cluster to do the work. Its workers need no access to the folder.
    workers : int, optional
        Threads that do the work, as many as there are usable cores when not given; a single one
        is the calling thread. With a client, tiles that the cluster has at a time, by default two
        for each of its threads.
    progress : bool, optional
        Show a progress bar, in millions of pixels of the tiles' cores.
    label : str, optional
        Name of the bar.

    Returns
    -------
    generator of dict of str to numpy.ndarray
        Result of ``work`` for each tile, in the order of ``tiles``.

    Raises
    ------
    ValueError
        If the folder holds tiles made with other settings, or ``workers`` is not positive.
    OSError
        If the folder cannot be made or written to.
    ImportError
        If there is a client but no ``distributed``.
    RuntimeError
        From the generator, if ``work`` fails; it names the tile.

    Examples
    --------
    >>> import numpy as np
    >>> from clusternet.images import run_tiles, tiles
    >>> image = np.arange(12.0).reshape(3, 4)
    >>> def work(tile):
    ...     return {"root": np.sqrt(image[tile.core])}
    >>> root = np.empty_like(image)
    >>> parts = list(tiles(image.shape, 2))
    >>> for tile, found in zip(parts, run_tiles(work, parts, progress=False), strict=True):
    ...     root[tile.core] = found["root"]
    >>> bool(np.all(root == np.sqrt(image)))
    True
    """
    if workers is not None and workers < 1:
        raise ValueError(f"workers = {workers}: pass 1 or more")
    cluster = None if client is None else _Cluster(client, work)
    kept = None if folder is None else _TileFolder(folder, settings or {})
    return _results(work, list(tiles), kept, cluster, workers, progress, label)


def image_digest(image: PixelGrid) -> str:
    """Return sixteen digits that differ between images with different pixels.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
        The image; it is read once, in strips.

    Returns
    -------
    str
        Hexadecimal digits that depend on names and shape of the bands, their masks, and the
        values of pixels that are not masked.

    Examples
    --------
    >>> import numpy as np
    >>> from astropy.wcs import WCS
    >>> from clusternet.images import MultiBandImage, image_digest
    >>> wcs = WCS(naxis=2)
    >>> wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    >>> image = MultiBandImage(np.ones((1, 2, 3)), ["F438W"], wcs)
    >>> image_digest(image)
    'b7d5948e5b80d0f7'
    """
    whole = Digest().add([list(image.bands), list(image.shape)])
    rows, columns = image.shape[1:]
    for start in range(0, rows, DIGEST_ROWS):
        strip = slice(start, min(start + DIGEST_ROWS, rows))
        pixels, mask = image.section(strip, slice(0, columns))
        whole.add(np.where(mask, np.float32(0), pixels)).add(np.packbits(mask))
    return whole.text


def _results(work, tiles, kept, cluster, workers, progress, label):
    areas = [_area(tile) / 1e6 for tile in tiles]
    there = [False] * len(tiles) if kept is None else kept.has(tiles)
    if workers is None:
        workers = usable_cores() if cluster is None or all(there) else cluster.room()

    def job(tile):
        found = None if kept is None else kept.read(tile)
        if found is None:
            found = _found(work if cluster is None else cluster, tile)
            if kept is not None:
                kept.write(tile, found)
        return found

    ordered = ((job(tile) for tile in tiles) if workers == 1 and cluster is None
               else _on_threads(job, tiles, workers, cluster))
    before = sum(area for area, known in zip(areas, there, strict=True) if known)
    with closing(ordered), tqdm(total=sum(areas), initial=before, desc=label, unit="Mpx",
                                bar_format=_BAR, disable=not (progress and tiles)) as bar:
        for area, known, found in zip(areas, there, ordered, strict=True):
            bar.update(0 if known else area)
            yield found


def _on_threads(job, tiles, workers, cluster):
    pool = ThreadPoolExecutor(workers)
    waiting = deque()
    try:
        for tile in tiles:
            waiting.append(pool.submit(job, tile))
            if len(waiting) == 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        if cluster is not None:
            cluster.stop()
        pool.shutdown()


def _found(work, tile):
    try:
        found = {name: np.asarray(values) for name, values in work(tile).items()}
        objects = [name for name, values in found.items() if values.dtype.hasobject]
        if objects:
            raise TypeError(f"{', '.join(objects)}: Python objects cannot be kept; return numbers")
    except Exception as error:
        rows, columns = tile.core
        raise RuntimeError(
            f"tile of rows {rows.start} to {rows.stop - 1}, columns {columns.start} to "
            f"{columns.stop - 1}: {type(error).__name__}: {error}") from error
    return found


class _TileFolder:
    """Finished tiles on disk."""

    def __init__(self, folder, settings) -> None:
        self._tiles = prepare_folder(os.path.join(folder, "tiles"))
        keep_settings(self._tiles.parent / "settings.json", settings, f"what {folder} holds")

    def _file(self, tile):
        rows, columns = tile.core
        return self._tiles / f"{rows.start:06d}-{columns.start:06d}.npz"

    def has(self, tiles):
        names = set(os.listdir(self._tiles))
        return [self._file(tile).name in names for tile in tiles]

    def read(self, tile):
        try:
            # The stream is opened here, since np.load leaves that of a spoilt file open.
            with self._file(tile).open("rb") as stream, np.load(stream) as file:
                # Checks all bytes, which reading alone does not.
                return dict(file) if file.zip.testzip() is None else None
        except Exception:  # whatever is wrong with the file, the tile can be made again
            return None

    def write(self, tile, found):
        with atomic_write(self._file(tile)) as temporary:
            np.savez(temporary, allow_pickle=False, **found)


class _Cluster:
    """Work that the workers of a dask cluster do; called from several threads."""

    def __init__(self, client, work) -> None:
        try:
            from distributed import Client
        except ImportError as error:
            raise ImportError("a client needs the package distributed: "
                              "pip install 'astro-clusternet[dask]'") from error
        if not isinstance(client, Client):
            raise TypeError(f"client is {client!r}; pass a dask.distributed.Client")
        self._client = client
        self._work = work
        self._sent = None
        self._futures = set()
        self._lock = Lock()
        self._stopped = False

    def room(self):
        """Number of tiles that keep the cluster busy."""
        self._client.wait_for_workers(1)
        threads: dict = self._client.nthreads()  # pyright: ignore[reportAssignmentType]  # not async
        return 2 * sum(threads.values())

    def __call__(self, tile):
        sent = None
        for _ in range(CLUSTER_LOSSES):
            sent = self._send(sent)
            future = self._client.submit(_call, sent, tile, retries=TILE_RETRIES, pure=False)
            self._futures.add(future)
            try:
                if self._stopped:
                    raise CancelledError
                return future.result()  # pyright: ignore[reportReturnType]  # client is not async
            except CancelledError:
                if self._stopped:
                    raise
                # The last worker that had the work is gone.
            finally:
                self._futures.discard(future)
        raise RuntimeError(f"all workers of the cluster were lost {CLUSTER_LOSSES} times; see "
                           "their logs")

    def _send(self, lost=None):
        """The work on the cluster, sent again if it is the one lost."""
        with self._lock:
            if self._sent is lost:
                self._sent = self._client.scatter(self._work, broadcast=True, hash=False)
            return self._sent

    def stop(self):
        self._stopped = True
        self._client.cancel(list(self._futures))


def _call(work, tile):
    return work(tile)


def _area(tile):
    rows, columns = tile.core
    return (rows.stop - rows.start) * (columns.stop - columns.start)
