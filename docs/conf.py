"""Configuration of the documentation build: ``sphinx-build -W -n docs docs/_build/html``."""

import os

import clusternet

project = "clusternet"
author = "clusternet developers"
copyright = "2026, clusternet developers"
version = release = clusternet.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx.ext.mathjax",
    "sphinx_automodapi.automodapi",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "auto_examples/**/*.py.md5"]
default_role = "autolink"

html_theme = "pydata_sphinx_theme"
html_title = f"clusternet {release}"
html_static_path = ["_static"]
html_theme_options = {
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
}

autodoc_typehints = "none"
autodoc_inherit_docstrings = False
automodapi_inheritance_diagram = False
automodapi_toctreedirnm = "api"
numpydoc_show_class_members = False

sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"\.py$",
    "download_all_examples": False,
    "abort_on_example_error": True,
    "reset_modules_order": "after",
    "backreferences_dir": None,
}

# Links into other projects' documentation need the network: CLUSTERNET_DOCS_LINKS=1 turns them on.
if os.environ.get("CLUSTERNET_DOCS_LINKS"):
    intersphinx_mapping = {
        name: (f"https://{url}/", None)
        for name, url in {
            "python": "docs.python.org/3",
            "numpy": "numpy.org/doc/stable",
            "scipy": "docs.scipy.org/doc/scipy",
            "matplotlib": "matplotlib.org/stable",
            "astropy": "docs.astropy.org/en/stable",
            "photutils": "photutils.readthedocs.io/en/stable",
            "specutils": "specutils.readthedocs.io/en/stable",
            "regions": "astropy-regions.readthedocs.io/en/stable",
            "torch": "docs.pytorch.org/docs/stable",
        }.items()
    }

nitpick_ignore_regex = [
    # What other projects document; a link to them is made where intersphinx is on.
    (r"py:.*", r"(abc|collections|dataclasses|enum|pathlib|typing)\..*"),
    (r"py:.*", r"(astropy|dust_extinction|lightning|matplotlib|numpy|photutils)\..*"),
    (r"py:.*", r"(regions|reproject|safetensors|scipy|specutils|torch)\..*"),
    # Private base classes, which signatures name.
    (r"py:class", r"clusternet\..*\._\w+"),
    # Numbers in the defaults of a signature, which Sphinx takes for types.
    (r"py:class", r"[\d.]+\W*"),
    # Python's own names, and names of arguments that are also those of some module.
    (r"py:(obj|class|exc)", r"\w+"),
]
