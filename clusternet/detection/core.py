"""What every detector does."""

from abc import ABC, abstractmethod

from clusternet.detection.peaks import PeakFinder

__all__ = ["Detector", "MapDetector"]


class Detector(ABC):
    """Finds clusters in an image."""

    #: Whether its catalogues hold parameters with intervals, so that no estimator is needed.
    estimates = False

    @abstractmethod
    def __call__(self, image, progress=True):
        """Find candidates.

        Parameters
        ----------
        image : `~clusternet.images.MultiBandImage`
            Where to look.
        progress : bool, optional
            Show a progress bar.

        Returns
        -------
        `~astropy.table.QTable`
            A catalogue (`clusternet.catalog.COLUMNS`). What the detector does not measure is NaN.
        """


class MapDetector(Detector):
    """A detector that makes value maps first and finds candidates at their peaks.

    Parameters
    ----------
    peaks : `PeakFinder`, optional
        How to find the peaks.
    """

    def __init__(self, peaks=None):
        self.peaks = PeakFinder() if peaks is None else peaks

    @abstractmethod
    def value_maps(self, image, progress=True):
        """Make the maps.

        Parameters
        ----------
        image : `~clusternet.images.MultiBandImage`
            Where to look.
        progress : bool, optional
            Show a progress bar.

        Returns
        -------
        `ValueMaps`
            With the shape and the WCS of the image.
        """

    def __call__(self, image, progress=True):
        """Find candidates at the peaks of the value maps; see `Detector`."""
        return self.peaks(self.value_maps(image, progress))
