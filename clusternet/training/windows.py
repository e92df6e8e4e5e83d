"""Training windows: mock clusters on backgrounds, composed on the fly."""

import numpy as np
import torch

from clusternet.catalog import INTRINSIC
from clusternet.instruments import noise_std
from clusternet.mocks import visibility

__all__ = ["KINDS", "WindowComposer", "dihedral"]

#: What a window without a cluster shows, besides its background.
KINDS = ("cluster", "background", "offcentre", "stars", "association", "aliased")


def dihedral(images, which, keep_centre):
    """Quarter turns and mirror images.

    Parameters
    ----------
    images : numpy.ndarray, shape (n, band, size, size)
        Changed in place and returned.
    which : array_like of int, shape (n,)
        0 to 7; the lowest two bits count quarter turns, the third mirrors.
    keep_centre : bool
        Turn about the pixel ``size // 2``, for stamps of even size with an
        object there; their first row and column stay as they are.
    """
    skip = 1 if keep_centre else 0
    for image, w in zip(images, np.asarray(which), strict=True):
        core = image[:, skip:, skip:]
        turned = core[:, :, ::-1] if w & 4 else core
        core[...] = np.rot90(turned, w & 3, (1, 2)).copy()
    return images


class WindowComposer:
    """Random pairs of foregrounds and backgrounds, with noise.

    Parameters
    ----------
    foregrounds : dict of str to (table, images)
        Noise-free stamps by kind (``cluster``, ``offcentre``, ``stars``,
        ``association``, ``aliased``); tables are structured arrays (None where there are
        no parameters), images of shape (n, band, size, size) in electron/s.
    backgrounds : `~clusternet.mocks.BackgroundSampler`
        Windows with noise, without clusters in their middle.
    bins : `~clusternet.posterior.ParameterBins`
        Bins of the targets.
    exposure_time : array_like, shape (band,)
        Seconds, for the photon noise of the foregrounds.
    fractions : dict of str to float
        Part of each kind of `KINDS`; adds up to 1.
    neighbour_fraction : float, optional
        Part of the windows with a second cluster off the centre.
    """

    def __init__(self, foregrounds, backgrounds, bins, exposure_time, fractions,
                 neighbour_fraction=0.15):
        unknown = set(fractions) - set(KINDS)
        if unknown or not np.isclose(sum(fractions.values()), 1):
            raise ValueError(f"fractions {fractions} must name only {', '.join(KINDS)} "
                             "and add up to 1")
        self.foregrounds = foregrounds
        self.backgrounds = backgrounds
        self.bins = bins
        self.exposure_time = np.asarray(exposure_time, dtype=np.float32)
        self.fractions = {kind: fractions.get(kind, 0.0) for kind in KINDS}
        self.neighbour_fraction = float(neighbour_fraction)

    def draw(self, n, rng):
        """Compose windows.

        Returns
        -------
        windows : numpy.ndarray, shape (n, band, size, size)
            float32, electron/s.
        truth : dict of str to numpy.ndarray, shape (n,)
            ``kind`` (index into `KINDS`), the parameters, and
            ``log_visibility``; NaN where there is no cluster.
        """
        kind = rng.choice(len(KINDS), n, p=list(self.fractions.values()))
        windows = dihedral(self.backgrounds.draw(n, rng), rng.integers(8, size=n), False)
        light = np.zeros_like(windows)
        truth = {name: np.full(n, np.nan) for name in self.bins.names}
        truth["kind"] = kind
        for k, name in enumerate(KINDS):
            rows = np.flatnonzero(kind == k)
            if not len(rows) or name == "background":
                continue
            table, images = self.foregrounds[name]
            chosen = rng.integers(len(images), size=len(rows))
            stamps = images[chosen].astype(np.float32)
            light[rows] = dihedral(stamps, rng.integers(8, size=len(rows)), True)
            if name == "cluster":
                for p in INTRINSIC:
                    truth[p][rows] = table[p][chosen]
        centred = np.flatnonzero(kind == 0)
        cluster_light = light[centred]
        near = np.flatnonzero(rng.random(n) < self.neighbour_fraction)
        if len(near):
            images = self.foregrounds["offcentre"][1]
            stamps = images[rng.integers(len(images), size=len(near))].astype(np.float32)
            light[near] += dihedral(stamps, rng.integers(8, size=len(near)), True)
        noise = rng.standard_normal(windows.shape, dtype=np.float32)
        noise *= noise_std(light, self.exposure_time[:, None, None])
        windows += light + noise
        if len(centred):
            background = windows[centred] - cluster_light
            truth["log_visibility"][centred] = np.log10(visibility(cluster_light, background))
        return windows, truth

    def targets(self, truth):
        """Bins of the truth, int64 tensors; 0 where there is no cluster."""
        there = truth["kind"] == 0
        out = {"cluster": torch.as_tensor(there.astype(np.int64))}
        for name in self.bins.names:
            value = np.where(there, truth[name], self.bins.edges(name)[0])
            out[name] = torch.as_tensor(self.bins.index(name, value))
        return out
