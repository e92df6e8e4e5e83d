"""
Figures 5 and 6: what the clusters are
======================================

Ages, masses, extinctions, sizes and densities of a catalogue, and the mass function behind them.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
from astropy.table import QTable

import clusternet
from clusternet.analysis import compare_fits, fit_power_law, fit_schechter
from clusternet.galaxy import M83, miniature_galaxy
from clusternet.images import MultiBandImage
from clusternet.mocks import MockClusters
from clusternet.pipeline import search
from clusternet.plotting import plot_distributions, plot_mass_function, plot_parameters

# %%
# The catalogue of the galaxy of :ref:`the search <sphx_glr_auto_examples_plot_selection.py>`.

folder = Path(tempfile.gettempdir()) / f"clusternet-{clusternet.__version__}-miniature"
if not (folder / "truth.ecsv").exists():
    miniature_galaxy(MockClusters()).write(folder, progress=False)
image = MultiBandImage.read({b: folder / f"{b}.fits" for b in ("F336W", "F438W", "F814W")})
catalogue = search(image, class_cb=0.8, distance=M83.distance, progress=False).catalogue
truth = QTable.read(folder / "truth.ecsv")

# %%
# Parameters in pairs
# -------------------
# Old clusters of low mass, and old ones behind much dust, are too faint to be found: the empty
# corners. Dotted lines are those of equal density.

fig, axes = plt.subplots(2, 3, figsize=(10.5, 6.4), layout="constrained")
fig.colorbar(plot_parameters(catalogue, axes), ax=axes[1], label="log10 (age / yr)", extend="max")

# %%
# Distributions
# -------------

fig, axes = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained")
plot_mass_function(catalogue, axes[0], minimum=1e4)
plot_distributions(catalogue, axes[1:])

# %%
# The mass function
# -----------------
# Fitted by maximum likelihood to the young clusters above 10,000 solar masses. So few clusters
# say little about the truncation mass, which was 1.6e5 solar masses: its interval says so.

for name, table in (("found", catalogue), ("true", truth)):
    masses = 10 ** table["log_mass"][table["log_age"] < 8.5]
    schechter = fit_schechter(masses, minimum=1e4)
    low, high = schechter.intervals["m_star"]
    print(f"{name}: {schechter.n:.0f} clusters, M* = {schechter.parameters['m_star']:.2g} "
          f"({low:.2g} to {high:.2g})")
    power_law = fit_power_law(masses, minimum=1e4)
    print(compare_fits({"Schechter": schechter, "power law": power_law})["name", "delta_aic"])
plt.show()
