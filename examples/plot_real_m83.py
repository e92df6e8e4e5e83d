"""
M83 itself
==========

The mosaics of the paper (MAST, doi:10.17909/T96888) are some gigabytes. With their files in the
folder that the environment variable ``CLUSTERNET_M83`` names, this script searches them; without,
it says so and stops.
"""

import os
from pathlib import Path

import matplotlib.pyplot as plt
from astropy import units as u

from clusternet.galaxy import M83
from clusternet.images import Mosaic
from clusternet.pipeline import search
from clusternet.plotting import plot_parameters, plot_radial_trends

folder = Path(os.environ.get("CLUSTERNET_M83", "m83"))
files = {band: folder / f"hlsp_wfc3ers_hst_wfc3_m83_{band.lower()}_v2_drz_sci.fits"
         for band in ("F336W", "F438W", "F814W")}
missing = [path.name for path in files.values() if not path.exists()]

# %%
# Some 10^8 pixels are searched in about a minute, tile by tile; a search that was stopped goes on
# from its folder. Fields of other names, or one of the seven, do as well.

if missing:
    print(f"not in {folder}: {', '.join(missing)}")
else:
    result = search(Mosaic.open(files), class_cb=0.95, visibility=2.5, distance=M83.distance,
                    folder=folder / "search")
    catalogue = result.catalogue
    print(f"{len(catalogue)} candidates (the paper: 3,380 after inspection)")
    fig, axes = plt.subplots(2, 3, figsize=(10.5, 6.4), layout="constrained")
    plot_parameters(catalogue, axes)
    fig, axes = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained")
    plot_radial_trends(catalogue, M83.polar(catalogue["sky_centroid"])[0], axes,
                       window=1 * u.kpc)
    plt.show()
