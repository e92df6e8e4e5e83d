"""
Figure 8: out from the centre
=============================

Densities, masses and sizes of clusters against their distance from the centre.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
from astropy import units as u
from astropy.table import QTable

import clusternet
from clusternet.catalog import density
from clusternet.galaxy import M83, miniature_galaxy
from clusternet.images import MultiBandImage
from clusternet.mocks import MockClusters
from clusternet.pipeline import search
from clusternet.plotting import plot_radial_trends

# %%
# The catalogue of the galaxy of :ref:`the search <sphx_glr_auto_examples_plot_selection.py>`.

folder = Path(tempfile.gettempdir()) / f"clusternet-{clusternet.__version__}-miniature"
if not (folder / "truth.ecsv").exists():
    miniature_galaxy(MockClusters()).write(folder, progress=False)
image = MultiBandImage.read({b: folder / f"{b}.fits" for b in ("F336W", "F438W", "F814W")})
catalogue = search(image, class_cb=0.8, distance=M83.distance, progress=False).catalogue

# %%
# Found
# -----
# Old clusters were made more compact towards the centre, by 0.8 dex per kpc, young ones alike
# everywhere.

radius, _ = M83.polar(catalogue["sky_centroid"])
fig, axes = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained")
plot_radial_trends(catalogue, radius, axes, window=0.1 * u.kpc)

# %%
# True
# ----
# All clusters, found or not: old ones of low mass and large radius are missing above.

truth = QTable.read(folder / "truth.ecsv")
truth["log_density"] = density(truth["log_mass"], truth["log_r_h"], M83.distance)
fig, axes = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained")
plot_radial_trends(truth, truth["radius"], axes, window=0.1 * u.kpc)
plt.show()
