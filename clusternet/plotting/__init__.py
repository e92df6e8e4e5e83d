"""Figures of images, maps and catalogues, including those of the paper."""

from clusternet.plotting.calibration import (
    calibration_figure,
    plot_coverage,
    plot_pit,
    plot_reliability,
    plot_tarp,
)
from clusternet.plotting.dust_lanes import plot_dust_lane, plot_dust_lane_map
from clusternet.plotting.mock_figures import plot_mocks, plot_stamps
from clusternet.plotting.overlay import (
    colour_composite,
    plot_class_map,
    plot_clusters,
    plot_image,
    search_figure,
)
from clusternet.plotting.parameter_figures import (
    plot_distributions,
    plot_mass_function,
    plot_parameters,
)
from clusternet.plotting.profile_figures import (
    plot_arm_counts,
    plot_arm_profile,
    plot_radial_trends,
)
from clusternet.plotting.recall import (
    plot_class_visibility,
    plot_recall_map,
    plot_recall_maps,
)
from clusternet.plotting.sky_figures import (
    plot_arms,
    plot_band,
    plot_on_sky,
    plot_selection,
    plot_spatial,
)

__all__ = [
    "calibration_figure",
    "colour_composite",
    "plot_arm_counts",
    "plot_arm_profile",
    "plot_arms",
    "plot_band",
    "plot_class_map",
    "plot_class_visibility",
    "plot_clusters",
    "plot_coverage",
    "plot_distributions",
    "plot_dust_lane",
    "plot_dust_lane_map",
    "plot_image",
    "plot_mass_function",
    "plot_mocks",
    "plot_on_sky",
    "plot_parameters",
    "plot_pit",
    "plot_radial_trends",
    "plot_recall_map",
    "plot_recall_maps",
    "plot_reliability",
    "plot_selection",
    "plot_spatial",
    "plot_stamps",
    "plot_tarp",
    "search_figure",
]
