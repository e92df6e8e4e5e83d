"""From point sources to pixels."""

from .core import StarRenderer

__all__ = ["StarRenderer"]
