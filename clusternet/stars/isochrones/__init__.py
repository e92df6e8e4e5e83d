"""Isochrones: their providers, files, queries and interpolation."""
