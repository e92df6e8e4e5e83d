"""Point-spread functions computed from the telescope's optics."""
