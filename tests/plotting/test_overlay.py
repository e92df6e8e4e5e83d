"""The picture of a search shows the image, the clusters and the map."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from clusternet.catalog import make_catalogue
from clusternet.detection import ValueMaps
from clusternet.plotting import colour_composite, plot_clusters, search_figure


def catalogue_of(wcs, n=3, **columns):
    values = {"x_centroid": 30 + 5.0 * np.arange(n), "y_centroid": np.full(n, 40.0),
              "class_cb": np.full(n, 0.99), "visibility": np.full(n, 4.0),
              "log_age": np.linspace(6.6, 9, n), "log_mass": np.full(n, 4.0),
              "a_v": np.full(n, 0.5), "log_r_h": np.full(n, -0.7)}
    return make_catalogue({**values, **columns}, wcs)


def test_red_and_blue_are_the_last_and_the_first_band():
    data = np.random.default_rng(1).normal(0, 0.01, (3, 40, 40))
    data[2, 10:13, 10:13] += 1
    data[0, 30:33, 30:33] += 1
    rgb = colour_composite(data)
    assert rgb[11, 11].argmax() == 0
    assert rgb[31, 31].argmax() == 2


@pytest.mark.parametrize("n_bands", [1, 2, 3, 5])
def test_any_number_of_bands_makes_a_picture(n_bands):
    data = np.random.default_rng(1).normal(size=(n_bands, 8, 9))
    assert colour_composite(data).shape == (8, 9, 3)


def test_bad_pixels_are_grey():
    data = np.random.default_rng(1).normal(size=(3, 8, 9))
    data[1, 2, 3] = np.nan
    assert colour_composite(data)[2, 3].tolist() == [90, 90, 90]


def test_circles_have_twice_the_radius_of_a_cluster(make_field):
    image = make_field()
    ax = Figure().add_subplot()
    plot_clusters(catalogue_of(image.wcs, log_r_h=[-0.4, -0.7, -1.4]), ax, image.pixel_scale)
    widths = ax.collections[0].get_widths()
    np.testing.assert_allclose(widths, [4 * 10**-0.4 / 0.0396, 4 * 10**-0.7 / 0.0396, 10],
                               rtol=1e-3)


def test_only_certain_clusters_are_drawn(make_field):
    image = make_field()
    catalogue = catalogue_of(image.wcs, class_cb=[0.99, 0.6, 0.97], visibility=[9.0, 9.0, 1.0])
    maps = ValueMaps({"class_cb": np.full(image.shape[1:], 0.2)}, image.wcs)
    figure = search_figure(image, catalogue, maps)
    assert len(figure.axes) == 4  # two panels, two colour bars
    assert figure.axes[0].get_title().startswith("2 candidates with class > 0.95, 1 of them")
    whole, dotted = figure.axes[0].collections[:2]
    assert (len(whole.get_offsets()), len(dotted.get_offsets())) == (1, 1)


def test_without_maps_there_is_one_panel(make_field, tmp_path):
    image = make_field()
    figure = search_figure(image, catalogue_of(image.wcs))
    assert len(figure.axes) == 2
    figure.savefig(tmp_path / "search.png")


def test_large_images_are_binned_and_circles_stay_on_their_clusters(make_field, monkeypatch):
    monkeypatch.setattr("clusternet.plotting.overlay.MOST_COLOUR_PIXELS", 40)
    image = make_field((96, 104))
    figure = search_figure(image, catalogue_of(image.wcs))
    ax = figure.axes[0]
    assert ax.images[0].get_array().shape == (32, 34, 3)
    x, y = ax.collections[0].get_offsets()[0]
    sky = ax.wcs.pixel_to_world(x, y)
    assert sky.separation(image.wcs.pixel_to_world(30, 40)).arcsec < 1e-3
