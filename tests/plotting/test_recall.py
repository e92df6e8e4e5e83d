"""Figures of artificial cluster tests show every cluster and the recall of each bin."""

import numpy as np
import pytest
from astropy import units as u
from astropy.table import QTable
from matplotlib.figure import Figure

from clusternet.plotting import plot_class_visibility, plot_recall_map, plot_recall_maps


@pytest.fixture(scope="module")
def matched():
    rng = np.random.default_rng(1)
    n = 300
    table = QTable({"log_age": rng.uniform(6.6, 10.1, n), "log_mass": rng.uniform(3.5, 5.5, n),
                    "a_v": rng.uniform(0, 3, n) * u.mag, "found": rng.random(n) < 0.7,
                    "x_centroid": rng.uniform(0, 100, n), "y_centroid": rng.uniform(0, 100, n)})
    table["class_cb"] = np.where(table["found"], rng.uniform(0.5, 1, n), np.nan)
    table["visibility_found"] = np.where(table["found"], 10 ** rng.uniform(0, 2, n), np.nan)
    return table


def test_class_and_visibility_of_every_cluster_found_are_drawn(matched, tmp_path):
    figure = Figure(layout="constrained")
    before = QTable({"class_cb": [0.6, 0.9], "visibility": [2.0, 900.0]})
    ax, top, right = plot_class_visibility(matched, figure.subplots(), candidates=before,
                                           wide=matched)
    drawn = {points.get_label(): len(points.get_offsets()) for points in ax.collections}
    n = int(matched["found"].sum())
    assert drawn == {"candidates on the image": 2, "artificial clusters": n,
                     "artificial clusters, wide match": n}
    assert [line.get_xdata()[0] for line in top.lines] == [2.5, 2, 3]
    assert [line.get_ydata()[0] for line in right.lines] == [0.95]
    figure.savefig(tmp_path / "figure.png")
    outer = (top.get_position().y0 >= ax.get_position().y1 - 1e-3,
             right.get_position().x0 >= ax.get_position().x1 - 1e-3)
    assert outer == (True, True)


def test_samples_differ_in_shape_and_brightness(matched):
    ax = plot_class_visibility(matched, Figure().subplots(), wide=matched,
                               candidates=matched_as_candidates(matched))[0]
    paths = {len(points.get_paths()[0].vertices) for points in ax.collections}
    colours = [points.get_facecolor()[0, :3] if len(points.get_facecolor())
               else points.get_edgecolor()[0, :3] for points in ax.collections]
    brightness = sorted(float(colour @ [0.299, 0.587, 0.114]) for colour in colours)
    assert len(paths) > 1
    assert np.diff(brightness).min() > 0.15


def matched_as_candidates(matched):
    return QTable({"class_cb": matched["class_cb"], "visibility": matched["visibility_found"]})


def test_nothing_found_makes_a_figure(matched, tmp_path):
    none = matched.copy()
    for name in ("class_cb", "visibility_found"):
        none[name] = np.nan
    figure = Figure()
    ax, top, right = plot_class_visibility(none, figure.subplots())
    assert [len(points.get_offsets()) for points in ax.collections] == [0]
    assert not top.patches
    assert not right.patches
    figure.savefig(tmp_path / "figure.png")


def test_the_map_has_the_recall_of_each_bin_in_its_place():
    table = QTable({"log_age": [7.0, 7, 9, 9], "log_mass": [4.0, 4, 4, 5],
                    "found": [True, False, False, True]})
    ax = Figure().subplots()
    mesh = plot_recall_map(table, {"log_age": [6, 8, 10], "log_mass": [3, 4.5, 6]}, ax)
    np.testing.assert_array_equal(np.ma.filled(mesh.get_array().astype(float), np.nan),
                                  [[0.5, 0], [np.nan, 1]])
    assert (ax.get_xlim(), ax.get_ylim()) == ((6, 10), (3, 6))
    assert ax.get_xlabel() == r"$\log_{10}(t/\mathrm{yr})$"
    assert mesh.get_clim() == (0, 1)


def test_bins_without_clusters_are_hatched_and_of_no_colour_of_the_map(matched):
    ax = Figure().subplots()
    mesh = plot_recall_map(matched[:3], {"log_age": [6, 8, 11], "a_v": [0, 1, 2, 3, 9]}, ax)
    assert ax.patch.get_hatch()
    behind = np.array(ax.patch.get_facecolor()[:3])
    assert np.abs(mesh.cmap(np.linspace(0, 1, 256))[:, :3] - behind).max(axis=1).min() > 0.1
    assert np.ma.getmaskarray(mesh.get_array()).any() or np.isnan(mesh.get_array()).any()


def test_outlines_are_closed(matched):
    ax = Figure().subplots()
    square = np.array([(20, 20), (80, 20), (80, 80), (20, 80)])
    plot_recall_map(matched, {"x_centroid": [0, 50, 100], "y_centroid": [0, 50, 100]}, ax,
                    outline=[square])
    for line in ax.lines:
        np.testing.assert_array_equal(line.get_xydata()[[0, -1]], square[[0, 0]])


def test_rows_are_inside_and_outside(matched):
    inside = matched["x_centroid"] > 50
    axes = Figure().subplots(2, 3)
    meshes = plot_recall_maps(matched, axes, inside=inside, edges={
        "a_v": [0, 3], "log_age": [6, 11], "log_mass": [3, 6]})
    found = [[float(mesh.get_array()[0, 0]) for mesh in row] for row in meshes]
    expected = [matched["found"][inside].mean(), matched["found"][~inside].mean()]
    np.testing.assert_allclose(found, np.repeat(expected, 3).reshape(2, 3))
    assert [ax.get_title() for ax in axes[:, 0]] == ["inside", "outside"]


def test_one_row_without_a_region(matched):
    axes = Figure().subplots(1, 3)
    assert plot_recall_maps(matched, axes).shape == (3,)
    with pytest.raises(ValueError, match=r"axes of shape \(3,\) for 3 pairs, inside and outside"):
        plot_recall_maps(matched, axes, inside=np.ones(len(matched), dtype=bool))
    with pytest.raises(ValueError, match="a map over log_age; give two columns"):
        plot_recall_map(matched, {"log_age": [6, 11]}, axes[0])
