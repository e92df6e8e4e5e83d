"""The search of an image: value maps, a catalogue, regions and a picture."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import astropy.units as u
import numpy as np
from astropy.table import QTable

from clusternet._files import atomic_write, prepare_folder
from clusternet.catalog import completed, select, write_catalogue, write_regions
from clusternet.detection import Detector, ValueMaps
from clusternet.estimation import ParameterEstimator
from clusternet.images import Mosaic, MultiBandImage

__all__ = ["SearchResult", "search"]

_FILES = ("catalogue.ecsv", "catalogue.fits", "candidates.fits", "maps.fits", "clusters.reg",
          "search.png")


@dataclass(frozen=True)
class SearchResult:
    """Result of a search.

    Attributes
    ----------
    catalogue : `~astropy.table.QTable`
        The clusters above the thresholds (`clusternet.catalog.COLUMNS`).
    candidates : `~astropy.table.QTable`
        All candidates, the same columns; ids are those of the catalogue.
    maps : `~clusternet.detection.ValueMaps` or None
        The value maps, where they were made.
    image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
        The image searched.
    """

    catalogue: QTable
    candidates: QTable
    maps: ValueMaps | None
    image: MultiBandImage | Mosaic

    def counts(self, *, class_cb: float = 0.95,
               visibility: Sequence[float] = (2.0, 2.5, 3.0)) -> dict[float, int]:
        """Count the candidates above the thresholds of Paper III, section 4.1.

        Parameters
        ----------
        class_cb : float, optional
            Threshold of the class.
        visibility : sequence of float, optional
            Thresholds of the visibility.

        Returns
        -------
        dict of float to int
            Number of candidates by threshold of visibility.
        """
        return {threshold: len(select(self.candidates, class_cb, threshold))
                for threshold in visibility}

    def write(self, folder: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write the result to a folder.

        ``catalogue.ecsv`` and ``catalogue.fits``; ``candidates.fits``, before the thresholds;
        ``clusters.reg``, circles for DS9; ``search.png``, a picture, unless the image was left on
        disk; and ``maps.fits``, where there are maps. The files of equal results are equal to the
        byte.

        Parameters
        ----------
        folder : str or os.PathLike
            The folder; made if need be.
        overwrite : bool, optional
            Replace results that are there already.

        Raises
        ------
        FileExistsError
            If there are results and ``overwrite`` is not set.
        OSError
            If the folder cannot be made or written to.
        """
        folder = _ready(folder, overwrite)
        write_catalogue(self.catalogue, folder / "catalogue.ecsv")
        write_catalogue(self.catalogue, folder / "catalogue.fits")
        write_catalogue(self.candidates, folder / "candidates.fits")
        write_regions(self.catalogue, folder / "clusters.reg")
        if self.maps is not None:
            self.maps.write(folder / "maps.fits")
        if isinstance(self.image, Mosaic):
            return
        from clusternet.plotting import search_figure

        with atomic_write(folder / "search.png") as temporary:
            search_figure(self.image, self.catalogue, self.maps).savefig(temporary, dpi=150)


def search(image: MultiBandImage | Mosaic, detector: Detector | None = None,
           estimator: ParameterEstimator | None = None, *, class_cb: float | None = 0.5,
           visibility: float | None = None, distance: u.Quantity | None = None,
           output: str | os.PathLike[str] | None = None, overwrite: bool = False,
           progress: bool = True, maps: bool = False, **options: Any) -> SearchResult:
    """Search an image for clusters.

    The catalogue has every column of the detector's, with the parameters replaced where there is
    an estimator, and the radii and densities that follow from the distance.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
        Where to look.
    detector : `~clusternet.detection.Detector`, optional
        Finds the candidates; a `~clusternet.detection.DenseDetector` with the weights shipped
        with the library when not given.
    estimator : `~clusternet.estimation.ParameterEstimator`, optional
        Infers their parameters; `~clusternet.detection.Detector.estimator` of the detector when
        not given.
    class_cb, visibility : float or None, optional
        Only candidates above both come into the catalogue; Paper III takes 0.95 and 2.5.
    distance : `~astropy.units.Quantity`, optional
        Distance of the galaxy, for radii in parsecs and densities.
    output : str or os.PathLike, optional
        Folder to write the result to (`SearchResult.write`); checked before the search.
    overwrite : bool, optional
        Replace results that are there already.
    progress : bool, optional
        Show progress bars.
    maps : bool, optional
        Make value maps, which must fit into memory, also with detectors that need none.
    **options
        Passed on to the detector: ``folder``, where to keep what has been searched, so that a
        search that was stopped resumes; ``client``, a ``dask.distributed.Client``; ``workers``,
        the number of tiles searched at the same time.

    Returns
    -------
    `SearchResult`

    Raises
    ------
    OSError
        If the folder cannot be written to, or holds results and ``overwrite`` is not set.
    ValueError
        If the image does not fit the detector, or the detector lacks an option or makes no value
        maps.

    Examples
    --------
    >>> from clusternet.images import MultiBandImage
    >>> from clusternet.pipeline import search
    >>> image = MultiBandImage.read({"F336W": "a.fits", "F438W": "b.fits",
    ...                              "F814W": "c.fits"})                     # doctest: +SKIP
    >>> result = search(image, output="results")                             # doctest: +SKIP
    """
    if output is not None:
        _ready(output, overwrite)
    if detector is None:
        from clusternet.detection import DenseDetector  # loads torch

        detector = DenseDetector(threshold=0.5 if class_cb is None else min(class_cb, 0.5))
    candidates, made = detector.search(image, maps=maps, progress=progress, **options)
    estimator = detector.estimator() if estimator is None else estimator
    columns, meta = {}, {}
    if estimator is not None:
        columns = estimator(image, candidates, progress=progress).columns()
        columns["flags"] = columns["flags"] | np.asarray(candidates["flags"])
        meta = {"estimation": estimator.meta}
    candidates = completed(candidates, columns, distance=distance, meta=meta)
    catalogue = select(candidates, class_cb, visibility)
    result = SearchResult(catalogue, candidates, made, image)
    if output is not None:
        result.write(output, overwrite=overwrite)
    return result


def _ready(folder: str | os.PathLike[str], overwrite: bool) -> Path:
    """The folder, made and tried, once nothing stands in the way."""
    folder = prepare_folder(folder)
    there = [name for name in _FILES if (folder / name).exists()]
    if there and not overwrite:
        raise FileExistsError(f"{folder} holds results already ({', '.join(there)}); choose "
                              "another folder, or ask for them to be overwritten")
    return folder
