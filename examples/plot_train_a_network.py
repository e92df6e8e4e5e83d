"""
Train your own network
======================

On your own mosaic, with your own mock clusters. This one is trained for seconds, to show the steps;
the networks that come with the library took hours, after the recipes in
``clusternet/training/recipes``.
"""

import tempfile

import matplotlib.pyplot as plt
import numpy as np
from astropy.table import Table

from clusternet.galaxy import SyntheticGalaxy
from clusternet.mocks import MockClusters
from clusternet.training import TrainingData, WindowRecipe, WindowStage, train
from clusternet.training.kinds import BACKGROUND, CLUSTER, OFFCENTRE

# %%
# What it learns from
# -------------------
# Backgrounds are windows of the mosaic itself (here a part of a synthetic galaxy; for FITS files
# ``MultiBandImage.read(...).data``), and clusters are made by `~clusternet.mocks.MockClusters`.

mocks = MockClusters()
mosaic = SyntheticGalaxy((8000, 8000), mocks, rng=5).image(3000, 4400, 300, 300)

table, stamps = mocks.draw(300, size=64, rng=1)
_, elsewhere = mocks.draw(100, size=64, jitter=(6, 24), rng=2)
data = TrainingData({CLUSTER: (Table(table).as_array(), stamps), OFFCENTRE: (None, elsewhere)},
                    [mosaic.data])
print(data)

# %%
# The recipe
# ----------
# Everything that a training does stands in one object, which reads and writes YAML. The last stage
# sees whole windows.

recipe = WindowRecipe(
    name="mine", seed=1, steps_per_epoch=6, warm_up=5,
    stages=(WindowStage(epochs=4, crop=32, batch=32, learning_rate=(1e-3, 1e-3),
                        fractions={CLUSTER: 0.6, BACKGROUND: 0.25, OFFCENTRE: 0.15}),
            WindowStage(epochs=1, crop=64, batch=16, learning_rate=(5e-4, 0.0),
                        fractions={CLUSTER: 0.6, BACKGROUND: 0.25, OFFCENTRE: 0.15})))

# %%
# The training
# ------------
# It keeps a log and checkpoints in its folder, and resumes from there when it was stopped. The
# weights are a safetensors file for ``load_network`` and ``SlidingWindowDetector``.

with tempfile.TemporaryDirectory() as folder:
    network = train(recipe, folder, data=data, progress=False)
    log = Table.read(f"{folder}/log.csv")
print(log["epoch", "crop", "loss"])

# %%
# The loss rises where the whole windows begin: there is more in them to be told apart.

fig, ax = plt.subplots(figsize=(5, 3.4), layout="constrained")
ax.plot(np.arange(1, len(log) + 1), log["loss"], "o-")
ax.set(xlabel="epoch", ylabel="loss")
plt.show()
