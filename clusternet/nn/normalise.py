"""Scaling of pixels before they enter a network."""

import torch
from torch import nn

__all__ = ["CalibratedNormaliser", "WindowNormaliser"]


class _Arcsinh(nn.Module):
    def __init__(self, softening: float) -> None:
        super().__init__()
        if not softening > 0:
            raise ValueError(f"softening is {softening}; it must be positive")
        self.softening = float(softening)

    def _arcsinh(self, x: torch.Tensor) -> torch.Tensor:
        # As torch.asinh, of functions that torch vectorises.
        size = x.abs()
        return size.square().add_(1).sqrt_().add_(size).log_().copysign_(x)


class WindowNormaliser(_Arcsinh):
    """Mean zero and standard deviation one per window and band, then arcsinh.

    This is the normalisation of Paper III, section 3.1. The paper gives no scale for the arcsinh.

    Parameters
    ----------
    softening : float, optional
        Where the arcsinh turns from linear to logarithmic, in standard deviations. Positive.

    Examples
    --------
    >>> import torch
    >>> from clusternet.nn import WindowNormaliser
    >>> bright = torch.linspace(0, 5, 64).expand(1, 1, 64, 64)
    >>> torch.allclose(WindowNormaliser()(bright), WindowNormaliser()(7 * bright + 1), atol=1e-5)
    True
    """

    def __init__(self, softening: float = 1.0) -> None:
        super().__init__(softening)

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        """Normalise windows.

        Parameters
        ----------
        windows : torch.Tensor, shape (n, band, y, x)
            Any linear unit. A band without variation becomes 0, or, where its mean is off by
            rounding, +-arcsinh(1 / softening), everywhere; searches leave such windows out.

        Returns
        -------
        torch.Tensor of the same shape
        """
        centred = windows - windows.mean((2, 3), keepdim=True)
        std = centred.square().mean((2, 3), keepdim=True).sqrt()
        return self._arcsinh(centred / (std * self.softening).clamp_min(1e-30))


class CalibratedNormaliser(_Arcsinh):
    """Arcsinh of calibrated pixels: colour and absolute flux survive.

    Parameters
    ----------
    softening : float, optional
        Where the arcsinh turns from linear to logarithmic, electron/s per pixel. Positive.

    Examples
    --------
    >>> import torch
    >>> from clusternet.nn import CalibratedNormaliser
    >>> CalibratedNormaliser(0.02)(torch.tensor([0.0, 0.02, 2.0]))
    tensor([0.0000, 0.8814, 5.2983])
    """

    def __init__(self, softening: float = 0.02) -> None:
        super().__init__(softening)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Normalise images.

        Parameters
        ----------
        images : torch.Tensor
            electron/s, on the zero points of the network.

        Returns
        -------
        torch.Tensor of the same shape
        """
        return self._arcsinh(images / self.softening)
