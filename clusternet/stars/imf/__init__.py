"""Initial mass functions, and how masses are drawn from them."""
