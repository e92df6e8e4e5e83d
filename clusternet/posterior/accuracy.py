"""Accuracy of the calibration of posteriors and of the class."""

__all__ = ["FEWEST_PER_NODE", "IDENTITY", "LEAST_PROBABILITY", "SHARED_WEIGHT"]

#: Fewest objects per node that a calibration is fitted to.
FEWEST_PER_NODE = 20

#: Weight, in objects, of all objects together at each node, which damps the noise of small samples.
SHARED_WEIGHT = 10

#: Fraction of the identity in each map, which makes it strictly monotonic, hence invertible.
IDENTITY = 1e-4

#: Probabilities that are joined into a class count as no nearer to 0 and 1 than this (1e-6), so
#: that log odds stay finite.
LEAST_PROBABILITY = 1e-6
