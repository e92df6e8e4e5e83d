"""Johnson magnitudes become WFC3 ones by the tabulated offsets."""

import numpy as np
import pytest

from clusternet.stars.isochrones.johnson_to_wfc3 import johnson_to_wfc3

DARK = {"U": 0.0, "B": 0.0, "I": 0.0}


def offsets(teff, log_g):
    return [float(value) for value in johnson_to_wfc3(DARK, np.log10(teff), log_g).values()]


def test_nodes_of_the_table_come_back():
    assert offsets(5000, 2.0) == pytest.approx([0.0524, 0.073, 0.0011])
    assert offsets(3500, 0.0) == pytest.approx([0.9023, 0.1412, -0.0168])


def test_between_nodes_it_is_linear_in_log_g_and_in_log_teff():
    assert offsets(5000, 2.5)[0] == pytest.approx((0.0524 - 0.0026) / 2)
    assert offsets(np.sqrt(5000 * 5500), 2.0)[0] == pytest.approx((0.0524 + 0.0799) / 2)


@pytest.mark.parametrize(
    ("outside", "edge"),
    [
        ((2500, 0.0), (3500, 0.0)),
        ((200000, 5.0), (50000, 5.0)),
        ((5000, -1.5), (5000, 0.0)),
        ((5000, 6.0), (5000, 5.0)),
        # no model this hot and this low in gravity: the nearest gravity stands in
        ((50000, 3.0), (50000, 5.0)),
    ],
)
def test_beyond_the_models_the_nearest_stands_in(outside, edge):
    assert offsets(*outside) == pytest.approx(offsets(*edge))


def test_arrays_keep_their_shape():
    johnson = {band: np.arange(6.0).reshape(2, 3) for band in "UBI"}
    found = johnson_to_wfc3(johnson, np.full((2, 3), 3.8), np.full((2, 3), 4.0))
    assert all(values.shape == (2, 3) for values in found.values())
