"""
Figures 7 and 9: across the spiral arms
=======================================

Clusters form in the arms and drift ahead of them as they age. How far from its arm is each?
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from astropy import units as u
from astropy.table import QTable

import clusternet
from clusternet.analysis import drift_rate
from clusternet.galaxy import M83, SpiralArms, miniature_galaxy
from clusternet.images import MultiBandImage
from clusternet.mocks import MockClusters
from clusternet.pipeline import search
from clusternet.plotting import plot_arm_counts, plot_spatial

# %%
# The catalogue of the galaxy of :ref:`the search <sphx_glr_auto_examples_plot_selection.py>`, and
# its dust lanes. Those of a real galaxy can be drawn in DS9
# (`~clusternet.galaxy.SpiralArms.from_regions`) or traced (`~clusternet.galaxy.trace_dust_lane`).

folder = Path(tempfile.gettempdir()) / f"clusternet-{clusternet.__version__}-miniature"
if not (folder / "truth.ecsv").exists():
    miniature_galaxy(MockClusters()).write(folder, progress=False)
image = MultiBandImage.read({b: folder / f"{b}.fits" for b in ("F336W", "F438W", "F814W")})
catalogue = search(image, class_cb=0.8, distance=M83.distance, progress=False).catalogue
galaxy = miniature_galaxy(MockClusters())
arms = SpiralArms.from_structure(galaxy.structure, M83, (0.04 * u.kpc, 0.65 * u.kpc))
distance = arms.distance(catalogue["sky_centroid"])

# %%
# On the sky
# ----------
# Red triangles lead the arm next to them, blue ones trail it; then ages, extinctions and densities.

fig, axes = plt.subplots(2, 2, figsize=(10, 9), layout="constrained",
                         subplot_kw={"projection": image.wcs})
drawn = plot_spatial(catalogue, axes, arms, image, furthest=0.1 * u.kpc,
                    radii=np.arange(1, 7) / 10)
for ax, points, label in zip(axes.flat, drawn,
                             ("distance from the arm [kpc]", "log10 (age / yr)", "A_V [mag]",
                              "log10 density"), strict=True):
    fig.colorbar(points, ax=ax, label=label, shrink=0.8)

# %%
# Counts
# ------
# The young clusters are nearest to the dust lanes on the leading side, those of 10 to 50 million
# years further on; old ones are everywhere.

fig, axes = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained")
profiles = plot_arm_counts(catalogue, distance, axes, window=0.04 * u.kpc,
                           at=np.arange(-0.12, 0.121, 0.004) * u.kpc)

# %%
# The drift
# ---------
# Clusters were given 7 pc/Myr along the azimuth; across arms of 15 degrees that is 1.8 pc/Myr.

truth = QTable.read(folder / "truth.ecsv")
across = galaxy.clusters.drift * np.sin(np.radians(galaxy.structure.pitch_angle))
print(f"put in: {across:.2f} pc / Myr")
for name, table in (("true places and ages", truth), ("found", catalogue)):
    drift = drift_rate(arms.distance(table["sky_centroid"]), table["log_age"], rng=1,
                       edges=(6.6, 6.9, 7.2, 7.5), limits=[-0.1, 0.15] * u.kpc,
                       smoothing=0.015 * u.kpc)
    print(f"{name}: {drift.rate:.2f} +- {drift.rate_err.value:.2f}")
plt.show()
