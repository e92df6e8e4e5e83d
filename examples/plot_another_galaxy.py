"""
Another galaxy
==============

A galaxy twice as far away and face on: where it is, its arms, what its clusters look like, and how
many of them the network for M83 would still find.
"""

import matplotlib.pyplot as plt
import numpy as np
from astropy import units as u
from astropy.coordinates import SkyCoord

from clusternet.completeness import recall
from clusternet.detection import DenseDetector
from clusternet.galaxy import Galaxy, GalaxyStructure, SpiralArms, SyntheticGalaxy
from clusternet.injection import artificial_cluster_test
from clusternet.mocks import MockClusters, ParameterSpace
from clusternet.plotting import plot_arms, plot_image

# %%
# Where it is
# -----------
# A galaxy is its centre, distance and orientation; the sense of its rotation tells the leading from
# the trailing side of an arm. `~clusternet.galaxy.Galaxy.read` reads such a description, and
# `~clusternet.galaxy.Galaxy.from_name` asks a catalogue.

galaxy = Galaxy("another", SkyCoord("01h36m42s +15d47m00s"), 9.0 * u.Mpc, 9 * u.deg, 20 * u.deg,
                rotation=-1)
radius, azimuth = galaxy.polar(SkyCoord("01h36m45s +15d48m00s"))
print(f"{galaxy.parsecs_per_arcsec:.1f} pc per arcsec; a place at {radius:.2f}, "
      f"{azimuth.to(u.deg):.0f}")

# %%
# What it looks like
# ------------------
# Mock clusters at its distance, with the magnitude limits of Paper III. Many of the stars that are
# single ones in M83 are blended here.

mocks = MockClusters(distance=galaxy.distance, parameters=ParameterSpace(log_mass=(4.0, 6.0)))
structure = GalaxyStructure(pitch_angle=20.0, n_arms=2)
whole = SyntheticGalaxy((6000, 6000), mocks, galaxy, structure, rng=3)
image = whole.image(x0=3300, y0=3000, nx=600, ny=600)
arms = SpiralArms.from_structure(structure, galaxy, (1, 8) * u.kpc)

fig, ax = plt.subplots(figsize=(6, 5.6), layout="constrained", subplot_kw={"projection": image.wcs})
plot_image(image, ax)
plot_arms(arms, ax, radii=())
ax.set(xlim=(-0.5, 599.5), ylim=(-0.5, 599.5), xlabel="right ascension", ylabel="declination")

# %%
# How well M83's network does there
# ---------------------------------
# The weights were trained at 4.5 Mpc. An artificial cluster test says what that costs: clusters are
# found, and their masses are too small. For a catalogue of such a galaxy train a network on its own
# mocks (:ref:`sphx_glr_auto_examples_plot_train_a_network.py`).

test = artificial_cluster_test(image, mocks, DenseDetector(), spacing=50, rng=1, progress=False)
table = recall(test.matched, {"log_mass": [4, 4.5, 5, 5.5, 6]})
table["log_mass_lo", "log_mass_hi", "n", "n_found", "recall"].pprint()
found = test.matched[test.matched["found"]]
error = found["log_mass_found"] - found["log_mass"]
print(f"masses of those found are off by {np.median(error):+.2f} dex: the network takes them to be "
      f"at 4.5 Mpc, which is {2 * np.log10(4.5 / 9):+.2f}")
