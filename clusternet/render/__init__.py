"""From point sources to pixels."""

from clusternet.render.core import StarRenderer

__all__ = ["StarRenderer"]
