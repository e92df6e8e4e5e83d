"""Posteriors from the dense network."""

from astropy.table import Table

from clusternet.estimation.core import ParameterEstimator
from clusternet.estimation.places import pixels_of
from clusternet.images import Mosaic, MultiBandImage
from clusternet.nn import DenseEngine, DenseNetwork, DenseTiles
from clusternet.posterior import Posterior

__all__ = ["DenseEstimator"]


class DenseEstimator(ParameterEstimator):
    """Posteriors from the peak head of the dense network, at any places.

    These are the posteriors that a `~clusternet.detection.DenseDetector` puts medians and
    intervals of into its catalogue, joint ones of age, extinction and mass included; a posterior
    needs about 11 kB. Only tiles that hold candidates are evaluated. Candidates on masked pixels,
    or beyond the image, have a posterior of NaN.

    Parameters
    ----------
    network : `~clusternet.nn.DenseNetwork`, optional
        The network; the one shipped with the library when not given.
    zero_points : dict of str to float, optional
        Vega magnitude of 1 electron/s in each band; those of the network when not given.
    tile, halo, precision, device
        As for `~clusternet.detection.DenseDetector`.
    """

    def __init__(self, network: DenseNetwork | None = None, *,
                 zero_points: dict[str, float] | None = None, tile: int | None = None,
                 halo: int = 128, precision: str = "auto", device: str | None = None) -> None:
        self.network = DenseNetwork.shipped() if network is None else network
        self.engine = DenseEngine(self.network, precision=precision, device=device)
        self.scale = self.network.flux_scale(zero_points)
        self.tile, self.halo = tile, halo

    @property
    def meta(self) -> dict:
        """Settings that parameters depend on, for the ``meta`` of a catalogue."""
        return {**super().meta, "network": self.engine.fingerprint,
                "precision": self.engine.precision,
                "flux_scale": self.scale[:, 0, 0].tolist()}

    def __call__(self, image: MultiBandImage | Mosaic, candidates: Table, *,
                 progress: bool = True) -> Posterior:
        """Infer the parameters; see `ParameterEstimator`.

        Raises
        ------
        ValueError
            If the image does not fit the network, or a candidate has no position.
        """
        tiles = DenseTiles(image, self.engine, self.scale, tile=self.tile, halo=self.halo)
        x, y = pixels_of(candidates)
        return self.network.posterior(tiles.describe(y, x, progress=progress))
