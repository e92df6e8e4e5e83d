"""Mass functions against closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import exp1
from scipy.stats import kstest

from clusternet.galaxy import PowerLawMass, SchechterMass

laws = st.one_of(
    st.builds(PowerLawMass, st.floats(-3, -1.2), st.just(2e3)),
    st.builds(PowerLawMass, st.floats(-3, 0.5) | st.just(-1.0), st.just(2e3), st.just(8e5)),
    st.builds(SchechterMass, st.floats(5e2, 1e7), st.floats(-3, 0.5), st.just(2e3)),
    st.builds(SchechterMass, st.floats(5e2, 1e7), st.floats(-3, 0.5), st.just(2e3), st.just(3e5)))


@settings(max_examples=40)
@given(laws, st.floats(0.01, 0.99))
def test_cumulative_and_density_belong_together(law, part):
    mass = law.ppf(part)
    assert law.minimum <= mass <= law.maximum
    assert law.cdf(mass) == pytest.approx(part, abs=1e-9)
    area = quad(lambda x: law.pdf(np.exp(x)) * np.exp(x), np.log(law.minimum), np.log(mass),
                epsabs=1e-10, epsrel=1e-10)[0]
    assert area == pytest.approx(part, abs=2e-5)


def test_schechter_is_an_incomplete_gamma_function():
    # The integral of x**-2 exp(-x) from x is exp(-x)/x - E1(x).
    def above(mass):
        return np.exp(-mass / 1.6e5) / (mass / 1.6e5) - exp1(mass / 1.6e5)

    mass = np.geomspace(6e3, 8e5, 20)
    law = SchechterMass(1.6e5, minimum=5e3)
    np.testing.assert_allclose(law.cdf(mass), 1 - above(mass) / above(5e3), atol=3e-6)


@pytest.mark.parametrize("law", [PowerLawMass(-2, 1e3, 1e6), PowerLawMass(-1.7, 1e3),
                                 SchechterMass(1e5), SchechterMass(1e4, -1.5, 1e3, 5e4)])
def test_samples_follow_the_law(law):
    masses = law.sample(20000, rng=3)
    assert kstest(masses, law.cdf).pvalue > 0.01
    np.testing.assert_array_equal(masses, law.sample(20000, rng=3))
    assert law.pdf(law.minimum / 2) == 0
    assert law.sample(0, rng=1).shape == (0,)


@pytest.mark.parametrize(("make", "message"), [
    (lambda: PowerLawMass(-1), "slope is -1"), (lambda: PowerLawMass(-2, 5, 4), "ascending"),
    (lambda: PowerLawMass(np.nan, 1, 2), "slope is nan"), (lambda: SchechterMass(0), "m_star is 0"),
    (lambda: SchechterMass(1e5, minimum=0), "ascending"),
    (lambda: SchechterMass(np.inf), "m_star is inf")])
def test_impossible_laws(make, message):
    with pytest.raises(ValueError, match=message):
        make()
