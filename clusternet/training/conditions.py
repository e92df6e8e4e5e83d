"""How scenes are observed: zero points, seeing, noise, sky and cuts around those of the mocks."""

from dataclasses import dataclass

__all__ = ["MODEL_CONDITIONS", "WIDE_CONDITIONS", "ObservingConditions"]


@dataclass(frozen=True)
class ObservingConditions:
    """Ranges from which the conditions of each scene are drawn.

    A probability of 0 switches an effect off, and so does a range without width: (1, 1) for the
    noise.

    Parameters
    ----------
    zero_point : float
        Standard deviation of the error of each band's zero point, magnitudes.
    blur, blur_probability : float
        Largest standard deviation of a Gaussian on top of the PSF, in pixels, and the probability
        that a scene has one.
    noise : tuple of float
        Range of the factor on the standard deviation of the noise, log uniform.
    correlation, correlation_probability : float
        Largest standard deviation in pixels of the Gaussian that correlates the noise of
        neighbouring pixels, as drizzling does, and its probability.
    subtracted : float
        Probability that the median of each band is subtracted.
    sky : tuple of float
        Range of the sky that is then added to each band, uniform, electron/s per pixel.
    sky_probability : float
        Its probability.
    clip_probability : float
        Probability that negative pixels are set to zero.
    pixel_scale, pixel_scale_probability : float
        Largest relative difference of the pixel scale from the nominal one, and its probability.
    published : float
        Probability that the image is one recovered from a published picture: smoothed after the
        noise, black below a level of its own in each band, in logarithmic steps.
    """

    zero_point: float = 0.05
    blur: float = 0.8
    blur_probability: float = 0.6
    noise: tuple[float, float] = (0.7, 1.6)
    correlation: float = 0.7
    correlation_probability: float = 0.4
    subtracted: float = 1 / 3
    sky: tuple[float, float] = (-0.01, 0.04)
    sky_probability: float = 0.7
    clip_probability: float = 0.06
    pixel_scale: float = 0.05
    pixel_scale_probability: float = 0.0
    published: float = 0.0

    def __post_init__(self) -> None:
        for name in ("noise", "sky"):  # YAML gives lists
            object.__setattr__(self, name, tuple(getattr(self, name)))


#: Calibrated mosaics with nominal pixels.
MODEL_CONDITIONS = ObservingConditions()

#: More of what real images are: other pixel scales, recovered pictures, more clipping.
WIDE_CONDITIONS = ObservingConditions(pixel_scale_probability=0.3, published=0.12,
                                      clip_probability=0.1)
