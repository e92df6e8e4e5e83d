"""Isochrones from the CMD web interface, kept in astropy's download cache."""

from __future__ import annotations

import http.client
import re
import tempfile
import time
import warnings
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import Request, urlopen

import numpy as np

from clusternet.stars.isochrones.cmd_files import TERMINATOR, complaint_of, parse_cmd, unpacked
from clusternet.stars.isochrones.core import Isochrone
from clusternet.stars.isochrones.tables import Bands

__all__ = ["CMD_URL", "query_cmd"]

CMD_URL = "https://stev.oapd.inaf.it/cgi-bin/cmd"

# Fields of the form of CMD 3.8, except ages, metallicity and bands
_FIELDS = {
    "submit_form": "Submit",
    "cmd_version": "3.8",
    "track_omegai": "0.00",
    "track_parsec": "parsec_CAF09_v1.2S",
    "track_colibri": "parsec_CAF09_v1.2S_S_LMC_08_web",
    "track_postagb": "no",
    "n_inTPC": "10",
    "eta_reimers": "0.2",
    "kind_interp": "1",
    "kind_postagb": "-1",
    "photsys_version": "YBCnewVega",
    "dust_sourceM": "dpmod60alox40",
    "dust_sourceC": "AMCSIC15",
    "kind_mag": "2",
    "kind_dust": "0",
    "extinction_av": "0.0",
    "extinction_coeff": "constant",
    "extinction_curve": "cardelli",
    "kind_LPV": "3",
    "imf_file": "tab_imf/imf_kroupa_orig.dat",
    "isoc_isagelog": "1",
    "isoc_ismetlog": "0",
    "output_kind": "0",
    "output_evstage": "1",
    "lf_maginf": "-15",
    "lf_magsup": "20",
    "lf_deltamag": "0.5",
    "sim_mtot": "1.0e4",
}
_LONGEST = 1 << 30  # bytes; the largest answers of CMD are a few hundred MiB


def query_cmd(
    metallicity: float,
    log_ages: tuple[float, float, float],
    photometric_system: str,
    bands: Bands,
    cache: bool | str,
    timeout: float,
    url: str,
    **fields: object,
) -> list[Isochrone]:
    """Ask the CMD web interface for isochrones.

    Arguments and errors are those of `PadovaIsochrones.query`.

    Returns
    -------
    isochrones : list of Isochrone
        By ascending log age.
    """
    from astropy.utils.data import download_file, import_file_to_cache

    wanted = _wanted_ages(metallicity, log_ages)
    if cache not in (True, False, "update"):
        raise ValueError(f"cache is {cache!r}; give True, False or 'update'")
    if urlsplit(url).scheme not in ("http", "https"):
        raise ValueError(f"address is {url!r}; give one of http or https")
    form = _form(metallicity, log_ages, photometric_system) | {
        name: str(value) for name, value in fields.items()
    }
    # the whole form is the key: no two requests share an answer
    key = f"{url}?{urlencode(sorted(form.items()))}"
    if cache is True and _is_kept(key):
        kept = Path(download_file(key, cache=True, sources=[]))
        return parse_cmd(unpacked(kept.read_bytes(), url), url, metallicity, bands)
    content = _answer(url, form, timeout)
    text = unpacked(content, url)
    _check_complete(text, url)
    isochrones = parse_cmd(text, url, metallicity, bands)
    _check_ages(isochrones, wanted, url)
    if cache:
        with tempfile.NamedTemporaryFile(delete=False) as file:
            file.write(content)
        import_file_to_cache(key, file.name, remove_original=True)
    return isochrones


def _is_kept(key: str) -> bool:
    from astropy.utils.data import CacheMissingWarning, is_url_in_cache

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CacheMissingWarning)  # no cache yet: then it is not in it
        return is_url_in_cache(key)


