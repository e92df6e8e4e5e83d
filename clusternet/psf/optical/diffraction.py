"""From a pupil to a point-spread function, through the optical transfer function.

Blurring by charge diffusion, jitter, pixels and drizzling multiplies the transfer function, so
each is exact, as is the normalisation: the transfer function of the whole plane is 1 at the
origin. Only the last step, to the samples asked for, returns to angles.

Transfer functions are real here, those of point-symmetric functions: an error of the wavefront
counts together with the same one turned by half a circle. So a star's centroid is where the star
is, whatever the window in which it is measured.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import fft
from scipy.special import j1

__all__ = ["TransferFunction"]


@dataclass(frozen=True, eq=False)
class TransferFunction:
    """Optical transfer function of a point-symmetric point-spread function.

    Parameters
    ----------
    values : numpy.ndarray
        Real array of shape (2n, n + 1): frequency y in the order of `numpy.fft.fftfreq` and
        x from 0 up, as the other half is its mirror. 1 at [0, 0] for all the light.
    step : float
        Spacing of the frequencies, cycles per unit angle.
    """

    values: np.ndarray
    step: float

    @classmethod
    def of_pupil(
        cls, pupil: np.ndarray, errors: np.ndarray, wavelength: float, step: float
    ) -> TransferFunction:
        """Return that of a telescope at one wavelength, averaged over wavefront errors.

        Each error stands for itself and for itself turned by half a circle about the axis.

        Parameters
        ----------
        pupil : numpy.ndarray
            Transmission of shape (n, n), indexed [y, x].
        errors : numpy.ndarray
            Optical path differences of shape (maps, n, n), in the unit of ``wavelength``.
        wavelength : float
            Wavelength.
        step : float
            Spacing of the frequencies: width of a sample of the pupil over the wavelength, per
            unit angle.

        Returns
        -------
        TransferFunction

        Examples
        --------
        >>> import numpy as np
        >>> from clusternet.psf.optical.diffraction import TransferFunction
        >>> transfer = TransferFunction.of_pupil(np.ones((8, 8)), np.zeros((1, 8, 8)), 500.0, 1.0)
        >>> transfer.values.shape, [round(float(value), 3) for value in transfer.values[:3, 0]]
        ((16, 9), [1.0, 0.875, 0.75])
        """
        n = pupil.shape[0]
        intensity = np.zeros((2 * n, 2 * n))
        for error in errors:
            wave = pupil * np.exp(2j * np.pi / wavelength * error)
            # scipy.fft is typed as what dispatches it
            field: np.ndarray = fft.fft2(wave, (2 * n, 2 * n))  # pyright: ignore[reportAssignmentType]
            intensity += np.real(field) ** 2 + np.imag(field) ** 2
        spectrum: np.ndarray = fft.rfft2(intensity)  # pyright: ignore[reportAssignmentType]
        values = np.real(spectrum)
        return cls(values / values[0, 0], step)

    def blurred(
        self, blurs: Iterable[tuple[float, float]], boxes: Iterable[float] = ()
    ) -> TransferFunction:
        """Blur by a sum of Gaussians and by any number of square boxes.

        Parameters
        ----------
        blurs : iterable of (float, float)
            Fraction of the light and standard deviation, in the unit of angle, of each Gaussian.
        boxes : iterable of float
            Widths of the boxes.

        Returns
        -------
        TransferFunction
        """
        y, x = self._frequencies()
        values = np.zeros_like(self.values)
        boxes = tuple(boxes)
        for fraction, sigma in blurs:
            factor_y, factor_x = (np.exp(-2 * (np.pi * sigma * f) ** 2) for f in (y, x))
            for box in boxes:
                factor_y, factor_x = factor_y * np.sinc(box * y), factor_x * np.sinc(box * x)
            values += fraction * (self.values * factor_y * factor_x)
        return TransferFunction(values, self.step)

    def sampled(self, offsets: np.ndarray) -> np.ndarray:
        """Return the point-spread function on a square grid, by matrix Fourier transform.

        Parameters
        ----------
        offsets : numpy.ndarray
            Angles along either axis, of shape (n,).

        Returns
        -------
        numpy.ndarray
            Light per unit angle squared, of shape (n, n), indexed [y, x]; 1 in the whole plane.
        """
        y, x = self._frequencies()
        phase_y, phase_x = (2 * np.pi * offsets[:, None] * f.ravel() for f in (y, x))
        weight = _halves(x).ravel() * self.step**2
        even = (np.cos(phase_y) @ self.values) @ (np.cos(phase_x) * weight).T
        odd = (np.sin(phase_y) @ self.values) @ (np.sin(phase_x) * weight).T
        return even - odd

    def encircled_energy(self, radii: ArrayLike) -> np.ndarray:
        """Return the fraction of the light inside circles around the origin.

        Parameters
        ----------
        radii : array_like
            Radii in the unit of angle.

        Returns
        -------
        numpy.ndarray
            Of the shape of ``radii``.
        """
        y, x = self._frequencies()
        frequency = np.hypot(y, x)
        frequency[0, 0] = 1.0
        weighted = self.values * _halves(x) * self.step**2 / frequency

        def inside(radius: float) -> float:
            disc = j1(2 * np.pi * frequency * radius) * radius
            disc[0, 0] = np.pi * radius**2
            return np.sum(weighted * disc)

        return np.vectorize(inside, otypes=[float])(radii)

    def _frequencies(self) -> tuple[np.ndarray, np.ndarray]:
        n = self.values.shape[1] - 1
        y = np.fft.fftfreq(2 * n, 1 / (2 * n))
        return y[:, None] * self.step, np.arange(n + 1)[None, :] * self.step


def _halves(x: np.ndarray) -> np.ndarray:
    # The columns x > 0 stand for their mirror images too; the last one is its own mirror.
    weight = np.full(x.shape, 2.0)
    weight[..., 0] = 1.0
    weight[..., -1] = 1.0
    return weight
