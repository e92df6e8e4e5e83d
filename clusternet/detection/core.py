"""The contract of a detector."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple

from astropy.table import QTable

from clusternet.detection.maps import ValueMaps
from clusternet.detection.peaks import PeakFinder
from clusternet.images import Mosaic, MultiBandImage

if TYPE_CHECKING:
    from distributed import Client

    from clusternet.estimation import ParameterEstimator

__all__ = ["Detection", "Detector", "MapDetector"]


class Detection(NamedTuple):
    """Result of a detector."""

    catalogue: QTable
    """The candidates (`clusternet.catalog.COLUMNS`, and columns of the detector's own)."""
    maps: ValueMaps | None
    """The value maps, where they were made."""


class Detector(ABC):
    """Finds clusters in an image.

    A subclass defines `__call__`, which returns a catalogue. It may have more columns than those
    of the schema: every one of them, with its unit and description, stays in the catalogue of
    `clusternet.pipeline.search`, in its files and in reports.
    """

    @abstractmethod
    def __call__(self, image: MultiBandImage | Mosaic, *, progress: bool = True,
                 folder: str | os.PathLike[str] | None = None, client: Client | None = None,
                 workers: int | None = None) -> QTable:
        """Find candidates.

        Parameters
        ----------
        image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
            Where to look.
        progress : bool, optional
            Show a progress bar.
        folder : str or os.PathLike, optional
            Where to keep finished tiles, so that a search that was stopped resumes from there.
        client : ``dask.distributed.Client``, optional
            Cluster to search the tiles on.
        workers : int, optional
            Tiles searched at the same time.

        Returns
        -------
        `~astropy.table.QTable`
            A catalogue (`clusternet.catalog.COLUMNS`); what the detector does not measure is NaN.

        Raises
        ------
        ValueError
            If the detector lacks one of the options.
        """

    def estimator(self) -> ParameterEstimator | None:
        """Return the estimator that completes the catalogues of this detector.

        Returns
        -------
        `~clusternet.estimation.ParameterEstimator` or None
            None if the catalogues hold parameters with intervals already. By default a
            `~clusternet.estimation.NetworkEstimator` with the weights shipped with the library.
        """
        from clusternet.estimation import NetworkEstimator  # loads torch

        return NetworkEstimator()

    def search(self, image: MultiBandImage | Mosaic, *, maps: bool = False,
               **options: Any) -> Detection:
        """Find candidates, and make value maps on request.

        Parameters
        ----------
        image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
            Where to look.
        maps : bool, optional
            Whether value maps are wanted. Detectors that find candidates on them return them in
            any case.
        **options
            As for `__call__`.

        Returns
        -------
        `Detection`

        Raises
        ------
        ValueError
            If the detector makes no value maps but they are wanted.
        """
        if maps:
            raise ValueError(f"{type(self).__name__} makes no value maps; leave maps out, or "
                             "search with a DenseDetector or a SlidingWindowDetector")
        return Detection(self(image, **options), None)

    def _refuse(self, reason: str, **options: object) -> None:
        """Raise an error that names the options given which the detector lacks."""
        given = [name for name, value in options.items() if value is not None]
        if given:
            raise ValueError(f"{type(self).__name__} takes no {', '.join(given)}: {reason}")


class MapDetector(Detector):
    """A detector that makes value maps first and finds candidates at their peaks.

    Parameters
    ----------
    peaks : `PeakFinder`, optional
        Finds the peaks.
    """

    def __init__(self, peaks: PeakFinder | None = None) -> None:
        self.peaks = PeakFinder() if peaks is None else peaks

    @abstractmethod
    def value_maps(self, image: MultiBandImage | Mosaic, *, progress: bool = True,
                   folder: str | os.PathLike[str] | None = None, client: Client | None = None,
                   workers: int | None = None) -> ValueMaps:
        """Make the maps.

        Parameters
        ----------
        image, progress, folder, client, workers
            As for `Detector`.

        Returns
        -------
        `ValueMaps`
            With the shape and the WCS of the image.
        """

    def __call__(self, image: MultiBandImage | Mosaic, **options: Any) -> QTable:
        """Find candidates at the peaks of the value maps; arguments as for `value_maps`."""
        return self.search(image, **options).catalogue

    def search(self, image: MultiBandImage | Mosaic, *, maps: bool = True,
               **options: Any) -> Detection:
        """Find candidates at the peaks of the value maps, and return both; see `Detector`."""
        made = self.value_maps(image, **options)
        return Detection(self.peaks(made), made)
