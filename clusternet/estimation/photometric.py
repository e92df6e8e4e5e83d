"""Posteriors from integrated magnitudes and a library of stochastic clusters."""

from collections.abc import Callable, Mapping

import astropy.units as u
import numpy as np
from astropy.coordinates import Distance
from astropy.table import Table
from numpy.typing import ArrayLike
from tqdm import tqdm

from clusternet.catalog import plain
from clusternet.estimation.accuracy import LIBRARY_REACH, LIBRARY_WIDENINGS
from clusternet.estimation.aperture import AperturePhotometry
from clusternet.estimation.core import ParameterEstimator
from clusternet.estimation.library import ClusterLibrary
from clusternet.estimation.places import centres_of
from clusternet.images import Mosaic, MultiBandImage
from clusternet.mocks.visibilities import APERTURE_RADIUS
from clusternet.posterior import ParameterBins, Posterior

__all__ = ["PhotometricEstimator"]


class PhotometricEstimator(ParameterEstimator):
    r"""Age, extinction and mass from magnitudes, by comparison with a library of mock clusters.

    The posterior is that of SLUG's ``cluster_slug`` (Krumholz et al. 2015, MNRAS 452, 1447): an
    entry of the library counts with the probability of the observed magnitudes, given its own and
    Gaussian errors. To the errors a kernel bandwidth is added in quadrature, since entries are
    finite in number, and an error that all bands share, such as that of an aperture correction:

    .. math:: \log w_j = \log p_j - \tfrac12 d_j^T C^{-1} d_j, \quad
              C = \mathrm{diag}(\sigma_b^2 + h^2) + \sigma_c^2.

    Entries beyond five standard deviations in any band do not count. Where fewer than
    ``min_effective`` do, :math:`(\sum w)^2 / \sum w^2`, all errors of the object are doubled until
    there are enough, six times at most: such objects are unlike most of the library, and their
    posteriors are wide. Objects without any entry even so have a posterior of NaN.

    In images, magnitudes come from `AperturePhotometry`, and so do sizes, from the concentration,
    and visibilities, from the flux and the pixels around. Fluxes below their error are raised to
    it.

    Parameters
    ----------
    library : `ClusterLibrary`, optional
        By default ``ClusterLibrary.draw()``, 50,000 clusters with four extinctions each.
    photometry : `AperturePhotometry`, optional
        Photometry of images; by default for WFC3/UVIS and Table 1 of Paper III.
    bins : `~clusternet.posterior.ParameterBins`, optional
        Bins of the posterior; give those that fit the library. Entries outside count in the first
        or last bin.
    bandwidth : float, optional
        Width of the kernel, in magnitudes.
    min_effective : float, optional
        Least effective number of entries.
    prior : callable, optional
        ``prior(log_age, a_v, log_mass)`` gives the weight of entries against that with which they
        were drawn: ``lambda log_age, a_v, log_mass: 10**-log_mass`` makes dN/dM a power law of
        index -2 out of a flat distribution of log mass.
    distance : `~astropy.units.Quantity`, optional
        Distance of the clusters; that of the library when not given.
    zero_points : dict of str to float, optional
        Vega magnitude of 1 electron/s in the bands of images; those of the mocks of ``photometry``
        when not given.

    Examples
    --------
    >>> from astropy.table import QTable
    >>> from clusternet.estimation import ClusterLibrary, PhotometricEstimator
    >>> library = ClusterLibrary.draw(size=500, rng=1, progress=False)
    >>> estimator = PhotometricEstimator(library)
    >>> table = QTable({"mag_F336W": [18.0], "mag_F336W_err": [0.1],
    ...                 "mag_F438W": [19.6], "mag_F438W_err": [0.1]})
    >>> posterior = estimator.from_magnitudes(table, progress=False)
    >>> bool(posterior.median("log_age")[0] < 7.5)
    True
    """

    def __init__(self, library: ClusterLibrary | None = None,
                 photometry: AperturePhotometry | None = None, *,
                 bins: ParameterBins | None = None, bandwidth: float = 0.05,
                 min_effective: float = 20, prior: Callable[..., ArrayLike] | None = None,
                 distance: u.Quantity | None = None,
                 zero_points: dict[str, float] | None = None) -> None:
        if not bandwidth > 0:
            raise ValueError(f"bandwidth = {bandwidth} mag; it must be positive")
        self.library = ClusterLibrary.draw() if library is None else library
        self.bins = ParameterBins() if bins is None else bins
        self.bandwidth = float(bandwidth)
        self.min_effective = float(min_effective)
        self.zero_points = zero_points
        self._photometry = photometry
        parameters = self.library.parameters
        self._log_prior = np.zeros(len(self.library), dtype=np.float32)
        if prior is not None:
            weight = prior(*(parameters[name] for name in self.bins.joint))
            weight = np.broadcast_to(weight, self._log_prior.shape)
            if not (np.isfinite(weight).all() and (weight >= 0).all() and weight.any()):
                raise ValueError("the prior gives weights that are not finite and positive")
            with np.errstate(divide="ignore"):
                self._log_prior = np.log(weight).astype(np.float32)
        shift = 0.0
        if distance is not None:
            shift = float(Distance(u.Quantity(distance, u.pc)).distmod.value)
            shift -= self.library.distance_modulus
        self._magnitudes = np.ascontiguousarray(self.library.magnitudes.T) + np.float32(shift)
        self._bin = self.bins.joint_index(*(parameters[name] for name in self.bins.joint))

    @property
    def photometry(self) -> AperturePhotometry:
        """Photometry of images."""
        if self._photometry is None:
            self._photometry = AperturePhotometry()
        return self._photometry

    @property
    def meta(self) -> dict:
        """Settings that parameters depend on, for the ``meta`` of a catalogue."""
        return {**super().meta, "library": self.library.settings, "bandwidth": self.bandwidth,
                "min_effective": self.min_effective, "photometry": self.photometry.meta}

    def __call__(self, image: MultiBandImage | Mosaic, candidates: Table, *,
                 progress: bool = True) -> Posterior:
        """Infer the parameters; see `ParameterEstimator`.

        Positions are those in ``x_centroid`` and ``y_centroid``, or, where there are none,
        ``x_peak`` and ``y_peak``. Candidates that cannot be measured in any band have a posterior
        of NaN.

        Raises
        ------
        ValueError
            If the image is on disk or does not fit the mocks of the photometry, or a candidate has
            no position.
        """
        if isinstance(image, Mosaic):
            raise ValueError("photometry needs an image in memory; read it with "
                             "MultiBandImage.read, or take a cutout")
        photometry = self.photometry
        found = photometry(image, *centres_of(candidates), progress=progress)
        flux, error = found.flux, found.flux_err
        centres = self.bins.centres("log_r_h")
        sizes = photometry.curve.sizes(found.concentration, found.concentration_err, centres)
        correction, common = photometry.curve.corrections(sizes, centres)
        zero_points = {b.name: b.zero_point for b in photometry.mocks.instrument}
        zero_points |= self.zero_points or {}
        zero_points = np.array([zero_points[name] for name in photometry.bands])
        with np.errstate(invalid="ignore", divide="ignore"):
            faint = np.maximum(flux, error)
            magnitudes = zero_points - 2.5 * np.log10(faint) + correction
            magnitude_errors = 1.086 * error / faint
            factor = 10 ** (-0.4 * correction) / (np.pi * APERTURE_RADIUS**2) / found.background_std
            visibility = (faint * factor).mean(axis=1)
            visibility_err = np.hypot.reduce(error * factor, axis=1) / flux.shape[1]
            log_error = np.hypot(0.4343 * visibility_err / visibility, 0.4 * common)
        lost = ~np.isfinite(magnitudes).any(axis=1)
        sizes[lost] = np.nan
        table = {}
        for i, name in enumerate(photometry.bands):
            table[f"mag_{name}"] = magnitudes[:, i]
            table[f"mag_{name}_err"] = magnitude_errors[:, i]
        return Posterior(self.bins, {
            **self.bins.unknown(len(sizes)), "log_r_h": sizes,
            "joint": self._joint(*self._observed(table), common, progress),
            "log_visibility": _gaussian(np.log10(visibility), log_error,
                                        self.bins.centres("log_visibility"))})

    def from_magnitudes(self, table: Table | Mapping[str, ArrayLike], *,
                        common_error: ArrayLike = 0.0, progress: bool = True) -> Posterior:
        """Infer age, extinction and mass from a table of magnitudes.

        Parameters
        ----------
        table : `~astropy.table.Table` or dict
            Apparent total magnitudes (Vega), corrected for foreground extinction, in columns
            ``mag_BAND``, and their errors in ``mag_BAND_err``, for any of the bands of the library;
            NaN or masked where a band is missing.
        common_error : float or array_like, shape (object,), optional
            Error that all magnitudes of an object share, such as that of its aperture correction.
        progress : bool, optional
            Show a progress bar.

        Returns
        -------
        `Posterior`
            Sizes have their flat prior, visibilities are NaN, since nothing is known of them;
            objects without any magnitude have NaN throughout.

        Raises
        ------
        ValueError
            If the table has no band of the library, a magnitude has no error, or an error is
            negative or in another unit.
        """
        magnitudes, errors, used = self._observed(table)
        n = len(magnitudes)
        common = np.broadcast_to(np.asarray(common_error, dtype=float), n)
        if not (common >= 0).all():
            raise ValueError(f"common_error = {common_error}; errors are not negative")
        sizes = np.ones((n, len(self.bins.centres("log_r_h"))))
        sizes[~np.isfinite(magnitudes).any(axis=1)] = np.nan
        return Posterior(self.bins, {
            **self.bins.unknown(n), "log_r_h": sizes,
            "joint": self._joint(magnitudes, errors, used, common, progress)})

    def _observed(self, table):
        """Magnitudes and errors, shape (object, band), and which bands of the library they are."""
        names = getattr(table, "colnames", None) or list(table)
        used = [i for i, band in enumerate(self.library.bands) if f"mag_{band}" in names]
        if not used:
            raise ValueError(f"no magnitude of the library's bands in the table (library: "
                             f"{', '.join(self.library.bands)}; table: {', '.join(names)}); name "
                             "columns mag_BAND and mag_BAND_err")
        magnitudes, errors = [], []
        for band in (self.library.bands[i] for i in used):
            if f"mag_{band}_err" not in names:
                raise ValueError(f"no column mag_{band}_err in the table (has {', '.join(names)})")
            magnitude, error = (plain(table[name], u.mag, name=name)
                                for name in (f"mag_{band}", f"mag_{band}_err"))
            wrong = np.isfinite(magnitude) & ~(np.isfinite(error) & (error >= 0))
            if wrong.any():
                row = np.flatnonzero(wrong)[0]
                raise ValueError(f"mag_{band}_err is {error[row]} in row {row}; give an error that "
                                 "is not negative, or NaN for the magnitude, too")
            magnitudes.append(np.where(np.isfinite(magnitude), magnitude, np.nan))
            errors.append(error)
        return np.stack(magnitudes, axis=-1), np.stack(errors, axis=-1), used

    def _joint(self, magnitudes, errors, used, common, progress):
        """Joint histograms, shape (object, bin)."""
        joint = np.full((len(magnitudes), self.bins.group_sizes["joint"]), np.nan, np.float32)
        for i in tqdm(range(len(magnitudes)), desc="estimate", unit=" objects",
                      disable=not progress):
            known = np.isfinite(magnitudes[i])
            if not known.any():
                continue
            bands = np.array(used)[known]
            variance = errors[i, known]**2 + self.bandwidth**2
            for widening in range(LIBRARY_WIDENINGS + 1):
                entries, weights = self._weights(magnitudes[i, known], 4**widening * variance,
                                                 4**widening * common[i]**2, bands)
                if weights.sum()**2 >= self.min_effective * (weights**2).sum() > 0:
                    break
            if weights.any():
                joint[i] = np.bincount(self._bin[entries], weights, joint.shape[1])
        return joint

    def _weights(self, magnitudes, variance, grey, bands):
        """Entries that count for an object, and their weights, the largest 1."""
        near = np.ones(len(self.library), dtype=bool)
        reaches = LIBRARY_REACH * np.sqrt(variance + grey)
        for band, magnitude, reach in zip(bands, magnitudes, reaches, strict=True):
            near &= np.abs(self._magnitudes[band] - magnitude) < reach
        near = np.flatnonzero(near)
        off = self._magnitudes[np.ix_(bands, near)] - magnitudes[:, None]
        chi_square = (off**2 / variance[:, None]).sum(axis=0)
        # The inverse of a diagonal matrix plus a constant (Sherman & Morrison).
        precision = (1 / variance).sum()
        chi_square -= grey / (1 + grey * precision) * (off / variance[:, None]).sum(axis=0)**2
        log_w = self._log_prior[near] - 0.5 * chi_square
        return near, np.exp(log_w - log_w.max(initial=-np.inf))


def _gaussian(value, error, centres):
    """Histogram of a value with a Gaussian error, NaN where it is not known."""
    width = np.hypot(error, centres[1] - centres[0])[:, None] if len(centres) > 1 else 1.0
    log_p = -0.5 * ((np.clip(value, centres[0], centres[-1])[:, None] - centres) / width) ** 2
    return np.exp(log_p)
