"""A library of stochastic clusters: parameters and magnitudes."""

import dataclasses
import hashlib
import json
from pathlib import Path

import astropy.units as u
import numpy as np
from tqdm import tqdm

from clusternet._files import atomic_write

__all__ = ["ClusterLibrary"]

FORMAT = 1


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
        That the magnitudes are for.
    settings : dict, optional
        What it was made with.

    Raises
    ------
    ValueError
        If a parameter is missing, shapes do not fit, or there is no entry.

    Examples
    --------
    >>> from clusternet.estimation import ClusterLibrary
    >>> library = ClusterLibrary.draw(size=20, reddenings=3, seed=1, progress=False)
    >>> library
    ClusterLibrary(60 entries; F336W, F438W, F814W)
    >>> bool((library.parameters["log_mass"] >= 3.5).all())
    True
    """

    def __init__(self, bands, parameters, magnitudes, zero_points, distance_modulus,
                 settings=None):
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

    def __len__(self):
        return len(self.magnitudes)

    def __repr__(self):
        return f"{type(self).__name__}({len(self)} entries; {', '.join(self.bands)})"

    @classmethod
    def draw(cls, population=None, parameters=None, size=50000, reddenings=4, seed=0, file=None,
             progress=True):
        """Draw a library, or read it if it was drawn before.

        Parameters
        ----------
        population : `~clusternet.stars.StellarPopulation`, optional
            Bands, zero points, distance, isochrones, initial mass function and extinction law, as
            in ``MockClusters(...).population``. By default those of
            `~clusternet.mocks.MockClusters`.
        parameters : `~clusternet.mocks.ParameterSpace`, optional
            Ranges over which age, extinction and mass are drawn evenly, which makes them the prior.
            By default Table 1 of Paper III without limits of magnitude; with limits, entries
            fainter than any of them are left out.
        size : int, optional
            Clusters whose stars are drawn; 0.7 ms each.
        reddenings : int, optional
            Entries made of each cluster, with extinctions of their own.
        seed : int, optional
            Of the draw.
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
        from clusternet.mocks import ParameterSpace

        population = _default_population() if population is None else population
        parameters = ParameterSpace(magnitude_limits={}) if parameters is None else parameters
        if population.extinction_spread is not None:
            raise ValueError("extinction differs from star to star; the library reddens whole "
                             "clusters, so give a population without extinction_spread")
        if size < 1 or reddenings < 1:
            raise ValueError(f"size = {size}, reddenings = {reddenings}; both must be positive")
        settings = {"format": FORMAT, "size": size, "reddenings": reddenings, "seed": seed,
                    "parameters": dataclasses.asdict(parameters),
                    "bands": list(population.instrument.bands),
                    "stars": _fingerprint(population, parameters)}
        settings = json.loads(json.dumps(settings))
        if file is not None and Path(file).is_file():
            return cls.read(file, settings)
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
        a_v = rng.uniform(*parameters.a_v[:2], len(copies))
        magnitudes = magnitudes[copies] + a_v[:, None] * population.band_extinction
        limits = [parameters.magnitude_limits.get(band, np.inf) for band in instrument.bands]
        kept = (np.isfinite(magnitudes) & (magnitudes < limits)).all(axis=1)
        return cls(instrument.bands,
                   {"log_age": values["log_age"][copies[kept]], "a_v": a_v[kept],
                    "log_mass": values["log_mass"][copies[kept]]},
                   magnitudes[kept], instrument.zero_points,
                   population.distance_modulus, settings)

    def write(self, file):
        """Keep the library in an ``.npz`` file.

        Parameters
        ----------
        file : str or os.PathLike
            Where to.
        """
        with atomic_write(file) as temporary, temporary.open("wb") as stream:
            np.savez(stream, settings=json.dumps(self.settings), bands=self.bands,
                     magnitudes=self.magnitudes, zero_points=self.zero_points,
                     distance_modulus=self.distance_modulus, **self.parameters)

    @classmethod
    def read(cls, file, settings=None):
        """Read a library.

        Parameters
        ----------
        file : str or os.PathLike
            Made by `write`.
        settings : dict, optional
            What it must have been made with.

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
        if settings is not None and settings != made_with:
            differ = sorted(name for name in {*settings, *made_with}
                            if settings.get(name) != made_with.get(name))
            raise ValueError(f"the library in {file} was made with other settings "
                             f"({', '.join(differ)}); remove it, or give another name")
        return cls([str(band) for band in bands], content, magnitudes, zero_points,
                   float(distance_modulus), made_with)


def _default_population():
    from clusternet.instruments import wfc3_uvis
    from clusternet.stars import ExtinctionLaw, KroupaIMF, PadovaIsochrones, StellarPopulation

    # Stars are summed here, so that bundles may be as bright as a percent of the cluster.
    return StellarPopulation(PadovaIsochrones(), KroupaIMF(), ExtinctionLaw(), wfc3_uvis(),
                             4.5 * u.Mpc, bundle_fraction=0.01)


def _fingerprint(population, parameters):
    """Sixteen digits that differ between populations whose clusters differ."""
    digest = hashlib.sha256(repr((
        population.bundle_flux, population.bundle_fraction, population.distance_modulus,
        population.band_extinction.round(8).tolist(), type(population.sampling).__name__,
        population.instrument.zero_points.tolist())).encode())
    for log_age in parameters.grid("log_age"):
        cells = population.cells(log_age)
        for values in (cells.lower, cells.number, cells.flux_lower, cells.flux_upper):
            digest.update(values.astype(np.float32).tobytes())
    return digest.hexdigest()[:16]