def _wanted_ages(metallicity: float, log_ages: tuple[float, float, float]) -> np.ndarray:
    first, last, step = (float(value) for value in log_ages)
    if not (np.isfinite([first, last, step]).all() and first <= last and step > 0):
        raise ValueError(f"log ages are {log_ages}; give first <= last and a step above 0")
    if not 0 < metallicity < 0.1:
        raise ValueError(f"metallicity is {metallicity}; give the metal fraction Z, as 0.03")
    return first + step * np.arange(int(np.floor((last - first) / step + 1e-6)) + 1)


def _form(
    metallicity: float, log_ages: tuple[float, float, float], photometric_system: str
) -> dict[str, str]:
    system = photometric_system
    if not system.endswith(".dat"):
        system = f"YBC_tab_mag_odfnew/tab_mag_{system}.dat"
    first, last, step = log_ages
    return _FIELDS | {
        "photsys_file": system,
        "isoc_lagelow": f"{first:g}",
        "isoc_lageupp": f"{last:g}",
        "isoc_dlage": f"{step:g}",
        "isoc_zlow": f"{metallicity:g}",
        "isoc_zupp": f"{metallicity:g}",
        "isoc_dz": "0.0",
    }


def _answer(url: str, form: dict[str, str], timeout: float) -> bytes:
    """Bytes of the file that CMD makes of the form."""
    page = _get(url, timeout, urlencode(form).encode()).decode("utf-8", errors="replace")
    if complaint := complaint_of(page):
        raise ValueError(f"CMD refused the request: {complaint}")
    output = re.search(r"output\d+", page)
    if not output:
        raise ValueError(
            f"the answer of {url} names no file of isochrones; see whether it still is CMD's form, "
            "and whether photometric_system and the other fields are those of its menus"
        )
    return _get(urljoin(url, f"/tmp/{output[0]}.dat"), timeout)


def _get(url: str, timeout: float, data: bytes | None = None) -> bytes:
    from astropy.utils.data import conf

    import clusternet

    if not conf.allow_internet:
        raise OSError(
            f"{url} is not asked, for astropy's configuration allows no downloads; allow them or "
            "read a file of CMD with PadovaIsochrones.read"
        )
    late = f"{url} took longer than {timeout:g} s; ask for fewer ages, later, or raise timeout"
    request = Request(url, data, {"User-Agent": f"clusternet/{clusternet.__version__}"})
    end, content = time.monotonic() + timeout, bytearray()
    try:
        with urlopen(request, timeout=timeout) as answer:
            while chunk := answer.read1(1 << 16):
                content += chunk
                if time.monotonic() > end:
                    raise TimeoutError(late)
                if len(content) > _LONGEST:
                    raise ValueError(f"the answer of {url} is longer than {_LONGEST} bytes")
            length = answer.headers.get("Content-Length")
    except HTTPError as error:
        with error:
            raise OSError(f"{url} answered {error.code} {error.reason}; try again later") from error
    except TimeoutError as error:
        raise TimeoutError(late) from error
    except URLError as error:
        if isinstance(error.reason, TimeoutError):
            raise TimeoutError(late) from error
        raise OSError(
            f"{url} cannot be reached ({error.reason}); look at the connection, or read a file of "
            "CMD with PadovaIsochrones.read"
        ) from error
    except http.client.HTTPException as error:
        raise OSError(f"{url} broke off its answer ({error!r}); try again") from error
    if length is not None and len(content) < int(length):
        raise OSError(
            f"{url} broke off its answer after {len(content)} of {length} bytes; try again"
        )
    return bytes(content)


def _check_complete(text: str, url: str) -> None:
    if not text.rstrip().endswith(TERMINATOR):
        raise ValueError(
            f"the answer of {url} stops before its last line ({TERMINATOR!r}); try again, or ask "
            "for fewer ages at once"
        )


def _check_ages(isochrones: list[Isochrone], wanted: np.ndarray, url: str) -> None:
    found = np.array([one.log_age for one in isochrones])
    missing = [age for age in wanted if np.abs(found - age).min() > 1e-3]
    if missing:
        raise ValueError(
            f"the answer of {url} lacks log age {', '.join(f'{age:g}' for age in missing)}; ask "
            "for ages that CMD has"
        )
