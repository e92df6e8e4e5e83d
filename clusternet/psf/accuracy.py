"""Accuracy of the point-spread functions: what trades precision against memory or time.

`OpticalPSF` takes two more as arguments, ``n_wavelengths`` and ``pupil_samples``.
"""

__all__ = [
    "DRIZZLE_MARGIN",
    "DRIZZLE_SAMPLES",
    "ENERGY_CELLS",
    "ENERGY_SAMPLES",
    "MOFFAT_CELLS",
    "MOFFAT_NODES",
    "PUPIL_CELLS",
    "TINYTIM_BLOCK",
    "TINYTIM_NODES",
    "TINYTIM_NODES_PER_WAVE",
]

#: Samples per pixel (4) of the array whose light inside a circle is added up.
ENERGY_SAMPLES = 4

#: Cells per sample and axis (5) that weigh the samples on the rim of the circle.
ENERGY_CELLS = 5

#: Samples per detector pixel (8) before drizzling: HST has no detail finer than 3 of them resolve.
DRIZZLE_SAMPLES = 8

#: Detector pixels (6) around the array, so that its rim is drizzled as its centre is.
DRIZZLE_MARGIN = 6

#: Fewest cells per full width at half maximum (2) in which a Moffat profile is integrated.
MOFFAT_CELLS = 2

#: Gauss-Legendre nodes per cell and axis (6).
MOFFAT_NODES = 6

#: Cells per sample and axis (5) that give the pupil its grey edges.
PUPIL_CELLS = 5

#: Gauss-Legendre nodes over the frequencies of a TinyTim image (64), besides those per wave.
TINYTIM_NODES = 64

#: Further nodes per wave of the highest frequency over the width of the image (8).
TINYTIM_NODES_PER_WAVE = 8

#: Offsets for which the response to a sample is computed at once (4096): bounds the memory.
TINYTIM_BLOCK = 4096
