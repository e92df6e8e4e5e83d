"""One mock cluster."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from clusternet.instruments import Instrument
from clusternet.stars import Stars

__all__ = ["Cluster"]


@dataclass(frozen=True)
class Cluster:
    """A cluster made of stars, as `MockClusters.draw_one` and `MockClusters.build` make it.

    Parameters
    ----------
    parameters : mapping of str to float
        ``log_age``, ``a_v``, ``log_mass`` and ``log_r_h``, in the units of `ParameterSpace`.
    stars : `~clusternet.stars.Stars`
        Masses and fluxes.
    offsets : `~numpy.ndarray`, shape (entry, 2)
        Places (x, y) of the stars, from the centre, in arcseconds.

    Examples
    --------
    >>> from clusternet.mocks import MockClusters
    >>> mocks = MockClusters()
    >>> cluster = mocks.draw_one(rng=1)
    >>> cluster.parameters["log_age"], cluster.offsets.shape == (len(cluster.stars.mass), 2)
    (8.6, True)
    >>> list(cluster.magnitudes(mocks.instrument))
    ['mag_F336W', 'mag_F438W', 'mag_F814W']
    """

    parameters: Mapping[str, float]
    stars: Stars
    offsets: np.ndarray

    @property
    def flux(self) -> np.ndarray:
        """Flux of all stars, shape (band,), in electron/s."""
        return self.stars.flux.sum(0)

    def magnitudes(self, instrument: Instrument) -> dict[str, float]:
        """Apparent Vega magnitudes of all stars together.

        Parameters
        ----------
        instrument : `~clusternet.instruments.Instrument`
            The instrument for which the stars were drawn.

        Returns
        -------
        magnitudes : dict of str to float
            ``mag_F336W`` and so on: the columns of tables of clusters.
        """
        values = instrument.magnitudes(self.flux)
        return {f"mag_{band}": float(value)
                for band, value in zip(instrument.bands, values, strict=True)}
