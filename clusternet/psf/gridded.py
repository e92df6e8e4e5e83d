"""Empirical point-spread functions that vary over the detector."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from astropy import units as u
from astropy.utils.exceptions import AstropyUserWarning
from scipy.interpolate import RectBivariateSpline

from clusternet.psf.core import PSFProvider, checked_fraction, offsets, per_band

if TYPE_CHECKING:
    from photutils.psf import GriddedPSFModel

__all__ = ["GriddedPSF"]

# Light inside 5 pixels, to which STScI normalises the WFC3/UVIS library, of the star's.
_ENCLOSED = {"F336W": 0.828, "F438W": 0.845, "F814W": 0.829}

# photutils counts the extensions of the exposures, in which chip 2 comes first.
_DETECTORS = {
    "UVIS1": 2, "UVIS2": 1, "WFC1": 2, "WFC2": 1, "PC": 1, "WF2": 2, "WF3": 3, "WF4": 4,
    "A1": 1, "A2": 2, "A3": 3, "A4": 4, "B1": 5, "B2": 6, "B3": 7, "B4": 8,
}  # fmt: skip

_FLAG = -0.05


class GriddedPSF(PSFProvider):
    """Effective PSFs measured on a grid of places on the detector, through photutils.

    Made for the STDPSF libraries of STScI (Anderson 2016, WFC3 ISR 2016-12), whose four traps it
    steps around: their values are integrated over pixels already; they are normalised to the
    light inside 5 pixels, and not of the whole star; their last row holds a flag of -0.1 instead
    of light; and they end 12.5 pixels (0.5 arcsec) from the star.

    Parameters
    ----------
    models : dict of str to photutils.psf.GriddedPSFModel
        The grid of each band.
    pixel_scale : astropy.units.Quantity, optional
        Angle per detector pixel.
    enclosed : float or dict of str to float, optional
        Fraction of a star's light to which the values are normalised: their factor. By default
        0.828, 0.845 and 0.829 for WFC3's F336W, F438W and F814W; others must be given.
    wings : PSFProvider, optional
        Source of the light outside the arrays of the grids, with a smooth transition over their
        outer 2 pixels: ``OpticalPSF(drop=0 * u.arcsec)`` for WFC3/UVIS. By default that
        light counts as lost, about 9 % of a star's.

    Raises
    ------
    ValueError
        If a model is not on square arrays of an odd number of samples, a fraction is missing or
        outside 0..1, or the wings lack a band or have another pixel scale.

    See Also
    --------
    DrizzledPSF : what such an exposure looks like in a mosaic.

    Examples
    --------
    >>> import numpy as np
    >>> from astropy.nddata import NDData
    >>> from photutils.psf import GriddedPSFModel
    >>> from clusternet.psf import GaussianPSF, GriddedPSF
    >>> from astropy import units as u
    >>> arrays = [GaussianPSF(f * u.arcsec).effective_psf("F438W", 4, 25) for f in (0.07, 0.09)]
    >>> places = [(0, 0), (4095, 0), (0, 2050), (4095, 2050)]
    >>> grid = NDData(np.array(arrays * 2), meta={"grid_xypos": places, "oversampling": 4})
    >>> psf = GriddedPSF({"F438W": GriddedPSFModel(grid)})
    >>> for position in ((0, 0), (4095, 0), None):
    ...     print(f"{psf.effective_psf('F438W', 1, 9, position=position).max():.3f}")
    0.207
    0.132
    0.169
    """

    def __init__(
        self,
        models: Mapping[str, GriddedPSFModel],
        *,
        pixel_scale: u.Quantity = 0.0396 * u.arcsec,
        enclosed: float | Mapping[str, float] | None = None,
        wings: PSFProvider | None = None,
    ) -> None:
        if not isinstance(models, Mapping):
            raise ValueError(f"models = {models!r}: pass a dict that gives each band its model")
        super().__init__(models, pixel_scale)
        given = _ENCLOSED if enclosed is None else enclosed
        self.enclosed = per_band("enclosed", given, self.bands, checked_fraction)
        if wings is not None:
            missing = [band for band in self.bands if band not in wings.bands]
            if missing or not np.isclose(wings.pixel_scale, self.pixel_scale, rtol=1e-3):
                raise ValueError(
                    f"wings for {', '.join(wings.bands)} at {wings.pixel_scale} per pixel do not "
                    f"fit {', '.join(self.bands)} at {self.pixel_scale}: build them alike"
                )
        self.wings = wings
        self.models = {band: _cleaned(band, models[band]) for band in self.bands}
        self._means: dict[str, RectBivariateSpline] = {}

    @classmethod
    def read(
        cls,
        paths: Mapping[str, str | os.PathLike[str]],
        detector: str | None = None,
        **options: Any,
    ) -> Self:
        """Read one STDPSF file per band.

        Parameters
        ----------
        paths : dict of str to str or os.PathLike
            FITS file of each band, named as STScI names it, such as ``STDPSF_WFC3UV_F438W.fits``.
        detector : str, optional
            Detector of a file that holds several: UVIS1 or UVIS2, WFC1 or WFC2 (ACS), PC
            or WF2 to WF4 (WFPC2), A1 to A4 or B1 to B4 (NIRCam).
        **options
            As for the class.

        Returns
        -------
        GriddedPSF
            The point-spread functions of these files; places are pixels (x, y) of the detector,
            from 0.

        Raises
        ------
        OSError
            If there is no such file, or it is not FITS.
        ValueError
            If a file is not STDPSF, is of another band, or holds several detectors and none or
            an unknown one is given.
        """
        if not isinstance(paths, Mapping):
            raise ValueError(f"paths = {paths!r}: pass a dict that gives each band its file")
        if detector is not None and detector not in _DETECTORS:
            raise ValueError(f"no detector {detector} (knows {', '.join(_DETECTORS)})")
        return cls({band: _read(band, path, detector) for band, path in paths.items()}, **options)

    def _effective_psf(
        self, band: str, oversampling: int, size: int, position: tuple[float, float] | None
    ) -> np.ndarray:
        offset = offsets(size, oversampling)
        n = len(offset)
        model = self.models[band]
        reach = (model.data.shape[-1] // 2) / model.oversampling[0]
        held = np.abs(offset) <= reach
        inner = offset[held]
        star = np.zeros((n, n))
        if position is None:
            values = self._mean(band)(inner, inner)
        else:
            x, y = np.meshgrid(inner, inner)
            values = model.evaluate(x + position[0], y + position[1], 1.0, *position)
        star[np.ix_(held, held)] = self.enclosed[band] * values
        if self.wings is None:
            return star
        share = np.clip((reach - np.hypot(offset[:, None], offset)) / 2, 0, 1)
        share = share**2 * (3 - 2 * share)
        outer = self.wings.effective_psf(band, oversampling, size, position=position)
        return share * star + (1 - share) * outer

    def _mean(self, band: str) -> RectBivariateSpline:
        if band not in self._means:
            model = self.models[band]
            n = model.data.shape[-1]
            offset = (np.arange(n) - n // 2) / model.oversampling[0]
            self._means[band] = RectBivariateSpline(offset, offset, model.data.mean(axis=0))
        return self._means[band]

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}(bands={self.bands}, pixel_scale={self.pixel_scale}, "
            f"enclosed={self.enclosed}, wings={self.wings})"
        )


def _read(band: str, path: str | os.PathLike[str], detector: str | None) -> GriddedPSFModel:
    # Imported where it is used, as it takes longer to import than all else here.
    from photutils.psf import GriddedPSFModel

    number = None if detector is None else _DETECTORS[detector]
    try:
        with warnings.catch_warnings():
            # Of what follows the data, which in these files is padding.
            warnings.simplefilter("ignore", AstropyUserWarning)
            model = GriddedPSFModel.read(str(path), format="stdpsf", detector_id=number)
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise ValueError(
            f"{path} is no STDPSF file of detector {detector} ({error}); name it as STScI does, "
            f"such as STDPSF_WFC3UV_F438W.fits, and pass detector='UVIS1' where it holds several"
        ) from error
    listed = model.meta.get("filter")
    if listed is not None and listed.upper() != band.upper():
        raise ValueError(f"the file given as {band} is of {listed}: {path}")
    found = model.meta.get("detector")
    if detector is not None and found is not None and found != detector:
        raise ValueError(f"{path} is of detector {found}, not {detector}")
    return model


def _cleaned(band: str, model: GriddedPSFModel) -> GriddedPSFModel:
    # The same grid without the flag, which the splines would smear into the light.
    from astropy.nddata import NDData
    from photutils.psf import GriddedPSFModel

    data = np.array(model.data, dtype=float)
    n = data.shape[-1]
    steps = np.unique(model.oversampling)
    if data.shape[-2] != n or n % 2 == 0 or len(steps) != 1:
        raise ValueError(
            f"the model of {band} has arrays of {data.shape[-2]} x {n} samples, "
            f"{model.oversampling.tolist()} per pixel: they must be square, and odd"
        )
    if np.all(data[:, -1, :] < _FLAG):
        data[:, -1, :] = data[:, -2, :]
    meta = {"grid_xypos": model.grid_xypos, "oversampling": int(steps[0])}
    return GriddedPSFModel(NDData(data, meta=meta))
