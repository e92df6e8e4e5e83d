"""From images to a catalogue, in one call."""

from clusternet.pipeline.core import SearchResult, search

__all__ = ["SearchResult", "search"]
