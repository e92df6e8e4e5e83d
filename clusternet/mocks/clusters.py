"""Mock clusters: stars, places, pixels."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import astropy.units as u
import numpy as np
from astropy.table import QTable, vstack
from numpy.typing import ArrayLike

from clusternet._quantities import checked_quantity
from clusternet.catalog import INTRINSIC
from clusternet.instruments import Instrument, wfc3_uvis
from clusternet.mocks.accuracy import ATTEMPTS
from clusternet.mocks.cluster import Cluster
from clusternet.mocks.parameters import ParameterSpace
from clusternet.mocks.settings import mock_settings
from clusternet.profiles import EFFFamily, ProfileFamily
from clusternet.psf import OpticalPSF, PSFProvider
from clusternet.stars import (
    ExtinctionLaw,
    InitialMassFunction,
    IsochroneProvider,
    KroupaIMF,
    PadovaIsochrones,
    StellarPopulation,
)

__all__ = ["MockClusters"]


class MockClusters:
    """Images of clusters, built star by star (Paper III, section 2.2).

    Every part of the chain can be another object of its kind.

    Parameters
    ----------
    instrument : `~clusternet.instruments.Instrument`, optional
        Bands, zero points, pixel scale; WFC3/UVIS F336W, F438W, F814W.
    psf : `~clusternet.psf.PSFProvider`, optional
        `~clusternet.psf.OpticalPSF` of the instrument.
    isochrones : `~clusternet.stars.IsochroneProvider`, optional
        The packaged Padova grid.
    imf : `~clusternet.stars.InitialMassFunction`, optional
        Kroupa (2001).
    extinction : `~clusternet.stars.ExtinctionLaw`, optional
        CCM89, R_V = 3.1.
    profiles : `~clusternet.profiles.ProfileFamily`, optional
        EFF profiles.
    parameters : `ParameterSpace`, optional
        Table 1 of Paper III.
    distance : `~astropy.units.Quantity`, optional
        4.5 Mpc.
    device : str, optional
        Device of torch on which stars are rendered.
    renderer, population : dict, optional
        Further settings of `~clusternet.render.StarRenderer` and
        `~clusternet.stars.StellarPopulation`.

    Examples
    --------
    >>> from clusternet.mocks import MockClusters
    >>> mocks = MockClusters()
    >>> table, images = mocks.draw(2, size=64, rng=1)
    >>> images.shape
    (2, 3, 64, 64)
    """

    def __init__(self, *, instrument: Instrument | None = None, psf: PSFProvider | None = None,
                 isochrones: IsochroneProvider | None = None,
                 imf: InitialMassFunction | None = None,
                 extinction: ExtinctionLaw | None = None, profiles: ProfileFamily | None = None,
                 parameters: ParameterSpace | None = None, distance: u.Quantity = 4.5 * u.Mpc,
                 device: str = "cpu", renderer: Mapping[str, Any] | None = None,
                 population: Mapping[str, Any] | None = None) -> None:
        from clusternet.render import StarRenderer  # loads torch

        self.instrument = wfc3_uvis() if instrument is None else instrument
        self.parameters = ParameterSpace() if parameters is None else parameters
        self.profiles = EFFFamily() if profiles is None else profiles
        self.distance = checked_quantity("distance", distance, 4.5 * u.Mpc)
        self.population = StellarPopulation(
            PadovaIsochrones() if isochrones is None else isochrones,
            KroupaIMF() if imf is None else imf,
            ExtinctionLaw() if extinction is None else extinction,
            self.instrument, self.distance, **(population or {}))
        self.renderer = StarRenderer(
            OpticalPSF() if psf is None else psf, self.instrument.bands,
            device=device, **(renderer or {}))
        unknown = set(self.parameters.magnitude_limits) - set(self.instrument.bands)
        if unknown:
            raise ValueError(
                f"magnitude limits for {', '.join(sorted(unknown))}, but the instrument has "
                f"{', '.join(self.instrument.bands)}; give limits for its bands only")
        self._limits = np.array([self.parameters.magnitude_limits.get(b, np.inf)
                                 for b in self.instrument.bands])

    @property
    def pixel_scale(self) -> u.Quantity:
        """Angle from one pixel to the next, in arcsec."""
        return self.instrument.pixel_scale

    def settings(self) -> dict[str, object]:
        """Return all that the clusters depend on, as plain values.

        Parts that may be of any class stand there by a digest of their results, so that two
        objects with the same settings draw the same clusters from a seed, and settings differ by
        name where clusters differ.

        Returns
        -------
        dict of str to object
            Values that JSON can hold.

        Examples
        --------
        >>> from clusternet.mocks import MockClusters
        >>> settings = MockClusters().settings()
        >>> settings["distance"], settings["parameters.log_mass"], settings["F814W.zero_point"]
        ('4.5 Mpc', (3.5, 5.5), 24.67)
        """
        return mock_settings(self)

    def draw_one(self, rng: int | np.random.Generator | None = None) -> Cluster:
        """Draw a cluster within the magnitude limits.

        Parameters
        ----------
        rng : int or `numpy.random.Generator`, optional
            Source of randomness.

        Returns
        -------
        `Cluster`

        Raises
        ------
        ValueError
            If 10000 clusters in a row are fainter than the limits.
        """
        rng = np.random.default_rng(rng)
        for _ in range(ATTEMPTS):
            values = self.parameters.draw_values(1, rng)
            parameters = {name: float(value[0]) for name, value in values.items()}
            cluster = self.build(parameters, rng, magnitude_limits=self._limits)
            if cluster is not None:
                return cluster
        raise ValueError(f"{ATTEMPTS} clusters in a row are fainter than the magnitude limits "
                         f"{self.parameters.magnitude_limits}; relax them or the parameter ranges")

    def build(self, parameters: Mapping[str, float],
              rng: int | np.random.Generator | None = None, *,
              magnitude_limits: ArrayLike | None = None) -> Cluster | None:
        """Make a cluster of given parameters.

        Parameters
        ----------
        parameters : mapping of str to float
            ``log_age``, ``log_mass``, ``a_v`` and ``log_r_h``; anything else in it is left out.
        rng : int or `numpy.random.Generator`, optional
            Source of randomness.
        magnitude_limits : array_like, shape (band,), optional
            Faintest apparent Vega magnitudes.

        Returns
        -------
        `Cluster` or None
            None if the cluster is fainter than any of the limits.
        """
        rng = np.random.default_rng(rng)
        own = {name: float(value) for name, value in parameters.items() if name in INTRINSIC}
        stars = self.population.draw(own["log_age"], 10 ** own["log_mass"], own["a_v"], rng,
                                     magnitude_limits=magnitude_limits)
        if stars is None:
            return None
        profile = self.profiles.draw(10 ** own["log_r_h"], rng)
        return Cluster(own, stars, np.asarray(profile.sample(len(stars.mass), rng)))

    def render(self, clusters: Sequence[Cluster], x: ArrayLike, y: ArrayLike,
               shape: tuple[int, int], *, together: bool = False) -> np.ndarray:
        """Return images of clusters, without noise.

        Parameters
        ----------
        clusters : sequence of `Cluster`
            One per image.
        x, y : array_like, shape (cluster,)
            Centres in pixels.
        shape : tuple of int
            (ny, nx).
        together : bool, optional
            All on one image instead of one each.

        Returns
        -------
        numpy.ndarray, shape (cluster, band, ny, nx), or (band, ny, nx) if together
            electron/s.
        """
        scale = self.pixel_scale.to_value(u.arcsec)
        px, py = (np.concatenate([cluster.offsets[:, axis] / scale + centre
                                  for cluster, centre in zip(clusters, centres, strict=True)])
                  for axis, centres in enumerate((np.asarray(x), np.asarray(y))))
        flux = np.concatenate([cluster.stars.flux for cluster in clusters])
        if together:
            return self.renderer(px, py, flux, np.zeros(len(flux), dtype=int), 1, shape)[0]
        image = np.repeat(np.arange(len(clusters)), [len(c.offsets) for c in clusters])
        return self.renderer(px, py, flux, image, len(clusters), shape)

    def draw(self, n: int, size: int = 64, *, jitter: float | tuple[float, float] = 0.5,
             rng: int | np.random.Generator | None = None, batch: int = 32,
             shift: ArrayLike = 0) -> tuple[QTable, np.ndarray]:
        """Draw clusters within the limits, each on its own stamp.

        Parameters
        ----------
        n : int
            Number of clusters.
        size : int, optional
            Side of the stamps; the centre is pixel ``size // 2``.
        jitter : float or tuple, optional
            Centres are uniform within a circle of this radius in pixels, or in
            a ring (inner, outer).
        rng : int or `numpy.random.Generator`, optional
            Source of randomness.
        batch : int, optional
            Number of clusters rendered at once.
        shift : array_like, optional
            Added to the centres, pixels; (x, y) or shape (n, 2).

        Returns
        -------
        table : `~astropy.table.QTable`
            Parameters, centre ``x``, ``y`` in pixels, apparent magnitudes
            (``mag_F336W`` ...).
        images : numpy.ndarray, shape (n, band, size, size)
            Noise-free, electron/s, float32.
        """
        rng = np.random.default_rng(rng)
        inner, outer = jitter if isinstance(jitter, tuple) else (0.0, jitter)
        shift = np.broadcast_to(shift, (n, 2))
        tables, images = [], []
        for start in range(0, n, batch):
            m = min(batch, n - start)
            clusters = [self.draw_one(rng) for _ in range(m)]
            table = QTable(rows=[{**cluster.parameters, **cluster.magnitudes(self.instrument)}
                                 for cluster in clusters])
            radius = np.sqrt(rng.uniform(inner**2, outer**2, m))
            angle = rng.uniform(0, 2 * np.pi, m)
            x = size // 2 + shift[start:start + m, 0] + radius * np.cos(angle)
            y = size // 2 + shift[start:start + m, 1] + radius * np.sin(angle)
            table["x"], table["y"] = x, y
            images.append(self.render(clusters, x, y, (size, size)))
            tables.append(table)
        return cast(QTable, vstack(tables)), np.concatenate(images)
