"""Controls: they stay quiet without an effect, and see one that was put in."""

import numpy as np
import pytest
from astropy import units as u
from astropy.table import QTable

from clusternet.catalog import make_catalogue
from clusternet.detection import Detector
from clusternet.validation import (
    empty_field,
    parameter_errors,
    prior_null,
    running_means,
    selection_effect,
    shuffled_labels,
)


def draw(n=1000, seed=1, error=0.2, pull=0.0):
    """Clusters along a radius; estimates have errors, and are pulled up with the radius."""
    rng = np.random.default_rng(seed)
    table = QTable({"radius": rng.uniform(0, 4, n), "log_age": rng.uniform(7, 9, n),
                    "a_v": rng.uniform(0, 3, n) * u.mag, "found": rng.random(n) < 0.9})
    table["log_age_found"] = table["log_age"] + rng.normal(0, error, n) + pull * table["radius"]
    table["a_v_found"] = table["a_v"] + rng.normal(0, error, n) * u.mag
    for name in ("log_age_found", "a_v_found"):
        table[name][~table["found"]] = np.nan
    return table


def test_null_is_that_of_the_parameter_errors():
    table = draw()
    null, errors = prior_null(table), parameter_errors(table, visibility=None)
    errors = errors[errors["selection"] == "all"]
    for name in ("parameter", "n", "rms", "null"):
        assert null[name].tolist() == errors[name].tolist()
    assert null["skill"][0] == pytest.approx(1 - 0.2**2 / (4 / 12), abs=0.02)


def test_guessing_has_no_skill():
    table = draw()
    table["log_age_found"] = np.random.default_rng(2).permutation(table["log_age"])
    table["a_v_found"] = np.full(len(table), table["a_v"].mean())
    skill = prior_null(table)["skill"]
    assert skill[0] == pytest.approx(-1, abs=0.2)
    assert skill[1] == pytest.approx(0, abs=0.01)


def test_shuffled_labels_are_far_worse_than_true_ones():
    table = shuffled_labels(draw(), times=50)
    expected = np.sqrt(2 * np.array([4, 9]) / 12 + 0.2**2)
    np.testing.assert_allclose(table["shuffled"], expected, rtol=0.03)
    assert np.all(table["rms"] < table["shuffled"] - 10 * table["shuffled_std"])
    assert table["p_value"].tolist() == [1 / 51] * 2


def test_shuffled_labels_see_that_guesses_are_guesses():
    guesses = draw()
    guesses["log_age_found"] = np.random.default_rng(2).uniform(7, 9, len(guesses))
    assert shuffled_labels(guesses)["p_value"][0] > 0.05


def test_equal_seeds_shuffle_alike():
    a, b = (shuffled_labels(draw(100), times=20, rng=3) for _ in range(2))
    assert a["shuffled"].tolist() == b["shuffled"].tolist()


def test_without_clusters_found_there_are_no_errors():
    table = draw()
    table["found"] = False
    assert prior_null(table)["n"].tolist() == [0, 0]
    assert np.isnan(prior_null(table)["skill"]).all()
    assert np.isnan(shuffled_labels(table, times=2)["p_value"]).all()
    with pytest.raises(ValueError, match="no cluster was found that has a value of radius"):
        selection_effect(table, "radius")


def test_tables_without_estimates_are_refused():
    for control in (prior_null, shuffled_labels):
        with pytest.raises(ValueError, match="no parameter with true and found values"):
            control(draw()["found", "log_age"])


def test_no_trend_where_there_is_none():
    p_values = [selection_effect(draw(seed=seed), "radius")["p_value"] for seed in range(20)]
    assert 0.3 < np.mean(p_values) < 0.7
    off = [row["slope"] / row["slope_err"] for seed in range(20)
           for row in selection_effect(draw(seed=seed), "radius")]
    assert 0.6 < np.std(off) < 1.4


