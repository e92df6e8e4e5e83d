"""The network is the one of Paper II, Table 1: its layers, its weights, its work."""

import numpy as np
import pytest
import torch

from clusternet.nn import ClusterResNet
from clusternet.nn.bottleneck import Bottleneck
from clusternet.posterior import ParameterBins

BINS = ParameterBins()
#: Output of every layer of the table: (side, channels).
TABLE = {
    "conv1": (64, 64),
    "pool": (32, 64),
    "conv2_x": (32, 128),
    "conv3_x": (16, 256),
    "conv4_x": (8, 512),
    "conv5_x": (4, 1024),
}


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(1)
    return ClusterResNet(BINS.group_sizes).eval()


def watched(network, modules):
    """Output shapes of some layers for two windows, by name."""
    shapes = {}
    hooks = [
        module.register_forward_hook(
            lambda _, inputs, output, name=name: shapes.update({name: tuple(output.shape)}))
        for name, module in modules.items()
    ]
    with torch.inference_mode():
        output = network(torch.zeros(2, 3, 64, 64))
    for hook in hooks:
        hook.remove()
    return shapes, output


def test_every_stage_has_the_shape_of_the_table(network):
    shapes, output = watched(network, {name: getattr(network, name) for name in TABLE})
    assert shapes == {name: (2, channels, side, side) for name, (side, channels) in TABLE.items()}
    assert {name: tuple(v.shape) for name, v in output.items()} == {
        "joint": (2, 2800), "log_r_h": (2, 14), "cluster": (2, 2), "log_visibility": (2, 20)}


def test_pooled_features_pass_one_hidden_layer_of_1024(network):
    shapes, _ = watched(network, {"hidden": network.hidden, "groups": network.groups})
    assert shapes == {"hidden": (2, 1024), "groups": (2, 2836)}


def test_stages_hold_3_4_6_and_3_bottlenecks_a_quarter_as_wide_inside(network):
    for name, number in (("conv2_x", 3), ("conv3_x", 4), ("conv4_x", 6), ("conv5_x", 3)):
        stage = getattr(network, name)
        assert len(stage) == number
        assert all(isinstance(block, Bottleneck) for block in stage)
        channels = TABLE[name][1]
        assert all(block.conv2.out_channels == channels // 4 for block in stage)
        strides = [block.conv2.stride[0] for block in stage]
        assert strides == [1 if name == "conv2_x" else 2] + [1] * (number - 1)


def test_it_has_9_9_million_parameters(network):
    n = sum(parameter.numel() for parameter in network.parameters())
    assert n == 9_859_028
    assert round(n / 1e6, 1) == 9.9


def test_a_window_takes_372_million_multiplications(network):
    work = []

    def count(module, inputs, output):
        if isinstance(module, torch.nn.Conv2d):
            per_output = module.in_channels * np.prod(module.kernel_size)
            work.append(output[0].numel() * per_output)
        else:
            work.append(module.in_features * module.out_features)

    hooks = [m.register_forward_hook(count) for m in network.modules()
             if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)]
    with torch.inference_mode():
        network(torch.zeros(1, 3, 64, 64))
    for hook in hooks:
        hook.remove()
    assert len(work) == 1 + 3 * 16 + 4 + 2
    assert sum(work) == pytest.approx(372e6, rel=0.02)


def test_windows_do_not_see_each_other(network):
    x = torch.randn(3, 3, 64, 64, generator=torch.Generator().manual_seed(2))
    with torch.inference_mode():
        together, alone = network(x), network(x[1:2])
    for name, logits in together.items():
        torch.testing.assert_close(logits[1:2], alone[name], atol=1e-4, rtol=1e-4)


def test_every_weight_learns(network):
    torch.manual_seed(4)
    model = ClusterResNet(BINS.group_sizes).train()
    # The last norm of each bottleneck starts at zero, so its convolutions learn from step two on.
    for module in model.modules():
        if isinstance(module, Bottleneck):
            torch.nn.init.ones_(module.bn3.weight)
    output = model(torch.randn(2, 3, 32, 32))
    sum(logits.square().mean() for logits in output.values()).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


def test_bottlenecks_start_as_their_shortcuts():
    block = Bottleneck(16, 16).eval()
    for module in block.modules():
        if isinstance(module, torch.nn.Conv2d):
            torch.nn.init.normal_(module.weight)
    torch.nn.init.zeros_(block.bn3.weight)
    x = torch.rand(1, 16, 8, 8)
    torch.testing.assert_close(block(x), x)


@pytest.mark.parametrize("n_bands", [1, 5])
def test_any_number_of_bands_and_bins(n_bands):
    network = ClusterResNet({"cluster": 2, "shape": 7}, n_bands).eval()
    with torch.inference_mode():
        output = network(torch.zeros(1, n_bands, 64, 64))
    assert {name: tuple(v.shape) for name, v in output.items()} == {"cluster": (1, 2),
                                                                    "shape": (1, 7)}
