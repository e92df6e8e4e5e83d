"""Accuracy of stars: what trades precision against memory or time, and what counts as equal."""

__all__ = [
    "AGES_KEPT",
    "ARC_SCALE",
    "CELL_WIDTH",
    "COUNT_ROUNDS",
    "MAGNITUDE_SCALE",
    "SAME_AGE",
    "SAME_MASS",
    "SAME_METALLICITY",
]

#: Widest cell of initial mass of a `~clusternet.stars.StellarPopulation`, dex (0.02).
CELL_WIDTH = 0.02

#: Rounds of adding or removing stars until the mass of a cluster is that asked for (30).
COUNT_ROUNDS = 30

#: Ages whose isochrone or cells are kept, per provider and per population (256).
AGES_KEPT = 256

#: Log ages this close are the same age (1e-4): CMD prints them in single precision.
SAME_AGE = 1e-4

#: Metal fractions whose logarithms are this close are the same (1e-6).
SAME_METALLICITY = 1e-6

#: Points of an isochrone this close in ln mass hold no stars between them (1e-12).
SAME_MASS = 1e-12

#: Arc length of a step of 1 in ln initial mass, log Teff and log L (1, 10, 1). Temperature weighs
#: most, as colours follow it; leaving out every second age and interpolating it chose the value.
ARC_SCALE = (1.0, 10.0, 1.0)

#: Step in log L that a step of 1 mag stands for where there is no luminosity (0.4).
MAGNITUDE_SCALE = 0.4
