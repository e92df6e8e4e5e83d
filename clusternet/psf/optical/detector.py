"""The blur of the WFC3/UVIS detectors, for models that do not bring their own."""

__all__ = ["charge_blur"]


def charge_blur(wavelength: float) -> float:
    """Width of the Gaussian that stands for charge diffusion and jitter.

    Charge that red light frees starts deeper in the detector, nearer to the electrodes, and
    spreads less. The values make `OpticalPSF` agree with stars on WFC3/UVIS.

    Parameters
    ----------
    wavelength : float
        Wavelength in nm.

    Returns
    -------
    float
        Standard deviation in arcsec: 0.024 below 600 nm, 0.018 from there up.

    Examples
    --------
    >>> from clusternet.psf.optical.detector import charge_blur
    >>> charge_blur(432.6), charge_blur(803.9)
    (0.024, 0.018)
    """
    return 0.024 if wavelength < 600 else 0.018
