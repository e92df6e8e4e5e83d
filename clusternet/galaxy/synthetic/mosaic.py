"""A synthetic galaxy as an image, as a table of its clusters, and as files."""

import os
from collections import deque
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from astropy.io import fits
from tqdm import tqdm

from clusternet._files import atomic_write, prepare_folder
from clusternet.catalog import truth_table
from clusternet.images import MultiBandImage
from clusternet.images.wcs_header import wcs_header

if TYPE_CHECKING:
    from clusternet.galaxy.synthetic.core import SyntheticGalaxy

__all__ = ["as_image", "write_mosaic"]


def _wcs(galaxy, x0, y0):
    wcs = galaxy.wcs
    wcs.wcs.crpix -= (x0, y0)
    return wcs


def as_image(galaxy: "SyntheticGalaxy", x0: int, y0: int, pixels: np.ndarray) -> MultiBandImage:
    """Return pixels of a galaxy with their place on the sky.

    Parameters
    ----------
    galaxy : `SyntheticGalaxy`
        Gives the bands and the world coordinates.
    x0, y0 : int
        First column and row.
    pixels : numpy.ndarray, shape (band, ny, nx)
        electron/s.

    Returns
    -------
    `~clusternet.images.MultiBandImage`
    """
    return MultiBandImage(pixels, galaxy.bands, _wcs(galaxy, x0, y0))


def write_mosaic(galaxy: "SyntheticGalaxy", folder: str | os.PathLike[str], height: int, *,
                 progress: bool, workers: int = 1) -> dict[str, Path]:
    """Write one FITS file per band and the truth table, some rows at a time.

    Parameters
    ----------
    galaxy : `SyntheticGalaxy`
        The galaxy.
    folder : str or os.PathLike
        Folder of the files; made if missing.
    height : int
        Rows of pixels held at once.
    progress : bool
        Show a progress bar.
    workers : int, optional
        Processes that make the pixels.

    Returns
    -------
    dict of str to `~pathlib.Path`
        File of each band.
    """
    folder = prepare_folder(folder)
    paths = {band: folder / f"{band}.fits" for band in galaxy.bands}
    ny, nx = galaxy.shape
    # Workers draw the stars of the blocks around their rows themselves: more rows, less of that.
    height *= 1 if workers == 1 else 4
    parts = [(0, y0, nx, min(height, ny - y0)) for y0 in range(0, ny, height)]
    clusters = []
    with ExitStack() as stack:
        table = stack.enter_context(atomic_write(folder / "truth.ecsv"))
        finished = [stack.enter_context(atomic_write(path)) for path in paths.values()]
        with ExitStack() as streams:
            files = [streams.enter_context(fits.StreamingHDU(path, _header(galaxy, band)))
                     for path, band in zip(finished, galaxy.bands, strict=True)]
            made = streams.enter_context(_made(galaxy, parts, workers))
            for pixels, rows in tqdm(made, "galaxy", total=len(parts), disable=not progress):
                for file, band in zip(files, pixels, strict=True):
                    file.write(band)
                clusters += rows
        truth_table(clusters, galaxy.bands, galaxy.wcs, further=galaxy.birth_columns).write(
            table, format="ascii.ecsv", overwrite=True)
    return paths


@contextmanager
def _made(galaxy, parts, workers):
    """Pixels and clusters of parts of a galaxy, in order."""
    if workers == 1:
        yield (_part(galaxy, part) for part in parts)
        return
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        # A few parts ahead, so that memory stays bounded.
        waiting = deque()

        def results():
            for part in parts:
                waiting.append(pool.submit(_part_alone, galaxy, part))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()

        try:
            yield results()
        finally:
            pool.shutdown(cancel_futures=True)


def _part(galaxy, part):
    return galaxy.pixels(*part), galaxy._clusters_on(*part)


def _part_alone(galaxy, part):
    galaxy._renderer.single_thread()  # one process a core
    return _part(galaxy, part)


def _header(galaxy, band):
    header = fits.PrimaryHDU(np.empty((1, 1), dtype=np.float32)).header
    header["NAXIS2"], header["NAXIS1"] = galaxy.shape
    header.update(wcs_header(galaxy.wcs))
    header["FILTER"] = band
    header["BUNIT"] = "electron/s"
    return header
