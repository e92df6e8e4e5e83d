"""The entrance pupil of the Hubble Space Telescope, and the errors of its mirrors."""

from functools import lru_cache

import numpy as np

from clusternet.psf.accuracy import PUPIL_CELLS

__all__ = ["hubble_pupil", "mirror_errors"]

# All in units of the pupil radius; pads as (V3, V2) positions.
_OBSCURATION = 0.330
_SPIDER_WIDTH = 0.022
_PAD_RADIUS = 0.065
_PADS = ((0.8921, 0.0), (-0.4615, 0.7555), (-0.4564, -0.7606))
_UVIS_ANGLE = np.deg2rad(135.0)


@lru_cache(maxsize=4)
def hubble_pupil(samples: int = 256, angle: float = 0.0) -> np.ndarray:
    """Transmission of the entrance pupil, as seen by WFC3/UVIS.

    An annulus crossed by four spider vanes and three mirror pads. UVIS has no cold mask.

    Parameters
    ----------
    samples : int
        Samples across the pupil.
    angle : float
        Turn of the pupil against the image axes in degrees, counterclockwise; 0 is the
        detector frame of UVIS, where the spider makes diagonal spikes.

    Returns
    -------
    numpy.ndarray
        Transmission in 0..1 of shape (samples, samples), indexed [y, x]; grey where an edge
        crosses a sample. Read-only.

    Examples
    --------
    >>> from clusternet.psf.optical.pupil import hubble_pupil
    >>> round(float(hubble_pupil(128).mean() * 4 / 3.14159), 3)
    0.862
    """
    fine = PUPIL_CELLS
    axis = (np.arange(samples * fine) + 0.5) / (samples * fine) * 2 - 1
    turn = _UVIS_ANGLE - np.deg2rad(angle)
    y, x = axis[:, None], axis[None, :]
    v3 = np.cos(turn) * x - np.sin(turn) * y
    v2 = np.sin(turn) * x + np.cos(turn) * y
    squared = x**2 + y**2
    clear = (squared <= 1) & (squared >= _OBSCURATION**2)
    clear &= (np.abs(v3) > _SPIDER_WIDTH / 2) & (np.abs(v2) > _SPIDER_WIDTH / 2)
    for pad_v3, pad_v2 in _PADS:
        clear &= (v3 - pad_v3) ** 2 + (v2 - pad_v2) ** 2 > _PAD_RADIUS**2
    transmission = clear.reshape(samples, fine, samples, fine).mean(axis=(1, 3))
    transmission.flags.writeable = False
    return transmission


@lru_cache(maxsize=4)
def mirror_errors(
    samples: int = 256,
    rms: float = 28.0,
    seeds: tuple[int, ...] = (0, 1, 2),
    *,
    index: float = 2.4,
    cycles: tuple[float, float] = (2.0, 64.0),
) -> np.ndarray:
    """Random maps of the mid-frequency errors of the wavefront.

    Their power falls as a power law of the spatial frequency; their mean and tilt are 0.

    Parameters
    ----------
    samples : int
        Samples across the pupil.
    rms : float
        Root mean square of the error over the clear pupil, in nm.
    seeds : tuple of int
        One map for each.
    index : float
        Power falls as frequency to the minus ``index``.
    cycles : tuple of float
        Lowest and highest frequency, in cycles per aperture.

    Returns
    -------
    numpy.ndarray
        Optical path differences in nm, of shape (len(seeds), samples, samples). Read-only.

    Raises
    ------
    ValueError
        If ``samples`` is too small for the highest frequency.

    Examples
    --------
    >>> from clusternet.psf.optical.pupil import mirror_errors
    >>> mirror_errors(128, rms=28.0, seeds=(0, 1), cycles=(2.0, 32.0)).shape
    (2, 128, 128)
    """
    if samples < 2 * cycles[1]:
        raise ValueError(
            f"samples = {samples} cannot hold {cycles[1]} cycles: pass {2 * cycles[1]:g} or more"
        )
    # A square of twice the aperture keeps the periodic map from tying its edges together.
    frequency = np.fft.fftfreq(2 * samples) * samples
    cycle = np.hypot(frequency[:, None], frequency)
    passed = (cycle >= cycles[0]) & (cycle <= cycles[1])
    amplitude = np.where(passed, np.maximum(cycle, cycles[0]) ** (-index / 2), 0.0)
    clear = hubble_pupil(samples)
    axis = (np.arange(samples) + 0.5) / samples - 0.5
    plane = [np.ones((samples, samples)), *np.meshgrid(axis, axis)]
    overlap = [[np.sum(clear * a * b) for a in plane] for b in plane]
    maps = np.empty((len(seeds), samples, samples))
    for number, seed in enumerate(seeds):
        noise = np.random.default_rng(seed).standard_normal(amplitude.shape)
        screen = np.fft.ifft2(np.fft.fft2(noise) * amplitude).real[:samples, :samples]
        # A tilt would move the star and not blur it.
        tilt = np.linalg.solve(overlap, [np.sum(clear * screen * a) for a in plane])
        screen -= np.tensordot(tilt, plane, axes=1)
        maps[number] = screen * rms / np.sqrt(np.average(screen**2, weights=clear))
    maps.flags.writeable = False
    return maps
