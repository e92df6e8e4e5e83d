"""A camera with its bands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from astropy import units as u

from clusternet.instruments.band import Band
from clusternet.instruments.read import read_description

__all__ = ["Instrument"]


@dataclass(frozen=True)
class Instrument:
    """A camera: an ordered set of bands and the pixel scale of its images.

    Parameters
    ----------
    name : str
        Name of the instrument.
    bands : tuple of `Band`
        The bands, in the order of the image planes.
    pixel_scale : `~astropy.units.Quantity`
        Angle per pixel of the (drizzled) images, kept in arcsec.

    Examples
    --------
    >>> from clusternet.instruments import wfc3_uvis
    >>> camera = wfc3_uvis()
    >>> camera.band_names
    ('F336W', 'F438W', 'F814W')
    >>> camera["F814W"].zero_point
    24.67
    >>> camera.select(["F814W", "F438W"]).band_names
    ('F814W', 'F438W')
    """

    name: str
    bands: tuple[Band, ...]
    pixel_scale: u.Quantity

    def __post_init__(self):
        object.__setattr__(self, "bands", tuple(self.bands))
        if not self.bands:
            raise ValueError(f"{self.name} has no bands; give at least one Band")
        names = [band.name for band in self.bands]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(
                f"{self.name} has {', '.join(repeated)} more than once; give each band once"
            )
        pixel_scale = u.Quantity(self.pixel_scale)
        if not pixel_scale.unit.is_equivalent(u.arcsec) or pixel_scale <= 0 * pixel_scale.unit:
            raise ValueError(
                f"pixel scale of {self.name} is {self.pixel_scale!r}; give a positive angle, for "
                "example 0.0396 * u.arcsec"
            )
        object.__setattr__(self, "pixel_scale", pixel_scale.to(u.arcsec))

    @classmethod
    def read(cls, path) -> Instrument:
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
        path : path
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
    def band_names(self) -> tuple[str, ...]:
        """Names of the bands, in order."""
        return tuple(band.name for band in self.bands)

    def __getitem__(self, name: str) -> Band:
        """Return the band called `name`; `KeyError` lists those there are."""
        for band in self.bands:
            if band.name == name:
                return band
        raise KeyError(
            f"no {name} in {self.name} (has {', '.join(self.band_names)}); build an Instrument "
            "with that Band"
        )

    def select(self, names: Iterable[str]) -> Instrument:
        """Return the same camera with only some bands, in the order asked.

        Parameters
        ----------
        names : iterable of str
            Names of bands.

        Returns
        -------
        instrument : Instrument
        """
        if isinstance(names, str):
            names = (names,)
        return replace(self, bands=tuple(self[name] for name in names))
