"""Value maps: the class and the parameters predicted at every pixel."""
# pyright: reportAttributeAccessIssue=false
# astropy's stubs do not say that members of an HDUList are HDUs.

import json
import os
from collections.abc import Iterator, Mapping
from typing import Self

import numpy as np
from astropy.io import fits
from astropy.nddata import NDData
from astropy.wcs import WCS
from numpy.typing import ArrayLike

from clusternet._files import atomic_write
from clusternet.catalog import PARAMETERS, column
from clusternet.images.wcs_header import celestial_wcs, wcs_header

__all__ = ["ValueMaps"]

_NAMES = ("class_cb", *PARAMETERS, "flags")
_META_CARD = "MAPSMETA"


class ValueMaps(Mapping):
    """Maps of the class and the parameters, each an `~astropy.nddata.NDData` with a WCS.

    The value at a pixel is that of a cluster centred on it. Pixels without a value (too close to
    the border, masked, or blank) are NaN and masked.

    Parameters
    ----------
    arrays : dict of str to array_like
        Shape (y, x). ``class_cb`` is needed; there may also be ``visibility``, ``log_age``,
        ``log_mass``, ``a_v`` (mag), ``log_r_h``, and ``flags``, the bits of
        `~clusternet.catalog.ClusterFlag` that hold for each window.
    wcs : `~astropy.wcs.WCS`
        Celestial world coordinates of the pixels.
    meta : dict, optional
        Record of how the maps were made: anything that JSON can hold.

    Raises
    ------
    ValueError
        If a name is unknown, ``class_cb`` is missing or shapes differ.

    Examples
    --------
    >>> import numpy as np
    >>> from astropy.wcs import WCS
    >>> from clusternet.detection import ValueMaps
    >>> wcs = WCS(naxis=2)
    >>> wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    >>> maps = ValueMaps({"class_cb": np.full((3, 4), 0.5), "a_v": np.ones((3, 4))}, wcs)
    >>> maps
    ValueMaps(class_cb, a_v; 4 x 3 px)
    >>> maps["a_v"].unit, maps["a_v"].data.dtype
    (Unit("mag"), dtype('float32'))
    """

    def __init__(self, arrays: Mapping[str, ArrayLike], wcs: WCS, *,
                 meta: dict | None = None) -> None:
        unknown = [name for name in arrays if name not in _NAMES]
        if unknown or "class_cb" not in arrays:
            raise ValueError(
                f"value maps of {', '.join(arrays) or 'nothing'}: class_cb is needed, and "
                f"{', '.join(_NAMES[1:])} are possible")
        self.wcs = wcs
        self.meta = dict(meta or {})
        self._maps = {}
        for name in _NAMES:
            if name not in arrays:
                continue
            data = np.asarray(arrays[name], dtype=np.int16 if name == "flags" else np.float32)
            if data.ndim != 2 or data.shape != np.shape(arrays["class_cb"]):
                raise ValueError(f"map of {name} has shape {data.shape}, that of class_cb "
                                 f"{np.shape(arrays['class_cb'])}; all must be the same (y, x)")
            spec = column(name)
            self._maps[name] = NDData(data, wcs=wcs, mask=np.isnan(data), unit=spec.unit,
                                      meta={"description": spec.description})

    def __getitem__(self, name: str) -> NDData:
        if name not in self._maps:
            raise KeyError(f"no map of {name!r} (there are {', '.join(self._maps)})")
        return self._maps[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._maps)

    def __len__(self) -> int:
        return len(self._maps)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape (y, x) of every map."""
        return self._maps["class_cb"].data.shape

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the maps to a multi-extension FITS file, one extension per map.

        The file appears when it is complete, in place of an existing one.

        Parameters
        ----------
        path : str or os.PathLike
            The file; compressed if it ends in ``.gz``.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        header = wcs_header(self.wcs)
        primary = fits.PrimaryHDU()
        primary.header[_META_CARD] = json.dumps(self.meta, sort_keys=True)
        hdus: list = [primary]
        for name, values in self._maps.items():
            hdu = fits.ImageHDU(values.data, header=header, name=name)
            hdu.header["BUNIT"] = "" if values.unit is None else values.unit.to_string("fits")
            hdus.append(hdu)
        with atomic_write(path) as temporary:
            fits.HDUList(hdus).writeto(temporary, overwrite=True)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Self:
        """Read maps that `write` wrote.

        Parameters
        ----------
        path : str or os.PathLike
            The file.

        Returns
        -------
        ValueMaps
            The maps.

        Raises
        ------
        OSError
            If the file is missing or no FITS.
        ValueError
            If it does not hold value maps.
        """
        with fits.open(path) as hdus:
            if _META_CARD not in hdus[0].header:
                raise ValueError(f"{path} holds no value maps; give a file that ValueMaps.write "
                                 "wrote")
            native = {hdu.name.lower(): hdu.data.astype(hdu.data.dtype.newbyteorder("="))
                      for hdu in hdus[1:]}
            wcs = celestial_wcs(hdus[1].header, str(path))
            return cls(native, wcs, meta=json.loads(hdus[0].header[_META_CARD]))

    def __repr__(self) -> str:
        ny, nx = self.shape
        return f"{type(self).__name__}({', '.join(self._maps)}; {nx} x {ny} px)"
