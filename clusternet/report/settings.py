"""Versions of the software behind a report."""

import platform
from importlib.metadata import PackageNotFoundError, version

import clusternet

__all__ = ["versions"]

_PACKAGES = ("astropy", "numpy", "scipy", "torch", "photutils", "matplotlib")


def versions() -> dict[str, str]:
    """Return the versions of the library, of Python and of the packages used.

    Returns
    -------
    dict of str to str

    Examples
    --------
    >>> from clusternet.report.settings import versions
    >>> list(versions())[:2]
    ['clusternet', 'Python']
    """
    found = {"clusternet": clusternet.__version__, "Python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found
