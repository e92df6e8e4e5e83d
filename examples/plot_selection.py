"""
Figure 4: search and selection
==============================

A whole spiral galaxy, searched; candidates chosen by class and visibility, and sorted by age.
"""

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
from astropy.table import QTable

import clusternet
from clusternet.catalog import match, select
from clusternet.completeness import recall
from clusternet.galaxy import M83, miniature_galaxy
from clusternet.images import MultiBandImage
from clusternet.mocks import MockClusters
from clusternet.pipeline import search
from clusternet.plotting import plot_image, plot_selection, plot_stamps

# %%
# The galaxy
# ----------
# An eighth of the size of M83 and at its place, so that it is ready in seconds. Its clusters formed
# in the arms and drifted off. It is made once and kept for the other examples.

folder = Path(tempfile.gettempdir()) / f"clusternet-{clusternet.__version__}-miniature"
if not (folder / "truth.ecsv").exists():
    miniature_galaxy(MockClusters()).write(folder, progress=False)
image = MultiBandImage.read({b: folder / f"{b}.fits" for b in ("F336W", "F438W", "F814W")})
truth = QTable.read(folder / "truth.ecsv")

fig, ax = plt.subplots(figsize=(7, 7), layout="constrained", subplot_kw={"projection": image.wcs})
plot_image(image, ax)
ax.set(xlabel="right ascension", ylabel="declination")

# %%
# The search
# ----------

candidates = search(image, distance=M83.distance, progress=False).candidates
print(f"{len(candidates)} candidates for {len(truth)} clusters")
for class_cb in (0.5, 0.8, 0.95):
    chosen = select(candidates, class_cb, None)
    matched, false = match(truth, chosen, radius=3)
    print(f"class > {class_cb}: {len(chosen)}, of which {len(false)} are no clusters; "
          f"recall {recall(matched)['recall'][0]:.2f}")

# %%
# The paper draws its candidates above visibilities of 2, 2.5 and 3. Crowding makes the background
# of every cluster here uneven and so its visibility low, which is why the thresholds are lower. In
# the second row are the candidates of the middle panel, by age: the young follow the arms.

fig, axes = plt.subplots(2, 3, figsize=(11, 7.4), layout="constrained",
                         subplot_kw={"projection": image.wcs})
drawn = plot_selection(candidates, axes, image, visibility=(0.25, 0.5, 1.0))
fig.colorbar(drawn[0], ax=axes, label="log10 (age / yr)", extend="max", aspect=40)

# %%
# To look at candidates one by one is part of the paper's selection. These are the surest of
# every age.

surest = candidates[candidates["class_cb"] > 0.95]
surest = surest[surest["visibility"] > 1][:40]
surest.sort("log_age")
fig, ax = plt.subplots(figsize=(9, 5.6), layout="constrained")
plot_stamps(image, surest, ax, labels=[f"{age:.1f}" for age in surest["log_age"]])
plt.show()
