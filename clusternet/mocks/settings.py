"""All that mock clusters depend on, as plain values that can be kept and compared."""

import hashlib
from dataclasses import asdict

import astropy.units as u
import numpy as np

__all__ = ["digest", "mock_settings"]

_DECIMALS = 6  # of the largest value: far above rounding errors, far below what could matter


def digest(*arrays):
    """A short name of some numbers, the same on every machine.

    Parameters
    ----------
    *arrays : array_like
        Each is compared to six decimals of its largest finite value.

    Returns
    -------
    str
        Twelve hexadecimal digits.

    Examples
    --------
    >>> from clusternet.mocks.settings import digest
    >>> digest([1.0, 2.0]) == digest([1.0, 2.0 + 1e-12])
    True
    >>> digest([1.0, 2.0]) == digest([1.0, 2.001])
    False
    """
    found = hashlib.sha256()
    for array in arrays:
        values = np.asarray(array, dtype="<f8")
        largest = np.abs(values[np.isfinite(values)]).max(initial=0.0)
        found.update(repr((values.shape, f"{largest:.5e}")).encode())
        found.update((np.round(values / (largest or 1.0), _DECIMALS) + 0.0).tobytes())
    return found.hexdigest()[:12]


def mock_settings(mocks):
    """What the clusters of a `~clusternet.mocks.MockClusters` depend on, one entry a setting.

    Parts that may be objects of any class (isochrones, initial mass function, profiles, PSF, the
    spread of extinction, the sampling) are told by what they say of themselves and by a digest of
    what they give, such as the isochrones of all ages of the parameter space: no setting of theirs
    that has an effect can be forgotten.

    Parameters
    ----------
    mocks : `~clusternet.mocks.MockClusters`
        Whose.

    Returns
    -------
    dict of str to object
        What JSON can hold.
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
    """What a part says of itself, or its class, and a digest."""
    said = repr(part)
    if " at 0x" in said:  # says only where it is
        said = type(part).__name__
    return f"{said} {digest(*arrays)}"


def _by_band(mocks, values):
    return {name: round(float(value), _DECIMALS)
            for name, value in zip(mocks.instrument.bands, values, strict=True)}


def _of_instrument(instrument):
    settings = {"instrument": instrument.name, "bands": list(instrument.bands),
                "pixel_scale": f"{instrument.pixel_scale.to_value(u.arcsec):.9g} arcsec"}
    for band in instrument:
        settings[f"{band.name}.zero_point"] = float(band.zero_point)
    return settings


def _isochrones(mocks):
    for log_age in mocks.parameters.grid("log_age"):
        isochrone = mocks.population.isochrones.isochrone(log_age)
        yield np.log(isochrone.initial_mass)
        yield [isochrone.magnitudes[band] for band in mocks.instrument.bands]


def _mass_function(imf):
    return imf.cdf(np.geomspace(*imf.mass_range, 1001))


def _positions(mocks):
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
