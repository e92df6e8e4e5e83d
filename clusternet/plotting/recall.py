"""Recall of artificial clusters: by class and visibility, in space, by parameters."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from astropy.table import QTable
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from numpy.typing import ArrayLike

from clusternet.catalog import PARAMETERS, numbers
from clusternet.completeness import recall
from clusternet.plotting.labels import axis_label

__all__ = ["plot_class_visibility", "plot_recall_map", "plot_recall_maps"]

_PAIRS = (("log_age", "log_mass"), ("log_age", "a_v"), ("log_mass", "a_v"))
_EDGES = {name: np.linspace(*PARAMETERS[name].limits, n + 1)
          for name, n in (("log_age", 14), ("log_mass", 10), ("a_v", 10))}


def plot_class_visibility(matched: QTable | None, ax: Axes, *, candidates: QTable | None = None,
                          wide: QTable | None = None, class_cb: float = 0.95,
                          visibility: float = 2.5, dotted: Sequence[float] = (2, 3)
                          ) -> tuple[Axes, Axes, Axes]:
    """Draw class against visibility of clusters found, with counts of both (Paper III, Fig. 2).

    Samples with fewer members are drawn over those with more.

    Parameters
    ----------
    matched : `~astropy.table.QTable` or None
        From `~clusternet.injection.artificial_cluster_test`; clusters found are drawn as blue
        crosses.
    ax : `~matplotlib.axes.Axes`
        Axes; leave room above and to the right of it.
    candidates : `~astropy.table.QTable`, optional
        Candidates on the image without artificial clusters, drawn as grey dots.
    wide : `~astropy.table.QTable`, optional
        The same clusters matched with a larger radius, drawn as black dots.
    class_cb, visibility : float, optional
        Thresholds, dashed lines.
    dotted : sequence of float, optional
        Further visibilities, dotted lines.

    Returns
    -------
    tuple of `~matplotlib.axes.Axes`
        ``ax``, and the axes of the counts above and to the right.
    """
    possible: list[tuple[str, QTable | None, str, dict[str, Any]]] = [
        ("candidates on the image", candidates, "visibility",
         {"marker": "o", "color": "0.6", "s": 10, "linewidths": 0}),
        ("artificial clusters, wide match", wide, "visibility_found",
         {"marker": "o", "color": "black", "s": 5, "linewidths": 0}),
        ("artificial clusters", matched, "visibility_found",
         {"marker": "x", "color": "#0072b2", "s": 7, "linewidths": 0.7})]
    samples = [(label, table, name, style) for label, table, name, style in possible
               if table is not None]
    top = ax.inset_axes((0, 1.02, 1, 0.25), sharex=ax)
    right = ax.inset_axes((1.02, 0, 0.25, 1), sharey=ax)
    ax.set(xscale="log", xlabel="visibility", ylabel=axis_label("class_cb"))
    drawn = []
    for label, table, name, style in sorted(samples, key=lambda sample: -len(sample[1])):
        x, y = numbers(table, name), numbers(table, "class_cb")
        known = np.isfinite(x) & np.isfinite(y) & (x > 0)
        ax.scatter(x[known], y[known], label=label, rasterized=True, **style)
        if known.any():
            drawn.append((x[known], y[known], style["color"]))
    seen = np.concatenate([x for x, _, _ in drawn] or [np.array([0.1, 1000])])
    x_edges = np.geomspace(seen.min() / 1.1, seen.max() * 1.1, 41)
    for x, y, colour in drawn:
        top.hist(x, x_edges, histtype="step", color=colour, log=True)
        right.hist(y, np.linspace(0, 1, 41).tolist(), histtype="step", color=colour, log=True,
                   orientation="horizontal")
    top.tick_params(labelbottom=False)
    right.tick_params(labelleft=False)
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


def plot_recall_map(matched: QTable, by: Mapping[str, ArrayLike], ax: Axes, *,
                    outline: Sequence[ArrayLike] = ()) -> QuadMesh:
    """Draw recall over two columns; bins without clusters are grey and hatched.

    Parameters
    ----------
    matched : `~astropy.table.QTable`
        From `~clusternet.injection.artificial_cluster_test`, or some of its rows.
    by : dict of str to array_like
        Edges of bins of the column along x and of that along y, as for
        `~clusternet.completeness.recall`.
    ax : `~matplotlib.axes.Axes`
        Axes.
    outline : sequence of array_like, shape (point, 2), optional
        Closed lines (x, y) drawn over it, such as around the spiral arms.

    Returns
    -------
    `~matplotlib.collections.QuadMesh`
        The map, for a colour bar.

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
        edges.append(np.unique([numbers(table, f"{name}_{end}") for end in ("lo", "hi")]))
    shape = [len(side) - 1 for side in edges]
    ax.patch.set(facecolor="0.85", hatch="////", edgecolor="0.6")
    mesh = ax.pcolormesh(*edges, numbers(table, "recall").reshape(shape).T, vmin=0, vmax=1,
                         cmap="viridis")
    ax.set(xlabel=axis_label(x), ylabel=axis_label(y),
           xlim=edges[0][[0, -1]], ylim=edges[1][[0, -1]])
    for line in outline:
        points = np.asarray(line, dtype=float)
        ax.plot(*points[np.r_[:len(points), 0]].T, color="black", linewidth=2.4)
        ax.plot(*points[np.r_[:len(points), 0]].T, color="white", linewidth=1.2)
    return mesh


def plot_recall_maps(matched: QTable, axes: ArrayLike, *, inside: ArrayLike | None = None,
                     pairs: Sequence[tuple[str, str]] = _PAIRS,
                     edges: Mapping[str, ArrayLike] | None = None) -> np.ndarray:
    """Draw recall over pairs of parameters, inside and outside of a region (Fig. 3 b to g).

    Parameters
    ----------
    matched : `~astropy.table.QTable`
        From `~clusternet.injection.artificial_cluster_test`.
    axes : numpy.ndarray of `~matplotlib.axes.Axes`, shape (pair,) or (2, pair)
        Axes; two rows with ``inside``.
    inside : array_like of bool, shape (cluster,), optional
        Whether each cluster is in the region, such as the spiral arms: the first row; the second
        has the others.
    pairs : sequence of (str, str), optional
        Columns along x and y; of Fig. 3 when not given.
    edges : dict of str to array_like, optional
        Edges of bins by column; defaults exist for ``log_age``, ``log_mass`` and ``a_v``.

    Returns
    -------
    numpy.ndarray of `~matplotlib.collections.QuadMesh`
        The maps, of the shape of ``axes``; a colour bar of any of them holds for all.

    Raises
    ------
    ValueError
        If ``axes`` has another shape.

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
        within = np.asarray(inside, dtype=bool)
        rows = [("inside", within), ("outside", ~within)]
    expected = (len(pairs),) if inside is None else (2, len(pairs))
    if axes.shape != expected:
        raise ValueError(f"axes of shape {axes.shape} for {len(pairs)} pairs"
                         f"{'' if inside is None else ', inside and outside'}; pass {expected}")
    bins: dict[str, ArrayLike] = {**_EDGES, **(edges or {})}
    meshes = np.empty((len(rows), len(pairs)), dtype=object)
    for i, (title, chosen) in enumerate(rows):
        for j, (x, y) in enumerate(pairs):
            ax = axes.reshape(meshes.shape)[i, j]
            part: Any = matched[chosen]
            meshes[i, j] = plot_recall_map(part, {x: bins[x], y: bins[y]}, ax)
            ax.set_title(title, fontsize="medium")
    return meshes.reshape(axes.shape)
