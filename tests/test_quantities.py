"""Quantities that are passed in are checked once, with an error that shows a good one."""

import numpy as np
import pytest
from astropy import units as u

from clusternet._quantities import checked_quantity

EXAMPLE = 0.04 * u.arcsec


def test_a_good_value_comes_in_the_unit_of_the_example():
    found = checked_quantity("drop", 30 * u.mas, EXAMPLE)
    assert (found.value, found.unit) == (pytest.approx(0.03), u.arcsec)
    radii = checked_quantity("radius", [0, 1] * u.arcmin, EXAMPLE, zero=True, scalar=False)
    np.testing.assert_allclose(radii.value, [0, 60])


@pytest.mark.parametrize("value", [0.04, 4 * u.nm, None, "wide"])
def test_another_physical_type_is_refused_with_an_example(value):
    with pytest.raises(ValueError, match=r"drop = .* is not an angle: .* such as 0\.04 arcsec"):
        checked_quantity("drop", value, EXAMPLE)


@pytest.mark.parametrize("value", [0 * u.arcsec, -1 * u.arcsec, np.nan * u.arcsec,
                                   np.inf * u.arcsec, [1, 2] * u.arcsec])
def test_anything_but_one_positive_finite_value_is_refused(value):
    with pytest.raises(ValueError, match="pass one value, finite and positive"):
        checked_quantity("drop", value, EXAMPLE)
