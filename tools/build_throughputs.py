"""Build the throughput tables of ``clusternet/instruments/data``.

Total throughputs (telescope, camera, filter and detector; electrons out per photon in):

- WFC3/UVIS (chip UVIS1), ACS/WFC and JWST/NIRCam (mean of the modules) are the curves of
  ``astro-sedpy`` (MIT), made from STScI's system throughputs.
- WFC3/UVIS F438W is not among them. ``pyphot`` (MIT) has the filters alone, so the rest of the
  light path is the ratio of total to filter-only F475W, a neighbour that both packages have:
  ``F438W = pyphot F438W * (sedpy F475W / pyphot F475W)``.

Usage, after ``pip download --no-deps astro-sedpy==0.4.1 pyphot==2.1.1``::

    python tools/build_throughputs.py astro_sedpy-0.4.1-py3-none-any.whl \
        pyphot-2.1.1-py3-none-any.whl

Prints, for each band, what the ``*.yaml`` files beside the tables take from it, and what to compare
with STScI's: pivot wavelength, AB - Vega, the Vega zero point (magnitude of 1 e-/s through the
whole aperture) and the sky (average zodiacal light for HST, 0.2 MJy/sr for JWST, e-/s per pixel).
Vega is ``alpha_lyr_stis_011``, the Sun ``sun_kurucz93``, both as astro-sedpy distributes them.
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
FLOOR = 1e-4  # of the peak; F336W's red leak stays below it
SPEED_OF_LIGHT = 2.99792458e18  # angstrom/s
PLANCK = 6.62607015e-27  # erg s
AB_FLUX = 3.6307805e-20  # erg/s/cm2/Hz
V_OF_ZODIACAL_LIGHT = 22.66  # mag/arcsec2: 1.67 times the 23.22 of the ecliptic pole
JWST_SKY = 0.2e6  # Jy/sr
ARCSEC2 = (np.pi / 180 / 3600) ** 2  # sr

WFC3_UVIS = "F225W F275W F336W F390W F438W F475W F555W F606W F814W".split()
ACS_WFC = "F435W F475W F555W F606W F625W F775W F814W F850LP".split()
NIRCAM_SHORT = "F070W F090W F115W F140M F150W F162M F182M F200W F210M".split()
NIRCAM_LONG = "F250M F277W F300M F335M F356W F360M F410M F430M F444W F460M F480M".split()

# name of the tables: bands, name in sedpy, step (angstrom), aperture (cm2), pixel (arcsec).
# The pivots move by less than 0.1 angstrom against the originals, but for F225W and F275W (0.9 and
# 0.3), whose red leaks are partly below FLOOR.
INSTRUMENTS = {
    "wfc3_uvis": (WFC3_UVIS, "wfc3_uvis", 5.0, 45238.93, 0.0396),
    "acs_wfc": (ACS_WFC, "acs_wfc", 5.0, 45238.93, 0.05),
    "nircam_short": (NIRCAM_SHORT, "jwst", 20.0, 2.54e5, 0.031),
    "nircam_long": (NIRCAM_LONG, "jwst", 50.0, 2.54e5, 0.063),
}


def sedpy_curve(wheel, name, band):
    with wheel.open(f"sedpy/data/filters/{name}_{band.lower()}.par") as stream:
        return np.loadtxt(io.TextIOWrapper(stream), unpack=True)


def pyphot_curve(wheel, band):
    with wheel.open(f"pyphot/libs/ascii_sources/hst_wfc3_{band.lower()}.csv") as stream:
        rows = [line for line in io.TextIOWrapper(stream) if line[0].isdigit()]
    return np.loadtxt(rows, delimiter=",", unpack=True)


def total_throughput(name, band, sedpy, pyphot):
    """Wavelength (angstrom), total throughput of `band`, and where it is from."""
    if (name, band) != ("wfc3_uvis", "F438W"):
        origin = f"astro-sedpy 0.4.1, {name}_{band.lower()}.par"
        return *sedpy_curve(sedpy, name, band), origin
    wavelength, bare = pyphot_curve(pyphot, band)
    light_path = np.interp(wavelength, *sedpy_curve(sedpy, name, "F475W"))
    f475w = np.interp(wavelength, *pyphot_curve(pyphot, "F475W"))
    # outside F475W the ratio is noise over noise: hold the value of its blue edge
    inside = f475w > 0.01 * f475w.max()
    ratio = np.interp(wavelength, wavelength[inside], light_path[inside] / f475w[inside])
    origin = (
        "pyphot 2.1.1 hst_wfc3_f438w.csv, times astro-sedpy 0.4.1 wfc3_uvis_f475w.par over "
        "pyphot 2.1.1 hst_wfc3_f475w.csv"
    )
    return wavelength, bare * ratio, origin


def resample(wavelength, throughput, step):
    """Mean of `throughput` in cells of `step` over the interval where it is above `FLOOR`."""
    kept = wavelength[throughput > FLOOR * throughput.max()]
    nodes = np.arange(np.floor(kept[0] / step) - 1, np.ceil(kept[-1] / step) + 2) * step
    fine = np.linspace(-0.5, 0.5, 51)[None, :] * step + nodes[:, None]
    values = np.interp(fine, wavelength, throughput).mean(axis=1)
    values[[0, -1]] = 0.0
    return nodes, values


def spectrum(wheel, name):
    with fits.open(io.BytesIO(wheel.read(f"sedpy/data/{name}.fits"))) as hdus:
        rows = hdus[1].data  # pyright: ignore[reportAttributeAccessIssue]
        return [rows[column].astype(float) for column in ("WAVELENGTH", "FLUX")]


def counts(wavelength, throughput, flux):
    """e-/s/cm2 of a spectrum (its wavelengths, and flux in erg/s/cm2/angstrom) through a band."""
    source, density = flux
    grid = np.union1d(wavelength, source[(source > wavelength[0]) & (source < wavelength[-1])])
    through = np.interp(grid, wavelength, throughput) * np.interp(grid, source, density)
    return np.trapezoid(through * grid, grid) / (PLANCK * SPEED_OF_LIGHT)


def main():
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("sedpy", help="wheel of astro-sedpy")
    parser.add_argument("pyphot", help="wheel of pyphot")
    options = parser.parse_args()
    with zipfile.ZipFile(options.sedpy) as sedpy, zipfile.ZipFile(options.pyphot) as pyphot:
        vega, sun = spectrum(sedpy, "alpha_lyr_stis_011"), spectrum(sedpy, "sun_kurucz93")
        wave, curve = np.loadtxt(
            io.TextIOWrapper(sedpy.open("sedpy/data/filters/bessell_V.par")), unpack=True
        )
        v_of_sun = -2.5 * np.log10(counts(wave, curve, sun) / counts(wave, curve, vega))
        for table, (bands, name, step, aperture, pixel) in INSTRUMENTS.items():
            for band in bands:
                wavelength, throughput, origin = total_throughput(name, band, sedpy, pyphot)
                wavelength, throughput = resample(wavelength, throughput, step)
                meta = {"band": band, "origin": origin, "licence": "MIT"}
                if table == "wfc3_uvis":
                    meta = {"band": band, "chip": "UVIS1", "origin": origin, "licence": "MIT"}
                QTable(
                    {"wavelength": wavelength * u.AA, "throughput": np.round(throughput, 6)},
                    meta=meta,
                ).write(DATA / f"{table}_{band.lower()}.ecsv", overwrite=True)
                grid = np.linspace(wavelength[0], wavelength[-1], 20001)
                ab = counts(wavelength, throughput, (grid, AB_FLUX * SPEED_OF_LIGHT / grid**2))
                of_vega = counts(wavelength, throughput, vega)
                if "nircam" in table:
                    sky = ab * JWST_SKY / 3630.7805 * ARCSEC2
                else:
                    fainter = 10 ** (-0.4 * (V_OF_ZODIACAL_LIGHT - v_of_sun))
                    sky = counts(wavelength, throughput, sun) * fainter
                pivot = np.sqrt((throughput * wavelength).sum() / (throughput / wavelength).sum())
                print(
                    f"{table} {band}: pivot {pivot:.1f} AA, AB - Vega "
                    f"{2.5 * np.log10(ab / of_vega):.3f}, zero point "
                    f"{2.5 * np.log10(of_vega * aperture):.3f}, sky {sky * aperture * pixel**2:.4f}"
                )


if __name__ == "__main__":
    main()
