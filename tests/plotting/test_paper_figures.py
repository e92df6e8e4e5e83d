"""The figures of Paper III show the numbers they are given."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import SkyCoord
from astropy.table import QTable
from matplotlib.colors import to_hex

from clusternet.analysis import arm_profile
from clusternet.catalog import density, make_catalogue
from clusternet.galaxy import M83, GalaxyStructure, SchechterMass, SpiralArms
from clusternet.images import MultiBandImage
from clusternet.plotting import (
    plot_arm_counts,
    plot_arm_profile,
    plot_arms,
    plot_band,
    plot_distributions,
    plot_mass_function,
    plot_mocks,
    plot_on_sky,
    plot_parameters,
    plot_radial_trends,
    plot_selection,
    plot_spatial,
    plot_stamps,
)
from clusternet.plotting.colours import AGE_COLOURS, GROUP_STYLES

N = 400


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def wcs():
    return M83.wcs((120, 120), 6 * u.arcsec)


@pytest.fixture(scope="module")
def image(wcs):
    data = np.random.default_rng(1).gamma(2, 0.1, (3, 120, 120))
    data[0, 3, 4] = np.nan
    return MultiBandImage(data, ("F336W", "F438W", "F814W"), wcs)


def make(n, wcs, distance=M83.distance, seed=2):
    rng = np.random.default_rng(seed)
    values = {"x_centroid": rng.uniform(10, 110, n), "y_centroid": rng.uniform(10, 110, n),
              "class_cb": rng.uniform(0.9, 1, n), "visibility": rng.uniform(1, 5, n),
              "log_age": rng.uniform(6.6, 10, n), "a_v": rng.uniform(0, 3, n),
              "log_mass": np.log10(SchechterMass(1.6e5, minimum=10**3.5).sample(n, rng=rng)),
              "log_r_h": rng.uniform(-1.4, -0.4, n)}
    return make_catalogue(values, wcs, distance=distance)


@pytest.fixture(scope="module")
def catalogue(wcs):
    return make(N, wcs)


@pytest.fixture(scope="module")
def arms():
    return SpiralArms.from_structure(GalaxyStructure(), M83, (1 * u.kpc, 6 * u.kpc))


def sky_axes(n, wcs):
    return plt.figure().subplots(1, n, subplot_kw={"projection": wcs}, squeeze=False)[0]


def test_colours_brighten_with_age_for_grey_prints():
    grey = AGE_COLOURS(np.linspace(0, 1, 50))[:, :3] @ [0.299, 0.587, 0.114]
    assert np.all(np.diff(grey) > 0)
    assert len({style["linestyle"] for style in GROUP_STYLES}) == 3


def test_mocks_are_drawn_whole_and_enlarged(image):
    axes = plt.figure().subplots(1, 3)
    plot_mocks(image, axes, [(30, 40), (80, 90)], size=20)
    assert axes[1].get_xlim() == (20, 40)
    assert axes[2].get_ylim() == (80, 100)
    assert [patch.get_bbox().bounds for patch in axes[0].patches] == [(20, 30, 20, 20),
                                                                      (70, 80, 20, 20)]
    with pytest.raises(ValueError, match="3 axes for the image and 1 parts"):
        plot_mocks(image, axes, [(30, 40)])


def test_stamps_are_centred_on_their_places(image, catalogue):
    image = MultiBandImage(np.full((3, 120, 120), 0.1), image.bands, image.wcs)
    image.data[:] = np.random.default_rng(3).normal(0.1, 0.01, image.shape)
    image.data[:, 50, 60] = 50
    places = {"x_centroid": [60.2, 61.0], "y_centroid": [49.8, 52.0]}
    ax = plt.figure().subplots()
    plot_stamps(image, QTable(places), ax, size=21, columns=2, labels=["first", "second"])
    sheet = ax.images[0].get_array().sum(-1).astype(int)
    assert sheet.shape == (22, 44)
    assert np.unravel_index(sheet[:21, :21].argmax(), (21, 21)) == (10, 10)
    # The bright pixel is 2 below and 1 to the left of the second place; north stays up.
    assert np.unravel_index(sheet[:21, 22:43].argmax(), (21, 21)) == (12, 9)
    assert [text.get_text() for text in ax.texts] == ["first", "second"]


def test_stamps_at_the_corner_of_an_image_are_whole(image):
    ax = plt.figure().subplots()
    plot_stamps(image, QTable({"x_centroid": [0], "y_centroid": [119]}), ax, size=21, columns=1)
    assert ax.images[0].get_array().shape == (22, 22, 3)


def test_a_large_image_is_drawn_binned_in_its_own_pixels(wcs):
    data = np.ones((1, 1600, 3100))
    data[0, 10, 10] = np.nan
    big = MultiBandImage(data, ["F438W"], M83.wcs((1600, 3100), 0.1 * u.arcsec))
    drawn = plot_band(big, plt.figure().add_subplot(projection=big.wcs))
    assert drawn.get_array().shape == (533, 1033)
    assert drawn.get_extent() == [-0.5, 3098.5, -0.5, 1598.5]
    with pytest.raises(ValueError, match="F999W"):
        plot_band(big, plt.figure().add_subplot(projection=big.wcs), "F999W")


def test_clusters_are_drawn_where_they_are_on_the_sky(catalogue, wcs, image):
    (ax,) = sky_axes(1, wcs)
    plot_band(image, ax)
    drawn = plot_on_sky(catalogue, ax, "a_v")
    pixels = (drawn.get_offset_transform() - ax.transData).transform(drawn.get_offsets())
    np.testing.assert_allclose(
        pixels, np.stack([catalogue["x_centroid"], catalogue["y_centroid"]], -1), atol=1e-6)
    np.testing.assert_array_equal(drawn.get_array(), catalogue["a_v"].value)
    assert (drawn.norm.vmin, drawn.norm.vmax) == (0, 3)
    with pytest.raises(ValueError, match="no column colour"):
        plot_on_sky(catalogue, ax, "colour")


def test_selection_shows_thresholds_and_ages(catalogue, wcs):
    axes = sky_axes(6, wcs)
    drawn = plot_selection(catalogue, axes)
    sure = catalogue["class_cb"] > 0.95
    age = catalogue["log_age"]
    clear = sure & (catalogue["visibility"] > 2.5)
    expected = [sure & (catalogue["visibility"] > 2), clear, sure & (catalogue["visibility"] > 3),
                clear & (age < 7.5), clear & (age >= 7.5) & (age < 8.5), clear & (age >= 8.5)]
    assert [len(d.get_offsets()) for d in drawn] == [chosen.sum() for chosen in expected]
    assert [ax.texts[-1].get_text() for ax in axes] == [str(c.sum()) for c in expected]
    assert axes[4].get_title() == "7.5 ≤ log t < 8.5"


def test_arms_and_circles_lie_in_the_disc(arms, wcs):
    (ax,) = sky_axes(1, wcs)
    ax.axis((0, 119, 0, 119))
    plot_arms(arms, ax, radii=[2, 4])
    assert ax.axis() == (0, 119, 0, 119)
    circles = [line for line in ax.lines if line.get_label() == "circle"]
    for radius, line in zip((2, 4), circles, strict=True):
        found = M83.polar(SkyCoord(*line.get_data(), unit="deg"))[0]
        np.testing.assert_allclose(found.value, radius, rtol=1e-6)
    assert sum(line.get_label() == "arm" for line in ax.lines) == 2


@pytest.mark.parametrize("rotation", [1, -1])
def test_the_arrow_turns_as_the_galaxy_does(wcs, rotation):
    (ax,) = sky_axes(1, wcs)
    galaxy = SimpleNamespace(rotation=rotation)
    plot_arms(SimpleNamespace(galaxy=galaxy, curves=()), ax, radii=())
    ax.figure.canvas.draw()
    start, bend, end = ax.texts[-1].arrow_patch.get_path().vertices[:3]
    # Over the top: to the right is clockwise, to the left counter-clockwise.
    assert bend[1] > max(start[1], end[1])
    assert np.sign(end[0] - start[0]) == -rotation


def test_spatial_panels_show_arms_ages_and_heavy_clusters(catalogue, arms, wcs, image):
    axes = sky_axes(4, wcs)
    distance = arms.distance(catalogue["sky_centroid"])
    drawn = plot_spatial(catalogue, axes, arms, image)
    near = np.abs(distance) <= 1.5 * u.kpc
    leading, trailing = axes[0].collections[:2]
    np.testing.assert_allclose(leading.get_array(), distance[near & (distance >= 0)].value)
    np.testing.assert_allclose(trailing.get_array(), distance[near & (distance < 0)].value)
    assert leading.norm(0.0) == 0.5
    heavy = catalogue["log_mass"] > 4
    np.testing.assert_array_equal(drawn[1].get_array(), catalogue["log_age"])
    np.testing.assert_array_equal(drawn[2].get_array(), catalogue["a_v"][heavy].value)
    np.testing.assert_array_equal(drawn[3].get_array(), catalogue["log_density"][heavy])


def test_parameters_are_drawn_in_pairs_with_lines_of_density(catalogue):
    axes = plt.figure().subplots(2, 3)
    drawn = plot_parameters(catalogue, axes)
    mass_size = axes[1, 1]
    np.testing.assert_array_equal(mass_size.collections[0].get_offsets(),
                                  np.stack([catalogue["log_mass"], catalogue["log_r_h"]], -1))
    np.testing.assert_array_equal(drawn.get_array(), catalogue["log_age"])
    for line in mass_size.lines:
        found = density(line.get_xdata(), line.get_ydata(), M83.distance)
        np.testing.assert_allclose(found, float(line.get_label()), atol=1e-9)
    assert len(mass_size.lines) == 5


def test_without_a_distance_there_are_no_lines_of_density(wcs):
    unknown = make(5, wcs, distance=None)
    axes = plt.figure().subplots(2, 3)
    plot_parameters(unknown, axes)
    assert not axes[1, 1].lines
    with pytest.raises(ValueError, match="log_density is nan for every cluster"):
        plot_distributions(unknown, axes[0, :2])


def test_the_mass_function_lies_on_its_points(wcs):
    catalogue = make(20_000, wcs)
    ax = plt.figure().subplots()
    plot_mass_function(catalogue, ax, oldest=11)
    points = ax.containers[0].lines[0]
    np.testing.assert_array_equal(points.get_ydata(),
                                  np.histogram(catalogue["log_mass"], np.arange(3.5, 5.51, 0.1))[0])
    assert [line.get_linestyle() for line in ax.lines[-3:]] == [":", "-", "--"]
    middle = ax.lines[-2]  # that of 1.6e5, from which the masses were drawn
    expected = np.interp(points.get_xdata(), *middle.get_data())
    pull = (points.get_ydata() - expected) / np.sqrt(expected)
    assert np.mean(pull**2) < 2
    few, many = (np.interp(5.4, *ax.lines[i].get_data()) for i in (-3, -1))
    assert few < np.interp(5.4, *middle.get_data()) < many


def test_distributions_of_young_and_old(catalogue):
    axes = plt.figure().subplots(1, 2)
    plot_distributions(catalogue, axes)
    for ax, name in zip(axes, ("log_r_h", "log_density"), strict=True):
        everyone, young, old = (patch.get_data() for patch in ax.patches)
        age = catalogue["log_age"]
        assert everyone.values.sum() == N
        np.testing.assert_array_equal(
            young.values, np.histogram(catalogue[name][age < 7], young.edges)[0])
        assert old.values.sum() == (age >= 7.7).sum()


def test_a_profile_is_drawn_with_its_band():
    profile = arm_profile(np.random.default_rng(1).normal(0.4, 0.2, 300) * u.kpc)
    ax = plot_arm_profile(profile, plt.figure().subplots(), labels={"all": "everyone"})
    line = ax.lines[0]
    np.testing.assert_array_equal(line.get_ydata(), profile["count"])
    assert line.get_label() == "everyone"
    band = ax.collections[0].get_paths()[0].vertices
    assert band[:, 1].max() == pytest.approx(profile["count_hi"].max())


def test_arm_counts_part_clusters_as_the_paper_does(catalogue, arms):
    distance = arms.distance(catalogue["sky_centroid"])
    axes = plt.figure().subplots(1, 3)
    profiles = plot_arm_counts(catalogue, distance, axes, window=20 * u.kpc, at=[0] * u.kpc)
    age, a_v, dense = (np.asarray(catalogue[n]) for n in ("log_age", "a_v", "log_density"))
    old, young = age > 8, age < 7
    expected = ([age < 7, (age >= 7) & (age < 7.7), age >= 7.7],
                [old & (a_v < 1), old & (a_v >= 1)],
                [young & (dense < 1), young & (dense >= 1) & (dense < 2), young & (dense >= 2)])
    for profile, groups in zip(profiles, expected, strict=True):
        assert profile["n"].tolist() == [group.sum() for group in groups]
    labels = [text.get_text() for text in axes[0].get_legend().get_texts()]
    assert labels == ["log t < 7", "7 ≤ log t < 7.7", "log t ≥ 7.7"]
    window = next(line for line in axes[1].lines if line.get_label() == "_window")
    assert np.ptp(window.get_xdata()) == pytest.approx(20)


def test_weights_raise_the_counts(catalogue, arms):
    distance = arms.distance(catalogue["sky_centroid"])
    once, twice = (plot_arm_counts(catalogue, distance, plt.figure().subplots(1, 3), weights=w)
                   for w in (None, np.full(N, 2.0)))
    np.testing.assert_allclose(twice[0]["count"], 2 * once[0]["count"])


def test_radial_trends_draw_the_running_means(catalogue):
    radius = M83.polar(catalogue["sky_centroid"])[0]
    axes = plt.figure().subplots(1, 3)
    profiles = plot_radial_trends(catalogue, radius, axes)
    for ax, profile, name in zip(axes, profiles, ("log_density", "log_mass", "log_r_h"),
                                 strict=True):
        np.testing.assert_array_equal(ax.collections[0].get_offsets(),
                                      np.stack([radius.value, catalogue[name]], -1))
        young = profile[(profile["group"] == "log_age < 7.5") & (profile["n"] >= 5)]
        np.testing.assert_array_equal(ax.lines[0].get_ydata(), young["mean"])
        some = len(young) // 2
        near = np.abs(radius - young["radius"][some]) <= 0.5 * u.kpc
        own = np.mean(catalogue[name][near & (catalogue["log_age"] < 7.5)])
        assert young["mean"][some] == pytest.approx(own)
    assert to_hex(axes[0].lines[0].get_color()) == GROUP_STYLES[0]["color"]


def test_an_empty_catalogue_can_be_drawn(catalogue, arms, wcs):
    none = catalogue[:0]
    drawn = [*plot_selection(none, sky_axes(6, wcs)), *plot_spatial(none, sky_axes(4, wcs), arms),
             plot_parameters(none, plt.figure().subplots(2, 3))]
    assert [len(points.get_offsets()) for points in drawn] == 11 * [0]
    bars = plot_mass_function(none, plt.figure().subplots()).patches[0].get_data()
    assert not bars.values.any()
    axes = plt.figure().subplots(1, 3)
    for profile in plot_arm_counts(none, np.zeros(0) * u.kpc, axes):
        assert not profile["n"].any()
    for profile in plot_radial_trends(none, np.zeros(0) * u.kpc, plt.figure().subplots(1, 3)):
        assert np.isnan(profile["mean"]).all()
