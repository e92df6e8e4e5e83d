"""Build the WFC3/UVIS throughput tables of ``clusternet/instruments/data``.

Total throughputs (telescope, camera, filter and detector, chip UVIS1):

- F336W and F814W are the curves of ``astro-sedpy`` (MIT), made from STScI's system throughputs.
- F438W is not among them. ``pyphot`` (MIT) has the filters alone, so the rest of the light path is
  the ratio of total to filter-only F475W, a neighbour that both packages have:
  ``F438W = pyphot F438W * (sedpy F475W / pyphot F475W)``.

Usage, after ``pip download --no-deps astro-sedpy==0.4.1 pyphot==2.1.1``::

    python tools/build_throughputs.py astro_sedpy-0.4.1-py3-none-any.whl \
        pyphot-2.1.1-py3-none-any.whl

Prints the pivot wavelength and AB - Vega of each band, to compare with STScI's.
"""

import argparse
import io
import zipfile
from pathlib import Path

import numpy as np
from astropy import units as u
from astropy.io import fits
from astropy.table import QTable

DATA = Path(__file__).resolve().parents[1] / "clusternet" / "instruments" / "data"
STEP = 5.0  # angstrom; the pivots move by less than 0.05 angstrom against the 1 angstrom originals
FLOOR = 1e-4  # of the peak; F336W's red leak stays below it
SPEED_OF_LIGHT = 2.99792458e18  # angstrom/s
AB_FLUX = 3.6307805e-20  # erg/s/cm2/Hz

ORIGIN = {
    "F336W": "astro-sedpy 0.4.1, wfc3_uvis_f336w.par",
    "F438W": "pyphot 2.1.1 hst_wfc3_f438w.csv, times astro-sedpy 0.4.1 wfc3_uvis_f475w.par over "
    "pyphot 2.1.1 hst_wfc3_f475w.csv",
    "F814W": "astro-sedpy 0.4.1, wfc3_uvis_f814w.par",
}


def sedpy_curve(wheel, band):
    with wheel.open(f"sedpy/data/filters/wfc3_uvis_{band.lower()}.par") as stream:
        return np.loadtxt(io.TextIOWrapper(stream), unpack=True)


def pyphot_curve(wheel, band):
    with wheel.open(f"pyphot/libs/ascii_sources/hst_wfc3_{band.lower()}.csv") as stream:
        rows = [line for line in io.TextIOWrapper(stream) if line[0].isdigit()]
    return np.loadtxt(rows, delimiter=",", unpack=True)


def total_throughput(band, sedpy, pyphot):
    """Wavelength (angstrom) and total throughput of `band`."""
    if band != "F438W":
        return sedpy_curve(sedpy, band)
    wavelength, bare = pyphot_curve(pyphot, band)
    light_path = np.interp(wavelength, *sedpy_curve(sedpy, "F475W"))
    f475w = np.interp(wavelength, *pyphot_curve(pyphot, "F475W"))
    # outside F475W the ratio is noise over noise: hold the value of its blue edge
    inside = f475w > 0.01 * f475w.max()
    ratio = np.interp(wavelength, wavelength[inside], light_path[inside] / f475w[inside])
    return wavelength, bare * ratio


def resample(wavelength, throughput):
    """Mean of `throughput` in cells of `STEP` over the interval where it is above `FLOOR`."""
    kept = wavelength[throughput > FLOOR * throughput.max()]
    nodes = np.arange(np.floor(kept[0] / STEP) - 1, np.ceil(kept[-1] / STEP) + 2) * STEP
    fine = np.linspace(-0.5, 0.5, 51)[None, :] * STEP + nodes[:, None]
    values = np.interp(fine, wavelength, throughput).mean(axis=1)
    values[[0, -1]] = 0.0
    return nodes, values


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sedpy", help="wheel of astro-sedpy")
    parser.add_argument("pyphot", help="wheel of pyphot")
    options = parser.parse_args()
    with zipfile.ZipFile(options.sedpy) as sedpy, zipfile.ZipFile(options.pyphot) as pyphot:
        with fits.open(io.BytesIO(sedpy.read("sedpy/data/alpha_lyr_stis_011.fits"))) as vega:
            vega_wavelength = vega[1].data["WAVELENGTH"].astype(float)
            vega_flux = vega[1].data["FLUX"].astype(float)
        for band, origin in ORIGIN.items():
            wavelength, throughput = resample(*total_throughput(band, sedpy, pyphot))
            table = QTable(
                {"wavelength": wavelength * u.AA, "throughput": np.round(throughput, 6)},
                meta={"band": band, "chip": "UVIS1", "origin": origin, "licence": "MIT"},
            )
            table.write(DATA / f"wfc3_uvis_{band.lower()}.ecsv", overwrite=True)
            pivot = np.sqrt((throughput * wavelength).sum() / (throughput / wavelength).sum())
            vega_on_nodes = np.interp(wavelength, vega_wavelength, vega_flux)
            ab = AB_FLUX * SPEED_OF_LIGHT / wavelength**2
            weight = throughput * wavelength
            ab_minus_vega = -2.5 * np.log10((weight * vega_on_nodes).sum() / (weight * ab).sum())
            print(f"{band}: pivot {pivot:.1f} AA, AB - Vega {ab_minus_vega:.3f}")


if __name__ == "__main__":
    main()
