"""Synthetic galaxies: their structure, stars, contaminants and clusters."""
