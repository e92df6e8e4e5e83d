"""Batched, sub-pixel rendering of stars through a PSF."""

from collections.abc import Sequence
from copy import copy
from typing import Protocol, Self

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.fft import next_fast_len

__all__ = ["StarRenderer"]


def _bspline_weights(t):
    """Cubic B-spline weights of the four grid points around ``t`` in [0, 1)."""
    t2, t3 = t * t, t * t * t
    return torch.stack([(1 - 3 * t + 3 * t2 - t3) / 6, (4 - 6 * t2 + 3 * t3) / 6,
                        (1 + 3 * t + 3 * t2 - 3 * t3) / 6, t3 / 6])


class EffectivePSF(Protocol):
    """The part of a `~clusternet.psf.PSFProvider` that rendering needs."""

    def effective_psf(self, band: str, oversampling: int, size: int) -> np.ndarray:
        """Return the pixel-integrated PSF."""
        ...


class StarRenderer:
    """Draw many stars on many small images at once, at exact sub-pixel places.

    Stars are spread with a cubic B-spline on a grid ``oversampling`` times
    finer than the pixels; the spreading is undone and the PSF applied in
    Fourier space (a type-1 non-uniform Fourier transform), and the fine grid
    is sampled at the pixel centres. Everything is one batch of torch
    operations, so the same code runs on a CPU and a GPU.

    Parameters
    ----------
    psf : `~clusternet.psf.PSFProvider`
        Source of the pixel-integrated PSF of each band.
    bands : sequence of str
        Bands, in the order of the flux columns.
    psf_size : int, optional
        Side of the PSF in pixels, odd. Light beyond it is lost.
    oversampling : int, optional
        Fine grid points per pixel and axis. With 3 the error of a star's pixels is below
        1e-3 of its peak for the HST PSFs.
    margin : int, optional
        Stars further than this many pixels outside an image are dropped.
    device : `torch.device` or str, optional
        Device of torch on which stars are rendered.
    """

    def __init__(self, psf: EffectivePSF, bands: Sequence[str], *, psf_size: int = 65,
                 oversampling: int = 3, margin: int = 16,
                 device: torch.device | str = "cpu") -> None:
        self.psf = psf
        self.bands = tuple(bands)
        self.psf_size = int(psf_size)
        self.oversampling = int(oversampling)
        self.margin = int(margin)
        self.device = torch.device(device)
        self._kernels = np.stack([
            psf.effective_psf(band, oversampling=self.oversampling, size=self.psf_size)
            for band in self.bands])
        self._transfer = {}

    @property
    def psf_sums(self) -> np.ndarray:
        """Fraction of a star's light inside the PSF array, shape (band,)."""
        return self._kernels.sum((1, 2)) / self.oversampling**2

    def with_wings(self) -> Self:
        """Return a renderer that keeps all stars whose PSF reaches an image from outside it."""
        wide = copy(self)
        wide.margin = self.psf_size // 2 + 1
        return wide

    @staticmethod
    def single_thread() -> None:
        """Let torch use one thread in this process, one of several that share the cores."""
        torch.set_num_threads(1)

    def _transfer_functions(self, length):
        """Fourier transforms of the PSFs over that of the spreading kernel."""
        if length not in self._transfer:
            n = length * self.oversampling
            k = self._kernels.shape[-1]
            padded = np.zeros((len(self.bands), n, n))
            padded[:, :k, :k] = self._kernels
            padded = np.roll(padded, (-(k // 2), -(k // 2)), (1, 2))
            spread_y = np.sinc(np.fft.fftfreq(n)) ** 4
            spread_x = np.sinc(np.fft.rfftfreq(n)) ** 4
            transfer = np.fft.rfft2(padded) / (spread_y[:, None] * spread_x)
            # The spreading kernel aliases near the fine grid's limit, where the PSF has no power.
            self._transfer[length] = torch.as_tensor(
                transfer.astype(np.complex64), device=self.device)
        return self._transfer[length]

    def __call__(self, x: ArrayLike, y: ArrayLike, flux: ArrayLike, image: ArrayLike,
                 n_images: int, shape: tuple[int, int]) -> np.ndarray:
        """Render stars.

        Parameters
        ----------
        x, y : array_like, shape (star,)
            Positions in pixels; pixel centres are integers.
        flux : array_like, shape (star, band)
            Total flux of each star in each band.
        image : array_like of int, shape (star,)
            Index of the image of each star.
        n_images : int
            Number of images.
        shape : tuple of int
            (ny, nx) of every image.

        Returns
        -------
        numpy.ndarray, shape (n_images, band, ny, nx)
            In the unit of ``flux``, float32.
        """
        dev, s, m = self.device, self.oversampling, self.margin
        ny, nx = shape
        first = m + 1  # room for the spreading kernel below the first pixel
        length = max(ny, nx) + first + max(m, self.psf_size // 2) + 2
        length = next_fast_len(max(length, self.psf_size + 1), real=True)
        n = length * s  # pyright: ignore[reportOperatorIssue]  # next_fast_len gives an int
        x = torch.as_tensor(np.asarray(x, dtype=np.float32), device=dev)
        y = torch.as_tensor(np.asarray(y, dtype=np.float32), device=dev)
        flux = torch.as_tensor(np.asarray(flux, dtype=np.float32), device=dev)
        image = torch.as_tensor(np.asarray(image), device=dev).long()
        if flux.ndim != 2 or flux.shape != (len(x), len(self.bands)):
            raise ValueError(f"flux has shape {tuple(flux.shape)} for {len(x)} stars in "
                             f"{len(self.bands)} bands; expected (star, band)")
        keep = (x > -m) & (x < nx - 1 + m) & (y > -m) & (y < ny - 1 + m)
        x, y, flux, image = x[keep], y[keep], flux[keep], image[keep]

        gx, gy = (x + first) * s, (y + first) * s
        ix, iy = gx.floor(), gy.floor()
        wx, wy = _bspline_weights(gx - ix), _bspline_weights(gy - iy)
        base = (image * n + iy.long() - 1) * n + ix.long() - 1
        grid = torch.zeros((len(self.bands), n_images * n * n), device=dev)
        flux = flux.T.contiguous()
        for j in range(4):
            for i in range(4):
                index = base + (j * n + i)
                weight = wy[j] * wx[i]
                for b in range(len(self.bands)):
                    grid[b].index_add_(0, index, flux[b] * weight)
        spectrum = torch.fft.rfft2(grid.view(len(self.bands), n_images, n, n))
        del grid
        spectrum *= self._transfer_functions(length)[:, None]
        # Sampling every s-th row is folding the spectrum over its aliases.
        spectrum = spectrum.view(len(self.bands), n_images, s, length, -1).sum(2)
        rows = torch.fft.ifft(spectrum, dim=2)[:, :, first:first + ny] / s
        out = torch.fft.irfft(rows, n=n, dim=3)[..., first * s:(first + nx) * s:s]
        return out.transpose(0, 1).contiguous().cpu().numpy()
