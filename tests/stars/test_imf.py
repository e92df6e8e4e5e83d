"""Initial mass functions follow their own analytic law."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from clusternet.stars import (
    BrokenPowerLawIMF,
    ChabrierIMF,
    KroupaIMF,
    SalpeterIMF,
)

KROUPA = KroupaIMF()
ALL = [
    KROUPA,
    SalpeterIMF(),
    ChabrierIMF(),
    ChabrierIMF(systems=True),
    ChabrierIMF((0.01, 0.8)),
    ChabrierIMF((2.0, 50.0)),
    BrokenPowerLawIMF((0.1, 0.5, 1.0, 100.0), (1.0, 2.0, 2.7)),
]
every_imf = pytest.mark.parametrize("imf", ALL, ids=repr)

broken_power_laws = st.builds(
    lambda low, ratios, exponents: BrokenPowerLawIMF(
        low * np.cumprod([1.0, *ratios[: len(exponents)]]), exponents[: len(ratios)]
    ),
    st.floats(0.01, 1.0),
    st.lists(st.floats(1.5, 20.0), min_size=3, max_size=3),
    st.lists(st.sampled_from([0.3, 1.0, 1.3, 2.0, 2.3, 2.35]), min_size=1, max_size=3),
)


def kroupa_density(mass):
    """Unnormalised, written out by hand."""
    return np.where(mass < 0.5, mass**-1.3, 0.5 * mass**-2.3)


def integral(function, low, high):
    return integrate.quad(function, low, high, points=[0.5], limit=200)[0]


def test_mean_mass_is_that_of_the_integral():
    number = integral(kroupa_density, 0.1, 120)
    mass = integral(lambda m: m * kroupa_density(m), 0.1, 120)
    assert KROUPA.mean_mass == pytest.approx(mass / number, rel=1e-6)


@pytest.mark.parametrize("mass", [0.2, 0.5, 1.0, 8.0, 100.0])
def test_cdf_is_the_integral_of_the_power_law(mass):
    expected = integral(kroupa_density, 0.1, mass) / integral(kroupa_density, 0.1, 120)
    assert KROUPA.cdf(mass) == pytest.approx(expected, rel=1e-6)


def test_cdf_is_flat_outside_the_mass_range():
    np.testing.assert_array_equal(KROUPA.cdf([0.01, 0.1, 120.0, 300.0]), [0.0, 0.0, 1.0, 1.0])


@given(broken_power_laws, st.floats(0, 1))
def test_ppf_undoes_cdf(imf, fraction):
    mass = imf.ppf(fraction)
    low, high = imf.mass_range
    assert low <= mass <= high
    assert imf.cdf(mass) == pytest.approx(fraction, abs=1e-9)


@given(broken_power_laws)
def test_mean_mass_lies_where_the_quantiles_say(imf):
    fraction = (np.arange(20000) + 0.5) / 20000
    assert imf.mean_mass == pytest.approx(imf.ppf(fraction).mean(), rel=0.02)


def test_samples_follow_the_cdf():
    sample = KROUPA.sample(20000, rng=3)
    assert stats.kstest(sample, KROUPA.cdf).pvalue > 0.01


def test_the_same_seed_gives_the_same_stars():
    np.testing.assert_array_equal(KROUPA.sample(5, rng=1), KROUPA.sample(5, rng=1))
    generator = np.random.default_rng(1)
    np.testing.assert_array_equal(KROUPA.sample(5, rng=generator), KROUPA.sample(5, rng=1))


def test_the_brown_dwarf_exponent_holds_below_its_break():
    np.testing.assert_array_equal(KroupaIMF((0.01, 100.0)).exponents, [0.3, 1.3, 2.3])
    np.testing.assert_array_equal(KroupaIMF((0.01, 0.3)).exponents, [0.3, 1.3])
    np.testing.assert_array_equal(KroupaIMF((0.08, 100.0)).exponents, [1.3, 2.3])
    np.testing.assert_array_equal(KroupaIMF((1.0, 8.0)).exponents, [2.3])


@pytest.mark.parametrize(
    ("masses", "exponents", "message"),
    [
        ((1.0,), (), "at least two"),
        ((-1.0, 1.0), (2.3,), "positive"),
        ((1.0, 0.5), (2.3,), "ascending"),
        ((0.1, np.inf), (2.3,), "finite"),
        ((0.1, 1.0), (1.3, 2.3), "1 intervals of mass"),
        ((0.1, 1.0), (np.nan,), "finite number per interval"),
    ],
)
def test_impossible_laws_are_refused(masses, exponents, message):
    with pytest.raises(ValueError, match=message):
        BrokenPowerLawIMF(masses, exponents)


def test_impossible_mass_ranges_and_fractions_are_refused():
    with pytest.raises(ValueError, match=r"mass range is \(5, 1\)"):
        KroupaIMF((5, 1))
    with pytest.raises(ValueError, match="between 0 and 1"):
        KROUPA.ppf([0.5, 1.5])


def test_repr_says_what_it_is():
    assert repr(KROUPA) == "KroupaIMF(mass_range=(0.1, 120.0))"
    assert "exponents=[2.35]" in repr(BrokenPowerLawIMF((1, 2), (2.35,)))


def chabrier_density(mass):
    """dN/dm of single stars, Chabrier (2003) eq. 17, unnormalised, written out by hand."""
    low = 0.158 * np.exp(-((np.log10(mass) - np.log10(0.079)) ** 2) / (2 * 0.69**2))
    return np.where(mass <= 1, low, 0.0443 * mass**-1.3) / mass


@pytest.mark.parametrize("mass", [0.12, 0.3, 1.0, 3.0, 50.0])
def test_chabrier_is_the_function_of_the_paper(mass):
    """The paper's own numbers, 0.158 and 0.0443, join to 0.4 %."""
    parts = [
        sum(
            integrate.quad(chabrier_density, low, min(high, end))[0]
            for low, high in ((0.1, 1.0), (1.0, 120.0))
            if end > low
        )
        for end in (mass, 120.0)
    ]
    assert ChabrierIMF().cdf(mass) == pytest.approx(parts[0] / parts[1], rel=2e-3)


