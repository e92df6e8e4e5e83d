"""The fast engine gives what the plain network gives."""

import numpy as np
import pytest
import torch

from clusternet.nn import WindowEngine
from clusternet.nn import folded as folded_module
from clusternet.nn.window.folded import FoldedClusterResNet


@pytest.fixture(scope="module")
def windows():
    return np.random.default_rng(4).gamma(0.3, size=(22, 3, 64, 64)).astype(np.float32)


@pytest.fixture(scope="module")
def plain(paper_network, windows):
    """Probabilities by the float32 network as it is, one window at a time."""
    with torch.inference_mode():
        logits = [paper_network.model(paper_network.normaliser(torch.from_numpy(w[None])))
                  for w in windows]
    return {name: torch.cat([part[name] for part in logits]).softmax(1).numpy()
            for name in logits[0]}


def test_float32_engine_equals_the_plain_loop_to_rounding(paper_network, windows, plain):
    found = WindowEngine(paper_network, precision="float32")(windows)
    for name, expected in plain.items():
        assert found[name].dtype == np.float32
        np.testing.assert_allclose(found[name], expected, atol=1e-4)


def test_bfloat16_engine_keeps_the_class_within_the_stated_tolerance(
        paper_network, windows, plain):
    found = WindowEngine(paper_network, precision="bfloat16")(windows)
    difference = found["cluster"] - plain["cluster"]
    assert np.abs(difference).max() < 0.02
    assert np.sqrt(np.mean(difference**2)) < 0.005


def test_unclear_windows_are_evaluated_again_in_float32(paper_network, windows, plain):
    found = WindowEngine(paper_network, precision="bfloat16", refine=(0, 1))(windows)
    np.testing.assert_allclose(found["joint"], plain["joint"], atol=1e-4)
    coarse = WindowEngine(paper_network, precision="bfloat16", refine=(1, 0))(windows)
    assert np.abs(coarse["log_r_h"] - plain["log_r_h"]).max() > 1e-4


def test_folding_needs_no_onednn(paper_network, windows, monkeypatch):
    x = torch.from_numpy(windows[:2])
    with torch.inference_mode():
        expected = paper_network.model(x)
        monkeypatch.setattr(folded_module, "_onednn_fuses", lambda: False)
        found = FoldedClusterResNet(paper_network.model)(x)
    for name in expected:
        torch.testing.assert_close(found[name], expected[name], atol=1e-3, rtol=1e-3)


def test_folding_leaves_the_network_as_it_was(paper_network):
    before = {k: v.clone() for k, v in paper_network.model.state_dict().items()}
    FoldedClusterResNet(paper_network.model, torch.bfloat16)
    for name, value in paper_network.model.state_dict().items():
        assert torch.equal(value, before[name])


def test_a_window_gets_the_same_numbers_among_any_others_on_any_number_of_threads(
        paper_network, windows):
    reference = WindowEngine(paper_network, threads=1, batch=8)(windows)
    again = WindowEngine(paper_network, threads=2, batch=8)(windows)
    for name in reference:
        assert np.array_equal(reference[name], again[name])


def test_the_number_of_torch_threads_is_left_as_it_was(blob_network, windows):
    before = torch.get_num_threads()
    WindowEngine(blob_network, threads=2)(windows)
    assert torch.get_num_threads() == before


def test_results_come_in_order_whatever_their_batches(blob_network, windows):
    engine = WindowEngine(blob_network, batch=1)
    shares = np.linspace(0, 1, 40)
    pixels = np.zeros((40, 64, 64, 3), np.float32)
    pixels[:, ::2] = 1
    pixels[:, 30:35, 30:35] = 10 * shares[:, None, None, None]
    done = []
    found = engine.run(lambda part: pixels[part], 40,
                       reduce=lambda p: {"class_cb": p["cluster"][:, 1]}, advance=done.append)
    assert np.all(np.diff(found["class_cb"]) > 0)
    assert sum(done) == 40


def test_no_windows_give_empty_arrays(blob_network):
    found = WindowEngine(blob_network).run(lambda part: None, 0)
    assert found["joint"].shape == (0, 2800)


def test_errors_of_a_source_come_through(blob_network):
    def broken(part):
        raise OSError("disk gone")

    with pytest.raises(OSError, match="disk gone"):
        WindowEngine(blob_network).run(broken, 10)


@pytest.mark.parametrize(("options", "message"), [
    ({"precision": "float8"}, "precision is 'float8'"),
    ({"threads": 0}, "threads is 0"),
    ({"batch": 0}, "batch is 0")])
def test_impossible_settings_are_refused(blob_network, options, message):
    with pytest.raises(ValueError, match=message):
        WindowEngine(blob_network, **options)


def test_fingerprints_distinguish_weights(blob_network, paper_network):
    first = WindowEngine(blob_network).fingerprint
    assert first == WindowEngine(blob_network, threads=1).fingerprint
    assert first != WindowEngine(paper_network).fingerprint
    assert len(first) == 16
