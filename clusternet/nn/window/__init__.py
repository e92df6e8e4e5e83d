"""The window network of Papers II and III, and its engine."""