def test_chabrier_systems_are_fewer_and_heavier_than_their_stars():
    assert ChabrierIMF(systems=True).mean_mass > ChabrierIMF().mean_mass


def test_salpeter_is_a_single_power_law():
    assert SalpeterIMF((1.0, 100.0)).exponents.tolist() == [2.35]
    number = [SalpeterIMF().cdf(mass * 1.01) - SalpeterIMF().cdf(mass) for mass in (1.0, 10.0)]
    assert np.log10(number[0] / number[1]) == pytest.approx(1.35, abs=1e-9)


@every_imf
def test_ppf_and_cdf_undo_each_other_in_every_function(imf):
    fraction = np.linspace(0, 1, 201)
    np.testing.assert_allclose(imf.cdf(imf.ppf(fraction)), fraction, atol=1e-9)
    assert imf.ppf([0.0, 1.0]) == pytest.approx(imf.mass_range, rel=1e-9)


@every_imf
def test_mean_mass_is_that_of_the_quantiles(imf):
    """Between quantiles there is no more mass than at their ends: they bracket the mean."""
    mass = imf.ppf(np.linspace(0, 1, 200001))
    assert mass[:-1].mean() <= imf.mean_mass <= mass[1:].mean()


@every_imf
def test_mass_fraction_is_the_integral_of_the_mass(imf):
    low, high = imf.mass_range
    edges = np.geomspace(low, high, 20001)
    below = np.cumsum(np.diff(imf.cdf(edges)) * 0.5 * (edges[1:] + edges[:-1]))
    mass = np.geomspace(low, high, 30)
    found = imf.mass_fraction(mass)
    expected = np.interp(mass, edges, [0.0, *below / below[-1]])
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert found[[0, -1]] == pytest.approx([0.0, 1.0], abs=1e-12)
    np.testing.assert_array_equal(imf.mass_fraction([low / 2, 2 * high]), found[[0, -1]])


