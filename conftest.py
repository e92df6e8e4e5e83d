"""What every test of the repository, doctests included, runs under."""

import os

from hypothesis import settings

# Figures are drawn to files: no test needs a display.
os.environ["MPLBACKEND"] = "Agg"

# A loaded machine is no failure, and a failure comes back on the next run.
settings.register_profile("clusternet", deadline=None, derandomize=True)
settings.load_profile("clusternet")
