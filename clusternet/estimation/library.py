"""A library of stochastic clusters: parameters and magnitudes."""

import dataclasses
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from tqdm import tqdm

from clusternet._digest import Digest
from clusternet._files import atomic_write, check_settings
from clusternet._random import seed_of
from clusternet.mocks import MockClusters, ParameterSpace
from clusternet.stars import StellarPopulation

__all__ = ["ClusterLibrary"]

_FORMAT = 1


class ClusterLibrary:
    """Magnitudes of clusters drawn star by star.

    Parameters
    ----------
    bands : sequence of str
        Names of the bands.
    parameters : dict of str to array_like, shape (entry,)
        ``log_age``, ``a_v`` and ``log_mass``, in the units of `clusternet.catalog.COLUMNS`.
    magnitudes : array_like, shape (entry, band)
        Apparent Vega magnitudes, with extinction.
    zero_points : array_like, shape (band,)
        Vega magnitude of 1 electron/s.
    distance_modulus : float
        Distance modulus of the magnitudes.
    settings : dict, optional
        Settings that the library depends on.

    Raises
    ------
    ValueError
        If a parameter is missing, shapes do not fit, or there is no entry.

    Examples
    --------
    >>> from clusternet.estimation import ClusterLibrary
    >>> library = ClusterLibrary.draw(size=20, reddenings=3, rng=1, progress=False)
    >>> library
    ClusterLibrary(60 entries; F336W, F438W, F814W)
    >>> bool((library.parameters["log_mass"] >= 3.5).all())
    True
    """

    def __init__(self, bands: Sequence[str], parameters: Mapping[str, ArrayLike],
                 magnitudes: ArrayLike, zero_points: ArrayLike, distance_modulus: float, *,
                 settings: dict | None = None) -> None:
        self.bands = tuple(bands)
        missing = [name for name in ("log_age", "a_v", "log_mass") if name not in parameters]
        if missing:
            raise ValueError(f"the library has no {', '.join(missing)} (has "
                             f"{', '.join(parameters)})")
        self.parameters = {name: np.asarray(values, dtype=np.float32)
                           for name, values in parameters.items()}
        self.magnitudes = np.asarray(magnitudes, dtype=np.float32)
        self.zero_points = np.asarray(zero_points, dtype=float)
        self.distance_modulus = float(distance_modulus)
        self.settings = dict(settings or {})
        n = len(self.parameters["log_age"])
        shapes = {self.magnitudes.shape, *((*v.shape, len(self.bands))
                                           for v in self.parameters.values())}
        if shapes != {(n, len(self.bands))} or self.zero_points.shape != (len(self.bands),):
            raise ValueError(f"magnitudes of shape {self.magnitudes.shape} and zero points of "
                             f"shape {self.zero_points.shape} for {n} entries and "
                             f"{len(self.bands)} bands")
        if not n:
            raise ValueError("no entry in the library: make it larger, or relax its limits of "
                             "magnitude")

    def __len__(self) -> int:
        return len(self.magnitudes)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} entries; {', '.join(self.bands)})"

    @classmethod
    def draw(cls, population: StellarPopulation | None = None,
             parameters: ParameterSpace | None = None, *, size: int = 50000, reddenings: int = 4,
             rng: int | np.random.Generator | None = 0,
             file: str | os.PathLike[str] | None = None, progress: bool = True) -> Self:
        """Draw a library, or read it if it was drawn before.

        Parameters
        ----------
        population : `~clusternet.stars.StellarPopulation`, optional
            Bands, zero points, distance, isochrones, initial mass function and extinction law, as
            in ``MockClusters(...).population``. By default those of
            `~clusternet.mocks.MockClusters`, with bundles of stars up to 1 % of the cluster, since
            stars are only summed here.
        parameters : `~clusternet.mocks.ParameterSpace`, optional
            Ranges over which age, extinction and mass are drawn evenly, which makes them the prior.
            By default Table 1 of Paper III without limits of magnitude; with limits, entries
            fainter than any of them are left out.
        size : int, optional
            Clusters whose stars are drawn; 0.7 ms each.
        reddenings : int, optional
            Entries made of each cluster, with extinctions of their own.
        rng : int or `numpy.random.Generator`, optional
            Source of randomness.
        file : str or os.PathLike, optional
            An ``.npz`` file to keep the library in.
        progress : bool, optional
            Show a progress bar.

        Returns
        -------
        `ClusterLibrary`

        Raises
        ------
        ValueError
            If the file was made with other settings, a size is not positive, or the extinction
            of the population differs from star to star.
        """
        if population is None:
            population = MockClusters(population={"bundle_fraction": 0.01}).population
        parameters = ParameterSpace(magnitude_limits={}) if parameters is None else parameters
        if population.extinction_spread is not None:
            raise ValueError("extinction differs from star to star; the library reddens whole "
                             "clusters, so give a population without extinction_spread")
        if size < 1 or reddenings < 1:
            raise ValueError(f"size = {size}, reddenings = {reddenings}; both must be positive")
        settings = {"format": _FORMAT, "size": size, "reddenings": reddenings,
                    "seed": seed_of(rng),
                    "parameters": dataclasses.asdict(parameters),
                    "bands": list(population.instrument.bands),
                    "stars": _population_digest(population, parameters)}
        settings = json.loads(json.dumps(settings))
        if file is not None and Path(file).is_file():
            return cls.read(file, settings=settings)
        library = cls._drawn(population, parameters, settings, progress)
        if file is not None:
            library.write(file)
        return library

    @classmethod
    def _drawn(cls, population, parameters, settings, progress):
        rng = np.random.default_rng(settings["seed"])
        values = parameters.draw_values(settings["size"], rng)
        flux = np.array([
            population.draw(log_age, 10**log_mass, 0.0, rng).flux.sum(axis=0)
            for log_age, log_mass in zip(
                values["log_age"], tqdm(values["log_mass"], desc="library", unit=" clusters",
                                        disable=not progress), strict=True)])
        instrument = population.instrument
        magnitudes = instrument.magnitudes(flux)
        copies = np.repeat(np.arange(settings["size"]), settings["reddenings"])
        a_v = rng.uniform(parameters.a_v[0], parameters.a_v[1], len(copies))
        magnitudes = magnitudes[copies] + a_v[:, None] * population.band_extinction
        limits = [parameters.magnitude_limits.get(band, np.inf) for band in instrument.bands]
        kept = (np.isfinite(magnitudes) & (magnitudes < limits)).all(axis=1)
        return cls(instrument.bands,
                   {"log_age": values["log_age"][copies[kept]], "a_v": a_v[kept],
                    "log_mass": values["log_mass"][copies[kept]]},
                   magnitudes[kept], instrument.zero_points,
                   population.distance_modulus, settings=settings)

    def write(self, file: str | os.PathLike[str]) -> None:
        """Write the library to an ``.npz`` file.

        Parameters
        ----------
        file : str or os.PathLike
            The file.
        """
        with atomic_write(file) as temporary, temporary.open("wb") as stream:
            np.savez(stream, settings=json.dumps(self.settings), bands=self.bands,
                     magnitudes=self.magnitudes, zero_points=self.zero_points,
                     distance_modulus=self.distance_modulus,
                     **self.parameters)  # pyright: ignore[reportArgumentType]  # names

    @classmethod
    def read(cls, file: str | os.PathLike[str], *, settings: dict | None = None) -> Self:
        """Read a library.

        Parameters
        ----------
        file : str or os.PathLike
            Made by `write`.
        settings : dict, optional
            Settings that it must have been made with; any when not given.

        Returns
        -------
        `ClusterLibrary`

        Raises
        ------
        ValueError
            If the file is no library, or was made with other settings.
        """
        try:
            with Path(file).open("rb") as stream, np.load(stream, allow_pickle=False) as arrays:
                content = dict(arrays)
            made_with = json.loads(str(content.pop("settings")))
            bands, magnitudes, zero_points, distance_modulus = (
                content.pop(name)
                for name in ("bands", "magnitudes", "zero_points", "distance_modulus"))
        except (KeyError, ValueError, EOFError) as error:
            raise ValueError(f"{file} is no library of clusters ({error}); remove it, or give "
                             "another name") from error
        if settings is not None:
            check_settings(made_with, settings, f"the library in {file}")
        return cls([str(band) for band in bands], content, magnitudes, zero_points,
                   float(distance_modulus), settings=made_with)


def _population_digest(population, parameters):
    """Sixteen digits that differ between populations whose clusters differ."""
    whole = Digest().add([
        population.bundle_flux, population.bundle_fraction, population.distance_modulus,
        population.band_extinction.round(8).tolist(), type(population.sampling).__name__,
        [band.zero_point for band in population.instrument]])
    for log_age in parameters.grid("log_age"):
        cells = population.cells(log_age)
        for values in (cells.lower, cells.number, cells.flux_lower, cells.flux_upper):
            whole.add(values.astype(np.float32))
    return whole.text
