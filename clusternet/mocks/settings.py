"""All that mock clusters depend on, as plain values that can be kept and compared."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import astropy.units as u
import numpy as np
from numpy.typing import ArrayLike

from clusternet._digest import digest
from clusternet.instruments import Instrument
from clusternet.mocks.accuracy import DIGEST_DECIMALS

if TYPE_CHECKING:
    from clusternet.mocks.clusters import MockClusters

__all__ = ["mock_settings", "rounded_digest"]


def rounded_digest(*arrays: ArrayLike) -> str:
    """Return a short name of some numbers, the same on every machine.

    Parameters
    ----------
    *arrays : array_like
        Arrays, each compared to six decimals of its largest finite value.

    Returns
    -------
    str
        Sixteen hexadecimal digits.

    Examples
    --------
    >>> from clusternet.mocks.settings import rounded_digest
    >>> rounded_digest([1.0, 2.0]) == rounded_digest([1.0, 2.0 + 1e-12])
    True
    >>> rounded_digest([1.0, 2.0]) == rounded_digest([1.0, 2.001])
    False
    """
    parts = []
    for array in arrays:
        values = np.asarray(array, dtype="<f8")
        largest = np.abs(values[np.isfinite(values)]).max(initial=0.0)
        # Adding zero turns -0 into 0.
        parts += [f"{largest:.5e}", np.round(values / (largest or 1.0), DIGEST_DECIMALS) + 0.0]
    return digest(*parts)


def mock_settings(mocks: "MockClusters") -> dict[str, object]:
    """Return the settings on which mock clusters depend, by name.

    Parts that may be objects of any class (isochrones, initial mass function, profiles, PSF, the
    spread of extinction, the sampling) stand there by their representation and a digest of their
    results, such as the isochrones of all ages of the parameter space: no setting that has an
    effect can be forgotten.

    Parameters
    ----------
    mocks : `~clusternet.mocks.MockClusters`
        The mock clusters.

    Returns
    -------
    dict of str to object
        Values that JSON can hold.
    """
    population, space, renderer = mocks.population, mocks.parameters, mocks.renderer
    return {
        **{f"parameters.{name}": value for name, value in asdict(space).items()},
        **_of_instrument(mocks.instrument),
        "distance": f"{mocks.distance.to_value(u.Mpc):.9g} Mpc",
        "isochrones": _named(population.isochrones, *_isochrones(mocks)),
        "imf": _named(population.imf, population.imf.mass_range, _mass_function(population.imf)),
        "extinction": _by_band(mocks, population.band_extinction),
        "foreground": _by_band(
            mocks, population.dimming_by_distance - population.distance_modulus),
        "extinction_spread": _spread(population.extinction_spread),
        "sampling": _sampling(population, space),
        "bundle_flux": population.bundle_flux,
        "bundle_fraction": population.bundle_fraction,
        "profiles": _named(mocks.profiles, *_positions(mocks)),
        "psf": _named(renderer.psf, *(
            renderer.psf.effective_psf(band, renderer.oversampling, renderer.psf_size)
            for band in renderer.bands)),
        "psf_size": renderer.psf_size,
        "oversampling": renderer.oversampling,
        "margin": renderer.margin,
    }


def _named(part, *arrays):
    """Representation of a part, or its class, and a digest."""
    shown = repr(part)
    if " at 0x" in shown:  # the default, which holds an address
        shown = type(part).__name__
    return f"{shown} {rounded_digest(*arrays)}"


def _by_band(mocks, values):
    return {name: round(float(value), DIGEST_DECIMALS)
            for name, value in zip(mocks.instrument.bands, values, strict=True)}


def _of_instrument(instrument: Instrument) -> dict[str, object]:
    settings: dict[str, object] = {
        "instrument": instrument.name, "bands": list(instrument.bands),
        "pixel_scale": f"{instrument.pixel_scale.to_value(u.arcsec):.9g} arcsec"}
    for band in instrument:
        settings[f"{band.name}.zero_point"] = float(band.zero_point)
    return settings


def _isochrones(mocks) -> Iterator[ArrayLike]:
    for log_age in mocks.parameters.grid("log_age"):
        isochrone = mocks.population.isochrones.isochrone(log_age)
        yield np.log(isochrone.initial_mass)
        yield [isochrone.magnitudes[band] for band in mocks.instrument.bands]


def _mass_function(imf):
    return imf.cdf(np.geomspace(imf.mass_range[0], imf.mass_range[1], 1001))


def _positions(mocks) -> Iterator[ArrayLike]:
    """Stars of some profiles of the smallest and the largest clusters."""
    for seed in range(3):
        for log_r_h in mocks.parameters.log_r_h:
            rng, radius = np.random.default_rng(seed), 10**log_r_h
            yield np.arcsinh(mocks.profiles.draw(radius, rng).sample(30, rng) / radius)


def _spread(spread):
    return None if spread is None else _named(spread, spread.draw(1.0, 100,
                                                                  np.random.default_rng(0)))


def _sampling(population, space):
    if population.sampling is None:
        return None
    cells = population.cells(space.log_age[0])
    counts = population.sampling.counts(population.imf, cells, 1e4, np.random.default_rng(0))
    return _named(population.sampling, counts)
