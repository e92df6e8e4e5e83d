"""Networks as files: safetensors, never pickle."""

import json
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save

from clusternet._files import atomic_write

from .bins import ParameterBins
from .normalise import WindowNormaliser
from .resnet import ClusterResNet

__all__ = ["DEFAULT_WEIGHTS", "Network", "load_network", "save_network"]

DEFAULT_WEIGHTS = "paper_m83_wfc3.safetensors"
FORMAT = "clusternet-window-network-1"


@dataclass
class Network:
    """A window network and all that is needed to use it.

    Parameters
    ----------
    model : `ClusterResNet`
        The network, float32.
    bins : `ParameterBins`
        What its outputs stand for.
    normaliser : `WindowNormaliser`
        What its inputs must pass through.
    bands : tuple of str
        Bands, in the order of its input channels.
    pixel_scale : float
        Arcseconds a pixel.
    metadata : dict
        Training recipe, scores and versions.
    window : int
        Side of a window in pixels.
    """

    model: ClusterResNet
    bins: ParameterBins
    normaliser: WindowNormaliser
    bands: tuple
    pixel_scale: float
    metadata: dict = field(default_factory=dict)
    window: int = 64

    @classmethod
    def new(cls, bands, pixel_scale, bins=None, softening=1.0, metadata=None):
        """A network with random weights (seed it with `torch.manual_seed`)."""
        bins = bins or ParameterBins()
        return cls(ClusterResNet(bins.group_sizes, len(bands)), bins,
                   WindowNormaliser(softening), tuple(bands), float(pixel_scale), metadata or {})


def save_network(path, network):
    """Write a network as float16 safetensors, its configuration in the header.

    The file appears whole or not at all, and equal networks give equal bytes.

    Parameters
    ----------
    path : str or `~pathlib.Path`
        Where to; the folder must exist.
    network : `Network`
        What to write.
    """
    config = {"bands": list(network.bands), "pixel_scale": network.pixel_scale,
              "window": network.window, "bins": network.bins.to_dict(),
              "softening": network.normaliser.softening, "metadata": network.metadata}
    tensors = {k: v.detach().to(torch.float16 if v.is_floating_point() else v.dtype).contiguous()
               for k, v in network.model.state_dict().items()}
    with atomic_write(path) as temporary:
        temporary.write_bytes(_with_sorted_header(save(
            tensors, {"format": FORMAT, "config": json.dumps(config, sort_keys=True)})))


def _with_sorted_header(content):
    """A safetensors file whose metadata, which the library shuffles, are in order."""
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8:8 + size])
    header = {"__metadata__": dict(sorted(header.pop("__metadata__").items())), **header}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + content[8 + size:]


def load_network(path=None):
    """Read a network written by `save_network`.

    Parameters
    ----------
    path : str or `~pathlib.Path`, optional
        The file; the weights shipped with the library when not given.

    Returns
    -------
    `Network`
        In evaluation mode, float32.

    Raises
    ------
    FileNotFoundError
        No such file.
    ValueError
        Not a file of this library, or one whose tensors do not fit.
    """
    path = Path(path) if path is not None else files(__package__) / "weights" / DEFAULT_WEIGHTS
    if not path.is_file():
        raise FileNotFoundError(
            f"no network weights at {path}; give a file written by save_network")
    try:
        with safe_open(path, "pt") as f:
            header = f.metadata() or {}
            tensors = {k: f.get_tensor(k) for k in f.keys()}  # noqa: SIM118
    except Exception as error:
        raise ValueError(f"{path} is not a readable safetensors file ({error}); "
                         "weights are read from files written by save_network only") from error
    if header.get("format") != FORMAT:
        raise ValueError(f"{path} has format {header.get('format')!r}, not {FORMAT!r}; "
                         "give a file written by save_network")
    config = json.loads(header["config"])
    network = Network.new(config["bands"], config["pixel_scale"],
                          ParameterBins.from_dict(config["bins"]), config["softening"],
                          config["metadata"])
    network.window = config["window"]
    try:
        network.model.load_state_dict({k: v.float() if v.is_floating_point() else v
                                       for k, v in tensors.items()})
    except RuntimeError as error:
        raise ValueError(f"the tensors of {path} do not fit its configuration: {error}") from error
    network.model.eval()
    return network
