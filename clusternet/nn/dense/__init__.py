"""The dense network, which sees a tile in one pass, and its engine."""
