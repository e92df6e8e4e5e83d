"""
A cluster, star by star
=======================

From an age, a mass and a size to the stars of one cluster: what they are, where they are, and how
bright they look in M83.
"""

import matplotlib.pyplot as plt
import numpy as np
from astropy import units as u
from astropy.coordinates import Distance

from clusternet.instruments import wfc3_uvis
from clusternet.profiles import EFFProfile
from clusternet.stars import ExtinctionLaw, KroupaIMF, PadovaIsochrones

# %%
# The parts
# ---------
# Each can be replaced by another object of its kind.

instrument = wfc3_uvis()
isochrones = PadovaIsochrones()
imf = KroupaIMF()
extinction = ExtinctionLaw()
profile = EFFProfile.from_half_number_radius(0.15, gamma=3.0)  # arcsec

# %%
# The stars
# ---------
# A cluster of 20,000 solar masses at birth, 20 million years old, behind half a magnitude of dust.

rng = np.random.default_rng(83)
log_age, initial_mass, a_v = 7.3, 2e4, 0.5

masses = imf.sample(round(initial_mass / imf.mean_mass), rng)
positions = profile.sample(len(masses), rng)

absolute = isochrones.isochrone(log_age).at(masses)
coefficients = extinction.coefficients(instrument)
distance_modulus = Distance(4.5 * u.Mpc).distmod.value
apparent = {
    band: magnitude + distance_modulus + coefficients[band] * a_v
    for band, magnitude in absolute.items()
}

alive = np.isfinite(apparent["F814W"])
print(f"{len(masses)} born ({masses.sum():.0f} solar masses), {(~alive).sum()} dead by now")
apparent = {band: magnitude[alive] for band, magnitude in apparent.items()}
positions = positions[alive]

# %%
# The whole cluster's magnitude adds up the fluxes of its stars.

for band in instrument:
    total = band.flux(apparent[band.name]).sum()
    print(f"{band.name}: {float(band.magnitude(total)):.2f} mag, {total:.1f} electron/s")

# %%
# What it looks like
# ------------------
# On the left, the stars by colour and brightness; on the right, the same stars on the sky. The red
# supergiants give most of the light in F814W. There are so few of them that their number, and with
# it the cluster's colour, is largely a matter of chance.

colour = apparent["F438W"] - apparent["F814W"]
flux = instrument["F814W"].flux(apparent["F814W"])
supergiants = (colour > 3) & (apparent["F814W"] < 23)
share = flux[supergiants].sum() / flux.sum()
print(f"{supergiants.sum()} red supergiants give {share:.0%} of the light in F814W")

figure, (diagram, sky) = plt.subplots(1, 2, figsize=(9, 4.2), layout="constrained")

diagram.scatter(colour, apparent["F814W"], s=4, color="tab:blue")
diagram.set(xlabel="F438W - F814W", ylabel="F814W", ylim=(34, 20))

points = sky.scatter(
    *positions.T, s=60 * flux / flux.max(), c=colour, cmap="RdYlBu_r", vmin=-0.5, vmax=3
)
sky.set(xlim=(-0.8, 0.8), ylim=(-0.8, 0.8), xlabel="x (arcsec)", ylabel="y (arcsec)")
sky.set_aspect("equal")
figure.colorbar(points, label="F438W - F814W")
plt.show()
