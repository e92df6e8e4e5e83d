"""Networks as files: safetensors, never pickle."""

import json
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save

from clusternet._digest import Digest
from clusternet._files import atomic_write
from clusternet.nn.dense.net import DenseClusterNet
from clusternet.nn.metadata import NetworkMetadata
from clusternet.nn.normalise import CalibratedNormaliser, WindowNormaliser
from clusternet.nn.window.resnet import ClusterResNet
from clusternet.posterior import ParameterBins, Posterior

__all__ = ["DenseNetwork", "Network", "fingerprint", "load_network", "save_network"]

#: Files of the weights shipped with the library.
WEIGHTS = {"window": "paper_m83_wfc3.safetensors", "dense": "dense_m83_wfc3.safetensors"}


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
    metadata : `NetworkMetadata`
        How it was made, and what was fitted to it.
    window : int
        Side of a window in pixels.
    """

    model: ClusterResNet
    bins: ParameterBins
    normaliser: WindowNormaliser
    bands: tuple
    pixel_scale: float
    metadata: NetworkMetadata = field(default_factory=NetworkMetadata)
    window: int = 64

    @classmethod
    def new(cls, bands, pixel_scale, bins=None, softening=1.0, metadata=None):
        """A network with random weights (seed it with `torch.manual_seed`)."""
        bins = bins or ParameterBins()
        return cls(ClusterResNet(bins.group_sizes, len(bands)), bins,
                   WindowNormaliser(softening), tuple(bands), float(pixel_scale),
                   metadata or NetworkMetadata())

    def posterior(self, groups):
        """Make the posteriors that the network predicts, with the correction fitted to it.

        Parameters
        ----------
        groups : dict of str to array_like, shape (n, group size)
            Probabilities of the groups ``joint``, ``log_r_h`` and ``log_visibility``.

        Returns
        -------
        `~clusternet.posterior.Posterior`
        """
        return Posterior(self.bins, groups, calibration=self.metadata.calibration)

    @property
    def config(self):
        """All but the weights, plain values."""
        return {"bands": list(self.bands), "pixel_scale": self.pixel_scale,
                "window": self.window, "bins": self.bins.to_dict(),
                "softening": self.normaliser.softening, "metadata": self.metadata.to_dict()}

    @classmethod
    def from_config(cls, config):
        """A network with random weights and the configuration of another."""
        network = cls.new(config["bands"], config["pixel_scale"],
                          ParameterBins.from_dict(config["bins"]), config["softening"],
                          NetworkMetadata.from_dict(config["metadata"]))
        network.window = config["window"]
        return network


@dataclass
class DenseNetwork:
    """A dense network and all that is needed to use it.

    Parameters
    ----------
    model : `DenseClusterNet`
        The network, float32.
    bins : `ParameterBins`
        What the groups of its peak head stand for.
    normaliser : `CalibratedNormaliser`
        What its inputs must pass through.
    bands : tuple of str
        Bands, in the order of its input channels.
    zero_points : tuple of float
        Vega magnitude of 1 electron/s in each band, as it was trained.
    pixel_scale : float
        Arcseconds a pixel.
    metadata : `NetworkMetadata`
        How it was made, and what was fitted to it.
    """

    model: DenseClusterNet
    bins: ParameterBins
    normaliser: CalibratedNormaliser
    bands: tuple
    zero_points: tuple
    pixel_scale: float
    metadata: NetworkMetadata = field(default_factory=NetworkMetadata)

    @classmethod
    def new(cls, bands, pixel_scale, zero_points, bins=None, softening=0.02, metadata=None):
        """A network with random weights (seed it with `torch.manual_seed`)."""
        bins = bins or ParameterBins()
        return cls(DenseClusterNet(bins.group_sizes, len(bands)), bins,
                   CalibratedNormaliser(softening), tuple(bands),
                   tuple(float(z) for z in zero_points), float(pixel_scale),
                   metadata or NetworkMetadata())

    def posterior(self, groups):
        """Make the posteriors that the network predicts, with the correction fitted to it.

        Parameters
        ----------
        groups : dict of str to array_like, shape (n, group size)
            Probabilities of the groups ``joint``, ``log_r_h`` and ``log_visibility``.

        Returns
        -------
        `~clusternet.posterior.Posterior`
        """
        return Posterior(self.bins, groups, calibration=self.metadata.calibration)

    @property
    def config(self):
        """All but the weights, plain values."""
        return {"bands": list(self.bands), "pixel_scale": self.pixel_scale,
                "zero_points": list(self.zero_points), "bins": self.bins.to_dict(),
                "softening": self.normaliser.softening, "metadata": self.metadata.to_dict()}

    @classmethod
    def from_config(cls, config):
        """A network with random weights and the configuration of another."""
        return cls.new(config["bands"], config["pixel_scale"], config["zero_points"],
                       ParameterBins.from_dict(config["bins"]), config["softening"],
                       NetworkMetadata.from_dict(config["metadata"]))


_FORMATS = {"clusternet-window-network-1": Network, "clusternet-dense-network-1": DenseNetwork}
_KINDS = {"window": Network, "dense": DenseNetwork}


def fingerprint(network):
    """Sixteen digits that differ between networks with different weights."""
    digest = Digest()
    for name, tensor in sorted(network.model.state_dict().items()):
        digest.add(name.encode()).add(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.text


def save_network(path, network):
    """Write a network as float16 safetensors, its configuration in the header.

    The file appears whole or not at all, and equal networks give equal bytes.

    Parameters
    ----------
    path : str or `~pathlib.Path`
        Where to; the folder must exist.
    network : `Network` or `DenseNetwork`
        What to write.
    """
    form = next(form for form, cls in _FORMATS.items() if type(network) is cls)
    tensors = {k: v.detach().to(torch.float16 if v.is_floating_point() else v.dtype).contiguous()
               for k, v in network.model.state_dict().items()}
    with atomic_write(path) as temporary:
        temporary.write_bytes(_with_sorted_header(save(
            tensors, {"format": form, "config": json.dumps(network.config, sort_keys=True)})))


def _with_sorted_header(content):
    """A safetensors file whose metadata, which the library shuffles, are in order."""
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8:8 + size])
    header = {"__metadata__": dict(sorted(header.pop("__metadata__").items())), **header}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + content[8 + size:]


def load_network(path=None, kind="window"):
    """Read a network written by `save_network`.

    Parameters
    ----------
    path : str or `~pathlib.Path`, optional
        The file; the weights shipped with the library when not given.
    kind : {"window", "dense"}, optional
        Which kind of network is wanted.

    Returns
    -------
    `Network` or `DenseNetwork`
        In evaluation mode, float32.

    Raises
    ------
    FileNotFoundError
        No such file.
    ValueError
        Not a file of this library, one of the other kind of network, or one whose tensors do
        not fit.
    """
    if kind not in _KINDS:
        raise ValueError(f"kind is {kind!r}; there are {', '.join(_KINDS)}")
    path = Path(path) if path is not None else files(__package__) / "weights" / WEIGHTS[kind]
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
    if header.get("format") not in _FORMATS:
        raise ValueError(f"{path} has format {header.get('format')!r}, not one of "
                         f"{', '.join(_FORMATS)}; give a file written by save_network")
    cls = _FORMATS[header["format"]]
    if cls is not _KINDS[kind]:
        raise ValueError(f"{path} holds a {cls.__name__}, and a {_KINDS[kind].__name__} is "
                         f"needed; give weights of kind {kind!r}")
    network = cls.from_config(json.loads(header["config"]))
    try:
        network.model.load_state_dict({k: v.float() if v.is_floating_point() else v
                                       for k, v in tensors.items()})
    except RuntimeError as error:
        raise ValueError(f"the tensors of {path} do not fit its configuration: {error}") from error
    network.model.eval()
    return network
