"""Detection: detectors, value maps of an image, and candidates at their peaks."""

import lazy_loader

# Only detectors that run a network load torch, when they are first used.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
