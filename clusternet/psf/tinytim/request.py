"""Requests to TinyTim."""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from astropy import units as u

__all__ = ["TinyTimRequest"]

_CAMERA = 22
_SPECTRA = 17
_UNITS_OF_FLUX = ("FLAM", "JY", "PHOTLAM", "FNU")
_POINTS = 15000
# Smaller values are written as 0, for which TinyTim drops the focus that varies over the field.
_LEAST_DESPACE = 1e-4


@dataclass(frozen=True)
class TinyTimRequest:
    """One image of WFC3/UVIS for TinyTim 7.5 to compute.

    Everything is checked here, as TinyTim repeats its question for ever when it dislikes an
    answer.

    Parameters
    ----------
    light : str or astropy.units.Quantity
        Name of a filter, or a single wavelength of 200 to 1000 nm.
    chip : int
        1 for UVIS1, 2 for UVIS2.
    position : tuple of int
        Position (x, y) on the chip in pixels: x in 0..4095, y in 0..2050.
    spectrum : int, astropy.units.Quantity, str or os.PathLike
        Light of the star: number in TinyTim's list of 17 (1 = O5, 7 = A0V, 11 = G2V, 17 = M3V),
        temperature of a black body in 100..90000 K, or a file. The first line of such a file,
        after comments that start with ``#``, names the flux (FLAM, FNU, JY or PHOTLAM); each
        other line gives a wavelength in Angstrom, ascending, and a flux.
    diameter : astropy.units.Quantity
        Width of the image, 0.5 to 10 arcsec. Light outside is not counted: see ``enclosed`` of
        `TinyTimPSF`.
    despace : astropy.units.Quantity
        Displacement of the secondary mirror, -20 to 20 micrometres: one of them moves the focus by
        0.011 waves. TinyTim drops the focus of the field position when given 0, so anything smaller
        becomes 0.0001 micrometres, which changes nothing else.
    jitter : astropy.units.Quantity, optional
        Root mean square of the pointing, 0.5 to 200 mas. None by default.
    subsampling : int, optional
        Samples per detector pixel, 1 to 10, of an image in the frame of the detector. None for
        the undistorted image that TinyTim computes first.

    Raises
    ------
    ValueError
        If TinyTim would not understand an argument.
    OSError
        If the file of a spectrum cannot be read.

    Examples
    --------
    >>> from astropy import units as u
    >>> from clusternet.psf import TinyTimRequest
    >>> TinyTimRequest("f438w", chip=2, spectrum=20_000 * u.K).light
    'F438W'
    """

    light: str | u.Quantity
    chip: int = 1
    position: tuple[int, int] = (2048, 1026)
    spectrum: int | u.Quantity | str | os.PathLike = 7
    diameter: u.Quantity = 3.0 * u.arcsec
    despace: u.Quantity = 0.0 * u.um
    jitter: u.Quantity | None = None
    subsampling: int | None = 4

    def __post_init__(self) -> None:
        if isinstance(self.light, str):
            if not self.light.isalnum() or not self.light.isascii():
                raise ValueError(f"light = {self.light!r} is not the name of a filter")
            self._set("light", self.light.upper())
        else:
            self._set("light", _within("light", self.light, u.nm, 200, 1000))
        if self.chip not in (1, 2):
            raise ValueError(f"chip = {self.chip}: pass 1 for UVIS1 or 2 for UVIS2")
        place = tuple(self.position)
        if not (
            len(place) == 2
            and all(isinstance(value, (int, np.integer)) for value in place)
            and 0 <= place[0] <= 4095
            and 0 <= place[1] <= 2050
        ):
            raise ValueError(
                f"position = {self.position}: pass integers (x, y), x in 0..4095 and y in 0..2050"
            )
        self._set("position", tuple(map(int, place)))
        self._set("spectrum", _checked_spectrum(self.spectrum))
        self._set("diameter", _within("diameter", self.diameter, u.arcsec, 0.5, 10))
        despace = _within("despace", self.despace, u.um, -20, 20)
        if abs(despace.value) < _LEAST_DESPACE:
            despace = _LEAST_DESPACE * u.um
        self._set("despace", despace)
        if self.jitter is not None:
            self._set("jitter", _within("jitter", self.jitter, u.mas, 0.5, 200))
        if self.subsampling is not None and self.subsampling not in range(1, 11):
            raise ValueError(
                f"subsampling = {self.subsampling}: pass 1 to 10, or None for no distortion"
            )

    def _set(self, name: str, value: object) -> None:
        object.__setattr__(self, name, value)

    def answers(self, n_wavelengths: int) -> str:
        """Text that answers the questions of tiny1, in their order.

        Parameters
        ----------
        n_wavelengths : int
            Number of wavelengths at which the filter is sampled: at one, no spectrum is asked
            for.

        Returns
        -------
        str
            One answer per line. The images will be called ``psf``, a spectrum is read from
            ``spectrum.dat``.
        """
        x, y = self.position
        lines = [f"{_CAMERA}", f"{self.chip}", f"{x} {y}"]
        if isinstance(self.light, str):
            lines.append(self.light)
            if n_wavelengths > 1:
                lines += self._spectrum_answers()
        else:
            lines += ["MONO", f"{self.light.value:.4f}"]
        lines += [f"{self.diameter.value:.4f}", f"{self.despace.value:.6f}", "psf"]
        return "\n".join(lines) + "\n"

    def _spectrum_answers(self) -> list[str]:
        if isinstance(self.spectrum, int):
            return ["1", f"{self.spectrum}"]
        if isinstance(self.spectrum, u.Quantity):
            return ["2", f"{self.spectrum.value:.2f}"]
        return ["5", "spectrum.dat"]

    def inputs(self) -> dict[str, str]:
        """All that the image depends on, as text: the key under which it is kept.

        Returns
        -------
        dict of str to str
            The answers, the options of the programs, and the content of a spectrum's file.
        """
        spectrum = self.spectrum.read_text() if isinstance(self.spectrum, Path) else ""
        return {
            "answers": self.answers(2),
            "jitter": "" if self.jitter is None else f"{self.jitter.value:.4f}",
            "subsampling": f"{self.subsampling}",
            "spectrum": spectrum,
        }


