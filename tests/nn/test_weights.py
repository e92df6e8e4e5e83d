"""Networks as files: they come back as they were, and nothing else is taken for one."""

import pickle

import numpy as np
import pytest
import torch
from astropy import units as u
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from clusternet.nn import NetworkMetadata, WindowNetwork, load_network, write_network
from clusternet.posterior import ParameterBins

BANDS = ("F814W", "F275W")


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(1)
    bins = ParameterBins(log_age=(6.0, 10.0, 4), a_v=(0, 2, 3), log_mass=(3, 6, 5))
    made = WindowNetwork(BANDS, 0.05 * u.arcsec, bins=bins, softening=2.5,
                         metadata=NetworkMetadata({"name": "small", "stages": [{"epochs": 1}]}))
    made.model.train()
    with torch.no_grad():
        made.model(torch.randn(2, 2, 64, 64))  # so that the batch norms have seen something
    return made


@pytest.fixture(scope="module")
def file(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "small.safetensors"
    write_network(network, path)
    return path


@pytest.fixture(scope="module")
def loaded(file):
    return load_network(file)


def test_weights_come_back_to_float16(network, loaded):
    before, after = network.model.state_dict(), loaded.model.state_dict()
    assert before.keys() == after.keys()
    for name, value in before.items():
        assert after[name].dtype == value.dtype
        if value.is_floating_point():
            np.testing.assert_array_equal(after[name], value.to(torch.float16).float())
            np.testing.assert_allclose(after[name], value, rtol=2**-11, atol=2**-25)
        else:
            assert torch.equal(after[name], value)


def test_answers_come_back_too(network, loaded):
    x = torch.randn(2, 2, 64, 64, generator=torch.Generator().manual_seed(2))
    network.model.eval()
    with torch.inference_mode():
        before, after = network.model(x), loaded.model(x)
    for name, logits in before.items():
        difference = (logits.softmax(1) - after[name].softmax(1)).abs().max()
        assert difference < 5e-3


def test_all_that_is_needed_to_use_it_comes_back(network, loaded):
    assert loaded.bands == BANDS
    assert type(loaded) is WindowNetwork
    assert loaded.pixel_scale == 0.05 * u.arcsec
    assert loaded.window == 64
    assert loaded.bins == network.bins
    assert loaded.normaliser.softening == 2.5
    assert loaded.metadata == network.metadata
    assert not loaded.model.training


def test_a_file_written_again_is_the_same(network, file, loaded, tmp_path):
    for name, one in (("again", network), ("loaded", loaded)):
        write_network(one, tmp_path / name)
        assert (tmp_path / name).read_bytes() == file.read_bytes()


def test_it_is_stored_as_float16(file):
    with safe_open(file, "pt") as opened:
        dtypes = {opened.get_tensor(name).dtype for name in opened.keys()}  # noqa: SIM118
    assert dtypes == {torch.float16, torch.int64}
    n = sum(tensor.numel() for tensor in load_file(file).values())
    assert file.stat().st_size < 2.02 * n + 50_000


def test_it_may_be_read_by_whom_other_files_may_be_read(file):
    other = file.with_name("other")
    other.touch()
    assert file.stat().st_mode == other.stat().st_mode


def test_it_appears_whole_or_not_at_all(network, tmp_path, monkeypatch):
    path = tmp_path / "weights.safetensors"
    path.write_text("old")

    def failing(self, content):
        with self.open("wb") as file:
            file.write(content[:100])
        raise OSError("disk full")

    monkeypatch.setattr("pathlib.Path.write_bytes", failing)
    with pytest.raises(OSError, match="disk full"):
        write_network(network, path)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == b"old"


def test_a_new_network_is_seeded_by_torch():
    def first(seed):
        torch.manual_seed(seed)
        return WindowNetwork(("F438W",), 0.04 * u.arcsec).model.conv1.weight

    assert torch.equal(first(1), first(1))
    assert not torch.equal(first(1), first(2))


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no network weights at .*none\.safetensors; give"):
        load_network(tmp_path / "none.safetensors")


class Evil:
    """Makes a file when unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_a_pickle_is_refused_and_never_run(tmp_path):
    trap, path = tmp_path / "trap", tmp_path / "weights.pt"
    path.write_bytes(pickle.dumps(Evil(trap)))
    with pytest.raises(ValueError, match="not a readable safetensors file"):
        load_network(path)
    torch.save({"weight": torch.zeros(3)}, path)
    with pytest.raises(ValueError, match="not a readable safetensors file"):
        load_network(path)
    assert not trap.exists()


@pytest.mark.parametrize("part", [0, 4, 1000, 100_000])
def test_a_file_cut_short_is_refused(file, tmp_path, part):
    path = tmp_path / "cut.safetensors"
    path.write_bytes(file.read_bytes()[:part])
    with pytest.raises(ValueError, match=r"cut\.safetensors is not a readable safetensors file"):
        load_network(path)


@pytest.mark.parametrize("header", [None, {"format": "pt"}, {"format": "another-network-3"}])
def test_tensors_of_another_library_are_refused(tmp_path, header):
    path = tmp_path / "other.safetensors"
    save_file({"weight": torch.zeros(3)}, path, header)
    with pytest.raises(ValueError, match="not one of clusternet-dense-network-1, clusternet-w"):
        load_network(path)


def test_tensors_that_do_not_fit_are_refused(file, tmp_path):
    with safe_open(file, "pt") as opened:
        header = opened.metadata()
    tensors = load_file(file)
    path = tmp_path / "odd.safetensors"
    for change in ({"conv1.weight": torch.zeros(64, 3, 7, 7, dtype=torch.float16)},
                   {"conv9.weight": torch.zeros(1, dtype=torch.float16)}):
        save_file({**tensors, **change}, path, header)
        with pytest.raises(ValueError, match="do not fit its configuration"):
            load_network(path)
    del tensors["hidden.bias"]
    save_file(tensors, path, header)
    with pytest.raises(ValueError, match=r"do not fit its configuration.*(?s:.*)hidden\.bias"):
        load_network(path)
