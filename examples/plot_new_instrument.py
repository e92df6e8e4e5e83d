"""
Another instrument, another PSF
===============================

The same clusters as WFC3/UVIS shows them, and as a camera on the ground would in two bands.
"""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
from astropy import units as u

from clusternet.galaxy import M83, SyntheticGalaxy
from clusternet.instruments import Instrument, wfc3_uvis
from clusternet.mocks import MockClusters, ParameterSpace
from clusternet.plotting import colour_composite
from clusternet.psf import MoffatPSF

# %%
# The camera
# ----------
# Bands carry zero points, throughputs and depth. This camera has two of Hubble's filters, pixels
# of 0.2 arcsec and a seeing of 0.6 arcsec. (`~clusternet.instruments.Instrument.read` reads such a
# description from a YAML file.)

hubble = wfc3_uvis()
larger = (0.2 * u.arcsec / hubble.pixel_scale) ** 2
ground = Instrument("ground", [replace(hubble[name], sky=float(hubble[name].sky * larger))
                               for name in ("F438W", "F814W")], 0.2 * u.arcsec)
seeing = MoffatPSF(0.6 * u.arcsec, bands=ground.bands, pixel_scale=ground.pixel_scale)

# %%
# What each sees
# --------------
# One galaxy at the distance of M83: stars, clusters and dust are drawn anew for each camera, from
# the same laws. Magnitude limits are named by band.

cameras = {
    "Hubble": MockClusters(),
    "ground": MockClusters(instrument=ground, psf=seeing, parameters=ParameterSpace(
        magnitude_limits={"F438W": 23.5, "F814W": 23.0})),
}
fig, axes = plt.subplots(1, 2, figsize=(9, 4.6), layout="constrained")
for ax, (name, mocks) in zip(axes, cameras.items(), strict=True):
    scale = mocks.pixel_scale.to_value(u.arcsec)
    n, whole = round(20 / scale), round(400 / scale)
    galaxy = SyntheticGalaxy((whole, whole), mocks, M83, rng=5,
                             cluster_density=100 * (scale / 0.0396) ** 2)
    part = galaxy.pixels(round(0.33 * whole), round(0.55 * whole), n, n)
    ax.imshow(colour_composite(part), origin="lower", extent=(0, 20, 0, 20))
    ax.set(title=f"{name}, {len(mocks.instrument)} bands", xlabel="arcsec")

# %%
# The PSFs
# --------

fig, ax = plt.subplots(figsize=(5, 3.4), layout="constrained")
for name, mocks in cameras.items():
    psf = mocks.renderer.psf.effective_psf("F438W", oversampling=1, size=65)
    middle = psf[psf.shape[0] // 2]
    arcsec = (np.arange(len(middle)) - len(middle) // 2) * mocks.pixel_scale.to_value(u.arcsec)
    ax.plot(arcsec, middle / middle.max(), drawstyle="steps-mid", label=name)
ax.set(xlim=(-1.5, 1.5), xlabel="arcsec", ylabel="F438W, peak 1")
ax.legend()
plt.show()
