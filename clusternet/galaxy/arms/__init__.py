"""Spiral arms: spines, logarithmic spirals, dust lanes, and distances from them."""
