"""The demo: a synthetic field with known clusters, searched and compared with the truth."""
# Items of astropy tables and values of quantities are unions in the stubs.
# pyright: reportArgumentType=false, reportOperatorIssue=false, reportIndexIssue=false

import os
from typing import Any

import astropy.units as u
import numpy as np
from astropy.table import QTable

from clusternet._files import atomic_write, prepare_folder
from clusternet._random import seed_of
from clusternet.catalog import match, numbers, select
from clusternet.completeness import recall
from clusternet.galaxy import M83, SyntheticGalaxy
from clusternet.images import MultiBandImage
from clusternet.injection import inject
from clusternet.instruments import noise_std
from clusternet.mocks import MockClusters
from clusternet.pipeline.core import search
from clusternet.plotting import search_figure
from clusternet.validation import parameter_errors

__all__ = ["make_field", "run"]

#: Mean distance between the demo's clusters, pixels.
SPACING = 38
#: Half of a window: clusters nearer to the border cannot be found.
BORDER = 32


def make_field(size: int = 256, *, rng: int | np.random.Generator | None = 1,
               mocks: MockClusters | None = None) -> tuple[MultiBandImage, QTable]:
    """A part of a synthetic spiral galaxy with mock clusters at known places.

    Parameters
    ----------
    size : int, optional
        Side in pixels, at least 102.
    rng : int or `numpy.random.Generator`, optional
        Source of randomness, of the galaxy too.
    mocks : `~clusternet.mocks.MockClusters`, optional
        Draws and renders the clusters.

    Returns
    -------
    image : `~clusternet.images.MultiBandImage`
    truth : `~astropy.table.QTable`
        The clusters, as from `~clusternet.injection.inject`.

    Raises
    ------
    ValueError
        If no cluster fits in.
    """
    if size < 2 * BORDER + SPACING:
        raise ValueError(f"size is {size} pixels; give at least {2 * BORDER + SPACING}, so that "
                         "a cluster fits in")
    seed = seed_of(rng)
    random = np.random.default_rng([seed, 5])
    mocks = MockClusters() if mocks is None else mocks
    galaxy = SyntheticGalaxy((8192, 8192), mocks, rng=seed)
    # Between the centre and the end of the bar, where an arm begins to show.
    corner = 4096 + 1900
    background = galaxy.image(corner, corner, size, size)
    n = (size - 2 * BORDER) // SPACING
    nodes = BORDER + (np.arange(n) + 0.5) * (size - 2 * BORDER) / n
    places = [nodes_of.ravel() + random.uniform(-SPACING / 4, SPACING / 4, n * n)
              for nodes_of in np.meshgrid(nodes, nodes)]
    image, truth = inject(background, mocks, positions=np.transpose(places), noise=False,
                          clusters=[mocks.draw_one(random) for _ in range(n * n)], rng=0,
                          progress=False)
    exposure = np.asarray(mocks.instrument.exposure_times.to_value(u.s))[:, None, None]
    noise = random.normal(size=image.shape) * noise_std(image.data - background.data, exposure)
    return MultiBandImage((image.data + noise).astype(np.float32), image.bands, image.wcs), truth


def run(out: str | os.PathLike[str] = "clusternet-demo", *,
        rng: int | np.random.Generator | None = 1, size: int = 256,
        progress: bool = True) -> QTable:
    """Make a field, search it with the shipped weights, and compare the result with the truth.

    Parameters
    ----------
    out : str or os.PathLike, optional
        Folder of the results.
    rng : int or `numpy.random.Generator`, optional
        Source of randomness of the field.
    size : int, optional
        Side of the field in pixels.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    `~astropy.table.QTable`
        The clusters and their candidates, as from `~clusternet.catalog.match`.
    """
    folder = prepare_folder(out)
    print(f"making {size} x {size} pixels of a synthetic galaxy with mock clusters ...")
    image, truth = make_field(size, rng=rng)
    image.write(folder / "field.fits")
    with atomic_write(folder / "truth.ecsv") as temporary:
        truth.write(temporary, format="ascii.ecsv", overwrite=True)
    result = search(image, distance=M83.distance, progress=progress, maps=True)
    result.write(folder, overwrite=True)
    with atomic_write(folder / "search.png") as temporary:
        search_figure(image, result.catalogue, result.maps, truth=truth).savefig(temporary,
                                                                                 dpi=150)
    matched, false = match(truth, select(result.catalogue, 0.95, None))
    visible: Any = matched[numbers(matched, "visibility") > 2.5]
    everything, bright = (recall(table)[0] for table in (matched, visible))
    print(f"{everything['n_found']} of {everything['n']} mock clusters found within 3 px at class "
          f"> 0.95 (recall {everything['recall']:.2f}); of the {bright['n']} with visibility > "
          f"2.5: {bright['recall']:.2f}")
    scale: Any = image.pixel_scale.to_value(u.arcmin)
    area = ((size - 2 * BORDER) * scale) ** 2
    print(f"{len(false)} candidates at class > 0.95 are no mock cluster, "
          f"{np.count_nonzero(numbers(false, 'visibility') > 2.5)} of them with visibility > 2.5 "
          f"(searched: {area:.4f} square arcmin)")
    print(f"{'':10s}{'rms':>7s}{'null':>7s}   (null: always the mean)")
    for row in parameter_errors(matched, visibility=None):
        if row["selection"] == "all" and row["n"]:
            print(f"{row['parameter']:10s}{row['rms']:7.2f}{row['null']:7.2f}")
    print(f"catalogue, maps, regions and picture are in {folder}")
    return matched
