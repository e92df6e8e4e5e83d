"""
Search a galaxy
===============

From an image in three bands to a catalogue of its star clusters. The galaxy is made up, so that
what is found can be compared with what is there.
"""

import matplotlib.pyplot as plt
import numpy as np

from clusternet.catalog import match
from clusternet.completeness import recall
from clusternet.detection import DenseDetector
from clusternet.estimation import DenseEstimator
from clusternet.galaxy import SyntheticGalaxy
from clusternet.injection import inject
from clusternet.mocks import MockClusters
from clusternet.plotting import plot_class_map, plot_clusters, plot_image
from clusternet.validation import centre_error, parameter_errors

# %%
# The image
# ---------
# A part of a galaxy like M83, seen by WFC3/UVIS in F336W, F438W and F814W, and mock clusters put
# into it, one every 56 pixels or so. All follow from their seeds.

mocks = MockClusters()
galaxy = SyntheticGalaxy((10000, 10000), mocks, rng=5)
image, truth = inject(galaxy.image(x0=3600, y0=5400, nx=448, ny=448), mocks, spacing=56,
                      jitter=20, rng=1, progress=False)
print(image)

# %%
# The search
# ----------
# One pass of the network over the image. A mosaic on disk (`~clusternet.images.Mosaic`) is searched
# in the same way, tile by tile.

detector = DenseDetector()
catalogue = detector(image, progress=False)
catalogue["x_centroid", "y_centroid", "class_cb", "log_age", "log_mass", "a_v", "log_r_h"][:5]

# %%
# On the left the candidates on the image, with crosses at the true places; on the right the class
# map, the probability that a cluster is centred on a pixel.

maps = detector.value_maps(image, progress=False)
fig, (left, right) = plt.subplots(1, 2, figsize=(11, 5.2), layout="constrained",
                                  subplot_kw={"projection": image.wcs})
plot_image(image, left)
plot_clusters(catalogue, left, image.pixel_scale)
left.plot(truth["x_centroid"], truth["y_centroid"], "w+", ms=5)
plot_class_map(maps, right)

# %%
# How good is it?
# ---------------
# Clusters and candidates belong together if they are within 3 pixels.

matched, false = match(truth, catalogue, radius=3)
row = recall(matched)[0]
print(f"{row['n_found']} of {row['n']} found, {len(false)} candidates are none; "
      f"half of the centres within {centre_error(matched):.2f} px")
print(parameter_errors(matched)["selection", "parameter", "n", "rms", "null"])

# %%
fig, axes = plt.subplots(1, 4, figsize=(12, 3.2), layout="constrained")
found = matched[matched["found"]]
for ax, name in zip(axes, ("log_age", "log_mass", "a_v", "log_r_h"), strict=True):
    true, low, middle, high = (
        np.asarray(found[column].value) for column in
        (name, f"{name}_found_lo", f"{name}_found", f"{name}_found_hi"))
    ax.errorbar(true, middle, [middle - low, high - middle], fmt=".", lw=0.7)
    ax.axline((true[0], true[0]), slope=1, color="k", lw=0.5)
    ax.set(title=name, xlabel="true")
axes[0].set_ylabel("inferred, 16-84 %")

# %%
# The whole posterior
# -------------------
# Age, extinction and mass are told together: a young cluster behind dust and an older one without
# look alike. This is the joint posterior of the candidate whose age is the least certain.

uncertain = np.argmax(catalogue["log_age_hi"] - catalogue["log_age_lo"])
posterior = DenseEstimator(detector.network)(
    image, catalogue[uncertain:uncertain + 1], progress=False)
age, dust = (posterior.bins.edges(name) for name in ("log_age", "a_v"))
fig, ax = plt.subplots(figsize=(5, 3.5), layout="constrained")
ax.pcolormesh(age, dust, posterior.joint[0].sum(axis=2).T, cmap="magma")
ax.set(xlabel="log10 (age / yr)", ylabel="A_V [mag]", title="probability")
plt.show()
