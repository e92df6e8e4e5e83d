"""Accuracy of mocks: the patience of a draw, and which settings count as the same."""

__all__ = ["ATTEMPTS", "DIGEST_DECIMALS"]

#: Clusters that may be fainter than the magnitude limits in a row before a draw gives up (10000).
ATTEMPTS = 10_000

#: Decimals of its largest value to which an array of settings is compared (6): far above rounding
#: errors, far below what could matter.
DIGEST_DECIMALS = 6
