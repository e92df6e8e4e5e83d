"""Dust in front of the galaxy adds to that of the cluster; among the stars it may differ."""

import numpy as np
import pytest
from astropy import units as u
from dust_extinction.averages import G24_SMCAvg

from clusternet.instruments import wfc3_uvis
from clusternet.stars import (
    ExtinctionLaw,
    ForegroundScreen,
    KroupaIMF,
    LogNormalSpread,
    MixedSlab,
    OptimalSampling,
    PadovaIsochrones,
    StellarPopulation,
)

CAMERA = wfc3_uvis()
PADOVA, DUST = PadovaIsochrones(), ExtinctionLaw()


def population(**options):
    return StellarPopulation(PADOVA, KroupaIMF(), DUST, CAMERA, 4.5 * u.Mpc, **options)


PLAIN = population()
SMC = ExtinctionLaw(G24_SMCAvg())


class TestForeground:
    def test_it_dims_every_star_by_its_own_law(self):
        bare = population(bundle_flux=0, bundle_fraction=0)
        behind = population(bundle_flux=0, bundle_fraction=0, foreground=ForegroundScreen(0.3, SMC))
        dimming = -2.5 * np.log10(
            behind.draw(7.5, 1e3, 0.5, rng=1).flux / bare.draw(7.5, 1e3, 0.5, rng=1).flux
        )
        expected = [0.3 * SMC.coefficients(CAMERA)[band] for band in CAMERA.bands]
        np.testing.assert_allclose(dimming, np.broadcast_to(expected, dimming.shape), atol=1e-9)

    def test_of_the_same_law_it_adds_to_the_internal_extinction(self):
        behind = population(foreground=ForegroundScreen(0.3)).draw(7.5, 1e4, 0.5, rng=1)
        alone = PLAIN.draw(7.5, 1e4, 0.8, rng=1)
        np.testing.assert_allclose(behind.flux.sum(0), alone.flux.sum(0), rtol=1e-3)

    def test_without_dust_it_changes_nothing(self):
        stars = [one.draw(7.5, 1e4, rng=1) for one in
                 (PLAIN, population(foreground=ForegroundScreen(0.0)))]  # fmt: skip
        np.testing.assert_array_equal(stars[0].flux, stars[1].flux)

    @pytest.mark.parametrize("a_v", [-0.1, np.nan])
    def test_impossible_dust_is_refused(self, a_v):
        with pytest.raises(ValueError, match="foreground extinction is"):
            ForegroundScreen(a_v)


class TestSpread:
    @pytest.mark.parametrize("spread", [LogNormalSpread(0.4), MixedSlab()], ids=repr)
    def test_the_mean_stays_that_of_the_cluster(self, spread):
        a_v = spread.draw(1.5, 200000, np.random.default_rng(2))
        assert a_v.min() >= 0
        assert a_v.mean() == pytest.approx(1.5, abs=0.01)

    def test_stars_redden_along_the_law_each_by_its_own_extinction(self):
        options = {"bundle_flux": 0, "bundle_fraction": 0}
        even = population(**options).draw(8.0, 3e3, 1.0, rng=4)
        uneven = population(**options, extinction_spread=LogNormalSpread(0.5)).draw(
            8.0, 3e3, 1.0, rng=4
        )
        np.testing.assert_array_equal(even.mass, uneven.mass)
        difference = -2.5 * np.log10(uneven.flux / even.flux)
        own = difference / population().band_extinction
        np.testing.assert_allclose(own, own[:, :1] * np.ones(3), atol=1e-9)
        assert np.log(1 + own[:, 0]).std() == pytest.approx(0.5, abs=0.03)

    def test_no_spread_is_the_plain_population(self):
        even = PLAIN.draw(7.0, 1e4, 1.0, rng=5)
        none = population(extinction_spread=LogNormalSpread(0.0)).draw(7.0, 1e4, 1.0, rng=5)
        np.testing.assert_allclose(even.flux, none.flux, rtol=1e-12)

    def test_without_dust_there_is_nothing_to_spread(self):
        even = PLAIN.draw(7.0, 1e4, 0.0, rng=5)
        slab = population(extinction_spread=MixedSlab()).draw(7.0, 1e4, 0.0, rng=5)
        np.testing.assert_array_equal(even.flux, slab.flux)

    def test_magnitude_limits_hold_for_the_light_that_comes_through(self):
        slab = population(extinction_spread=MixedSlab())
        light = slab.draw(7.0, 1e4, 3.0, rng=6).flux.sum(0)
        magnitude = CAMERA.magnitudes(light)
        assert slab.draw(7.0, 1e4, 3.0, 6, magnitude_limits=magnitude + 0.01) is not None
        assert slab.draw(7.0, 1e4, 3.0, 6, magnitude_limits=magnitude - 0.01) is None
        plain = PLAIN.draw(7.0, 1e4, 3.0, rng=6).flux.sum(0)
        assert (light > plain).all(), "half of the stars are before the middle of the slab"

    @pytest.mark.parametrize("sigma", [-0.1, np.inf])
    def test_an_impossible_spread_is_refused(self, sigma):
        with pytest.raises(ValueError, match="spread of ln A_V is"):
            LogNormalSpread(sigma)


class TestOptimalSampling:
    optimal = population(bundle_flux=0, bundle_fraction=0, sampling=OptimalSampling())

    def test_the_stars_are_those_of_optimal_sampling(self):
        wanted = KroupaIMF().optimal_sample(2000.0)
        stars = self.optimal.draw(6.6, 2000.0, rng=1)
        assert stars.n_stars == wanted.size
        lit = wanted[wanted <= PADOVA.isochrone(6.6).initial_mass[-1]]
        found = np.sort(stars.mass)[::-1]
        # each star within its cell, 0.02 dex at most
        np.testing.assert_allclose(np.log10(found[:50] / lit[:50]), 0, atol=0.021)
        assert stars.total_mass == pytest.approx(2000.0, rel=2e-3)

    def test_clusters_of_one_mass_are_equally_bright_where_chance_scatters_them(self):
        chance = population(bundle_flux=0, bundle_fraction=0)
        light = {
            name: [one.draw(7.5, 2000.0, rng=seed).flux[:, 2].sum() for seed in range(12)]
            for name, one in (("optimal", self.optimal), ("chance", chance))
        }
        scatter = {name: np.std(np.log10(values)) for name, values in light.items()}
        assert scatter["optimal"] < 0.2 * scatter["chance"]
