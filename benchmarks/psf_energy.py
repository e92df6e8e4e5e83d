"""Light inside circles, width and peak of OpticalPSF beside stars on HST WFC3/UVIS.

Run ``python benchmarks/psf_energy.py`` in the root of the repository. The measured values are the
encircled energies that STScI published in 2020 for both chips.
"""

import numpy as np
from astropy import units as u

from clusternet.psf import OpticalPSF, uvis_bands

RADII = np.array([0.04, 0.08, 0.12, 0.20, 0.40, 0.99])
CHIPS = {
    "F336W": (
        [0.203, 0.476, 0.666, 0.816, 0.890, 0.946],
        [0.282, 0.610, 0.754, 0.840, 0.894, 0.947],
    ),
    "F438W": (
        [0.265, 0.589, 0.746, 0.838, 0.906, 0.948],
        [0.283, 0.613, 0.765, 0.852, 0.909, 0.949],
    ),
    "F814W": (
        [0.239, 0.527, 0.686, 0.836, 0.902, 0.953],
        [0.119, 0.405, 0.638, 0.821, 0.902, 0.946],
    ),
}
WIDTHS = {"F336W": (0.080, 0.142), "F438W": (0.082, 0.139), "F814W": (0.085, 0.122)}
MODELS = {
    "default, drizzled": OpticalPSF(),
    "default, detector": OpticalPSF(drop=0 * u.arcsec),
    "averaged, drizzled": OpticalPSF(uvis_bands(averaged=True)),
    "averaged, detector": OpticalPSF(uvis_bands(averaged=True), drop=0 * u.arcsec),
}


def width_and_peak(psf, band, oversampling=16):
    """Full width at half maximum along x in arcsec, and the light in the central pixel."""
    star = psf.effective_psf(band, oversampling, 9)
    row = star[len(star) // 2, len(star) // 2 :]
    outside = np.flatnonzero(row < row[0] / 2)[0]
    part = (row[outside - 1] - row[0] / 2) / (row[outside - 1] - row[outside])
    return 2 * (outside - 1 + part) * psf.pixel_scale.value / oversampling, row[0]


def line(name, values, end=""):
    print(f"  {name:<19}" + "".join(f"{value:8.3f}" for value in values) + end)


def main():
    for band, chips in CHIPS.items():
        mean = np.mean(chips, axis=0)
        low, high = sorted(chip[0] for chip in chips)
        print(f"{band}: light inside a radius (arcsec)")
        line("radius", RADII, "   rms   at 0.04  FWHM   /ref.  peak   (ref.)")
        for number, chip in enumerate(chips, start=1):
            line(f"UVIS{number}", chip)
        line("mean of both", mean)
        for name, psf in MODELS.items():
            inside = psf.encircled_energy(band, RADII * u.arcsec)
            rms = np.sqrt(np.mean((inside[1:] / mean[1:] - 1) ** 2))
            between = "between" if low <= inside[0] <= high else "outside"
            end = f"  {100 * rms:4.1f} %  {between}"
            width, peak = width_and_peak(psf, band)
            if psf.drop > 0:
                reference, tip = WIDTHS[band]
                end += f"  {width:.4f} {100 * (width / reference - 1):+.1f} %  {peak:.3f} ({tip})"
            else:
                end += f"  {width:.4f}         {peak:.3f}"
            line(name, inside, end)
        print()


if __name__ == "__main__":
    main()
