"""Recall and errors of several detectors, printed side by side and drawn."""

import astropy.units as u
import matplotlib
import numpy as np
from astropy.table import vstack

from clusternet._files import atomic_write
from clusternet.catalog import INTRINSIC, numbers
from clusternet.completeness import recall
from clusternet.validation import parameter_errors

matplotlib.use("Agg")
import matplotlib.pyplot as plt

DENSITIES = (0.3, 1.0, 3.0, 10.0)
RADII = (3, 6)
BINS = {"visibility": [0.1, 0.3, 1, 2.5, 5, 10, 30, 100, 1000],
        "log_age": [6.6, 7.0, 7.5, 8.0, 8.5, 9.0, 10.1], "log_mass": [3.5, 4, 4.5, 5, 5.5],
        "a_v": [0, 1, 2, 3], "log_r_h": [-1.4, -1.15, -0.9, -0.65, -0.4],
        "crowding": [0, 5, 10, 20, 40, np.inf]}


def with_found(table, rows):
    """A copy of a matched table in which other rows count as found."""
    table = table.copy()
    table["found"] = np.asarray(rows)
    return table


def at_density(curve, density):
    """The row of a curve with most clusters at no more than these false detections."""
    rows = curve[curve["false_density"].value <= density]
    return rows[np.argmax(rows["n_found"])]


def show_curves(curves, reference, label):
    """Recall of all detectors at equal false detections."""
    densities = {f"{d:g}": d for d in DENSITIES}
    for radius in RADII:
        own = reference[radius]["false_density"][0].value
        columns = {**densities, f"{own:.2f}": own}
        print(f"\nrecall within {radius} px at equal false detections per square arcmin "
              f"(class threshold); {own:.2f} are those of {label} at class > 0.95")
        print(f"{'':32s}" + "".join(f"{name:>18s}" for name in columns))
        for name, curve in curves[radius].items():
            cells = []
            for density in columns.values():
                row = at_density(curve, density)
                reached = curve["false_density"][-1].value >= density
                cells.append(f"{row['recall']:.4f} ({row['threshold']:.4f})"
                             + ("" if reached else "*"))
            print(f"{name:32s}" + "".join(f"{cell:>18s}" for cell in cells))
        n = next(iter(curves[radius].values()))["n"][0]
        half = np.sqrt(0.25 / max(n, 1))
        print(f"{n} clusters: standard errors of at most {half:.4f}; * all candidates, there are "
              "not so many false ones")


def show_bins(matched):
    """Recall in bins, all detectors side by side."""
    for column, edges in BINS.items():
        tables = [recall(table, {column: edges}) for table in matched.values()]
        print(f"\nrecall by {column:24s}{'n':>7s}" + "".join(f"{name:>28s}" for name in matched))
        for rows in zip(*tables, strict=True):
            low, high = (u.Quantity(rows[0][f"{column}_{end}"]).value for end in ("lo", "hi"))
            print(f"{low:>14g} to {high:<15g}{rows[0]['n']:>10d}" + "".join(
                f"{row['recall']:>14.3f} ({row['recall_lo']:.3f}-{row['recall_hi']:.3f})"[:28]
                .rjust(28) for row in rows))


def show_errors(tables, title):
    """Errors of the parameters, all detectors under each other."""
    print(f"\n{title}")
    print(f"{'':32s}{'':9s}{'':36s}" + f"{'n':>7s}" + "".join(
        f"{name:>8s}" for name in ("rms", "bias", "MAD", "null")))
    errors = {name: parameter_errors(table) for name, table in tables.items()}
    for row in next(iter(errors.values())):
        key = row["selection"], row["parameter"]
        for name, table in errors.items():
            for r in table[(table["selection"] == key[0]) & (table["parameter"] == key[1])]:
                print(f"{key[0]:32s}{key[1]:9s}{name:36s}{r['n']:7d}" + "".join(
                    f"{r[c]:8.3f}" for c in ("rms", "bias", "mad", "null")))
    return errors


def draw_curves(curves, path):
    figure, axes = plt.subplots(1, len(RADII), figsize=(11, 4.5), sharey=True,
                                layout="constrained")
    for axis, radius in zip(axes, RADII, strict=True):
        for name, curve in curves[radius].items():
            x = np.maximum(curve["false_density"].value, 0.05)
            (line,) = axis.step(x, curve["recall"], where="post", label=name)
            axis.fill_between(x, curve["recall_lo"], curve["recall_hi"], step="post", alpha=0.2,
                              color=line.get_color())
        axis.set(xscale="log", xlabel="false detections per square arcmin (0 at the left edge)",
                 title=f"within {radius} px")
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("recall")
    axes[0].legend(loc="lower right")
    _save(figure, path)


def draw_residuals(matched, path):
    figure, axes = plt.subplots(len(matched), len(INTRINSIC), squeeze=False, sharex="col",
                                sharey="col", figsize=(14, 3 * len(matched) + 1),
                                layout="constrained")
    for row, (name, table) in zip(axes, matched.items(), strict=True):
        table = table[table["found"]]
        for axis, parameter in zip(row, INTRINSIC, strict=True):
            truth, estimate = (numbers(table, c) for c in (parameter, f"{parameter}_found"))
            visible = np.asarray(table["visibility"]) > 2.5
            for some, colour in ((~visible, "0.7"), (visible, "C0")):
                axis.plot(truth[some], (estimate - truth)[some], ".", ms=2, color=colour)
            axis.axhline(0, color="k", lw=0.5)
            axis.set(xlabel=f"true {parameter}", title=f"{name}: {parameter}")
        row[0].set_ylabel("inferred - true (blue: visibility > 2.5)")
    _save(figure, path)


def _save(figure, path):
    with atomic_write(path) as temporary:
        figure.savefig(temporary, dpi=110)
    plt.close(figure)


def keep(curves, all_errors, folder):
    """Write curves and errors as tables."""
    tables = {f"curves-{radius}px": {name: c.copy() for name, c in by_name.items()}
              for radius, by_name in curves.items()}
    tables |= {f"errors-{kind}": by_name for kind, by_name in all_errors.items()}
    for stem, by_name in tables.items():
        for name, table in by_name.items():
            table["detector"] = [name] * len(table)
        with atomic_write(folder / f"{stem}.ecsv") as temporary:
            vstack(list(by_name.values())).write(temporary, format="ascii.ecsv", overwrite=True)
