"""Fits of mass functions against the laws that masses were drawn from."""

import numpy as np
import pytest

from clusternet.analysis import compare_fits, fit_power_law, fit_schechter
from clusternet.galaxy import PowerLawMass, SchechterMass


@pytest.mark.parametrize("m_star", [3e4, 1.6e5])
def test_m_star_is_recovered_over_seeds(m_star):
    """The interval holds the truth as often as it says: 0.68 of 30, within binomial scatter."""
    law, held, values = SchechterMass(m_star, minimum=5e3), 0, []
    for seed in range(30):
        fit = fit_schechter(law.sample(1500, rng=seed), 5e3)
        low, high = fit.intervals["m_star"]
        held += low < m_star < high
        values.append(np.log10(fit.parameters["m_star"] / m_star))
    assert 14 <= held <= 27
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(30)


def test_both_parameters_are_recovered():
    masses = SchechterMass(1e5, -1.8, minimum=3e3).sample(4000, rng=5)
    fit = fit_schechter(masses, 3e3, slope=None)
    for name, truth in (("m_star", 1e5), ("slope", -1.8)):
        low, high = fit.intervals[name]
        assert low < fit.parameters[name] < high
        assert abs(np.log(fit.parameters[name] / truth)) < 3 * abs(np.log(high / low)) / 2
    fixed = fit_schechter(masses, 3e3, slope=-1.8)
    assert fit.log_likelihood >= fixed.log_likelihood - 1e-6
    assert fit.aic == pytest.approx(4 - 2 * fit.log_likelihood)
    assert fit.bic == pytest.approx(2 * np.log(4000) - 2 * fit.log_likelihood)


def test_power_laws_agree_with_the_closed_form():
    # Without a maximum the most likely slope is -1 - n / sum(log(M / minimum)).
    masses = PowerLawMass(-2.1, 5e3).sample(800, rng=6)
    expected = -1 - 800 / np.log(masses / 5e3).sum()
    fit = fit_power_law(masses, 5e3)
    assert fit.parameters["slope"] == pytest.approx(expected, abs=1e-5)
    low, high = fit.intervals["slope"]
    assert (high - low) / 2 == pytest.approx(abs(expected + 1) / np.sqrt(800), rel=0.05)


def test_truncated_power_laws_end_at_the_largest_mass():
    masses = PowerLawMass(-1.8, 3e3, 1e5).sample(1000, rng=7)
    fit = fit_power_law(masses, 3e3, truncated=True)
    assert fit.parameters["maximum"] == pytest.approx(masses.max(), rel=1e-5)
    low, high = fit.intervals["maximum"]
    assert low == pytest.approx(masses.max(), rel=1e-5)
    assert high > masses.max()
    assert abs(fit.parameters["slope"] + 1.8) < 0.15


def test_without_truncation_m_star_has_no_upper_limit():
    masses = PowerLawMass(-2, 5e3).sample(500, rng=11)
    fit = fit_schechter(masses, 5e3)
    assert fit.intervals["m_star"][1] == np.inf
    assert fit.intervals["m_star"][0] > 1e5


def test_information_criteria_tell_truncated_from_pure():
    for law, best in ((SchechterMass(3e4, minimum=5e3), "Schechter"),
                      (PowerLawMass(-2, 5e3), "power law")):
        masses = law.sample(3000, rng=8)
        table = compare_fits({"power law": fit_power_law(masses, 5e3),
                              "Schechter": fit_schechter(masses, 5e3, slope=None)})
        assert table["name"][table["delta_bic"] == 0].tolist() == [best]
        assert table["aic"].tolist() == sorted(table["aic"])
    with pytest.raises(ValueError, match="same clusters"):
        compare_fits({"a": fit_power_law(masses, 5e3), "b": fit_power_law(masses, 6e3)})
    with pytest.raises(ValueError, match="same clusters"):
        compare_fits({})


def chance(mass):
    return 1 / (1 + (np.asarray(mass) / 1e4) ** -2)


@pytest.mark.parametrize("way", ["detected", "weights"])
def test_incompleteness_is_made_up_for(way):
    rng = np.random.default_rng(9)
    masses = SchechterMass(5e4, minimum=3e3).sample(8000, rng=rng)
    seen = masses[rng.random(8000) < chance(masses)]
    options = {"detected": chance} if way == "detected" else {"weights": 1 / chance(seen)}
    fit = fit_schechter(seen, 3e3, slope=None, **options)
    for name, truth in (("m_star", 5e4), ("slope", -2)):
        low, high = fit.intervals[name]
        assert abs(fit.parameters[name] - truth) < 3 * max(high - fit.parameters[name],
                                                           fit.parameters[name] - low)
    biased = fit_schechter(seen, 3e3, slope=None)
    assert biased.parameters["slope"] > -1.6


def test_equal_weights_change_nothing():
    masses = SchechterMass(5e4, minimum=3e3).sample(500, rng=2)
    plain, weighted = fit_schechter(masses, 3e3), fit_schechter(masses, 3e3,
                                                                weights=np.full(500, 7.0))
    assert weighted.parameters == pytest.approx(plain.parameters)
    assert weighted.n == pytest.approx(500)
    assert weighted.intervals["m_star"] == pytest.approx(plain.intervals["m_star"], rel=1e-4)


def test_masses_outside_the_limits_and_nan_do_not_count():
    masses = SchechterMass(5e4, minimum=3e3).sample(500, rng=2)
    more = np.concatenate([masses, [np.nan, 10.0, 1e9]])
    assert fit_schechter(more, 3e3, 1e8).n == 500
    masked = np.ma.array(more, mask=np.arange(503) == 0)
    assert fit_schechter(masked, 3e3, 1e8).n == 499


@pytest.mark.parametrize(("change", "message"), [
    ({"masses": []}, "0 of 0 masses"), ({"masses": [5e3, 5e3]}, "two different"),
    ({"masses": [[5e3, 6e3]]}, "shape"), ({"weights": [1, -1, 1]}, "weights must be"),
    ({"weights": [1]}, "weights must be 3"), ({"weights": [1, 1, 1], "detected": chance}, "both"),
    ({"detected": lambda m: m}, "no probabilities"), ({"level": 1.0}, "level is 1"),
    ({"minimum": 9e9}, "0 of 3 masses")])
def test_impossible_fits(change, message):
    with pytest.raises(ValueError, match=message):
        fit_schechter(**{"masses": [4e3, 5e3, 9e3], "minimum": 3e3} | change)