def _within(name: str, value: object, unit: u.UnitBase, low: float, high: float) -> u.Quantity:
    try:
        quantity = u.Quantity(value).to(unit)  # pyright: ignore[reportArgumentType]
    except (u.UnitConversionError, TypeError) as error:
        raise ValueError(f"{name} = {value!r}: pass a Quantity in {unit}") from error
    if not (quantity.isscalar and low <= quantity.value <= high):
        raise ValueError(f"{name} = {value}: TinyTim takes {low:g} to {high:g} {unit}")
    return quantity


def _checked_spectrum(
    spectrum: int | u.Quantity | str | os.PathLike[str],
) -> int | u.Quantity | Path:
    if isinstance(spectrum, u.Quantity):
        return _within("spectrum", spectrum, u.K, 100, 90000)
    if isinstance(spectrum, (int, np.integer)):
        if not 1 <= spectrum <= _SPECTRA:
            raise ValueError(f"spectrum = {spectrum}: TinyTim's list has 1 to {_SPECTRA}")
        return int(spectrum)
    if not isinstance(spectrum, (str, os.PathLike)):
        raise ValueError(f"spectrum = {spectrum!r}: pass a number, a temperature or a file")
    path = Path(spectrum)
    lines = path.read_text().splitlines()
    while lines and lines[0].startswith("#"):
        del lines[0]
    if not lines or lines[0].strip() not in _UNITS_OF_FLUX:
        raise ValueError(
            f"{path} must start with a line {', '.join(_UNITS_OF_FLUX[:-1])} or "
            f"{_UNITS_OF_FLUX[-1]}, the unit of its fluxes"
        )
    try:
        table = np.array([line.split() for line in lines[1:]], dtype=float)
    except ValueError as error:
        raise ValueError(f"{path} has a line that is not a wavelength and a flux") from error
    if table.ndim != 2 or table.shape[1] != 2 or not 2 <= len(table) < _POINTS:
        raise ValueError(
            f"{path} must have 2 to {_POINTS - 1} lines of a wavelength and a flux each"
        )
    if not np.all(np.isfinite(table)) or np.any(np.diff(table[:, 0]) <= 0) or table.min() < 0:
        raise ValueError(f"{path} must have ascending wavelengths, and no negative value")
    return path
