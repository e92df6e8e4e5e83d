"""One HTML page that needs nothing else: text, tables, pictures."""
# Items of astropy tables, and meta, are unions in the stubs.
# pyright: reportAttributeAccessIssue=false

import base64
import io
import os
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from astropy.table import Table
from matplotlib.figure import Figure

from clusternet._files import atomic_write

__all__ = ["Page"]

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1c1c1c; background: #fff; margin: 2rem auto;
  max-width: 62rem; padding: 0 1rem; }
h1 { font-size: 1.7rem; margin-bottom: .2rem; }
h2 { font-size: 1.25rem; margin-top: 2.4rem; border-bottom: 1px solid #ccc; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .15rem .8rem .15rem 0; text-align: right; white-space: nowrap; }
th { border-bottom: 1px solid #888; font-weight: 600; }
th:first-child, td:first-child { text-align: left; }
caption { text-align: left; color: #555; caption-side: bottom; padding-top: .3rem; }
img { max-width: 100%; display: block; margin: 1rem 0 .2rem; }
figcaption, .note { color: #555; }
figure { margin: 0; }
.wide { overflow-x: auto; }
"""


class Page:
    """A page that grows from top to bottom.

    Parameters
    ----------
    title : str
        Title of the page.

    Examples
    --------
    >>> from clusternet.report import Page
    >>> page = Page("Clusters of M83")
    >>> page.section("Numbers")
    >>> page.text("There are few.")
    >>> "<h2>Numbers</h2>" in page.html()
    True
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self._parts = [f"<h1>{escape(title)}</h1>"]

    def section(self, title: str) -> None:
        """Begin a section."""
        self._parts.append(f"<h2>{escape(title)}</h2>")

    def text(self, text: str) -> None:
        """Add a paragraph."""
        self._parts.append(f"<p>{escape(text)}</p>")

    def table(self, table: Table | Mapping[str, Any], caption: str = "") -> None:
        """Add a table.

        Parameters
        ----------
        table : `~astropy.table.Table` or dict
            Columns with their units, numbers to three digits or as the columns' formats say; or
            names and values, one per row.
        caption : str, optional
            Caption of the table.
        """
        if isinstance(table, Mapping):
            head = ""
            rows = [[escape(str(name)), escape(_number(value))] for name, value in table.items()]
        else:
            heads = []
            for name in table.colnames:
                unit = getattr(table[name], "unit", None)
                heads.append(escape(name.replace("_", " ") + (f" [{unit}]" if unit else "")))
            head = "<tr>" + "".join(f"<th>{h}</th>" for h in heads) + "</tr>"
            rows = [[escape(_number(getattr(row[name], "value", row[name]),
                                    table[name].info.format)) for name in table.colnames]
                    for row in table]
        body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>"
                       for row in rows)
        below = f"<caption>{escape(caption)}</caption>" if caption else ""
        self._parts.append(f'<div class="wide"><table>{below}{head}{body}</table></div>')

    def figure(self, figure: Figure, caption: str) -> None:
        """Add a picture.

        Parameters
        ----------
        figure : `~matplotlib.figure.Figure`
            The picture; drawn at once.
        caption : str
            Caption, and text for readers who cannot see the picture.
        """
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        file = io.BytesIO()
        FigureCanvasAgg(figure)
        figure.savefig(file, format="png", dpi=110, metadata={"Software": None})
        data = base64.b64encode(file.getvalue()).decode()
        caption = escape(caption)
        self._parts.append(f'<figure><img alt="{caption}" src="data:image/png;base64,{data}">'
                           f"<figcaption>{caption}</figcaption></figure>")

    def html(self) -> str:
        """The page as text."""
        head = ('<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
                f"<title>{escape(self.title)}</title><style>{_STYLE}</style>")
        return (f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>\n'
                + "\n".join(self._parts) + "\n</body></html>\n")

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the page.

        Parameters
        ----------
        path : str or os.PathLike
            The file.
        """
        with atomic_write(Path(path)) as temporary:
            temporary.write_text(self.html(), encoding="utf-8")


def _number(value: Any, form: str | None = None) -> str:
    if isinstance(value, (bool, np.bool_, str, int, np.integer)):
        return str(value)
    if isinstance(value, (float, np.floating)):
        if not np.isfinite(value):
            return "–" if np.isnan(value) else str(value)
        return format(value, form) if isinstance(form, str) and "%" not in form else f"{value:.3g}"
    return str(value)
