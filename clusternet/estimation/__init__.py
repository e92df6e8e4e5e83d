"""Estimation: posteriors of the parameters of each candidate."""

import lazy_loader

# Only estimators that run a network load torch, when they are first used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
