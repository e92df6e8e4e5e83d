"""Figures of calibration show the numbers of their tables."""

import numpy as np
import pytest
from astropy.table import QTable
from matplotlib.figure import Figure

from clusternet.plotting import plot_coverage, plot_pit, plot_reliability, plot_tarp
from clusternet.validation import coverage, reliability, tarp


@pytest.fixture
def ax():
    return Figure().subplots()


@pytest.fixture
def pits():
    return QTable({"log_age": np.random.default_rng(1).random(400), "a_v": np.full(400, 0.52)})


def test_heights_are_counts_over_those_expected(ax, pits):
    assert plot_pit(pits, ax, bins=10) is ax
    even, peaked = (patch.get_data().values for patch in ax.patches if hasattr(patch, "get_data"))
    assert even.mean() == pytest.approx(1)
    assert peaked.max() == pytest.approx(10)
    assert [t.get_text() for t in ax.legend().get_texts()] == ["log_age", "a_v"]


def test_parameters_without_values_are_left_out(ax):
    plot_pit(QTable({"a_v": [np.nan, np.nan]}), ax)
    assert not ax.patches


def test_coverage_is_drawn_in_per_cent_off(ax, pits):
    plot_coverage(coverage(pits), ax)
    drawn = ax.containers[1][0].get_xydata()
    np.testing.assert_allclose(drawn, [[0.5, 50], [0.68, 32], [0.9, 10], [0.95, 5]])


def test_parts_have_a_line_each(ax, pits):
    table = coverage(pits, by={"visibility": np.arange(400)})
    plot_coverage(table, ax, by="visibility")
    assert len(ax.containers) == 6
    with pytest.raises(ValueError, match=r"no coverage by 'age' in the table \(has all, vis"):
        plot_coverage(table, ax, by="age")


def test_reliability_leaves_empty_bins_out(ax):
    plot_reliability(reliability([0.1, 0.1, 0.95], [False, True, True]), ax)
    np.testing.assert_allclose(ax.containers[0][0].get_xydata(), [[0.1, 0.5], [0.95, 1]])
    assert ax.containers[0].get_label().startswith("error 0.2")


def test_joint_coverage_goes_from_corner_to_corner(ax):
    rng = np.random.default_rng(1)
    curve = tarp({"a_v": rng.normal(size=(300, 50))}, QTable({"a_v": rng.normal(size=300)}),
                 ["a_v"], rng=1)
    plot_tarp(curve, ax, label="joint")
    drawn = next(line for line in ax.lines if line.get_label() == "joint").get_xydata()
    np.testing.assert_array_equal(drawn[[0, -1]], [[0, 0], [1, 1]])
