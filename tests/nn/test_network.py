"""Networks and the images they are for."""

import numpy as np
import pytest
from astropy import units as u

from clusternet.nn import Network, WindowNetwork


def test_bands_come_in_the_order_of_the_network(make_field, blob_network):
    image = make_field()
    shuffled = image.select(("F814W", "F336W", "F438W"))
    assert blob_network.select(shuffled).bands == blob_network.bands
    np.testing.assert_array_equal(blob_network.select(shuffled).data, image.data)


def test_images_that_do_not_fit_the_network_are_refused(make_field, blob_network):
    with pytest.raises(ValueError, match=r"network is for F336W, F438W, F814W: no F814W"):
        blob_network.select(make_field(bands=("F336W", "F438W")))
    with pytest.raises(ValueError, match=r"0\.042.*0\.0396 arcsec expected"):
        blob_network.select(make_field(scale=0.042))
    blob_network.select(make_field(scale=0.0412))  # off by less than 5 %


def test_pixel_scales_are_angles():
    assert WindowNetwork(["F438W"], 40 * u.mas).pixel_scale == 0.04 * u.arcsec
    with pytest.raises(TypeError, match=r"pixel_scale is 0\.04; give an angle"):
        WindowNetwork(["F438W"], 0.04)


def test_formats_of_networks_are_known_by_their_classes():
    class Shallow(WindowNetwork):
        format = "shallow-1"

    try:
        assert Network._formats["shallow-1"] is Shallow
    finally:
        del Network._formats["shallow-1"]
    assert Network._formats["clusternet-window-network-1"] is WindowNetwork
