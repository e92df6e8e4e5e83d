"""Initial mass functions follow their own analytic law."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from clusternet.stars import BrokenPowerLawIMF, KroupaIMF

KROUPA = KroupaIMF()

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
