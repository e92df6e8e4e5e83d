"""A camera with its bands."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from astropy import units as u
from numpy.typing import ArrayLike

from clusternet._quantities import checked_quantity
from clusternet.instruments.band import Band
from clusternet.instruments.read import read_description

__all__ = ["Instrument"]


@dataclass(frozen=True, init=False)
class Instrument:
    """A camera: an ordered set of bands and the pixel scale of its images.

    Iteration gives the `Band` objects, ``camera["F814W"]`` one of them.

    Parameters
    ----------
    name : str
        Name of the instrument.
    bands : iterable of `Band`
        The bands, in the order of the image planes; another instrument gives its own.
    pixel_scale : `~astropy.units.Quantity`
        Angle per pixel of the (drizzled) images, kept in arcsec.

    Examples
    --------
    >>> from clusternet.instruments import wfc3_uvis
    >>> camera = wfc3_uvis()
    >>> camera.bands
    ('F336W', 'F438W', 'F814W')
    >>> camera["F814W"].zero_point
    24.67
    >>> camera.select(["F814W", "F438W"]).bands
    ('F814W', 'F438W')
    >>> camera.exposure_times
    <Quantity [2200., 2400., 2000.] s>
    >>> [band.n_exposures for band in camera]
    [3, 3, 3]
    """

    name: str
    pixel_scale: u.Quantity
    _bands: tuple[Band, ...]

    def __init__(self, name: str, bands: Iterable[Band], pixel_scale: u.Quantity) -> None:
        bands = tuple(bands)
        if not bands:
            raise ValueError(f"{name} has no bands; give at least one Band")
        names = [band.name for band in bands]
        repeated = sorted({band for band in names if names.count(band) > 1})
        if repeated:
            raise ValueError(
                f"{name} has {', '.join(repeated)} more than once; give each band once"
            )
        scale = checked_quantity(f"pixel scale of {name}", pixel_scale, 0.0396 * u.arcsec)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "_bands", bands)
        object.__setattr__(self, "pixel_scale", scale)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Instrument:
        """Read an instrument from a YAML file and the throughput curves that it names.

        The file has three keys, and each band has six. None may be missing, and no other may be
        there::

            name: my camera
            pixel_scale: 0.05 arcsec
            bands:
              V:
                throughput: my_camera_v.ecsv   # relative to this file
                zero_point: 25.5               # Vega magnitude of 1 e-/s
                exposure_time: 1800 s          # in all
                read_noise: 4.0                # e- per pixel and exposure
                n_exposures: 3
                sky: 0.03                      # e-/s per pixel

        A throughput is an ECSV table with the columns ``wavelength`` (with a unit of length,
        ascending) and ``throughput`` (electrons out per photon in: between 0 and 1).

        Parameters
        ----------
        path : str or os.PathLike
            The YAML file.

        Returns
        -------
        instrument : Instrument
            With the bands in the order of the file. A curve is read, and checked, when it is first
            needed.

        Raises
        ------
        ValueError
            If a key is unknown, missing or given twice, or a value is impossible: the message names
            the file, the band, the key and the value.
        FileNotFoundError
            If the file or a throughput is missing.
        """
        return cls(**read_description(path))

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of the bands, in order."""
        return tuple(band.name for band in self)

    @property
    def zero_points(self) -> np.ndarray:
        """Vega magnitudes of 1 e-/s, shape (band,)."""
        return np.array([band.zero_point for band in self])

    @property
    def exposure_times(self) -> u.Quantity:
        """Total exposure times, shape (band,), in seconds."""
        return u.Quantity([band.exposure_time for band in self])

    @property
    def read_noises(self) -> np.ndarray:
        """Read noise of all exposures together, shape (band,), electrons per pixel."""
        return np.array([band.read_noise * np.sqrt(band.n_exposures) for band in self])

    def __iter__(self) -> Iterator[Band]:
        return iter(self._bands)

    def __len__(self) -> int:
        return len(self._bands)

    def __getitem__(self, name: str) -> Band:
        """Return the band called `name`; `KeyError` lists those there are."""
        for band in self:
            if band.name == name:
                return band
        raise KeyError(
            f"no {name} in {self.name} (has {', '.join(self.bands)}); build an Instrument "
            "with that Band"
        )

    def magnitudes(self, flux: ArrayLike) -> np.ndarray:
        """Vega magnitudes of count rates in all bands.

        Parameters
        ----------
        flux : array_like, shape (..., band)
            e-/s.

        Returns
        -------
        magnitudes : `~numpy.ndarray`, shape (..., band)
            As from `Band.magnitude`.
        """
        rates = np.moveaxis(np.asarray(flux, dtype=float), -1, 0)
        found = [band.magnitude(rate) for band, rate in zip(self, rates, strict=True)]
        return np.stack(found, axis=-1)

    def select(self, names: str | Iterable[str]) -> Instrument:
        """Return the same camera with only some bands, in the order asked.

        Parameters
        ----------
        names : str or iterable of str
            Names of bands.

        Returns
        -------
        instrument : Instrument
        """
        if isinstance(names, str):
            names = (names,)
        return Instrument(self.name, [self[name] for name in names], self.pixel_scale)
