"""The loss: least at the truth, blind to parameters where there is no cluster."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from clusternet.posterior import ParameterBins
from clusternet.training.losses import WindowLoss

BINS = ParameterBins(log_age=(6.6, 10.1, 5), a_v=(0, 3, 3), log_mass=(3.5, 5.5, 4),
                     log_r_h=(-1.4, -0.4, 6), log_visibility=(-1, 3, 7))


def make_target(n=8, n_clusters=5, seed=1):
    rng = np.random.default_rng(seed)
    target = {name: torch.as_tensor(rng.integers(len(BINS.centres(name)), size=n))
              for name in BINS.names}
    target["cluster"] = torch.as_tensor((np.arange(n) < n_clusters).astype(np.int64))
    return target


def joint_index(target):
    return (target["log_age"] * 3 + target["a_v"]) * 4 + target["log_mass"]


def sure_of(target, strength=30.0):
    """Logits that name the true bins."""
    index = {**target, "joint": joint_index(target)}
    return {name: strength * functional.one_hot(index[name], size).float()
            for name, size in BINS.group_sizes.items()}


def random_logits(n=8, seed=2):
    generator = torch.Generator().manual_seed(seed)
    return {name: torch.randn(n, size, generator=generator, requires_grad=True)
            for name, size in BINS.group_sizes.items()}


def test_it_is_zero_where_the_truth_is_known_for_sure():
    target = make_target()
    loss, parts = WindowLoss(BINS)(sure_of(target), target)
    assert loss == pytest.approx(0, abs=1e-5)
    assert all(value == pytest.approx(0, abs=1e-5) for value in parts.values())


def test_the_truth_is_its_minimum():
    target = make_target()
    truth = sure_of(target, 3.0)
    least, _ = WindowLoss(BINS)(truth, target)
    for name, size in BINS.group_sizes.items():
        for turn in range(1, size):
            wrong = {**truth, name: truth[name].roll(turn, 1)}
            assert WindowLoss(BINS)(wrong, target)[0] > least + 0.01


def test_only_the_class_counts_where_there_is_no_cluster():
    target, logits = make_target(), random_logits()
    loss, _ = WindowLoss(BINS)(logits, target)
    loss.backward()
    for name, values in logits.items():
        gradient = values.grad.abs().sum(1)
        assert torch.all(gradient[:5] > 0)
        assert torch.all(gradient[5:] > 0) == (name == "cluster")
        assert torch.any(gradient[5:] > 0) == (name == "cluster")


def test_windows_without_clusters_leave_the_parts_of_the_parameters_alone():
    target, logits = make_target(), random_logits()
    _, parts = WindowLoss(BINS)(logits, target)
    _, fewer = WindowLoss(BINS)({k: v[:5] for k, v in logits.items()},
                                {k: v[:5] for k, v in target.items()})
    assert parts.keys() == fewer.keys()
    for name in parts.keys() - {"cluster"}:
        assert parts[name] == pytest.approx(fewer[name].item(), rel=1e-5)


def test_without_any_cluster_the_class_is_all():
    target, logits = make_target(n_clusters=0), random_logits()
    loss, parts = WindowLoss(BINS, cluster=2.0)(logits, target)
    assert set(parts) == {"cluster"}
    assert loss.item() == pytest.approx(2 * parts["cluster"].item())
    loss.backward()


def test_cross_entropies_are_minus_the_log_probability_of_the_true_bins():
    target, logits = make_target(n_clusters=8), random_logits()
    _, parts = WindowLoss(BINS)(logits, target)
    for name, index in (("cluster", target["cluster"]), ("joint", joint_index(target)),
                        ("log_r_h", target["log_r_h"])):
        p = logits[name].detach().softmax(1)[torch.arange(8), index]
        assert parts[name].item() == pytest.approx(-p.log().mean().item(), rel=1e-5)


def test_a_near_miss_is_ranked_better_than_a_far_one():
    target = make_target(n=1, n_clusters=1)
    target = {name: torch.zeros_like(value) for name, value in target.items()} | {
        "cluster": torch.ones(1, dtype=torch.int64)}
    ranked = []
    for miss in range(5):
        logits = sure_of({**target, "log_age": torch.tensor([miss])})
        ranked.append(WindowLoss(BINS)(logits, target)[1]["ranked_log_age"].item())
    # The ranked score of a sure answer grows by one part in the number of bins with each bin.
    np.testing.assert_allclose(ranked, np.arange(5) / 5, atol=1e-5)


def test_the_ranked_score_is_proper():
    # With the truth drawn from p, answering p scores better than any other answer tried.
    rng = np.random.default_rng(3)
    p = np.array([0.5, 0.3, 0.1, 0.05, 0.03, 0.02])
    n = 4000
    target = make_target(n, n)
    target["log_r_h"] = torch.as_tensor(rng.choice(6, n, p=p))

    def score(answer):
        logits = sure_of(target)
        logits["log_r_h"] = torch.log(torch.as_tensor(answer)).float().repeat(n, 1)
        return WindowLoss(BINS)(logits, target)[1]["ranked_log_r_h"].item()

    best = score(p)
    others = [np.full(6, 1 / 6), p[::-1].copy(), p**2 / np.sum(p**2), np.sqrt(p) / np.sum(p**0.5)]
    assert all(score(other) > best for other in others)


def test_weights_weigh():
    target, logits = make_target(), random_logits()
    weights = {"joint": 0.2, "marginal": 0.7, "ranked": 3.0, "cluster": 1.5}
    loss, parts = WindowLoss(BINS, **weights)(logits, target)
    ranked = sum(value for name, value in parts.items() if name.startswith("ranked"))
    expected = (1.5 * parts["cluster"] + 0.2 * parts["joint"] + 3 * ranked
                + 0.7 * (parts["log_r_h"] + parts["log_visibility"]))
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    assert {name for name in parts if name.startswith("ranked")} == {
        f"ranked_{name}" for name in BINS.names}


def test_an_unknown_weight_is_refused():
    with pytest.raises(TypeError, match="colour"):
        WindowLoss(BINS, colour=1.0)
