"""Point-spread functions from TinyTim, run or read."""
