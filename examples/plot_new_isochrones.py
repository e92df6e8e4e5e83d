"""
New isochrones
==============

Any table of stellar models will do. Here one is written down from the packaged isochrones, with
stars a quarter of a magnitude brighter in F814W, as if other models said so.
"""

import matplotlib.pyplot as plt
import numpy as np
from astropy.table import QTable, vstack

from clusternet.mocks import MockClusters
from clusternet.psf import OpticalPSF
from clusternet.stars import PadovaIsochrones, TabularIsochrones

# %%
# The table
# ---------
# One row a star: its age, initial mass and absolute Vega magnitudes. Columns that help to
# interpolate between ages (phase, temperature, luminosity, or equal evolutionary points) may be
# left out where the ages are those that will be asked for.

padova = PadovaIsochrones()
ages = np.round(np.arange(6.6, 10.11, 0.5), 2)
rows = []
for log_age in ages:
    isochrone = padova.isochrone(log_age)
    rows.append(QTable({
        "log_age": np.full(len(isochrone.initial_mass), log_age),
        "initial_mass": isochrone.initial_mass,
        "F336W": isochrone.magnitudes["F336W"],
        "F438W": isochrone.magnitudes["F438W"],
        "F814W": isochrone.magnitudes["F814W"] - 0.25,
    }))
mine = TabularIsochrones(vstack(rows), metallicity=0.03, bands=["F336W", "F438W", "F814W"])

# %%
# Clusters made of them
# ---------------------
# The same seed gives the same cluster from both.

row = {"log_age": 8.1, "log_mass": 4.5, "a_v": 0.2, "log_r_h": -0.9}
fig, axes = plt.subplots(1, 2, figsize=(7.5, 3.6), layout="constrained", sharey=True)
for ax, name, isochrones in zip(axes, ("packaged", "mine"), (padova, mine), strict=True):
    mocks = MockClusters(psf=OpticalPSF(), isochrones=isochrones)
    cluster = mocks.build(row, rng=1)
    stars = cluster.stars
    f438w, f814w = mocks.instrument.magnitudes(stars.flux / stars.count[:, None])[:, 1:].T
    ax.plot(f438w - f814w, f814w, ".", ms=3)
    total = cluster.magnitudes(mocks.instrument)
    ax.set(title=f"{name}: F438W - F814W = {total['mag_F438W'] - total['mag_F814W']:.2f}",
           xlabel="F438W - F814W")
axes[0].set(ylabel="F814W", ylim=(33, 21))
plt.show()
