"""What the engines share: the network, its number format, and the device."""

from functools import cached_property, partial
from typing import Any, ClassVar, Generic, TypeVar

import torch

from clusternet.nn.network import Network
from clusternet.nn.precision import native_bfloat16

__all__ = ["Engine"]

N = TypeVar("N", bound=Network)


class Engine(Generic[N]):
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

    Raises
    ------
    ValueError
        If the network is not of the engine's class, or the precision is unknown.
    """

    #: Class of the networks that it runs.
    network_class: ClassVar[type[Network]]

    def __init__(self, network: N, precision: str, device: str | torch.device) -> None:
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
        #: Number format of the convolutions.
        self.precision = precision
        network.model.eval()

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(type(self), **self.options), (self.network,)

    @property
    def options(self) -> dict[str, Any]:
        """Keyword arguments that make another engine like this one."""
        raise NotImplementedError

    @cached_property
    def fingerprint(self) -> str:
        """Sixteen digits that differ between networks with different weights."""
        return self.network.fingerprint
