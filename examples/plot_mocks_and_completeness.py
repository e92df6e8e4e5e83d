"""
Figures 1 to 3: mock clusters and completeness
==============================================

Mock clusters are put into an image, which is searched: how many come back, and which?
"""

import matplotlib.pyplot as plt
import numpy as np
from astropy import units as u

from clusternet.completeness import recall
from clusternet.detection import DenseDetector
from clusternet.galaxy import SpiralArms, SyntheticGalaxy
from clusternet.injection import artificial_cluster_test, inject
from clusternet.mocks import MockClusters
from clusternet.plotting import (
    plot_class_visibility,
    plot_mocks,
    plot_recall_map,
    plot_recall_maps,
    plot_stamps,
)

# %%
# The image
# ---------
# A part of a synthetic galaxy like M83 across an arm, with clusters of its own; and the same with
# mock clusters, one every 48 pixels.

mocks = MockClusters()
galaxy = SyntheticGalaxy((10000, 10000), mocks, cluster_density=60, rng=5)
image = galaxy.image(x0=3300, y0=5500, nx=576, ny=576)
filled, truth = inject(image, mocks, spacing=48, rng=1, progress=False)

fig, axes = plt.subplot_mosaic("ab;ac", figsize=(9, 6), layout="constrained",
                               width_ratios=[2, 1])
plot_mocks(filled, [axes[name] for name in "abc"], [(130, 460), (430, 130)], size=160)
for ax in axes.values():
    ax.set(xticks=[], yticks=[])

# %%
# Some of the mock clusters one by one, by age and mass.

brightest = truth[np.argsort(truth["mag_F438W"])[:32]]
brightest.sort("log_age")
labels = [f"{row['log_age']:.1f} {row['log_mass']:.1f}" for row in brightest]
fig, ax = plt.subplots(figsize=(9, 4.6), layout="constrained")
plot_stamps(filled, brightest, ax, labels=labels)

# %%
# The test
# --------
# `~clusternet.injection.artificial_cluster_test` puts the same clusters in, searches the image
# before and after, and matches within 3 pixels; images on disk are worked on tile by tile.

detector = DenseDetector(threshold=0.05)
test = artificial_cluster_test(image, mocks, detector, spacing=48, rng=1, search_before=True,
                               progress=False)
fig, ax = plt.subplots(figsize=(6, 5), layout="constrained")
plot_class_visibility(test.matched, ax, candidates=test.before)
ax.legend(fontsize=7)

# %%
# Which are found
# ---------------
# On the left the recall over the image; then by pairs of parameters, in the first row on the arm
# (where its dust lane is less than 0.5 kpc away), in the second off it.

found = test.matched[~test.matched["before"]]
found["found"] &= found["class_cb"] > 0.95
row = recall(found)[0]
print(f"{row['n_found']} of {row['n']} found")

arms = SpiralArms.from_structure(galaxy.structure, galaxy.galaxy, (0.5 * u.kpc, 6 * u.kpc))
on_arm = arms.inside(found["sky_centroid"], 0.5 * u.kpc, 0.1 * u.kpc)
light = found[found["log_mass"] < 4.5]
fig, ax = plt.subplots(figsize=(4.4, 4), layout="constrained")
places = np.linspace(0, 576, 7)
fig.colorbar(plot_recall_map(light, {"x_centroid": places, "y_centroid": places}, ax),
             label="recall of clusters below 10$^{4.5}$ Msun")

# %%

edges = {"log_age": np.linspace(6.6, 10.1, 6), "log_mass": np.linspace(3.5, 5.5, 6),
         "a_v": np.linspace(0, 3, 6)}
fig, axes = plt.subplots(2, 3, figsize=(9, 5.4), layout="constrained")
meshes = plot_recall_maps(found, axes, inside=on_arm, edges=edges)
fig.colorbar(meshes[0, 0], ax=axes, label="recall")
plt.show()
