"""Posteriors from the dense network."""

import numpy as np
from tqdm import tqdm

from clusternet.catalog import GROUPS
from clusternet.estimation.core import ParameterEstimator
from clusternet.estimation.places import pixels_of
from clusternet.nn import load_network
from clusternet.nn.dense.engine import DenseEngine
from clusternet.nn.dense.tiles import DenseTiles, flux_scale

__all__ = ["DenseEstimator"]



class DenseEstimator(ParameterEstimator):
    """Posteriors from the peak head of the dense network, at any places.

    These are the posteriors that a `~clusternet.detection.DenseDetector` puts medians and
    intervals of into its catalogue, joint ones of age, extinction and mass included; a posterior
    needs some 11 kB. Only tiles that hold candidates are evaluated. Candidates on masked pixels,
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

    def __init__(self, network=None, zero_points=None, tile=None, halo=128, precision="auto",
                 device=None):
        self.network = load_network(kind="dense") if network is None else network
        self.scale = flux_scale(self.network, zero_points)
        self.tile, self.halo = tile, halo
        self.engine = DenseEngine(self.network, precision, device)

    @property
    def meta(self):
        """What a catalogue should say of how its parameters came about."""
        return {**super().meta, "network": self.engine.fingerprint,
                "precision": self.engine.precision,
                "flux_scale": self.scale[:, 0, 0].tolist()}

    def __call__(self, image, candidates, *, progress=True):
        """Infer the parameters; see `ParameterEstimator`.

        Raises
        ------
        ValueError
            If the image does not fit the network, or a candidate has no position.
        """
        tiles = DenseTiles(image, self.engine, self.scale, self.tile, self.halo)
        x, y = pixels_of(candidates)
        sizes = self.network.bins.group_sizes
        result = {name: np.full((len(x), sizes[name]), np.nan, np.float32) for name in GROUPS}
        with tqdm(total=len(x), desc="estimate", unit=" candidates", disable=not progress) as bar:
            for tile in tiles.plan:
                (rows, columns), (y0, x0) = tile.core, (s.start for s in tile.padded)
                here = np.flatnonzero((y >= rows.start) & (y < rows.stop)
                                      & (x >= columns.start) & (x < columns.stop))
                maps, bad = tiles(tile) if len(here) else (None, None)
                bar.update(len(here))
                if maps is None:
                    continue
                here = here[~bad[y[here] - y0, x[here] - x0]]
                found = self.engine.describe(maps, y[here] - y0, x[here] - x0)
                for name in GROUPS:
                    result[name][here] = found[name]
        return self.network.posterior(result)
