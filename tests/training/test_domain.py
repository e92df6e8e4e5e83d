"""Out-of-domain statistics fitted to fields whose clusters are known."""

import numpy as np
import pytest

from clusternet.detection import DenseDetector
from clusternet.training import fit_domain


@pytest.fixture(scope="module")
def fields(dense_network, make_field):
    """An image whose candidates are all true, four times with other noise."""
    made = []
    for i in range(4):
        image = make_field((128, 128), spoil=lambda data, i=i: np.copyto(data, np.roll(data, i, 2)))
        made.append((image, DenseDetector(dense_network, threshold=0.5)(image, progress=False,
                                                                       workers=1)))
    return made


def test_statistics_separate_the_fields_by_their_role(dense_network, fields):
    domain, alarms, n = fit_domain(dense_network, fields, n_axes=4, radius=2, progress=False)
    axes, scale = map(int, domain.fitted_to.split(" mock")[0].split(" and "))
    # Each field counts twice: with its sky and without.
    n_true = [len(truth) for _, truth in fields]
    assert n_true[0] + n_true[2] <= axes <= 2 * (n_true[0] + n_true[2])
    assert n_true[1] <= scale <= 2 * n_true[1]
    assert n_true[3] <= n <= 2 * n_true[3]
    # Fields alike: about 1 % above the limit.
    assert alarms <= 0.1 * n
    assert len(domain.axes) == 4
    assert dense_network.metadata.domain is None


def test_too_few_fields_are_refused(dense_network, fields):
    with pytest.raises(ValueError, match="for rest; give more fields, 4 at least"):
        fit_domain(dense_network, fields[:3], progress=False)
