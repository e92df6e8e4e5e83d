"""A set of isochrones is of one metallicity and of one kind."""

from dataclasses import replace

import numpy as np
import pytest

from clusternet.stars import Isochrone, IsochroneSet


def rows(log_age, metallicity=0.02, **columns):
    return Isochrone(
        log_age,
        metallicity,
        np.array([0.5, 1.0, 2.0]),
        {"V": np.array([9.0, 5.0, 1.0])},
        np.array([1, 1, 3]),
        **columns,
    )


def test_the_range_of_ages_can_be_narrowed():
    stars = IsochroneSet([rows(7.0), rows(8.0), rows(9.0)], log_age_range=(7.5, 9.0))
    assert stars.log_age_range == (7.5, 9.0)
    assert stars.tabulated_log_ages.tolist() == [8.0, 9.0]
    with pytest.raises(ValueError, match=r"log age 7\.2 is outside IsochroneSet \(7\.5 to 9\)"):
        stars.isochrone(7.2)


@pytest.mark.parametrize("log_age_range", [(6.5, 9.0), (7.0, 9.5), (9.0, 7.0)])
def test_but_not_widened(log_age_range):
    with pytest.raises(ValueError, match="for isochrones of 7 to 9; give one within"):
        IsochroneSet([rows(7.0), rows(9.0)], log_age_range=log_age_range)


def test_a_single_age_is_a_set():
    stars = IsochroneSet([rows(8.0)])
    assert stars.metallicity == 0.02
    assert stars.isochrone(8.0).initial_mass.size == 3


@pytest.mark.parametrize(
    ("isochrones", "message"),
    [
        ([], "no isochrones given"),
        ([rows(8.0), rows(9.0, 0.03)], r"2 metallicities given .* MetallicityInterpolated"),
        ([rows(8.0), rows(8.0)], "same log age"),
        ([rows(8.0), replace(rows(9.0), magnitudes={"I": np.zeros(3)})], "different bands"),
        ([rows(8.0), rows(9.0, log_teff=np.zeros(3))], "log_teff is given for some isochrones"),
        ([rows(8.0), rows(9.0, eep=np.arange(3))], "eep is given for some isochrones"),
        ([replace(rows(8.0), label=np.array([1, 3, 9]))], "labelled 0 to 8"),
    ],
)
def test_what_is_no_set_is_refused(isochrones, message):
    with pytest.raises(ValueError, match=message):
        IsochroneSet(isochrones)


def test_evolutionary_points_must_ascend():
    with pytest.raises(ValueError, match=r"\(eep\) of the isochrone of log age 8\.0 do not ascend"):
        rows(8.0, eep=np.array([1, 3, 2]))


def test_points_missing_in_the_middle_of_one_age_are_mixed_too():
    """The rows between two common points take the other age's values at their own place."""
    young = rows(8.0, eep=np.array([1, 2, 3]))
    old = Isochrone(
        9.0, 0.02, np.array([0.5, 2.0]), {"V": np.array([9.0, 3.0])}, np.array([1, 3]),
        eep=np.array([1, 3]),
    )  # fmt: skip
    middle = IsochroneSet([young, old]).isochrone(8.5)
    np.testing.assert_array_equal(middle.eep, [1, 2, 3])
    np.testing.assert_allclose(middle.initial_mass, [0.5, 1.0, 2.0])
    np.testing.assert_allclose(middle.magnitudes["V"], [9.0, 5.5, 2.0])
