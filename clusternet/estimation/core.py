"""What every estimator does."""

from abc import ABC, abstractmethod

__all__ = ["ParameterEstimator"]


class ParameterEstimator(ABC):
    """Infers the parameters of objects in an image."""

    @property
    def meta(self):
        """What a catalogue should say of how its parameters came about."""
        return {"estimator": type(self).__name__}

    @abstractmethod
    def __call__(self, image, candidates, *, progress=True):
        """Infer the parameters.

        Parameters
        ----------
        image : `~clusternet.images.MultiBandImage`
            The image that the candidates are in.
        candidates : `~astropy.table.Table`
            Their positions, in columns ``x_centroid`` and ``y_centroid``, or, where there are
            any, ``x_peak`` and ``y_peak``.
        progress : bool, optional
            Show a progress bar.

        Returns
        -------
        `Posterior`
            Of each candidate, in order.
        """
