"""The package as a whole: it imports lightly, its parts are reachable, its layers hold."""

import subprocess
import sys
from pathlib import Path

import pytest

import clusternet

ROOT = Path(clusternet.__file__).parent
HEAVY = ("torch", "lightning", "matplotlib", "photutils", "specutils", "astropy", "scipy", "numpy")


def run(*arguments, **options):
    return subprocess.run(arguments, capture_output=True, text=True, check=False, **options)


def test_import_loads_nothing_heavy():
    code = (
        "import sys, clusternet; "
        f"print(*[name for name in {HEAVY!r} if name in sys.modules], end='')"
    )
    result = run(sys.executable, "-c", code, cwd=ROOT.parent)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_every_subpackage_is_an_attribute():
    on_disk = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    on_disk |= {path.stem for path in ROOT.glob("[!_]*.py")}
    # The command line is run, not imported.
    assert set(clusternet.__all__) == on_disk - {"cli"}


@pytest.mark.parametrize("name", clusternet.__all__)
def test_subpackage_loads_on_use_and_keeps_its_promises(name):
    package = getattr(clusternet, name)
    assert package.__name__ == f"clusternet.{name}"
    for public in package.__all__:
        assert getattr(package, public).__doc__, f"{name}.{public} has no docstring"


def test_unknown_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'galaxies'"):
        _ = clusternet.galaxies


def test_imports_go_only_down_the_layers():
    lint_imports = Path(sys.executable).with_name("lint-imports")
    result = run(lint_imports, "--no-cache", cwd=ROOT.parent)
    assert result.returncode == 0, result.stdout + result.stderr