def test_trends_of_estimates_and_of_selection_can_be_separated():
    pulled = selection_effect(draw(pull=0.1), "radius")
    assert pulled["slope"][0] == pytest.approx(0.1, abs=4 * pulled["slope_err"][0])
    assert abs(pulled["true_slope"][0]) < 4 * pulled["true_slope_err"][0]
    assert pulled["p_value"][0] < 1e-3
    selected = draw(4000)
    selected["found"] &= selected["log_age"] < 8 + 0.2 * selected["radius"]
    chosen = selection_effect(selected, "radius")
    assert chosen["true_slope"][0] > 5 * chosen["true_slope_err"][0]
    assert chosen["slope"][0] == pytest.approx(chosen["true_slope"][0], abs=0.02)


def test_a_bump_without_a_slope_is_seen():
    table = draw(4000)
    table["log_age_found"] += 0.3 * (np.abs(table["radius"] - 2) < 0.5)
    row = selection_effect(table, "radius")[0]
    assert abs(row["slope"]) < 4 * row["slope_err"]
    assert row["p_value"] < 1e-3


def test_running_means_are_those_of_the_bins():
    table = draw()
    means = running_means(table, "radius", bins=[0, 1, 4])
    first = table["found"] & (table["radius"] < 1)
    assert means["n"].tolist() == [first.sum(), table["found"].sum() - first.sum()]
    assert means["radius"][0] == pytest.approx(table["radius"][first].mean())
    assert means["log_age_mean"][0] == pytest.approx(table["log_age_found"][first].mean())
    assert means["log_age_err"][0] == pytest.approx(
        table["log_age_found"][first].std(ddof=1) / np.sqrt(first.sum()))
    assert np.ptp(running_means(table, "radius", bins=5)["n"]) <= 1
    with pytest.raises(ValueError, match="no column arm"):
        running_means(table, "arm")


def test_a_slope_needs_more_than_one_place():
    table = draw(20)
    table["radius"] = 1.0
    with pytest.raises(ValueError, match="clusters at 1 values of radius"):
        selection_effect(table, "radius")


class Given(Detector):
    """Finds candidates of given classes."""

    def __init__(self, class_cb):
        self.class_cb = np.asarray(class_cb)

    def __call__(self, image, *, progress=True):
        values = {name: np.zeros(len(self.class_cb)) for name in
                  ("x_centroid", "y_centroid", "visibility", "log_age", "log_mass", "a_v",
                   "log_r_h")}
        return make_catalogue({**values, "class_cb": self.class_cb}, image.wcs)


def test_false_detections_are_counted_per_area(make_empty):
    mask = np.zeros((300, 340), dtype=bool)
    mask[:150] = True
    image = make_empty(mask=mask)
    table = empty_field(Given([0.6, 0.92, 0.99]), image, thresholds=[0.5, 0.9, 0.995],
                        progress=False)
    area = 150 * 340 * image.pixel_scale.to(u.arcmin) ** 2
    assert table["n_false"].tolist() == [3, 2, 0]
    assert table["false_density"][0].to_value(u.arcmin**-2) == pytest.approx(3 / area.value)
    low, high = ((table[f"false_density_{end}"] * area).value for end in ("lo", "hi"))
    np.testing.assert_allclose(low[[0, 2]], [1.37, 0], atol=0.01)  # Gehrels (1986)
    np.testing.assert_allclose(high[[0, 2]], [5.92, 1.84], atol=0.01)
    same = empty_field(Given([0.6, 0.92, 0.99])(image), image, thresholds=[0.5, 0.9, 0.995])
    assert same["n_false"].tolist() == [3, 2, 0]


def test_fields_without_good_pixels_are_refused(make_empty):
    mask = np.zeros((3, 300, 340), dtype=bool)
    mask[0, :150] = mask[1, 150:] = True
    with pytest.raises(ValueError, match="no pixel is good in all bands"):
        empty_field(Given([]), make_empty(mask=mask), progress=False)
