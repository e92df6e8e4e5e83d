"""The whole way: an image in; value maps, a catalogue, regions and a picture out."""

from dataclasses import dataclass

import numpy as np

from clusternet._files import atomic_write, prepare_folder
from clusternet.catalog import make_catalogue, select, write_catalogue, write_regions
from clusternet.detection import MapDetector, PeakFinder, SlidingWindowDetector, ValueMaps
from clusternet.estimation import NetworkEstimator
from clusternet.images import MultiBandImage
from clusternet.nn import load_network

__all__ = ["SearchResult", "search"]

_FILES = ("catalogue.ecsv", "catalogue.fits", "candidates.fits", "maps.fits", "clusters.reg",
          "search.png")


@dataclass(frozen=True)
class SearchResult:
    """What a search found.

    Attributes
    ----------
    catalogue : `~astropy.table.QTable`
        The clusters above the thresholds (`clusternet.catalog.COLUMNS`).
    candidates : `~astropy.table.QTable`
        All candidates, the same columns; ids are those of the catalogue.
    maps : `~clusternet.detection.ValueMaps` or None
        The value maps, of detectors that make them.
    image : `~clusternet.images.MultiBandImage`
        What was searched.
    """

    catalogue: object
    candidates: object
    maps: ValueMaps | None
    image: MultiBandImage

    def counts(self, class_cb=0.95, visibility=(2.0, 2.5, 3.0)):
        """How many candidates pass the thresholds of Paper III, section 4.1.

        Parameters
        ----------
        class_cb : float, optional
            Each must be greater than this,
        visibility : sequence of float, optional
            and than one of these.

        Returns
        -------
        dict of float to int
            Number of candidates by threshold of visibility.
        """
        return {threshold: len(select(self.candidates, class_cb, threshold))
                for threshold in visibility}

    def write(self, folder, overwrite=False):
        """Write everything to a folder.

        ``catalogue.ecsv`` and ``catalogue.fits``; ``candidates.fits``, before the thresholds;
        ``clusters.reg``, circles for DS9; ``search.png``, a picture; and ``maps.fits``, where
        there are maps. The files of equal results are equal to the byte.

        Parameters
        ----------
        folder : str or os.PathLike
            Where to; made if need be.
        overwrite : bool, optional
            Replace results that are there already.

        Raises
        ------
        FileExistsError
            If there are results and ``overwrite`` is not set.
        OSError
            If the folder cannot be made or written to.
        """
        folder = _ready(folder, overwrite)
        write_catalogue(self.catalogue, folder / "catalogue.ecsv")
        write_catalogue(self.catalogue, folder / "catalogue.fits")
        write_catalogue(self.candidates, folder / "candidates.fits")
        write_regions(self.catalogue, folder / "clusters.reg")
        if self.maps is not None:
            self.maps.write(folder / "maps.fits")
        from clusternet.plotting import search_figure

        with atomic_write(folder / "search.png") as temporary:
            search_figure(self.image, self.catalogue, self.maps).savefig(temporary, dpi=150)


def search(image, detector=None, estimator=None, class_cb=0.5, visibility=None, distance=None,
           output=None, overwrite=False, progress=True):
    """Search an image for clusters.

    Parameters
    ----------
    image : `~clusternet.images.MultiBandImage`
        Where to look.
    detector : `~clusternet.detection.Detector`, optional
        What finds the candidates; a `~clusternet.detection.SlidingWindowDetector` with the
        weights shipped with the library when not given.
    estimator : `~clusternet.estimation.ParameterEstimator`, optional
        What infers their parameters; a `~clusternet.estimation.NetworkEstimator` with the
        network of the detector, where it has one, when not given.
    class_cb, visibility : float or None, optional
        Only candidates above both come into the catalogue; Paper III takes 0.95 and 2.5.
    distance : `~astropy.units.Quantity`, optional
        Distance of the galaxy, for radii in parsecs and densities.
    output : str or os.PathLike, optional
        Folder to write the result to (`SearchResult.write`). That it can be is made sure of
        before the search.
    overwrite : bool, optional
        Replace results that are there already.
    progress : bool, optional
        Show progress bars.

    Returns
    -------
    `SearchResult`

    Raises
    ------
    OSError
        If the folder cannot be written to, or holds results and ``overwrite`` is not set.
    ValueError
        If the image does not fit the detector.

    Examples
    --------
    >>> from clusternet.images import MultiBandImage
    >>> from clusternet.pipeline import search
    >>> image = MultiBandImage.read({"F336W": "a.fits", "F438W": "b.fits",
    ...                              "F814W": "c.fits"})                     # doctest: +SKIP
    >>> result = search(image, output="results")                             # doctest: +SKIP
    """
    if output is not None:
        _ready(output, overwrite)
    if detector is None:
        threshold = PeakFinder().threshold if class_cb is None else min(class_cb, 0.5)
        detector = SlidingWindowDetector(peaks=PeakFinder(threshold=threshold))
    if estimator is None:
        estimator = NetworkEstimator(getattr(detector, "network", None) or load_network())
    maps = None
    if isinstance(detector, MapDetector):
        maps = detector.value_maps(image, progress)
        candidates = detector.peaks(maps)
    else:
        candidates = detector(image, progress)
    posterior = estimator(image, candidates, progress)
    candidates = _with_parameters(candidates, posterior, image.wcs, distance, estimator.meta)
    catalogue = select(candidates, class_cb, visibility)
    result = SearchResult(catalogue, candidates, maps, image)
    if output is not None:
        result.write(output, overwrite)
    return result


def _with_parameters(candidates, posterior, wcs, distance, meta):
    columns = posterior.columns()
    kept = [name for name in candidates.colnames
            if name in ("x_centroid", "y_centroid", "class_cb", "x_peak", "y_peak")]
    values = {name: np.asarray(candidates[name]) for name in kept}
    columns["flags"] = columns["flags"] | np.asarray(candidates["flags"])
    made_anew = make_catalogue({**values, **columns}, wcs, distance).meta
    meta = {**candidates.meta, **made_anew, "estimation": meta}
    result = make_catalogue({**values, **columns}, wcs, distance, meta=meta)
    for name in kept:
        result[name].info.description = candidates[name].info.description
    return result


def _ready(folder, overwrite):
    """The folder, made and tried, once nothing stands in the way."""
    folder = prepare_folder(folder)
    there = [name for name in _FILES if (folder / name).exists()]
    if there and not overwrite:
        raise FileExistsError(f"{folder} holds results already ({', '.join(there)}); choose "
                              "another folder, or ask for them to be overwritten")
    return folder
