"""
The whole paper in one script
=============================

From images to the nine figures: artificial cluster tests, search, selection, parameters, arms and
centre. With your own mosaics in place of the miniature galaxy, and the arms of your galaxy, the
same lines are a study of it.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from astropy import units as u

import clusternet
from clusternet.catalog import select
from clusternet.detection import DenseDetector
from clusternet.galaxy import M83, SpiralArms, miniature_galaxy
from clusternet.images import MultiBandImage
from clusternet.injection import artificial_cluster_test
from clusternet.mocks import MockClusters
from clusternet.pipeline import search
from clusternet.plotting import (
    plot_arm_counts,
    plot_class_visibility,
    plot_distributions,
    plot_mass_function,
    plot_mocks,
    plot_parameters,
    plot_radial_trends,
    plot_recall_maps,
    plot_selection,
    plot_spatial,
)

# %%
# The data (section 2)

folder = Path(tempfile.gettempdir()) / f"clusternet-{clusternet.__version__}-miniature"
if not (folder / "truth.ecsv").exists():
    miniature_galaxy(MockClusters()).write(folder, progress=False)
image = MultiBandImage.read({b: folder / f"{b}.fits" for b in ("F336W", "F438W", "F814W")})
structure = miniature_galaxy(MockClusters()).structure
arms = SpiralArms.from_structure(structure, M83, (0.04 * u.kpc, 0.65 * u.kpc))

# %%
# Artificial clusters (section 3.3): Figs. 1, 2 and 3

detector = DenseDetector(threshold=0.05)
test = artificial_cluster_test(image, MockClusters(), detector, rng=1, search_before=True,
                               progress=False)
found = test.matched[~test.matched["before"]]
sky = {"projection": image.wcs}

fig, ax = plt.subplots(figsize=(6, 5), layout="constrained")
plot_class_visibility(test.matched, ax, candidates=test.before)

# %%

fig, axes = plt.subplots(2, 3, figsize=(9, 5.4), layout="constrained")
inside = arms.inside(found["sky_centroid"], 0.06 * u.kpc, 0.02 * u.kpc)
edges = {"log_age": np.linspace(6.6, 10.1, 6), "log_mass": np.linspace(3.5, 5.5, 6),
         "a_v": np.linspace(0, 3, 6)}
meshes = plot_recall_maps(found, axes, inside=inside, edges=edges)
fig.colorbar(meshes[0, 0], ax=axes, label="recall")

# %%
# Search and selection (section 4.1): Fig. 4, and with its parts enlarged as in Fig. 1

candidates = search(image, detector, distance=M83.distance, progress=False).candidates
catalogue = select(candidates, 0.8, None)
fig, axes = plt.subplots(1, 3, figsize=(11, 3.8), layout="constrained")
plot_mocks(image, axes, [(700, 700), (350, 350)], size=300)

# %%

fig, axes = plt.subplots(2, 3, figsize=(11, 7.4), layout="constrained", subplot_kw=sky)
plot_selection(candidates, axes, image, visibility=(0.25, 0.5, 1.0))

# %%
# Parameters (section 4.2): Figs. 5 and 6

fig, axes = plt.subplots(2, 3, figsize=(10.5, 6.4), layout="constrained")
plot_parameters(catalogue, axes)

# %%

fig, axes = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained")
plot_mass_function(catalogue, axes[0])
plot_distributions(catalogue, axes[1:])

# %%
# Arms and centre (sections 4.3 and 4.4): Figs. 7 and 8

distance = arms.distance(catalogue["sky_centroid"])
fig, axes = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained")
plot_arm_counts(catalogue, distance, axes, window=0.04 * u.kpc,
                at=np.arange(-0.12, 0.121, 0.004) * u.kpc)

# %%

fig, axes = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained")
plot_radial_trends(catalogue, M83.polar(catalogue["sky_centroid"])[0], axes, window=0.1 * u.kpc)

# %%
# On the sky (section 4.5): Fig. 9

fig, axes = plt.subplots(2, 2, figsize=(9, 9), layout="constrained", subplot_kw=sky)
plot_spatial(catalogue, axes, arms, image, distance=distance, furthest=0.1 * u.kpc,
             radii=np.arange(1, 7) / 10)
plt.show()
