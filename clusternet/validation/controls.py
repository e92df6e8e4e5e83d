"""Controls: errors without information, and detections without clusters."""

from collections.abc import Sequence

import astropy.units as u
import numpy as np
from astropy.stats import poisson_conf_interval
from astropy.table import QTable
from numpy.typing import ArrayLike
from scipy.stats import chi2

from clusternet.catalog import numbers
from clusternet.detection.core import Detector
from clusternet.images import MultiBandImage
from clusternet.validation.errors import errors, truths_and_estimates

__all__ = ["empty_field", "prior_null", "shuffled_labels"]


def prior_null(matched: QTable) -> QTable:
    """Errors of the estimates beside those of always predicting the mean of the true values.

    Parameters
    ----------
    matched : `~astropy.table.QTable`
        From `match` or `artificial_cluster_test`; clusters found count.

    Returns
    -------
    `~astropy.table.QTable`
        For each ``parameter``: ``n``, ``rms`` of the estimates, ``null`` (that of the mean), and
        ``skill``, 1 - (rms / null)^2: 1 if perfect, 0 or less if no better than the mean. NaN
        where there is no cluster. In dex, ``a_v`` in magnitudes.

    Raises
    ------
    ValueError
        If there is no parameter with true and found values.

    Examples
    --------
    >>> from astropy.table import QTable
    >>> from clusternet.validation import prior_null
    >>> matched = QTable({"found": [True, True], "log_mass": [4.0, 5.0],
    ...                   "log_mass_found": [4.1, 5.1]})
    >>> print(prior_null(matched))
    parameter  n  rms null skill
    --------- --- --- ---- -----
     log_mass   2 0.1  0.5  0.96
    """
    rows = []
    for name, truth, estimate in truths_and_estimates(matched):
        of = errors(truth, estimate)
        skill = 1 - (of.rms / of.null) ** 2 if of.null > 0 else np.nan
        rows.append((name, of.n, of.rms, of.null, skill))
    return printed(rows, ("parameter", "n", "rms", "null", "skill"))


def shuffled_labels(matched: QTable, *, times: int = 100,
                    rng: int | np.random.Generator | None = 0) -> QTable:
    """Errors when the true values are assigned to other clusters at random.

    A measure of agreement that stays good when it must not is no measure of agreement.

    Parameters
    ----------
    matched : `~astropy.table.QTable`
        As for `prior_null`.
    times : int, optional
        Number of random assignments.
    rng : int or `numpy.random.Generator`, optional
        Source of the assignments.

    Returns
    -------
    `~astropy.table.QTable`
        For each ``parameter``: ``n``, ``rms``, and with labels shuffled the mean rms,
        ``shuffled``, its standard deviation ``shuffled_std``, and ``p_value``, the fraction of
        all assignments, the true one included, with an rms no larger than that of the true one.

    Raises
    ------
    ValueError
        As for `prior_null`.
    """
    rng = np.random.default_rng(rng)
    rows = []
    for name, truth, estimate in truths_and_estimates(matched):
        known = np.isfinite(truth) & np.isfinite(estimate)
        truth, estimate = truth[known], estimate[known]
        of = errors(truth, estimate)
        dealt = np.array([errors(rng.permutation(truth), estimate).rms for _ in range(times)])
        p_value = (1 + np.count_nonzero(dealt <= of.rms)) / (1 + times) if of.n else np.nan
        rows.append((name, of.n, of.rms, dealt.mean(), dealt.std(), p_value))
    return printed(rows, ("parameter", "n", "rms", "shuffled", "shuffled_std", "p_value"))


def empty_field(detector: Detector | QTable, image: MultiBandImage, *,
                thresholds: ArrayLike = (0.5, 0.7, 0.8, 0.9, 0.95, 0.99), level: float = 0.6827,
                progress: bool = True) -> QTable:
    """False detections on an image without clusters, by threshold on the class.

    Parameters
    ----------
    detector : `~clusternet.detection.Detector` or `~astropy.table.QTable`
        The detector; or the candidates that it has found.
    image : `~clusternet.images.MultiBandImage`
        Field stars and noise, such as a `~clusternet.galaxy.SyntheticGalaxy` without clusters.
    thresholds : array_like, optional
        Classes that candidates must exceed; none below that of the detector.
    level : float, optional
        Probability that the interval is to hold.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    `~astropy.table.QTable`
        ``threshold``, ``n_false``, ``false_density`` and the ends of its Poisson interval,
        ``false_density_lo`` and ``false_density_hi``, per square arcmin of pixels that are good
        in all bands.

    Raises
    ------
    ValueError
        If no pixel is good in all bands.
    """
    good = np.count_nonzero(~image.mask.any(axis=0))
    if not good:
        raise ValueError("no pixel is good in all bands; pass an image with some")
    found = detector(image, progress=progress) if isinstance(detector, Detector) else detector
    class_cb = numbers(found, "class_cb")
    area = u.Quantity(good * image.pixel_scale**2, u.arcmin**2)
    thresholds = np.asarray(thresholds, dtype=float)
    n_false = np.count_nonzero(class_cb > thresholds[:, None], axis=1)
    low, high = poisson_conf_interval(n_false, "frequentist-confidence",
                                      sigma=float(np.sqrt(chi2.ppf(level, 1))))
    return QTable({"threshold": thresholds, "n_false": n_false, "false_density": n_false / area,
                   "false_density_lo": low / area, "false_density_hi": high / area})


def printed(rows: list[tuple], names: Sequence[str]) -> QTable:
    """Table of rows of a name, a number of clusters and numbers, these with three digits."""
    table = QTable(rows=rows, names=names)
    for name in names[2:]:
        table[name].info.format = ".3g"  # pyright: ignore[reportAttributeAccessIssue]  # mixin of astropy.table
    return table
