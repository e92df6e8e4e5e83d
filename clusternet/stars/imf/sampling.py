"""Optimal sampling: the numbers of stars of each mass without chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from clusternet.stars.imf.core import InitialMassFunction

if TYPE_CHECKING:
    from clusternet.stars.population import Cells

__all__ = ["OptimalSampling"]


class OptimalSampling:
    """The numbers of optimal sampling in place of random ones, for `StellarPopulation`.

    Clusters of one mass then have the same stars, those of `InitialMassFunction.optimal_sample`:
    the most massive star of a cluster follows from the mass of the cluster. Within its cell of the
    population, no wider than 0.02 dex and never across a point of the isochrone, the mass of a star
    is still drawn.

    Examples
    --------
    >>> from astropy import units as u
    >>> from clusternet.instruments import wfc3_uvis
    >>> from clusternet.stars import (ExtinctionLaw, KroupaIMF, OptimalSampling, PadovaIsochrones,
    ...                               StellarPopulation)
    >>> population = StellarPopulation(PadovaIsochrones(), KroupaIMF(), ExtinctionLaw(),
    ...                                wfc3_uvis(), 4.5 * u.Mpc, sampling=OptimalSampling())
    >>> [population.draw(8.0, 1e3, rng=seed).n_stars for seed in (1, 2, 3)]
    [1656, 1656, 1656]
    """

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def counts(
        self,
        imf: InitialMassFunction,
        cells: Cells,
        mass: float,
        rng: int | np.random.Generator | None = None,
    ) -> np.ndarray:
        """Numbers of stars in cells of initial mass.

        Parameters
        ----------
        imf : `InitialMassFunction`
            Gives the stars.
        cells : `~clusternet.stars.Cells`
            Cells of initial mass of a `StellarPopulation`, ascending.
        mass : float
            Initial mass of the cluster, solar masses.
        rng : `~numpy.random.Generator` or int, optional
            Not used: there is no chance in it.

        Returns
        -------
        counts : (cell,) array of int
        """
        cell = np.searchsorted(cells.upper, imf.optimal_sample(mass))
        return np.bincount(np.minimum(cell, len(cells.upper) - 1), minlength=len(cells.upper))
