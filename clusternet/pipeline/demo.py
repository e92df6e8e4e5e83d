"""The whole way on made-up data: a field with known clusters, searched and scored."""

import astropy.units as u
import numpy as np
from astropy.table import QTable

from clusternet._files import atomic_write, prepare_folder
from clusternet.catalog import INTRINSIC, cross_match
from clusternet.galaxy import M83, SyntheticGalaxy
from clusternet.images import MultiBandImage
from clusternet.instruments import noise_std
from clusternet.mocks import MockClusters, visibility
from clusternet.pipeline.core import search
from clusternet.plotting import search_figure

__all__ = ["make_field", "run", "score_catalogue"]

#: Mean distance between the demo's clusters, pixels.
SPACING = 38
#: Half of a window: clusters nearer to the border cannot be found.
BORDER = 32


def make_field(size=256, seed=1, mocks=None):
    """A part of a synthetic spiral galaxy with mock clusters at known places.

    Parameters
    ----------
    size : int, optional
        Side in pixels, at least 104.
    seed : int, optional
        Of the galaxy and of the clusters.
    mocks : `~clusternet.mocks.MockClusters`, optional
        What clusters are made of.

    Returns
    -------
    image : `~clusternet.images.MultiBandImage`
    truth : `~astropy.table.QTable`
        ``x_centroid``, ``y_centroid``, ``log_age``, ``a_v``, ``log_mass``,
        ``log_r_h``, ``visibility`` of each cluster.
    """
    if size < 2 * BORDER + SPACING:
        raise ValueError(f"size is {size} pixels; give at least {2 * BORDER + SPACING}, so that "
                         "a cluster fits in")
    rng = np.random.default_rng([seed, 5])
    mocks = MockClusters() if mocks is None else mocks
    galaxy = SyntheticGalaxy((8192, 8192), mocks, rng=seed)
    # Between the centre and the end of the bar, where an arm begins to show.
    x0 = y0 = 4096 + 1900
    background = galaxy.pixels(x0, y0, size, size)
    n = (size - 2 * BORDER) // SPACING
    nodes = BORDER + (np.arange(n) + 0.5) * (size - 2 * BORDER) / n
    x, y = (v.ravel() + rng.uniform(-SPACING / 4, SPACING / 4, n * n)
            for v in np.meshgrid(nodes, nodes))
    clusters = [mocks.draw_one(rng) for _ in range(n * n)]
    light = mocks.render(clusters, x, y, (size, size), together=True)
    exposure = mocks.instrument.exposure_times.to_value(u.s)[:, None, None]
    noise = rng.normal(size=light.shape) * noise_std(light, exposure)
    truth = QTable(rows=[dict(cluster.parameters) for cluster in clusters])
    truth["x_centroid"], truth["y_centroid"] = x, y
    # What each cluster stands on: all in its window but itself.
    corner = [[int(np.clip(np.rint(v), BORDER, size - BORDER)) - BORDER for v in place]
              for place in zip(x, y, strict=True)]
    i, j = np.transpose(corner)
    alone = mocks.render(clusters, x - i, y - j, (2 * BORDER, 2 * BORDER))
    windows = np.stack([(background + light)[:, b:b + 2 * BORDER, a:a + 2 * BORDER]
                        for a, b in corner])
    truth["visibility"] = visibility(alone, windows - alone)
    data = (background + light + noise).astype(np.float32)
    wcs = galaxy.wcs[y0:y0 + size, x0:x0 + size]
    return MultiBandImage(data, mocks.instrument.bands, wcs), truth


def score_catalogue(catalogue, truth, radius=3.0, class_cb=0.95, threshold=2.5):
    """How many clusters were found, and how well.

    Parameters
    ----------
    catalogue : `~astropy.table.QTable`
        Result of a search.
    truth : `~astropy.table.QTable`
        From `make_field`.
    radius : float, optional
        Largest distance of a match, pixels.
    class_cb : float, optional
        Only candidates above this class count.
    threshold : float, optional
        Visibility above which a true cluster counts as visible.

    Returns
    -------
    dict
        ``recall``, ``recall_visible``, ``found``, ``placed``, ``visible``,
        ``candidates``, ``false`` (candidates without a true cluster),
        ``false_visible`` (those of them above the threshold of visibility) and
        ``parameters``: by name ``rms`` of the matched clusters and ``null``,
        the rms of always answering their mean.
    """
    chosen = catalogue[catalogue["class_cb"] > class_cb]
    pairs = cross_match(truth, chosen, radius)
    visible = np.asarray(truth["visibility"]) > threshold
    found = np.zeros(len(truth), dtype=bool)
    found[pairs["index_a"]] = True
    wrong = np.ones(len(chosen), dtype=bool)
    wrong[pairs["index_b"]] = False
    parameters = {}
    for name in INTRINSIC:
        value = np.asarray(truth[name][pairs["index_a"]], dtype=float)
        estimate = u.Quantity(chosen[name][pairs["index_b"]]).value
        parameters[name] = {"rms": float(np.sqrt(np.mean((estimate - value) ** 2))),
                            "null": float(np.std(value))} if len(value) else {}
    return {"placed": len(truth), "visible": int(visible.sum()), "found": int(found.sum()),
            "recall": float(found.mean()), "candidates": len(chosen),
            "recall_visible": float(found[visible].mean()) if visible.any() else float("nan"),
            "false": int(wrong.sum()), "parameters": parameters,
            "false_visible": int((wrong & (np.asarray(chosen["visibility"]) > threshold)).sum())}


def run(out="clusternet-demo", seed=1, size=256, progress=True):
    """Make a field, search it with the shipped weights, score and show the result.

    Parameters
    ----------
    out : str or `~pathlib.Path`, optional
        Folder of the results.
    seed : int, optional
        Of the field.
    size : int, optional
        Its side in pixels.
    progress : bool, optional
        Show a progress bar.

    Returns
    -------
    dict
        From `score_catalogue`.
    """
    folder = prepare_folder(out)
    print(f"making {size} x {size} pixels of a synthetic galaxy with mock clusters ...")
    image, truth = make_field(size, seed)
    image.write(folder / "field.fits")
    with atomic_write(folder / "truth.ecsv") as temporary:
        truth.write(temporary, format="ascii.ecsv", overwrite=True)
    result = search(image, distance=M83.distance, progress=progress, maps=True)
    result.write(folder, overwrite=True)
    with atomic_write(folder / "search.png") as temporary:
        search_figure(image, result.catalogue, result.maps, truth=truth).savefig(temporary,
                                                                                 dpi=150)
    scores = score_catalogue(result.catalogue, truth)
    area = ((size - 2 * BORDER) * image.pixel_scale.to_value(u.arcmin)) ** 2
    print(f"{scores['found']} of {scores['placed']} mock clusters found within 3 px at class > "
          f"0.95 (recall {scores['recall']:.2f}); of the {scores['visible']} with visibility > "
          f"2.5: {scores['recall_visible']:.2f}")
    print(f"{scores['false']} candidates at class > 0.95 are no mock cluster, "
          f"{scores['false_visible']} of them with visibility > 2.5 "
          f"(searched: {area:.4f} square arcmin)")
    print(f"{'':10s}{'rms':>7s}{'null':>7s}   (null: always the mean)")
    for name, r in scores["parameters"].items():
        if r:
            print(f"{name:10s}{r['rms']:7.2f}{r['null']:7.2f}")
    print(f"catalogue, maps, regions and picture are in {folder}")
    return scores
