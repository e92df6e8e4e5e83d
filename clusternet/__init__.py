"""Star clusters in multi-band images of galaxies: found, measured and simulated.

Each subpackage answers one question and is imported when first used, so that
``import clusternet`` stays fast and loads no heavy dependency:

>>> import clusternet
>>> clusternet.stars.KroupaIMF().mass_range
(0.1, 120.0)
"""

# Subpackages are found by __getattr__.
# pyright: reportUnsupportedDunderAll=false

import importlib
from types import ModuleType

__version__ = "0.1.0"

__all__ = [
    "instruments",
    "stars",
    "psf",
    "profiles",
    "render",
    "galaxy",
    "mocks",
    "images",
    "injection",
    "posterior",
    "nn",
    "detection",
    "estimation",
    "catalog",
    "completeness",
    "validation",
    "analysis",
    "training",
    "pipeline",
    "report",
    "plotting",
]


def __getattr__(name: str) -> ModuleType:
    if name in __all__:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
