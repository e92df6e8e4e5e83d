"""The dense network with its bands, zero points and bins."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass

import numpy as np

from clusternet.nn.dense.net import DenseClusterNet
from clusternet.nn.network import Network
from clusternet.nn.normalise import CalibratedNormaliser

__all__ = ["DenseNetwork"]


@dataclass(eq=False, repr=False)
class DenseNetwork(Network):
    """A dense network (`DenseClusterNet`) and all that is needed to use it.

    Parameters
    ----------
    bands, pixel_scale, bins, metadata, model
        As for `~clusternet.nn.Network`.
    zero_points : sequence of float
        Vega magnitude of 1 electron/s in each band of the training.
    softening : float, optional
        Of `CalibratedNormaliser`, in electron/s per pixel.

    Examples
    --------
    >>> from astropy import units as u
    >>> from clusternet.nn import DenseNetwork
    >>> DenseNetwork(["F438W"], 0.0396 * u.arcsec, [24.98])
    DenseNetwork(F438W; 0.0396 arcsec)
    """

    format = "clusternet-dense-network-1"
    shipped_file = "dense_m83_wfc3.safetensors"

    zero_points: tuple[float, ...]
    _: KW_ONLY
    softening: float = 0.02

    def __post_init__(self) -> None:
        self.zero_points = tuple(float(zero_point) for zero_point in self.zero_points)
        if len(self.zero_points) != len(self.bands):
            raise ValueError(f"{len(self.zero_points)} zero points for {len(self.bands)} bands; "
                             "give one for each")
        super().__post_init__()

    def new_model(self) -> DenseClusterNet:
        """Make the layers, with random weights."""
        return DenseClusterNet(self.bins.group_sizes, len(self.bands))

    def new_normaliser(self) -> CalibratedNormaliser:
        """Make the normaliser of images."""
        return CalibratedNormaliser(self.softening)

    def flux_scale(self, zero_points: Mapping[str, float] | None = None) -> np.ndarray:
        """Return the factor that brings the fluxes of each band onto the network's zero points.

        Parameters
        ----------
        zero_points : dict of str to float, optional
            Vega magnitude of 1 electron/s in each band; the network's when not given.

        Returns
        -------
        numpy.ndarray, shape (band, 1, 1)
            Float32.

        Raises
        ------
        ValueError
            If a band is missing or a zero point is not finite.
        """
        own = dict(zip(self.bands, self.zero_points, strict=True))
        given = own if zero_points is None else zero_points
        missing = [band for band in self.bands if band not in given]
        if missing:
            raise ValueError(f"no zero point of {', '.join(missing)}; give the Vega magnitude of "
                             "1 electron/s in each band of the network")
        difference = np.array([own[band] - given[band] for band in self.bands])
        if not np.isfinite(difference).all():
            raise ValueError(f"zero_points are {given}; all must be finite")
        return (10 ** (0.4 * difference))[:, None, None].astype(np.float32)
