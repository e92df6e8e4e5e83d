"""Fitting of out-of-domain statistics to the mock clusters that a dense network finds."""

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from astropy import units as u
from astropy.table import Table
from tqdm import tqdm

from clusternet.catalog import cross_match
from clusternet.detection import DenseDetector
from clusternet.images import MultiBandImage
from clusternet.nn import OUT_OF_DOMAIN, DenseNetwork, DenseTiles, Domain

__all__ = ["FittedDomain", "fit_domain"]

#: What every four fields in turn are for.
_ROLES = ("axes", "scale", "axes", "rest")


class FittedDomain(NamedTuple):
    """Out-of-domain statistics, and their false alarms."""

    domain: Domain
    """The statistics, for the metadata of the network."""
    false_alarms: int
    """Number of mock clusters with an out-of-domain score above the limit, of those that nothing
    was fitted to."""
    n: int
    """Number of these mock clusters."""


def fit_domain(network: DenseNetwork, fields: Iterable[tuple[MultiBandImage, Table]], *,
               n_axes: int = 64, radius: float | u.Quantity = 3.0, class_cb: float = 0.5,
               progress: bool = True) -> FittedDomain:
    """Fit out-of-domain statistics to fields whose clusters are known.

    Every field is searched with its sky, and with the median of each band subtracted, as both are
    in the training. Mock clusters found in every other field give the axes; of the fields between,
    every other one gives the scale of the score, and on the rest false alarms are counted.

    Parameters
    ----------
    network : `~clusternet.nn.DenseNetwork`
        The network; not changed.
    fields : iterable of (`~clusternet.images.MultiBandImage`, `~astropy.table.Table`)
        Images like those of the training, and the positions of all clusters in each; four or
        more.
    n_axes : int, optional
        Number of principal axes.
    radius : float or `~astropy.units.Quantity`, optional
        Largest distance of a candidate from its cluster; in pixels, or an angle.
    class_cb : float, optional
        Least class of a cluster that counts as found.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    FittedDomain

    Raises
    ------
    ValueError
        If too few clusters were found.
    """
    plain = replace(network, metadata=replace(network.metadata, domain=None))
    # One tile per field of up to 1024 px: the search itself is then most of the work.
    detector = DenseDetector(plain, threshold=class_cb, tile=1024)
    parts: dict[str, list[np.ndarray]] = {role: [] for role in _ROLES}
    for i, (image, truth) in enumerate(tqdm(fields, desc="search", unit=" fields",
                                            disable=not progress)):
        data = np.asarray(image.data)
        for sky in (0, np.median(data, axis=(1, 2), keepdims=True)):
            seen = MultiBandImage(data - sky, image.bands, image.wcs, mask=image.mask)
            candidates = detector(seen, progress=False, workers=1)
            found = candidates[cross_match(truth, candidates, radius)["index_b"]]
            tiles = DenseTiles(seen, detector.engine, detector.scale, tile=detector.tile,
                               halo=detector.halo)
            parts[_ROLES[i % len(_ROLES)]].append(
                tiles.activations(*(np.asarray(found[name]) for name in ("y_peak", "x_peak"))))
    missing = [role for role, found in parts.items() if not sum(map(len, found))]
    if missing:
        raise ValueError(f"no mock clusters were found in the fields for {', '.join(missing)}; "
                         f"give more fields, {len(_ROLES)} at least")
    axes, scale, rest = (np.concatenate(parts[role]) for role in ("axes", "scale", "rest"))
    domain = Domain.fit(axes, scale, n_axes, fitted_to=(
        f"{len(axes)} and {len(scale)} mock clusters found in synthetic fields, with their sky "
        "and without it"))
    domain = Domain.from_dict(domain.to_dict())  # rounded as in a file
    return FittedDomain(domain, int(np.count_nonzero(domain(rest) >= OUT_OF_DOMAIN)), len(rest))
