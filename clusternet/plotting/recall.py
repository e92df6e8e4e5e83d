"""Which artificial clusters are found: by certainty and visibility, in space, by parameters."""

import numpy as np

from clusternet.completeness import recall

__all__ = ["plot_class_visibility", "plot_recall_map", "plot_recall_maps"]

_LABELS = {"log_age": r"log$_{10}$ (age / yr)", "log_mass": r"log$_{10}$ (mass / M$_\odot$)",
           "a_v": r"A$_V$ [mag]", "log_r_h": r"log$_{10}$ (r$_h$ / arcsec)",
           "x_centroid": "x [px]", "y_centroid": "y [px]",
           "log_background": r"log$_{10}$ (background / e s$^{-1}$)"}
_PAIRS = (("log_age", "log_mass"), ("log_age", "a_v"), ("log_mass", "a_v"))
_EDGES = {"log_age": np.linspace(6.6, 10.1, 15), "log_mass": np.linspace(3.5, 5.5, 11),
          "a_v": np.linspace(0, 3, 11)}


def plot_class_visibility(matched, ax, candidates=None, wide=None, class_cb=0.95, visibility=2.5,
                          dotted=(2, 3)):
    """Draw class against visibility of what was found, with counts along both (Paper III, Fig. 2).

    Samples with fewer members are drawn over those with more.

    Parameters
    ----------
    matched : `~astropy.table.QTable`
        From `~clusternet.injection.artificial_cluster_test`; clusters found are drawn as blue
        crosses.
    ax : `~matplotlib.axes.Axes`
        Axes; leave room above and to the right of it.
    candidates : `~astropy.table.QTable`, optional
        A catalogue of the image as it was, drawn as grey dots.
    wide : `~astropy.table.QTable`, optional
        The same clusters matched with a larger radius, drawn as black dots.
    class_cb, visibility : float, optional
        Thresholds, dashed lines.
    dotted : sequence of float, optional
        Further visibilities, dotted lines.

    Returns
    -------
    tuple of `~matplotlib.axes.Axes`
        ``ax``, and those of the counts above and to the right.
    """
    samples = [("candidates on the image", candidates, "visibility",
                {"marker": "o", "color": "0.6", "s": 10, "linewidths": 0}),
               ("artificial clusters, wide match", wide, "visibility_found",
                {"marker": "o", "color": "black", "s": 5, "linewidths": 0}),
               ("artificial clusters", matched, "visibility_found",
                {"marker": "x", "color": "#0072b2", "s": 7, "linewidths": 0.7})]
    top = ax.inset_axes([0, 1.02, 1, 0.25], sharex=ax)
    right = ax.inset_axes([1.02, 0, 0.25, 1], sharey=ax)
    ax.set(xscale="log", xlabel="visibility", ylabel="class")
    drawn = []
    samples = [sample for sample in samples if sample[1] is not None]
    for label, table, name, style in sorted(samples, key=lambda sample: -len(sample[1])):
        x, y = (np.asarray(table[column], dtype=float) for column in (name, "class_cb"))
        known = np.isfinite(x) & np.isfinite(y) & (x > 0)
        ax.scatter(x[known], y[known], label=label, rasterized=True, **style)
        if known.any():
            drawn.append((x[known], y[known], style["color"]))
    seen = np.concatenate([x for x, _, _ in drawn] or [np.array([0.1, 1000])])
    low, high = seen.min() / 1.1, seen.max() * 1.1
    for axes, index, edges, turned in ((top, 0, np.geomspace(low, high, 41), "vertical"),
                                       (right, 1, np.linspace(0, 1, 41), "horizontal")):
        for sample in drawn:
            axes.hist(sample[index], edges, histtype="step", color=sample[2], orientation=turned,
                      log=True)
        axes.tick_params(labelbottom=turned == "horizontal", labelleft=turned == "vertical")
    top.set_ylabel("number")
    right.set_xlabel("number")
    for axes in (ax, top):
        axes.axvline(visibility, color="#d55e00", linestyle="--", linewidth=1)
        for value in dotted:
            axes.axvline(value, color="#d55e00", linestyle=":", linewidth=1)
    for axes in (ax, right):
        axes.axhline(class_cb, color="#d55e00", linestyle="--", linewidth=1)
    ax.legend(loc="lower right", fontsize="small")
    return ax, top, right


