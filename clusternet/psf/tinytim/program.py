"""The program TinyTim, where the user has installed it."""

import json
import os
import re
import shutil
import tempfile
from pathlib import Path

from astropy import units as u
from astropy.config.paths import get_cache_dir_path

from clusternet._digest import digest
from clusternet._files import atomic_write, prepare_folder
from clusternet.psf.tinytim.bounded_process import run_bounded
from clusternet.psf.tinytim.file import TinyTimImage
from clusternet.psf.tinytim.request import TinyTimRequest

__all__ = ["TinyTim"]

_VERSION = "7.5"
_PROGRAMS = ("tiny1", "tiny2", "tiny3")
_FILTERS = "wfc3uvis.fil"


class TinyTim:
    """An installed TinyTim 7.5 (Krist, Hook & Stoehr 2011, Proc. SPIE 8127, 81270J).

    TinyTim has no licence that would let this library bring it along. Its programs ask questions
    on a terminal and are bad at ending: each runs in a temporary folder of its own, with a limit
    on time and output, and counts as done only when the file that it was to write can be read.

    Parameters
    ----------
    folder : str or os.PathLike, optional
        Folder with tiny1, tiny2, tiny3 and their tables. By default the one that the environment
        variable ``TINYTIM`` names.
    cache : str or os.PathLike, optional
        Folder that keeps images once computed; astropy's cache folder by default. An image is
        used again only if every input is the same: the request, and name, size and date of each
        file in ``folder``.
    timeout : float, optional
        Seconds that each of the three programs may take.

    Raises
    ------
    FileNotFoundError
        If the folder, or one of the programs or tables in it, is missing.

    Examples
    --------
    >>> from clusternet.psf import TinyTim, TinyTimRequest
    >>> program = TinyTim()  # doctest: +SKIP
    >>> program.image(TinyTimRequest("F438W", chip=1)).sampling  # doctest: +SKIP
    0.0098475
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None = None,
        *,
        cache: str | os.PathLike[str] | None = None,
        timeout: float = 600.0,
    ) -> None:
        if folder is None:
            folder = os.environ.get("TINYTIM")
            if not folder:
                raise FileNotFoundError(
                    "TinyTim is not installed: $TINYTIM does not name its folder; set it, or read "
                    "files that TinyTim wrote elsewhere with TinyTimPSF.read"
                )
        self.folder = Path(folder).resolve()
        for name in (*_PROGRAMS, _FILTERS):
            if not (self.folder / name).is_file():
                raise FileNotFoundError(
                    f"no {name} in {self.folder}: build TinyTim {_VERSION} there, or set $TINYTIM "
                    f"to the folder where it is"
                )
        self.cache = None if cache is None else Path(cache)
        self.timeout = float(timeout)
        self._version = ""

    def version(self) -> str:
        """Version of the program.

        Returns
        -------
        str
            Output of ``tiny1 -v``.

        Raises
        ------
        RuntimeError
            If it prints no version.
        """
        if not self._version:
            with tempfile.TemporaryDirectory(prefix="tinytim") as work:
                printed = self._run(["tiny1", "-v"], work, timeout=min(self.timeout, 10.0))
            if not re.fullmatch(r"\d+\.\d+", printed.strip()):
                raise RuntimeError(
                    f"{self.folder / 'tiny1'} -v printed {printed!r}, not a version: TinyTim "
                    f"{_VERSION} is needed"
                )
            self._version = printed.strip()
        return self._version

    def filters(self) -> dict[str, int]:
        """Filters of WFC3/UVIS that the program knows.

        Returns
        -------
        dict of str to int
            Number of wavelengths at which each is sampled.
        """
        found = re.findall(
            r"^(F\w+)[ \t]+(\d+)\s*$", (self.folder / _FILTERS).read_text(), re.MULTILINE
        )
        return {name.upper(): int(number) for name, number in found}

    def image(self, request: TinyTimRequest) -> TinyTimImage:
        """Compute an image, or take it from the cache.

        Parameters
        ----------
        request : TinyTimRequest
            Image to compute.

        Returns
        -------
        TinyTimImage
            The image and what its header says.

        Raises
        ------
        ValueError
            If the program does not have the filter.
        RuntimeError
            If the program is not TinyTim 7.5, or failed, or what it wrote is damaged or not what
            was asked for. `TimeoutError` if it took too long.
        """
        n_wavelengths = self._wavelengths(request)
        inputs = {**request.inputs(), "program": self._fingerprint()}
        key = digest(inputs)
        cache = get_cache_dir_path("clusternet") / "tinytim" if self.cache is None else self.cache
        image_file, inputs_file = cache / f"{key}.fits", cache / f"{key}.json"
        kept = _kept(image_file, inputs_file, inputs)
        if kept is not None:
            return kept
        if self.version() != _VERSION:
            raise RuntimeError(
                f"TinyTim in {self.folder} has version {self.version()}, whose questions may "
                f"differ: install {_VERSION}"
            )
        prepare_folder(cache)
        with tempfile.TemporaryDirectory(prefix="tinytim") as work:
            written, sampling = self._compute(request, n_wavelengths, Path(work))
            image = _read(written, sampling)
            _check_answer(request, image, n_wavelengths)
            with atomic_write(image_file) as temporary:
                shutil.copyfile(written, temporary)
        with atomic_write(inputs_file) as temporary:
            temporary.write_text(json.dumps({"inputs": inputs, "sampling": sampling}, indent=1))
        return image

    def _wavelengths(self, request: TinyTimRequest) -> int:
        if not isinstance(request.light, str):
            return 1
        known = self.filters()
        # tiny1 takes the first line of its table that holds the name anywhere.
        taken = next((name for name in known if request.light in name), None)
        if taken != request.light:
            raise ValueError(
                f"no {request.light} in TinyTim for WFC3/UVIS (has {', '.join(known)}); pass one "
                f"of them, or a wavelength"
            )
        return known[request.light]

    def _fingerprint(self) -> str:
        files = sorted(path for path in self.folder.iterdir() if path.is_file())
        return "\n".join(
            f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files
        )

    def _compute(
        self, request: TinyTimRequest, n_wavelengths: int, work: Path
    ) -> tuple[Path, float | None]:
        # Returns the file that holds the answer, and the exact sampling of an undistorted one.
        if isinstance(request.spectrum, Path):
            shutil.copyfile(request.spectrum, work / "spectrum.dat")
        jitter = [] if request.jitter is None else [f"jitter={request.jitter.value:.4f}"]
        printed = self._run(["tiny1", "out.par", *jitter], work, request.answers(n_wavelengths))
        parameters = _written(work / "out.par", "tiny1", printed)
        printed = self._run(["tiny2", "out.par"], work)
        undistorted = _written(work / "psf00_psf.fits", "tiny2", printed)
        if request.subsampling is None:
            text = parameters.read_text(errors="replace")
            scale = re.search(r"^\s*([\d.]+)\s*#\s*Integrated PSF scaling", text, re.MULTILINE)
            return undistorted, None if scale is None else float(scale[1])
        printed = self._run(["tiny3", "out.par", f"SUB={request.subsampling}"], work)
        return _written(work / "psf00.fits", "tiny3", printed), None

    def _run(
        self,
        command: list[str],
        work: str | os.PathLike[str],
        answers: str = "",
        timeout: float | None = None,
    ) -> str:
        program, *arguments = command
        status, printed = run_bounded(
            [str(self.folder / program), *arguments],
            work,
            answers,
            environment={**os.environ, "TINYTIM": str(self.folder)},
            timeout=self.timeout if timeout is None else timeout,
        )
        if status != 0:
            raise RuntimeError(f"{program} failed with status {status}: {printed!r}")
        return printed

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self.folder)!r})"


def _written(path: Path, program: str, printed: str) -> Path:
    # The programs often end without an error when there was one.
    if not path.is_file() or path.stat().st_size == 0:
        raise RuntimeError(f"{program} did not write {path.name}; it last printed {printed!r}")
    return path


def _read(path: Path, sampling: float | None) -> TinyTimImage:
    try:
        return TinyTimImage.read(
            path, sampling=None if sampling is None else sampling * u.arcsec
        )
    except (OSError, ValueError) as error:
        raise RuntimeError(f"TinyTim wrote a damaged file: {error}") from error


def _kept(image_file: Path, inputs_file: Path, inputs: dict[str, str]) -> TinyTimImage | None:
    # None unless the files are whole and belong to these inputs; else they are made again.
    try:
        kept = json.loads(inputs_file.read_text())
        if kept["inputs"] == inputs:
            return _read(image_file, kept["sampling"])
    except (OSError, ValueError, KeyError, TypeError, RuntimeError):
        pass
    return None


def _check_answer(request: TinyTimRequest, image: TinyTimImage, n_wavelengths: int) -> None:
    band = request.light if n_wavelengths > 1 else None
    if image.band != band or image.diffused != (request.subsampling is not None):
        raise RuntimeError(f"TinyTim answered with an image of {image.band} to {request}")
