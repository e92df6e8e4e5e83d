"""The window network with its bands and its bins."""

from dataclasses import KW_ONLY, dataclass

from clusternet.nn.network import Network
from clusternet.nn.normalise import WindowNormaliser
from clusternet.nn.window.resnet import ClusterResNet

__all__ = ["WindowNetwork"]


@dataclass(eq=False, repr=False)
class WindowNetwork(Network):
    """A window network (`ClusterResNet`) and all that is needed to use it.

    Parameters
    ----------
    bands, pixel_scale, bins, metadata, model
        As for `~clusternet.nn.Network`.
    softening : float, optional
        Of `WindowNormaliser`, in standard deviations of a window.
    window : int, optional
        Side of a window in pixels.

    Examples
    --------
    >>> from astropy import units as u
    >>> from clusternet.nn import WindowNetwork
    >>> WindowNetwork(["F438W", "F814W"], 0.0396 * u.arcsec)
    WindowNetwork(F438W, F814W; 0.0396 arcsec)
    """

    format = "clusternet-window-network-1"
    shipped_file = "paper_m83_wfc3.safetensors"

    _: KW_ONLY
    window: int = 64

    def new_model(self) -> ClusterResNet:
        """Make the layers, with random weights."""
        return ClusterResNet(self.bins.group_sizes, len(self.bands))

    def new_normaliser(self) -> WindowNormaliser:
        """Make the normaliser of windows."""
        return WindowNormaliser(self.softening)
