"""Show it: figures of images, maps and catalogues."""

from clusternet.plotting.overlay import (
    colour_composite,
    plot_class_map,
    plot_clusters,
    plot_image,
    search_figure,
)

__all__ = ["colour_composite", "plot_class_map", "plot_clusters", "plot_image", "search_figure"]
