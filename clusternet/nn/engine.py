"""The base of the engines: the network, its number format, and the device."""

from functools import cached_property, partial
from typing import Any, ClassVar

import torch

from clusternet.nn.network import Network

__all__ = ["Engine", "native_bfloat16"]


class Engine:
    """Runs a network on pixels.

    Parameters
    ----------
    network : Network
        The network.
    precision : {"auto", "bfloat16", "float32"}
        Number format of the convolutions; "auto" takes bfloat16 where the device multiplies such
        numbers natively.
    device : str or torch.device
        Where to run.
    **options
        Keyword arguments of the subclass, by which another process makes the same engine.

    Raises
    ------
    ValueError
        If the network is not of the engine's class, or the precision is unknown.

    Attributes
    ----------
    precision : str
        Number format of the convolutions.
    options : dict
        Keyword arguments that make another engine like this one.
    """

    #: Class of the networks that it runs.
    network_class: ClassVar[type[Network]]

    def __init__(self, network: Network, *, precision: str, device: str | torch.device,
                 **options: Any) -> None:
        wanted = self.network_class.__name__
        if not isinstance(network, self.network_class):
            raise ValueError(f"the network is a {type(network).__name__}, and a {wanted} is "
                             f"needed; give weights of one, or none for {wanted}.shipped()")
        formats = ("auto", "bfloat16", "float32")
        if precision not in formats:
            raise ValueError(f"precision is {precision!r}; choose one of {', '.join(formats)}")
        self.network = network
        self.device = torch.device(device)
        if precision == "auto":
            native = self.device.type == "cuda" or native_bfloat16()
            precision = "bfloat16" if native else "float32"
        self.precision = precision
        self.options = {"precision": precision, **options}
        network.model.eval()

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), **self.options), (self.network,)

    @cached_property
    def fingerprint(self) -> str:
        """Sixteen digits that differ between networks with different weights."""
        return self.network.fingerprint


def native_bfloat16() -> bool:
    """Return whether the processor multiplies bfloat16 numbers natively.

    Asked of the processor, not timed: results must not depend on how busy the machine was.
    """
    able = getattr(torch.cpu, "get_capabilities", dict)()
    return torch.backends.mkldnn.is_available() and any(
        able.get(name) for name in ("avx512_bf16", "amx_bf16"))
