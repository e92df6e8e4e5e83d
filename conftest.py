"""What every test of the repository, doctests included, runs under."""

import importlib
import os
from pathlib import Path

from hypothesis import settings

ROOT = Path(__file__).parent

# Figures are drawn to files: no test needs a display.
os.environ["MPLBACKEND"] = "Agg"

# A loaded machine is no failure, and a failure comes back on the next run.
settings.register_profile("clusternet", deadline=None, derandomize=True)
settings.load_profile("clusternet")


def pytest_collect_file(file_path):
    """Import the package of a module whose doctests are collected.

    Otherwise pytest (import mode importlib) imports the package, which may import the module, and
    then executes the module once more: two classes of one name, only one of which can be pickled.
    """
    if file_path.suffix == ".py" and file_path.is_relative_to(ROOT / "clusternet"):
        importlib.import_module(".".join(file_path.relative_to(ROOT).parent.parts))
