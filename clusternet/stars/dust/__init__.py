"""Extinction laws, and how dust lies around and among stars."""
