"""A sparse galaxy with clusters, small enough to be drawn again and again."""

import pytest

from clusternet.galaxy import GalaxyStructure, SyntheticGalaxy

#: Few stars, so that a block takes some tens of milliseconds.
SPARSE = GalaxyStructure(disc_density=15.0, bulge_density=0.0, young_density=0.5)


@pytest.fixture(scope="session")
def make_galaxy(mocks):
    """Return a function that makes galaxies; every test that asks twice gets two."""

    def make(shape=(600, 550), structure=SPARSE, cluster_density=40.0, rng=1, mocks=mocks,
             **options):
        return SyntheticGalaxy(shape, mocks, structure=structure,
                               cluster_density=cluster_density, rng=rng, **options)

    return make


@pytest.fixture(scope="session")
def galaxy(make_galaxy):
    return make_galaxy()


@pytest.fixture(scope="session")
def pixels(galaxy):
    """All pixels of `galaxy`."""
    return galaxy.pixels()
