"""The class of a candidate: how two predictions of it are joined, and fitted."""

import numpy as np
import pytest
from scipy.special import expit

from clusternet.posterior import ClassWeights


def test_the_class_is_the_weighted_sum_of_log_odds():
    assert ClassWeights()(0.9, 0.9) == pytest.approx(0.9)
    assert ClassWeights()(0.2, 0.8) == pytest.approx(0.5)
    weights = ClassWeights(constant=1.0, map=0.0, head=2.0)
    odds = np.exp(1) * (0.7 / 0.3) ** 2
    assert weights(0.1, 0.7) == pytest.approx(odds / (1 + odds))
    assert 0 < weights(0.0, 0.0) < weights(1.0, 1.0) < 1


def test_weights_of_the_class_are_found_again():
    rng = np.random.default_rng(1)
    class_map, class_head = expit(rng.normal(0, 2, (2, 20_000)))
    made = ClassWeights(constant=-0.5, map=0.3, head=0.9)
    found = ClassWeights.fit(class_map, class_head,
                             rng.random(20_000) < made(class_map, class_head), fitted_to="a test")
    assert found.fitted_to == "a test"
    for name in ("constant", "map", "head"):
        assert getattr(found, name) == pytest.approx(getattr(made, name), abs=0.06)
