"""Metallicities between those of two or more sets of isochrones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from clusternet.stars.accuracy import SAME_METALLICITY
from clusternet.stars.isochrones.core import Isochrone, IsochroneProvider
from clusternet.stars.isochrones.interpolation import between_metallicities

__all__ = ["MetallicityInterpolated"]


class MetallicityInterpolated(IsochroneProvider):
    """Isochrones of any metallicity between those of other providers.

    The isochrones of the two neighbours in Z are matched phase by phase, as in age, and mixed
    linearly in log Z. At the Z of a provider its own isochrones are returned.

    How good that is depends on the step in Z. With PARSEC isochrones 0.25 dex apart (the set that
    the packaged grid is from), leaving out [M/H] = +0.05 and mixing -0.20 with +0.30 changes the
    light of a Kroupa population of log age 6.6-10.1 by 0.08 (F336W), 0.13 (F438W) and 0.16 mag
    (F814W) rms, and by at most 0.28, 0.41 and 0.78 mag: before log age 7 for the first two, and in
    F814W near 9, where the AGB of the three differs. Taking +0.30 in its place would be off by
    0.22, 0.21 and 0.25 mag rms.

    Parameters
    ----------
    providers : iterable of IsochroneProvider
        At least two, each of one metallicity, with the bands in common.
    metallicity : float
        Initial metal fraction Z, between theirs.

    Raises
    ------
    ValueError
        If there are fewer than two, two of them have the same Z, `metallicity` is outside, or they
        have no band or age in common.

    Examples
    --------
    >>> from clusternet.stars import Isochrone, IsochroneSet, MetallicityInterpolated
    >>> poor, rich = (
    ...     IsochroneSet([Isochrone(9.0, z, [0.5, 2.0], {"V": [9.0, v]}, [1, 1])])
    ...     for z, v in ((0.01, 0.0), (0.04, 1.0))
    ... )
    >>> half_way = MetallicityInterpolated([poor, rich], metallicity=0.02)
    >>> half_way.isochrone(9.0).magnitudes["V"]
    array([9. , 0.5])
    """

    def __init__(self, providers: Iterable[IsochroneProvider], metallicity: float) -> None:
        found = sorted(
            ((_metallicity(provider), provider) for provider in providers), key=lambda pair: pair[0]
        )
        values = np.array([z for z, _ in found])
        names = ", ".join(f"{z:g}" for z in values)
        if len(found) < 2:
            raise ValueError(f"{len(found)} metallicities given; pass providers of at least two")
        if (np.diff(np.log(values)) <= SAME_METALLICITY).any():
            raise ValueError(f"metallicities are {names}; pass each once")
        low, high = values[0], values[-1]
        if not low * (1 - SAME_METALLICITY) <= metallicity <= high * (1 + SAME_METALLICITY):
            raise ValueError(
                f"metallicity is {metallicity:g}, providers have {names}; ask for one within, or "
                "pass a provider beyond it"
            )
        self.metallicity = float(np.clip(metallicity, low, high))
        after = int(np.clip(np.searchsorted(values, self.metallicity), 1, len(found) - 1))
        pair = [provider for _, provider in found[after - 1 : after + 1]]
        distance = np.abs(np.log(values[after - 1 : after + 1] / self.metallicity))
        self._neighbours = (
            (pair[int(np.argmin(distance))],)
            if distance.min() <= SAME_METALLICITY
            else tuple(pair)
        )
        self._bands = tuple(
            band
            for band in self._neighbours[0].bands
            if all(band in other.bands for other in self._neighbours)
        )
        if not self._bands:
            raise ValueError("the providers have no band in common; pass some that do")
        ranges = [provider.log_age_range for provider in self._neighbours]
        first, last = max(low for low, _ in ranges), min(high for _, high in ranges)
        if first > last:
            raise ValueError(
                f"the providers have no age in common (log ages {ranges}); pass some that do"
            )
        super().__init__((first, last))

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of the bands that both neighbours have."""
        return self._bands

    def _isochrone(self, log_age: float) -> Isochrone:
        isochrones = [provider.isochrone(log_age) for provider in self._neighbours]
        if len(isochrones) == 1:
            return isochrones[0]
        poorer, richer = (_with_bands(isochrone, self._bands) for isochrone in isochrones)
        return between_metallicities(poorer, richer, self.metallicity)


def _metallicity(provider: IsochroneProvider) -> float:
    value = getattr(provider, "metallicity", None)
    if value is None:
        value = provider.isochrone(provider.log_age_range[0]).metallicity
    if not (np.isfinite(value) and value > 0):
        raise ValueError(
            f"metallicity of {type(provider).__name__} is {value}; interpolation in log Z needs a "
            "positive one"
        )
    return float(value)


def _with_bands(isochrone: Isochrone, bands: tuple[str, ...]) -> Isochrone:
    return replace(isochrone, magnitudes={band: isochrone.magnitudes[band] for band in bands})
