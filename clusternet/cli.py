"""The command line: ``clusternet search``, ``report``, ``train`` and ``demo``."""

import argparse
import re
import sys
from typing import Any

import clusternet

__all__ = ["main"]

_LARGE = 4e7  # pixels per band; more are left on disk


def main(arguments: list[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    arguments : list of str, optional
        Arguments after ``clusternet``; those of the process when not given.

    Returns
    -------
    int
        Exit status: 0; 2 for an error, which is printed in one line on standard error; 130 after
        an interrupt.
    """
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except (OSError, ValueError) as error:
        print(f"clusternet: error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("clusternet: stopped", file=sys.stderr)
        return 130
    return 0


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"clusternet: error: {message}; see {self.prog} --help\n")


def _parser():
    parser = _Parser(
        prog="clusternet", description="Find star clusters in multi-band images of galaxies.")
    parser.add_argument("--version", action="version",
                        version=f"clusternet {clusternet.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    search = commands.add_parser(
        "search", help="search images for clusters",
        description="Search images for clusters. Writes to DIR: catalogue.ecsv and .fits, "
        "candidates.fits (before the thresholds), clusters.reg for DS9, search.png, and, where "
        "value maps are made, maps.fits. Images of more than 40 megapixels are left on disk while "
        "they are searched, if they are plain FITS or zarr, and get no picture.")
    search.set_defaults(command=_search)
    search.add_argument("images", nargs="+", metavar="BAND=FILE",
                        help="a FITS image of each band, as F336W=a.fits or F336W=a.fits[SCI]; or "
                        "one FILE whose extensions are named after the bands")
    search.add_argument("--out", required=True, metavar="DIR", help="folder for the results")
    search.add_argument("--overwrite", action="store_true", help="replace results in DIR")
    search.add_argument("--class", dest="class_cb", type=float, default=0.5, metavar="C",
                        help="least class of a cluster (default %(default)s; the paper: 0.95)")
    search.add_argument("--visibility", type=float, metavar="V",
                        help="least visibility (default: any; the paper: 2.5)")
    search.add_argument("--detector", choices=("dense", "sliding"), default="dense",
                        help="dense: one pass over each tile (default); sliding: the window of "
                        "Papers II and III around every pixel, thousands of times slower")
    search.add_argument("--step", type=int, metavar="N",
                        help="sliding: pixels from window to window (default 1)")
    search.add_argument("--maps", action="store_true",
                        help="dense: write a map of the class, too; sliding always writes maps")
    search.add_argument("--keep", metavar="DIR",
                        help="folder to keep finished tiles in; a search that was stopped resumes")
    search.add_argument("--weights", metavar="FILE",
                        help="weights to use in place of those shipped")
    search.add_argument("--section", metavar="X0:X1,Y0:Y1", type=_section,
                        help="search only these pixels, counted from 0, X1 and Y1 excluded")
    search.add_argument("--align", action="store_true",
                        help="reproject bands that do not lie on the pixels of the first")
    search.add_argument("--unit", help="unit of the pixels, where BUNIT is missing or wrong")
    search.add_argument("--distance", type=float, metavar="MPC",
                        help="distance in Mpc, for radii in parsecs and densities")
    search.add_argument("--no-progress", action="store_true", help="show no progress bars")

    report = commands.add_parser(
        "report", help="report on the reliability of a catalogue or a network",
        description="Write one HTML page: for a catalogue, its contents and settings; for "
        "weights, an artificial cluster test, with recall, completeness, errors, calibration and "
        "controls. With --image, artificial clusters are put into that image; otherwise, for "
        "weights, into a synthetic galaxy.")
    report.set_defaults(command=_report, align=False)
    report.add_argument("subject", metavar="CATALOGUE_OR_WEIGHTS",
                        help="a catalogue (.ecsv or .fits), or weights of a dense network "
                        "(.safetensors)")
    report.add_argument("--out", default="report.html", metavar="FILE",
                        help="the page (default %(default)s)")
    report.add_argument("--image", nargs="+", metavar="BAND=FILE",
                        help="put artificial clusters into these images, as for search")
    report.add_argument("--section", metavar="X0:X1,Y0:Y1", type=_section,
                        help="only these pixels of --image, counted from 0, X1 and Y1 excluded")
    report.add_argument("--unit", help="unit of the pixels, where BUNIT is missing or wrong")
    report.add_argument("--clusters", type=int, default=400, metavar="N",
                        help="number of artificial clusters (default %(default)s)")
    report.add_argument("--size", type=int, default=1024, metavar="N",
                        help="side of the synthetic image in pixels (default %(default)s)")
    report.add_argument("--seed", type=int, default=1,
                        help="seed of the test (default %(default)s)")
    report.add_argument("--baselines", action="store_true",
                        help="compare with a star finder and concentration index")
    report.add_argument("--no-progress", action="store_true", help="show no progress bars")

    train = commands.add_parser("train", help="train a network",
                                description="Train a network by the recipe in a YAML file.")
    train.set_defaults(command=_train)
    train.add_argument("config", metavar="CONFIG.yaml")

    demo = commands.add_parser(
        "demo", help="search a synthetic field with known clusters",
        description="Make a synthetic field with known clusters, search it with the weights "
        "shipped, and compare the result with the truth.")
    demo.set_defaults(command=_demo)
    demo.add_argument("--out", default="clusternet-demo", metavar="DIR",
                      help="folder for the results (default %(default)s)")
    demo.add_argument("--seed", type=int, default=1,
                      help="seed of the field (default %(default)s)")
    demo.add_argument("--size", type=int, metavar="N",
                      help="width and height of the field in pixels")
    return parser


def _section(text):
    match = re.fullmatch(r"(\d+):(\d+),(\d+):(\d+)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form X0:X1,Y0:Y1")
    x0, x1, y0, y1 = (int(number) for number in match.groups())
    if x0 >= x1 or y0 >= y1:
        raise argparse.ArgumentTypeError(f"{text!r} holds no pixel")
    return x0, x1, y0, y1


def _search(options):
    sources = _sources(options.images)

    from clusternet._files import prepare_folder

    prepare_folder(options.out)

    from astropy import units as u

    from clusternet.detection import DenseDetector, PeakFinder, SlidingWindowDetector
    from clusternet.nn import load_network
    from clusternet.pipeline import search

    threshold = min(options.class_cb, 0.5)
    # The engines refuse weights of another kind.
    network: Any = None if options.weights is None else load_network(options.weights)
    if options.detector == "sliding":
        detector = SlidingWindowDetector(network, step=options.step or 1,
                                         peaks=PeakFinder(threshold=threshold))
    elif options.step is not None:
        raise ValueError("--step is for windows; leave it out, or add --detector sliding")
    else:
        detector = DenseDetector(network, threshold=threshold)
    image = _image(sources, options)
    result = search(
        image, detector, class_cb=options.class_cb, visibility=options.visibility,
        distance=None if options.distance is None else options.distance * u.Mpc,
        output=options.out, overwrite=options.overwrite, progress=not options.no_progress,
        maps=options.maps, folder=options.keep)
    print(f"{len(result.candidates)} candidates, {len(result.catalogue)} in the catalogue")
    for threshold, count in result.counts().items():
        print(f"class > 0.95 and visibility > {threshold:g}: {count}")
    print(f"results are in {options.out}")


def _image(sources, options):
    """The image: in memory, or on disk if it is large and in files that can be read in parts."""
    from clusternet.images import Mosaic

    if not options.align and options.section is None:
        try:
            mosaic = Mosaic.open(sources, unit=options.unit)
        except (OSError, ValueError):
            pass  # whatever is wrong with it, reading it says so
        else:
            if mosaic.shape[1] * mosaic.shape[2] > _LARGE:
                return mosaic
            mosaic.close()
    return _image_in_memory(sources, options)


def _image_in_memory(sources, options):
    from clusternet.images import MultiBandImage

    image = MultiBandImage.read(sources, unit=options.unit, align=options.align)
    if options.section is None:
        return image
    x0, x1, y0, y1 = options.section
    width, height = x1 - x0, y1 - y0
    ny, nx = image.shape[1:]
    if x1 > nx or y1 > ny:
        raise ValueError(f"section {x0}:{x1},{y0}:{y1} reaches beyond the image of {nx} x {ny} "
                         f"px; end it at {min(x1, nx)},{min(y1, ny)} at most")
    return image.cutout((x0 + width // 2, y0 + height // 2), (height, width))


def _sources(images):
    if len(images) == 1 and "=" not in images[0]:
        return images[0]
    sources = {}
    for image in images:
        band, equals, path = image.partition("=")
        if not (band and equals and path):
            raise ValueError(f"{image!r} is not of the form BAND=FILE, such as F336W=a.fits")
        if band in sources:
            raise ValueError(f"band {band} is given twice: {sources[band]} and {path}")
        sources[band] = path
    return sources


def _report(options):
    from pathlib import Path

    from clusternet.catalog import read_catalogue
    from clusternet.detection import DenseDetector, StarFinderDetector
    from clusternet.estimation import DenseEstimator
    from clusternet.injection import run_trial
    from clusternet.nn import load_network
    from clusternet.report import catalogue_page, network_page

    weights = Path(options.subject).suffix == ".safetensors"
    image = (None if options.image is None
             else _image_in_memory(_sources(options.image), options))
    about = {"clusters": options.clusters, "size": options.size, "rng": options.seed,
             "progress": not options.no_progress}
    if weights:
        network: Any = load_network(options.subject)  # the engine refuses other kinds
        detector = DenseDetector(network, threshold=0.05)
        trial = run_trial(detector, DenseEstimator(network), image=image, **about)
        baselines = {}
        if options.baselines:
            same: Any = trial.image  # in memory
            baselines["star finder"] = run_trial(StarFinderDetector(), image=same, **about)
        page = network_page(trial, title=f"Artificial cluster test of {Path(options.subject).name}",
                            settings={**detector.meta, "clusters": options.clusters,
                             "seed": options.seed}, baselines=baselines)
    else:
        trial = None
        if image is not None:
            trial = run_trial(DenseDetector(threshold=0.05), DenseEstimator(), image=image,
                              **about)
        page = catalogue_page(read_catalogue(options.subject),
                              title=f"Report on {Path(options.subject).name}", test=trial)
    page.write(options.out)
    print(f"the report is {options.out}")


def _train(options):
    from clusternet.training import train_from_config

    train_from_config(options.config)


def _demo(options):
    from clusternet.pipeline.demo import run

    size = {} if options.size is None else {"size": options.size}
    run(out=options.out, rng=options.seed, **size)