def plot_recall_map(matched, by, ax, outline=None):
    """Draw recall over two columns; bins without clusters are grey and hatched.

    Parameters
    ----------
    matched : `~astropy.table.QTable`
        From `~clusternet.injection.artificial_cluster_test`, or any part of it.
    by : dict of str to array_like
        Edges of bins of the column along x and of that along y, as for
        `~clusternet.completeness.recall`.
    ax : `~matplotlib.axes.Axes`
        Axes.
    outline : sequence of array_like, shape (point, 2), optional
        Closed lines (x, y) to draw over it, such as around the spiral arms.

    Returns
    -------
    `~matplotlib.collections.QuadMesh`
        What was drawn, for a colour bar.

    Raises
    ------
    ValueError
        If there are not two columns, or as from `~clusternet.completeness.recall`.
    """
    if len(by) != 2:
        raise ValueError(f"a map over {', '.join(by) or 'nothing'}; give two columns")
    table = recall(matched, by)
    (x, y), edges = by, []
    for name in by:
        low, high = (table[f"{name}_{end}"] for end in ("lo", "hi"))
        edges.append(np.unique(np.concatenate([getattr(side, "value", side)
                                               for side in (low, high)])))
    shape = [len(side) - 1 for side in edges]
    ax.patch.set(facecolor="0.85", hatch="////", edgecolor="0.6")
    mesh = ax.pcolormesh(*edges, np.reshape(table["recall"], shape).T, vmin=0, vmax=1,
                         cmap="viridis")
    ax.set(xlabel=_LABELS.get(x, x), ylabel=_LABELS.get(y, y),
           xlim=edges[0][[0, -1]], ylim=edges[1][[0, -1]])
    for line in outline or ():
        points = np.asarray(line, dtype=float)
        ax.plot(*points[np.r_[:len(points), 0]].T, color="black", linewidth=2.4)
        ax.plot(*points[np.r_[:len(points), 0]].T, color="white", linewidth=1.2)
    return mesh


def plot_recall_maps(matched, axes, inside=None, pairs=_PAIRS, edges=None):
    """Draw recall over pairs of parameters, inside and outside of a region (Fig. 3 b to g).

    Parameters
    ----------
    matched : `~astropy.table.QTable`
        From `~clusternet.injection.artificial_cluster_test`.
    axes : numpy.ndarray of `~matplotlib.axes.Axes`, shape (pair,) or (2, pair)
        Axes; two rows with ``inside``.
    inside : array_like of bool, shape (cluster,), optional
        Which clusters are in the region, such as the spiral arms: drawn in the first row, the
        others in the second.
    pairs : sequence of (str, str), optional
        Columns along x and y; of Fig. 3 when not given.
    edges : dict of str to array_like, optional
        Edges of bins, for columns other than ``log_age``, ``log_mass`` and ``a_v`` or in place of
        those in use for them.

    Returns
    -------
    numpy.ndarray of `~matplotlib.collections.QuadMesh`
        What was drawn, as ``axes``; any one of them will do for a colour bar.

    Raises
    ------
    ValueError
        If the shape of ``axes`` is another one.

    Examples
    --------
    >>> import numpy as np
    >>> from astropy.table import QTable
    >>> from matplotlib.figure import Figure
    >>> from clusternet.plotting import plot_recall_maps
    >>> rng = np.random.default_rng(1)
    >>> matched = QTable({"log_age": rng.uniform(6.6, 10.1, 99), "found": rng.random(99) < 0.7,
    ...                   "log_mass": rng.uniform(3.5, 5.5, 99), "a_v": rng.uniform(0, 3, 99)})
    >>> figure = Figure()
    >>> axes = figure.subplots(2, 3)
    >>> meshes = plot_recall_maps(matched, axes, inside=rng.random(99) < 0.5)
    >>> bar = figure.colorbar(meshes[0, 0], ax=axes, label="recall")
    """
    axes = np.asarray(axes)
    rows = [("", np.ones(len(matched), dtype=bool))]
    if inside is not None:
        inside = np.asarray(inside, dtype=bool)
        rows = [("inside", inside), ("outside", ~inside)]
    expected = (len(pairs),) if inside is None else (2, len(pairs))
    if axes.shape != expected:
        raise ValueError(f"axes of shape {axes.shape} for {len(pairs)} pairs"
                         f"{'' if inside is None else ', inside and outside'}; pass {expected}")
    edges = {**_EDGES, **(edges or {})}
    meshes = np.empty((len(rows), len(pairs)), dtype=object)
    for i, (title, chosen) in enumerate(rows):
        for j, (x, y) in enumerate(pairs):
            ax = axes.reshape(meshes.shape)[i, j]
            meshes[i, j] = plot_recall_map(matched[chosen], {x: edges[x], y: edges[y]}, ax)
            ax.set_title(title, fontsize="medium")
    return meshes.reshape(axes.shape)
