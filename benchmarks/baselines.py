"""The baselines without networks on fields whose clusters are known.

    python benchmarks/baselines.py FOLDER [--fields 3 4 5] [--library FILE]

FOLDER holds fields that benchmarks/detectors.py made (000.fits, 000.ecsv ...). Prints the recall of
`StarFinderDetector` within 3 px against false detections, and errors and coverage of
`PhotometricEstimator` at the true positions.
"""

import argparse
import time
from pathlib import Path

import numpy as np
from astropy.table import QTable
from fields import counted_area, stacked

from clusternet.catalog import match
from clusternet.completeness import recall, recall_curve
from clusternet.detection import StarFinderDetector
from clusternet.estimation import ClusterLibrary, PhotometricEstimator
from clusternet.images import MultiBandImage
from clusternet.validation import true_values
from clusternet.validation.errors import errors

NAMES = ("log_age", "log_mass", "a_v", "log_r_h", "log_visibility")


def show_detector(images, truths):
    size = images[0].shape[1]
    start = time.process_time()
    found = [StarFinderDetector()(image, progress=False) for image in images]
    seconds = time.process_time() - start
    truth, found = (table[table["inside"]] for table in
                    (stacked(tables, size) for tables in (truths, found)))
    curve = recall_curve(truth, found, counted_area(len(images), size, images[0].pixel_scale))
    print(f"star finder: {len(found)} candidates for {len(truth)} clusters, {seconds:.1f} s of CPU")
    for density in (0.3, 1, 3, 10, 30, 100):
        rows = curve[curve["false_density"].value <= density]
        best = rows[np.argmax(rows["n_found"])] if len(rows) else None
        text = "none" if best is None else f"{best['recall']:.3f} (class > {best['threshold']:.3f})"
        print(f"  recall at {density:g} false detections per square arcmin: {text}")
    every = recall(match(truth, found)[0], {"visibility": [0, 1, 2.5, 5, 10, 30, 1000]})
    every["visibility_lo", "visibility_hi", "n", "recall"].pprint()


def show_estimator(images, truths, library):
    estimator = PhotometricEstimator(library)
    start = time.process_time()
    posteriors = [estimator(image, truth, progress=False)
                  for image, truth in zip(images, truths, strict=True)]
    seconds = time.process_time() - start
    values = {name: np.concatenate([column[name] for column in map(true_values, truths)])
              for name in NAMES}
    visible = values["log_visibility"] > np.log10(2.5)
    print(f"photometric estimator: {len(visible)} clusters, {seconds:.1f} s of CPU")
    for label, chosen in (("all", visible | ~visible), ("visibility > 2.5", visible)):
        for name in NAMES:
            mean, low, high = (np.concatenate(v) for v in (
                [p.mean(name) for p in posteriors], *zip(*(p.interval(name) for p in posteriors),
                                                         strict=True)))
            kept = chosen & np.isfinite(mean)
            of = errors(values[name][kept], mean[kept])
            inside = ((values[name] >= low) & (values[name] <= high))[kept]
            print(f"  {label:18s}{name:16s}{of.n:6d}  rms {of.rms:.3f}  bias {of.bias:+.3f}  "
                  f"null {of.null:.3f}  68 % interval holds {inside.mean():.3f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--fields", type=int, nargs="+", default=[3, 4, 5])
    parser.add_argument("--library", help="file to keep the library in")
    options = parser.parse_args()
    images = [MultiBandImage.read(options.folder / f"{i:03d}.fits") for i in options.fields]
    truths = [QTable.read(options.folder / f"{i:03d}.ecsv") for i in options.fields]
    show_detector(images, truths)
    show_estimator(images, truths, ClusterLibrary.draw(file=options.library))


if __name__ == "__main__":
    main()
