"""A network with all that is needed to use it, and its files: safetensors, never pickle."""

from __future__ import annotations

import json
import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from astropy import units as u
from numpy.typing import ArrayLike
from safetensors import safe_open
from safetensors.torch import save

from clusternet._digest import Digest
from clusternet._files import atomic_write
from clusternet.images import Mosaic, MultiBandImage
from clusternet.nn.metadata import NetworkMetadata
from clusternet.posterior import ParameterBins, Posterior

__all__ = ["Network", "load_network", "write_network"]


@dataclass(eq=False, repr=False)
class Network(ABC):
    """A network and all that is needed to use it.

    Subclasses are dataclasses; fields that they add must be what JSON can hold, and are written
    with the weights. Besides they give `format`, `new_model` and `new_normaliser`.

    Parameters
    ----------
    bands : sequence of str
        Names of the bands, in the order of the input channels.
    pixel_scale : `~astropy.units.Quantity`
        Angle per pixel of the images.
    bins : `~clusternet.posterior.ParameterBins`, optional
        Bins of its outputs.
    softening : float, optional
        Where the arcsinh of its normaliser turns from linear to logarithmic.
    metadata : NetworkMetadata, optional
        How it was made, and what was fitted to it.
    model : `torch.nn.Module`, optional
        The layers, float32; when not given, with random weights (`torch.manual_seed` repeats
        them).

    Attributes
    ----------
    normaliser : `torch.nn.Module`
        Scaling of the pixels that enter the model.
    """

    #: Name of the format of its files. A new format is known to `load_network` by itself.
    format: ClassVar[str]
    #: Name of the file of weights that the library ships.
    shipped_file: ClassVar[str]
    _formats: ClassVar[dict[str, type[Network]]] = {}

    bands: tuple[str, ...]
    pixel_scale: u.Quantity
    _: KW_ONLY
    bins: ParameterBins = field(default_factory=ParameterBins)
    softening: float = 1.0
    metadata: NetworkMetadata = field(default_factory=NetworkMetadata)
    model: Any = None
    normaliser: torch.nn.Module = field(init=False)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "format" in vars(cls):
            Network._formats[cls.format] = cls

    def __post_init__(self) -> None:
        self.bands = tuple(self.bands)
        try:
            self.pixel_scale = u.Quantity(self.pixel_scale).to(u.arcsec)
        except u.UnitConversionError as error:
            raise u.UnitTypeError(f"pixel_scale is {self.pixel_scale}; give an angle, such as "
                                  "0.04 * u.arcsec") from error
        self.normaliser = self.new_normaliser()
        if self.model is None:
            self.model = self.new_model()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self.bands)}; {self.pixel_scale:g})"

    @abstractmethod
    def new_model(self) -> torch.nn.Module:
        """Make the layers, with random weights."""

    @abstractmethod
    def new_normaliser(self) -> torch.nn.Module:
        """Make the scaling of the pixels that enter the model."""

    @classmethod
    def shipped(cls) -> Self:
        """Read the weights that the library ships."""
        network = load_network(Path(__file__).parent / "weights" / cls.shipped_file)
        assert isinstance(network, cls)
        return network

    @property
    def fingerprint(self) -> str:
        """Sixteen digits that differ between networks with different weights."""
        digest = Digest()
        for name, tensor in sorted(self.model.state_dict().items()):
            digest.add(name.encode()).add(tensor.detach().cpu().contiguous().numpy().tobytes())
        return digest.text

    @property
    def config(self) -> dict[str, Any]:
        """Everything but the weights, plain values."""
        config = {f.name: getattr(self, f.name) for f in fields(self) if f.init}
        del config["model"]
        config = {name: list(v) if isinstance(v, tuple) else v for name, v in config.items()}
        return {**config, "pixel_scale": float(self.pixel_scale.value),
                "bins": self.bins.to_dict(), "metadata": self.metadata.to_dict()}

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Make a network with random weights and the `config` of another."""
        return cls(**{**config, "pixel_scale": config["pixel_scale"] * u.arcsec,
                      "bins": ParameterBins.from_dict(config["bins"]),
                      "metadata": NetworkMetadata.from_dict(config["metadata"])})

    def posterior(self, groups: Mapping[str, ArrayLike]) -> Posterior:
        """Make the posteriors that the network predicts, with the correction fitted to it.

        Parameters
        ----------
        groups : dict of str to array_like, shape (n, group size)
            Probabilities of the histograms of its bins; other groups do not count.

        Returns
        -------
        `~clusternet.posterior.Posterior`
        """
        return Posterior(self.bins, groups, calibration=self.metadata.calibration)

    def select(self, image: MultiBandImage | Mosaic) -> MultiBandImage | Mosaic:
        """Take the network's bands of an image.

        Parameters
        ----------
        image : `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`
            The image; its bands may be more than the network's, in any order.

        Returns
        -------
        `~clusternet.images.MultiBandImage` or `~clusternet.images.Mosaic`

        Raises
        ------
        ValueError
            If the image lacks a band, or its pixel scale is off by more than 5 %.
        """
        try:
            image = image.select(self.bands)
        except ValueError as error:
            raise ValueError(f"the network is for {', '.join(self.bands)}: {error}, or load "
                             "weights for its bands") from error
        image.check_pixel_scale(self.pixel_scale)
        return image


def write_network(network: Network, path: str | os.PathLike[str]) -> None:
    """Write a network as float16 safetensors, its configuration in the header.

    The file appears whole or not at all, and equal networks give equal bytes.

    Parameters
    ----------
    network : Network
        The network.
    path : str or os.PathLike
        The file; its folder must exist.

    Raises
    ------
    OSError
        If it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from clusternet.nn import DenseNetwork, load_network, write_network
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_network(DenseNetwork.shipped(), f"{folder}/copy.safetensors")
    ...     load_network(f"{folder}/copy.safetensors")
    DenseNetwork(F336W, F438W, F814W; 0.0396 arcsec)
    """
    tensors = {name: value.detach().to(
        torch.float16 if value.is_floating_point() else value.dtype).contiguous()
        for name, value in network.model.state_dict().items()}
    header = {"format": network.format, "config": json.dumps(network.config, sort_keys=True)}
    with atomic_write(path) as temporary:
        temporary.write_bytes(_with_sorted_header(save(tensors, header)))


def load_network(path: str | os.PathLike[str]) -> Network:
    """Read a network that `write_network` wrote.

    The weights that come with the library are those of ``WindowNetwork.shipped()`` and
    ``DenseNetwork.shipped()``.

    Parameters
    ----------
    path : str or os.PathLike
        The file.

    Returns
    -------
    Network
        Of the class that was written, float32, in evaluation mode.

    Raises
    ------
    FileNotFoundError
        If there is no file.
    ValueError
        If it is not a file of this library, or its tensors do not fit its configuration.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(
            f"no network weights at {path}; give a file written by write_network")
    try:
        with safe_open(path, "pt") as opened:
            header = opened.metadata() or {}
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    except Exception as error:
        raise ValueError(f"{path} is not a readable safetensors file ({error}); "
                         "weights are read from files written by write_network only") from error
    if header.get("format") not in Network._formats:
        raise ValueError(f"{path} has format {header.get('format')!r}, not one of "
                         f"{', '.join(Network._formats)}; give a file written by write_network")
    network = Network._formats[header["format"]].from_config(json.loads(header["config"]))
    try:
        network.model.load_state_dict({
            name: value.float() if value.is_floating_point() else value
            for name, value in tensors.items()})
    except RuntimeError as error:
        raise ValueError(f"the tensors of {path} do not fit its configuration: {error}") from error
    network.model.eval()
    return network


def _with_sorted_header(content: bytes) -> bytes:
    """Return a safetensors file with its metadata, which the library shuffles, in order."""
    size = int.from_bytes(content[:8], "little")
    header = json.loads(content[8:8 + size])
    header = {"__metadata__": dict(sorted(header.pop("__metadata__").items())), **header}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + content[8 + size:]
