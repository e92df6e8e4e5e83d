"""Accuracy of the recalibration of posteriors."""

__all__ = ["FEWEST_PER_NODE", "IDENTITY", "SHARED_WEIGHT"]

#: Fewest objects per node that a calibration is fitted to.
FEWEST_PER_NODE = 20

#: Weight, in objects, of all objects together at each node, which damps the noise of small samples.
SHARED_WEIGHT = 10

#: Fraction of the identity in each map, which makes it strictly monotonic, hence invertible.
IDENTITY = 1e-4
