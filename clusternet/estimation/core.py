"""The contract of an estimator."""

from abc import ABC, abstractmethod

from astropy.table import Table

from clusternet.images import Mosaic, MultiBandImage
from clusternet.posterior import Posterior

__all__ = ["ParameterEstimator"]


class ParameterEstimator(ABC):
    """Infers the parameters of objects in an image."""

    @property
    def meta(self) -> dict:
        """Settings that parameters depend on, for the ``meta`` of a catalogue."""
        return {"estimator": type(self).__name__}

    @abstractmethod
    def __call__(self, image: MultiBandImage | Mosaic, candidates: Table, *,
                 progress: bool = True) -> Posterior:
        """Infer the parameters.

        Parameters
        ----------
        image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
            The image that the candidates are in.
        candidates : `~astropy.table.Table`
            Their positions, in columns ``x_centroid`` and ``y_centroid``, ``x_peak`` and
            ``y_peak``, or both. Windows lie around peaks, apertures around centroids, where there
            are both.
        progress : bool, optional
            Show a progress bar.

        Returns
        -------
        `~clusternet.posterior.Posterior`
            Of each candidate, in order.
        """