@every_imf
def test_samples_follow_the_cdf_of_every_function(imf):
    assert stats.kstest(imf.sample(5000, rng=4), imf.cdf).pvalue > 0.01


class TestTotalMass:
    @given(st.sampled_from(ALL), st.floats(1.0, 1e3), st.integers(0, 2**32 - 1))
    @settings(max_examples=50)
    def test_the_last_star_brings_the_sum_nearest_to_the_total(self, imf, total, seed):
        mass = imf.sample_mass(total, rng=seed)
        assert abs(mass.sum() - total) <= 0.5 * imf.mass_range[1] + 1e-6 or mass.size == 1
        assert abs(mass.sum() - total) <= mass[-1] or mass.sum() < total or mass.size == 1

    def test_stars_are_those_of_the_sampler_in_their_order(self):
        mass = KROUPA.sample_mass(100.0, rng=3)
        lacking = int(1.05 * 100 / KROUPA.mean_mass) + 10
        first = KROUPA.sample(lacking, rng=3)
        np.testing.assert_array_equal(mass[: lacking // 2], first[: lacking // 2])

    def test_the_rule_prefers_no_mass(self):
        """Stopping before the total would avoid massive stars, stopping after prefer them."""
        rng = np.random.default_rng(5)
        sums = [KROUPA.sample_mass(50.0, rng).sum() for _ in range(1000)]
        assert np.mean(sums) == pytest.approx(50.0, abs=0.3)

    @pytest.mark.parametrize("total", [0.0, -5.0, np.inf, np.nan])
    def test_impossible_totals_are_refused(self, total):
        with pytest.raises(ValueError, match="total mass is"):
            KROUPA.sample_mass(total)
        with pytest.raises(ValueError, match="total mass is"):
            KROUPA.optimal_sample(total)


class TestOptimalSampling:
    @every_imf
    @pytest.mark.parametrize("total", [300.0, 1e4])
    def test_the_masses_add_up_to_the_total(self, imf, total):
        mass = imf.optimal_sample(total)
        assert 0 <= total - mass.sum() < imf.mass_range[0] + 1e-6 * total
        assert (np.diff(mass) < 0).all() or mass[-1] == pytest.approx(mass[-2])

    def test_there_is_no_chance_in_it(self):
        np.testing.assert_array_equal(KROUPA.optimal_sample(500.0), KROUPA.optimal_sample(500.0))

    def test_one_more_star_is_expected_above_the_most_massive_one(self):
        total = 1000.0
        mass = KROUPA.optimal_sample(total)
        number = mass.size / KROUPA.cdf(KROUPA.ppf(1 - 1 / mass.size))
        assert number * (1 - KROUPA.cdf(mass[0])) == pytest.approx(1.5, abs=0.15)

    def test_numbers_in_bins_are_those_expected(self):
        mass = KROUPA.optimal_sample(1e5)
        edges = np.geomspace(0.1, 20.0, 12)
        number = np.histogram(mass, edges)[0]
        np.testing.assert_allclose(number, mass.size * np.diff(KROUPA.cdf(edges)), atol=1.5)

    def test_massive_clusters_have_more_massive_stars(self):
        heaviest = [KROUPA.optimal_sample(total)[0] for total in (50, 300, 2000, 2e4, 2e5)]
        assert (np.diff(heaviest) > 0).all()
        assert heaviest[-1] < 120

    def test_a_mass_of_hardly_a_star_is_refused(self):
        with pytest.raises(ValueError, match="more than two stars of the mean mass"):
            KROUPA.optimal_sample(1.0)


def test_impossible_ranges_of_the_named_functions_are_refused():
    for imf in (SalpeterIMF, ChabrierIMF):
        with pytest.raises(ValueError, match=r"mass range is \(2, 1\)"):
            imf((2, 1))
    with pytest.raises(ValueError, match="between 0 and 1"):
        ChabrierIMF().ppf(1.5)
