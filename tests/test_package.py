"""The package as a whole: it imports lightly, its parts are reachable, its layers hold."""

import importlib
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import clusternet

ROOT = Path(clusternet.__file__).parent
PACKAGES = sorted(path.parent for path in ROOT.rglob("__init__.py"))
ACCURACY = sorted(ROOT.glob("*/accuracy.py"))
HEAVY = ("torch", "lightning", "matplotlib", "photutils", "specutils", "astropy", "scipy", "numpy")
NO_NETWORKS = ("analysis", "catalog", "completeness", "detection", "estimation", "galaxy", "images",
               "injection", "instruments", "mocks", "pipeline", "plotting", "posterior", "profiles",
               "psf", "report", "stars", "validation")


def run(*arguments, **options):
    return subprocess.run(arguments, capture_output=True, text=True, check=False, **options)


def test_import_loads_nothing_heavy():
    code = (
        "import sys, clusternet; "
        f"print(*[name for name in {HEAVY!r} if name in sys.modules], end='')"
    )
    result = run(sys.executable, "-c", code, cwd=ROOT.parent)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize("room", NO_NETWORKS)
def test_importing_a_room_without_networks_loads_no_torch(room):
    code = f"import sys, clusternet.{room}; print('torch' in sys.modules, end='')"
    result = run(sys.executable, "-c", code, cwd=ROOT.parent)
    assert (result.returncode, result.stdout) == (0, "False"), result.stderr


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
        item = getattr(package, public)
        assert item.__doc__ or not callable(item), f"{name}.{public} has no docstring"


@pytest.mark.parametrize("folder", PACKAGES, ids=lambda path: path.name)
def test_no_module_is_hidden_behind_a_public_name(folder):
    package = importlib.import_module(".".join(("clusternet", *folder.relative_to(ROOT).parts)))
    modules = {path.stem for path in folder.glob("*.py")}
    modules |= {path.parent.name for path in folder.glob("*/__init__.py")}
    hidden = [name for name in getattr(package, "__all__", ())
              if name in modules and not isinstance(getattr(package, name), ModuleType)]
    assert not hidden, "name the module after its subject, and the function after what it does"


@pytest.mark.parametrize("path", ACCURACY, ids=lambda path: path.parts[-2])
def test_every_accuracy_constant_is_documented(path):
    text = path.read_text(encoding="utf-8")
    constants = re.findall(r"^([A-Z]\w*)(?:: .*)? =", text, re.MULTILINE)
    assert re.findall(r"^#: .*\n([A-Z]\w*)(?:: .*)? =", text, re.MULTILINE) == constants


def test_unknown_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'galaxies'"):
        _ = clusternet.galaxies


def test_imports_go_only_down_the_layers():
    lint_imports = Path(sys.executable).with_name("lint-imports")
    result = run(lint_imports, "--no-cache", cwd=ROOT.parent)
    assert result.returncode == 0, result.stdout + result.stderr
