"""Made-up catalogues."""

import numpy as np
import pytest
from astropy import units as u
from astropy.wcs import WCS

from clusternet.catalog import PARAMETERS, make_catalogue


@pytest.fixture(scope="session")
def wcs():
    """World coordinates of an M83 mosaic."""
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval = (204.25, -29.87)
    wcs.wcs.cdelt = (-1.1e-5, 1.1e-5)
    return wcs


@pytest.fixture(scope="session")
def make_values():
    """Return a function that draws the arrays of a catalogue of n clusters."""

    def make(n=20, seed=1):
        rng = np.random.default_rng(seed)
        ranges = {
            "x_centroid": (0, 400), "y_centroid": (0, 300), "class_cb": (0.9, 1),
            "visibility": (1, 100), "log_age": (6.6, 10.1), "log_mass": (3.5, 5.5),
            "a_v": (0, 3), "log_r_h": (-1.4, -0.4),
        }
        values = {name: rng.uniform(*limits, n) for name, limits in ranges.items()}
        for name in PARAMETERS:
            values[f"{name}_lo"] = values[name] - rng.uniform(0, 0.5, n)
            values[f"{name}_hi"] = values[name] + rng.uniform(0, 0.5, n)
        values["flags"] = rng.integers(0, 128, n)
        return values

    return make


@pytest.fixture
def catalogue(make_values, wcs):
    """A catalogue of 20 clusters with nan, meta and a column beyond the schema."""
    values = make_values()
    values["log_age_lo"][3] = np.nan
    values["arm"] = np.array(["inner", "outer arm"] * 10)
    meta = {
        "weights": "paper.safetensors, \"v1\" of Bialopetravičius' network\n",
        "thresholds": {"class_cb": 0.95, "sigma": 3},
        "pixel_scale": 0.0396 * u.arcsec,
        "bands": ["F336W", "F438W", "F814W"],
        "seed": None,
    }
    return make_catalogue(values, wcs, distance=4.5 * u.Mpc, meta=meta)
