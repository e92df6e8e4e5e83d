"""From a pupil to a point-spread function, through the optical transfer function.

Blurring by charge diffusion, jitter, pixels and drizzling multiplies the transfer function, so
each is exact, as is the normalisation: the transfer function of the whole plane is 1 at the
origin. Only the last step, to the samples asked for, returns to angles.

The functions hold real transfer functions, those of point-symmetric functions: an error of the
wavefront counts together with the same one turned by half a circle. So a star's centroid is
where the star is, whatever the window in which it is measured.
"""

import numpy as np
from scipy import fft
from scipy.special import j1

__all__ = ["blurred", "encircled_energy", "optical_transfer", "sampled"]


def optical_transfer(pupil, errors, wavelength):
    """Transfer function of a telescope at one wavelength, averaged over wavefront errors.

    Each error stands for itself and for itself turned by half a circle about the axis.

    Parameters
    ----------
    pupil : numpy.ndarray
        Transmission of shape (n, n), indexed [y, x].
    errors : numpy.ndarray
        Optical path differences of shape (maps, n, n), in the unit of ``wavelength``.
    wavelength : float
        Wavelength.

    Returns
    -------
    numpy.ndarray
        Real array of shape (2n, n + 1): frequency y in the order of `numpy.fft.fftfreq` and
        x from 0 up, as the other half is its mirror. 1 at [0, 0].

    Examples
    --------
    >>> import numpy as np
    >>> from clusternet.psf.optical.diffraction import optical_transfer
    >>> transfer = optical_transfer(np.ones((8, 8)), np.zeros((1, 8, 8)), 500.0)
    >>> transfer.shape, [round(float(value), 3) for value in transfer[:3, 0]]
    ((16, 9), [1.0, 0.875, 0.75])
    """
    n = pupil.shape[0]
    intensity = np.zeros((2 * n, 2 * n))
    for error in errors:
        field = fft.fft2(pupil * np.exp(2j * np.pi / wavelength * error), (2 * n, 2 * n))
        intensity += field.real**2 + field.imag**2
    transfer = fft.rfft2(intensity).real
    return transfer / transfer[0, 0]


def _frequencies(n, step):
    # Frequencies (y, x) of the array that optical_transfer makes of n samples.
    return fft.fftfreq(2 * n, 1 / (2 * n))[:, None] * step, np.arange(n + 1)[None, :] * step


def blurred(transfer, step, sigma, boxes=()):
    """Transfer function after a Gaussian and any number of square boxes.

    Parameters
    ----------
    transfer : numpy.ndarray
        As from `optical_transfer`.
    step : float
        Spacing of its frequencies, cycles per unit angle.
    sigma : float
        Standard deviation of the Gaussian, in the unit of angle.
    boxes : iterable of float
        Widths of the boxes.

    Returns
    -------
    numpy.ndarray
        Of the shape of ``transfer``.
    """
    y, x = _frequencies(transfer.shape[1] - 1, step)
    factor_y, factor_x = (np.exp(-2 * (np.pi * sigma * f) ** 2) for f in (y, x))
    for box in boxes:
        factor_y, factor_x = factor_y * np.sinc(box * y), factor_x * np.sinc(box * x)
    return transfer * factor_y * factor_x


def sampled(transfer, step, offsets):
    """Point-spread function on a square grid of angles, by matrix Fourier transform.

    Parameters
    ----------
    transfer : numpy.ndarray
        As from `optical_transfer`.
    step : float
        Spacing of its frequencies, cycles per unit angle.
    offsets : numpy.ndarray
        Angles along either axis, of shape (n,).

    Returns
    -------
    numpy.ndarray
        Light per unit angle squared, of shape (n, n), indexed [y, x]; 1 in the whole plane.
    """
    y, x = _frequencies(transfer.shape[1] - 1, step)
    phase_y, phase_x = (2 * np.pi * offsets[:, None] * f.ravel() for f in (y, x))
    weight = _halves(x).ravel() * step**2
    even = (np.cos(phase_y) @ transfer) @ (np.cos(phase_x) * weight).T
    odd = (np.sin(phase_y) @ transfer) @ (np.sin(phase_x) * weight).T
    return even - odd


def encircled_energy(transfer, step, radii):
    """Fraction of the light inside circles around the origin.

    Parameters
    ----------
    transfer : numpy.ndarray
        As from `optical_transfer`.
    step : float
        Spacing of its frequencies, cycles per unit angle.
    radii : array_like
        Radii in the unit of angle.

    Returns
    -------
    numpy.ndarray
        Of the shape of ``radii``.
    """
    y, x = _frequencies(transfer.shape[1] - 1, step)
    frequency = np.hypot(y, x)
    frequency[0, 0] = 1.0
    weighted = transfer * _halves(x) * step**2 / frequency

    def inside(radius):
        disc = j1(2 * np.pi * frequency * radius) * radius
        disc[0, 0] = np.pi * radius**2
        return np.sum(weighted * disc)

    return np.vectorize(inside, otypes=[float])(radii)


def _halves(x):
    # The columns x > 0 stand for their mirror images too; the last one is its own mirror.
    weight = np.full(x.shape, 2.0)
    weight[..., 0] = 1.0
    weight[..., -1] = 1.0
    return weight
